§create table p (id int primary key, up int references p deferrable initially deferred);
§insert into p values (1, 2);
§insert into p values (2, 1);
§create table u (id int unique deferrable initially deferred);
§insert into u values (1), (2);
§update u set id = id + 1;
