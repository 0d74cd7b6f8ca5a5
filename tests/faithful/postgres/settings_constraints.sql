§create table p (id int primary key);
§create table c (id int references p deferrable initially immediate);
§set constraints all deferred;
§insert into c values (1);
§insert into p values (1);
§set constraints all immediate;
