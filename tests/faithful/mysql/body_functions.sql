-- faithful: bodies
§create function f(x int) returns varchar(20) deterministic return concat('n;', x);
§create function g(x int) returns int no sql begin if x > 0 then return 1; end if; return 0; end;
§create table t as select f(1) as a, g(1) as b;
§create aggregate function total(x int) returns int begin declare s int default 0; declare continue handler for not found return s; loop fetch group next row; set s = s + x; end loop; end;
§insert into t select 'sum', total(seq) from seq_1_to_4;
