§create table l (id int);
§insert into l values (1);
§insert into l values (2)