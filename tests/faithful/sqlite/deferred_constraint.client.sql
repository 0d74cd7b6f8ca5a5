begin;
§create table p (id integer primary key);
§create table c (id int, p int references p (id) deferrable initially deferred);
§insert into c values (1, 5);
§insert into p values (5);
commit;
