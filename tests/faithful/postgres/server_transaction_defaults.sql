-- faithful: setting default_transaction_isolation = 'serializable'
-- faithful: setting check_function_bodies = off
§create table t as select current_setting('transaction_isolation') as level;
§create function later() returns int language sql as 'select x from not_there_yet';
