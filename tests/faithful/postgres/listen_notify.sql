§create table t (id int);
§listen changes;
§notify changes, 'in the transaction';
§insert into t values (1);
§select pg_notify('changes', 'another; one');
§listen other;
§unlisten other;
