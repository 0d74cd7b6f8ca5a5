-- Run by the tenant's own login: the ledger and the users are views, and whoever reads them runs functions of the tenant's. After
-- this Neo cannot work on the tenant, and has to say so.
alter database :"DBNAME" reset search_path;
alter table public._sqlx_migrations rename to kept_migrations;
create view public._sqlx_migrations as
  select version, description, installed_on, success, checksum, execution_time from public.kept_migrations
  where witness.agrees('the ledger as a view');
alter table public.users rename to kept_users;
create view public.users as
  select id, email, first_name, last_name, password_hash, status, created_at, updated_at from public.kept_users
  where witness.agrees('the users as a view');
create function witness.instead() returns trigger language plpgsql as $f$
begin
  perform witness.says('instead of ' || tg_op || ' on ' || tg_relname);
  return coalesce(new, old);
end $f$;
create trigger users_instead instead of insert or update or delete on public.users for each row execute function witness.instead();
create trigger ledger_instead instead of insert or update or delete on public._sqlx_migrations
  for each row execute function witness.instead();
