§create table t (id int, v text);
§create view v (n, w) as with x as (select id, v from t) select id, v || ';' from x;
§insert into t values (1, 'x');
§create table copied as select * from v;
§insert into t with y as (select 5 as n) select n, 'y' from y;
§replace into t values (1, 'again');
§insert into t (id) values (7) on conflict do nothing;
