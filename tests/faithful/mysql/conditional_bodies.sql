§create table c (id int);
delimiter ;;
/*!50003 create trigger c_bi before insert on c for each row begin set new.id = new.id + 1; end */;;
delimiter ;
insert into c values (1);
/*!50003 create view v as select id from c where id > 0 */;
insert into c values (2);
