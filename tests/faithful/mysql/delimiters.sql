§create table t (id int);
delimiter $$
§create trigger t_bi before insert on t for each row begin set new.id = new.id + 1; end$$
§insert into t values (1) $$ §insert into t values (2); $$
DELIMITER //
§insert into t values (3)//
  Delimiter ;;
§insert into t values (4);;
delimiter |
§insert into t values (5)|
delimiter ;
§insert into t values (6);
