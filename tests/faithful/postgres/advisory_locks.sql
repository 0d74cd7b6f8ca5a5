§create table t as select pg_advisory_lock(42) is null as held;
§select pg_advisory_xact_lock(43);
§insert into t select pg_try_advisory_lock(42);
