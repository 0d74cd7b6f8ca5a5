-- faithful: bodies
§create table t (n int);
§create procedure l() l1: loop insert into t values (1); if (select count(*) from t) > 2 then leave l1; end if; iterate l1; end loop l1;
§call l();
§create procedure w(x int) while x > 0 do insert into t values (x); set x = x - 1; end while;
§call w(2);
§create procedure r(x int) repeat insert into t values (x * 10); set x = x - 1; until x < 1 end repeat;
§call r(2);
§create procedure f() for i in 1..3 do insert into t values (i * 100); end for;
§call f();
§create procedure g() outer_one: begin inner_one: while true do leave outer_one; end while inner_one; end outer_one;
§call g();
§create procedure h() begin for r in (select 5 as v union select 6) do insert into t values (r.v); end for; end;
§call h();
