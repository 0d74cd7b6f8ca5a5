§create table t (v text, delimiter int);
delimiter //
§insert into t (v) values ('a // b'); //
§insert into t values ("//
delimiter ;
", 1)//
/* // */ §insert into t (v) values ('x') -- // here
//
delimiter ;
§select delimiter from t;
§insert into t (delimiter) values (7);
