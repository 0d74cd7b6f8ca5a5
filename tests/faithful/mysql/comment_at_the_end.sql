§create table c (id int);
§insert into c values (1) -- the last one