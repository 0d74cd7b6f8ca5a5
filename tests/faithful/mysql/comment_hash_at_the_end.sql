§create table c (id int);
§insert into c values (1); # and; so on