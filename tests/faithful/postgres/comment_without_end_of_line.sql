§create table c (id int);
§insert into c values (1) -- swallowed by nothing
;
§insert into c values (2);
-- the last line has no end