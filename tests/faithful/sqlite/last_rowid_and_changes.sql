-- faithful: setup base.sql
§create table t (n int);
§insert into a (v) values ('three'), ('four');
¶insert into t values (last_insert_rowid()), (changes());
§update a set v = v || ';';
¶insert into t select changes();
