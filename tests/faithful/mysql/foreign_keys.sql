§create table p (id int primary key);
§create table c (id int primary key, p int, constraint c_p foreign key (p) references p (id) on delete cascade on update set null);
§insert into p values (1), (2);
§insert into c values (1, 1), (2, 2);
§delete from p where id = 1;
§update p set id = 5;
§alter table c drop foreign key c_p, drop index c_p;
