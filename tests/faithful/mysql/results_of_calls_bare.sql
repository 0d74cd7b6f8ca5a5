-- faithful: about a body of one statement needs no delimiter
§create table t1 (id int);
§create procedure report() select 1 union select 2;
§call report();
§insert into t1 values (1);
§create function two() returns int deterministic return 2;
§select two();
§insert into t1 values (two());
