§create table t (id int, v varchar(9));
§create view v as select id, concat(v, ';') as v from t where id > 0;
§insert into t values (1, 'x');
§create or replace algorithm = merge definer = current_user sql security invoker view v2 as select id from t with check option;
§insert into v2 values (2);
§alter view v as select id from t where id > 1 || id < 0;
§create view if not exists v as select 1;
§rename table t to t2, t2 to t;
