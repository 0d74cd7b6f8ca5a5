-- faithful: bodies
§create table t (s varchar(9));
§create procedure p(x int) case x when 1 then insert into t values ('one;'); when 2 then begin insert into t values ('two'); end; else insert into t values ('more'); end case;
§call p(1);
§call p(2);
§call p(3);
§create procedure q(x int) begin case when x > 1 then insert into t values (case x when 2 then 'zwei' else 'mehr' end); else begin end; end case; end;
§call q(2);
