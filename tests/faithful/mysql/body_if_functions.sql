§create table t (n int);
§insert into t select if(1 > 0, 5, 6);
§create procedure p() begin declare x int default if(1 > 2, 1, 2); set x = if(x = 2, 20, 30); if if(x = 20, 1, 0) then insert into t values (repeat('1', 2)); end if; insert into t values (x); end;
§call p();
§insert into t select case when 1 then 2 end;
§drop procedure if exists p;
§create table if not exists t (n int);
§insert into t values (insert('123', 1, 1, '9'), replace('1', '1', '2'));
