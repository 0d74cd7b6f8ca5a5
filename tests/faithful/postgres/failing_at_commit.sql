-- faithful: no-stops nothing more is to be seen
§create table p (id int primary key);
§create table c (id int references p deferrable initially deferred);
§insert into p values (5);
§insert into c values (5);
