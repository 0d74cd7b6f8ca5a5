-- faithful: then orphan.sql
§create table p (id int primary key);
§create table c (id int, parent int, foreign key (parent) references p (id));
§set foreign_key_checks = 0;
§insert into c values (1, 99);
§drop table p;
§create table p (id int primary key);
