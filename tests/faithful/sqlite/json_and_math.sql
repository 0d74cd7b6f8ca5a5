§create table t as select json_extract('{"a;": [1, 2]}', '$."a;"[1]') as j, sqrt(16.0) as s, ceil(1.2) as c, ln(1.0) as l, pow(2, 10) as p;
§insert into t select value, 0, 0, 0, 0 from json_each('[7, 8]');
§insert into t (j) values ('{"k": 1}' ->> 'k');
§insert into t (j) select group_concat(x, ';') from (select 1 as x union all select 2);
§insert into t (j) select printf('%s;%05d', 'a', 42);
