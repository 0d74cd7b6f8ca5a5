§create table t (id int);
§comment on table t is 'a; table';
§comment on column t.id is $$an 'id'; here$$;
§comment on schema public is 'ours;';
§create function f() returns void language sql as '';
§comment on function f() is null;
