§create table c (id int, v varchar(10)) /*!40100 default charset=utf8mb4 */;
§insert /*! into */ c /*!50000 (id, v) */ values (1, 'a;') /*! , (2, 'b') */;
§insert into c values (3, 'c' /*!99999 , 'never; ' */);
§create /*!50017 definer=current_user */ /*!50003 trigger c_bi before insert on c for each row set new.id = new.id + 10 */;
§insert into c values (5, /*M! 'maria' */ /*!80000 'eight' */);
