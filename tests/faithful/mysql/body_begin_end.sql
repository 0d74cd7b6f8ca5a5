-- faithful: bodies
§create table t (id int, v int);
§create procedure p(x int)
begin
    declare y int default 0;
    set y = x * 2;
    insert into t values (x, y);
    begin
        declare z int default 7;
        insert into t values (z, y);
    end;
end;
§call p(4);
§insert into t values (1, 1);
