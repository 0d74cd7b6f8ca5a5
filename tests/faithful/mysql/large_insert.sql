§create table big (id int primary key, t longtext);
§insert into big values (1, '«1000000»');
§insert into big values (2, "«300000»"), (3, 'short');
§create table lengths as select id, length(t) as n, md5(t) as sum from big;
§delete from big where id < 3;
