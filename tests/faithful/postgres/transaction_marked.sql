-- neo: no-transaction
§create table t (id int primary key);
§begin;
§insert into t values (1);
§insert into t values (2);
§commit;
§start transaction isolation level serializable;
§insert into t values (3);
§savepoint x;
§insert into t values (4);
§rollback to x;
§commit;
§begin;
§insert into t values (5);
§rollback;
§insert into t values (6);
