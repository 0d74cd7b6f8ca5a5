§create function pg_temp.helper(x int) returns int language sql as 'select x * 2';
§create table t as select pg_temp.helper(21) as x;
§create temporary table scratch (id int) on commit drop;
