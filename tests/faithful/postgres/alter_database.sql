§create table t (id int);
§do $$ begin execute format('alter database %I set work_mem = ''16MB''', current_database()); end $$;
