§create table m (id int primary key, t text);
§insert into m select i, 'row ' || i from generate_series(1, 5000) i;
§update m set t = t || ';' where id % 2 = 0;
§delete from m where id > 50;
