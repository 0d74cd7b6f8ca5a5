create table a (id int primary key, v varchar(50));
insert into a values (1, 'one'), (2, 'two');
