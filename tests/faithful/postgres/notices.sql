§create table t (id int);
§do $$ begin for i in 1..50 loop raise notice 'notice %; of many', i; end loop; raise warning 'a; warning'; end $$;
§drop table if exists not_there;
§create table if not exists t (id int);
§insert into t values (1);
