¶set transaction isolation level repeatable read;
§create table s as select current_setting('transaction_isolation') as level;
