§create table t (a int, b text);
§insert into t values (5, ':x ?1 @y $z');
§insert into t select 1, null;
