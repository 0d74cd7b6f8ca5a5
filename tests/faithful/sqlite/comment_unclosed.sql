§create table c (id int);
§insert into c values (1);
/* a comment that never ends; insert into c values (2);
