-- Run by the tenant's own login in its own database and in `postgres`: rights on its own things for everybody whose name it finds
-- in the catalogue. A role that has rights anywhere cannot be dropped, and these are rights where only the tenant decides.
create table public.given (id int);
do $do$ declare r name; begin
  for r in select rolname from pg_catalog.pg_roles
            where (rolname like 't\_%' or rolname like 'neo\_%') and rolname <> current_user loop
    execute format('grant all on public.given to %I', r);
    execute format('create policy %I on public.given to %I using (true)', 'p_' || r, r);
    execute format('alter default privileges grant select on tables to %I', r);
    if current_database() like 't\_%' then
      execute format('grant connect on database %I to %I', current_database(), r);
    end if;
  end loop;
end $do$;
