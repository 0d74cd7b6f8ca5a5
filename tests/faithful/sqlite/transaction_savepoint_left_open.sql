-- faithful: about the same of a savepoint outside a transaction
-- neo: no-transaction
create table t (id int);
savepoint x;
insert into t values (1);
