-- faithful: refused BEGIN
set sql_mode = 'ORACLE';
create table t (id number(10), v varchar2(20));
delimiter //
create procedure p(x in number) as y number := 1; begin y := x + 1; if y > 1 then insert into t values (y, 'a' || 'b'); elsif y = 0 then null; end if; for i in 1..2 loop insert into t values (i, 'l'); end loop; end;
//
begin insert into t values (7, 'anonymous'); end//
delimiter ;
call p(3);
