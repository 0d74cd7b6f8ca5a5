§create table t (id integer primary key, g text, n real default (1.0 / 3));
§insert into t (g) values ('a'), ('a'), ('b');
§create table w as select id, row_number() over (partition by g order by id) as r, sum(n) over win as s from t window win as (order by id);
§create table glob as select 'abc;' glob '*;' as a, 5 is not 6 as b, 3 <> 4 as c;
