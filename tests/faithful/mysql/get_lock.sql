-- faithful: lost
§create table t (n int);
§select get_lock(database(), 1);
§insert into t values (is_used_lock(database()) = connection_id());
§do get_lock(database(), 1);
