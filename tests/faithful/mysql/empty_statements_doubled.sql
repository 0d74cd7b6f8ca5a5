§create table e (id int);;
§insert into e values (1);;;
§insert into e values (2);
;;
