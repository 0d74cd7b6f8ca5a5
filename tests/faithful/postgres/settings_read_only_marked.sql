-- neo: no-transaction
§create table s (id int);
§set default_transaction_read_only = on;
§select count(*) from s;
