§create table e (id int);
;
§insert into e values (1); ; -- and; so on
/* nothing */;
;§insert into e values (2);
