§create table t (id int);
§create procedure put(x int, inout y int) language plpgsql as $$ begin insert into t values (x); y := x + 1; end $$;
§call put(1, 0);
§call put(y => 5, x => 2);
§create function rows_of(n int) returns table (i int, s text) language sql as $$ select g, 'r;' || g from generate_series(1, n) g $$;
§select * from rows_of(3);
§create table r as select * from rows_of(2);
