§create table h (id int primary key, v varchar(9)) with system versioning;
§insert into h values (1, 'a');
§update h set v = 'b';
§set system_versioning_alter_history = keep;
§alter table h add column w int default 3;
§create table p (id int, s date, e date, period for app (s, e), unique (id, app without overlaps));
§insert into p values (1, '2024-01-01', '2024-12-31');
§delete from p for portion of app from '2024-03-01' to '2024-06-01';
§create table n as select count(*) as n from h for system_time all;
