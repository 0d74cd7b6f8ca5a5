§create table m (id integer primary key, t text);
§with recursive s (i) as (values (1) union all select i + 1 from s where i < 5000) insert into m select i, 'row ' || i from s;
§update m set t = t || ';' where id % 2 = 0;
§delete from m where id > 50;
