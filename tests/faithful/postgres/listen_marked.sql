-- neo: no-transaction
§create table t (id int);
§listen changes;
§notify changes;
§insert into t values (1);
§select pg_notify('changes', 'x');
§insert into t values (2);
