create table parent (id int primary key);
create table child (id int primary key, parent int, foreign key (parent) references parent (id));
insert ignore into child values (1, 99);
