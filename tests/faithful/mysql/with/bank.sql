create table bank (id int primary key, v int not null check (v between 0 and 100), note varchar(50)) engine=innodb;
insert into bank values (1, 50, 'a'), (2, 80, 'b'), (3, 10, 'c');
