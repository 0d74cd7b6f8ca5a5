§create table t1 (id int);
delimiter //
§create procedure report() begin select 1; end//
§create procedure reports() begin select 1; select 2, 3; insert into t1 values (9); select 4; end//
§create procedure quiet() begin insert into t1 values (8); end//
delimiter ;
§call report();
§insert into t1 values (1);
§call reports();
§insert into t1 values (2);
§call quiet();
§call report();
§insert into t1 values (3);
