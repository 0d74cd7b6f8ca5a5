§set check_function_bodies = off;
§create function later() returns int language sql as 'select x from not_there_yet';
§set client_min_messages = error;
§set default_transaction_isolation = 'serializable';
§set bytea_output = 'escape';
§set work_mem = '8MB';
§set row_security = off;
§set statement_timeout = '50s';
§create table s as select current_setting('work_mem') as mem, '\x01ff'::bytea::text as bytes;
