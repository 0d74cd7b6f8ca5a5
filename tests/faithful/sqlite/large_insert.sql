§create table big (id int primary key, t text);
§insert into big values (1, '«1000000»');
§insert into big values (2, '«300000»'), (3, 'short');
§create table lengths as select id, length(t) as n from big;
§delete from big where id < 3;
