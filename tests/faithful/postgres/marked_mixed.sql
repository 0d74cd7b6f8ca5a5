-- neo: no-transaction
§create table t (id int);
§insert into t values (1); §insert into t values (2) -- here
;
/* between; */
§do $$ begin insert into t values (3); commit; insert into t values (4); rollback; end $$;
§create type mood as enum ('sad');
§alter type mood add value 'glad';
§create table m (x mood default 'glad');
§insert into m default values;
