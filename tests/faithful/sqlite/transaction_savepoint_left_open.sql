-- faithful: refused never released
-- neo: no-transaction
create table t (id int);
savepoint x;
insert into t values (1);
