§create table t (id int check ((id > 0) and (id < 100 or (id = 1000))), v text default (';'));
§insert into t (id) values (((1))), ((select max(x) from (values (1), (2)) as v(x)));
§insert into t select * from (select 5, ')' || '(;') x;
