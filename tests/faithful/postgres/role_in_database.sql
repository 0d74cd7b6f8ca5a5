§create table t (id int);
§do $$ begin execute format('alter role %I in database %I set search_path = app, public', current_user, current_database()); end $$;
§create schema app;
