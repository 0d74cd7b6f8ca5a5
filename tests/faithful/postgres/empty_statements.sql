;;
§create table e (id int);;
;
/* nothing */;
§insert into e values (1);; ; -- and; so on
;§insert into e values (2);
;;
