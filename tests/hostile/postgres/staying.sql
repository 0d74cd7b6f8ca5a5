-- What stands in the way of a deletion, by the owner of the database. `prepared` is another's only to whoever may end it.
create table public.prepared (id int);
begin;
insert into public.prepared values (1);
prepare transaction 'mallory';
select pg_catalog.format('alter database %I is_template true connection limit 1', pg_catalog.current_database()) \gexec
