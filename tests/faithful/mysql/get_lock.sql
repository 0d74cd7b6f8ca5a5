-- faithful: lost
§create table t (n int);
§select get_lock('faithful', 1);
§insert into t values (is_used_lock('faithful') = connection_id());
§do get_lock('faithful', 1);
