§set sql_mode = 'ORACLE';
delimiter //
§create package pack as
    procedure put(x int);
    function two return int;
end//
§create package body pack as
    procedure put(x int) as begin insert into t values (x); end;
    function two return int as begin return 2; end;
end//
delimiter ;
§create table t (id int);
§call pack.put(5);
§insert into t select pack.two();
