-- faithful: lost
-- faithful: setup base.sql
-- faithful: about row_count() tells found rows where Neo's driver asks for them: told in docs/migrations.md
§create table t (n int);
§update a set v = concat(v, '!') where id = 1;
¶insert into t values (row_count());
