§create table t (id int);
§select pg_advisory_lock(42);
§select pg_advisory_unlock_all();
§insert into t values (1);
