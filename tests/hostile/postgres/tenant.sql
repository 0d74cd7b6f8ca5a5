-- Run by the tenant's own login in its own database, after `migration.sql`. What a tenant may not do is tried as well: the day it
-- may, there is a witness more.

-- Somebody else's role may run it, and is told of: a missing right must not keep it silent.
grant usage on schema witness, public to public;
grant all on all tables in schema witness, public to public;
alter default privileges grant all on tables to public;
alter default privileges grant execute on functions to public;

-- The users of the tenant: read for the page, written by it, looked up at the sign-in.
create trigger users_row before insert or update or delete on users for each row execute function witness.watch();
create trigger users_statement after insert or update or delete on users for each statement execute function witness.watch();
create trigger roles_row before insert or update or delete on user_roles for each row execute function witness.watch();
alter table users add constraint users_watched check (witness.agrees('check on users'));
alter table users add column watched text generated always as (witness.says('generated column of users')) stored;
alter table users alter updated_at set default witness.moment('default of users');
create index users_expression on users (witness.says('index on users'), email);
create statistics witness.counted on (witness.says('statistics')), status from users;
alter table users enable row level security;
create policy users_policy on users using (witness.agrees('policy on users')) with check (witness.agrees('policy on users'));
-- The owner itself is under this one: a backup of it is refused by pg_dump unless it may go around.
create table witness.guarded (id int default length(witness.says('default of guarded')));
alter table witness.guarded enable row level security;
create policy guarded_policy on witness.guarded using (witness.agrees('policy on guarded'));
create rule guarded_rule as on insert to witness.guarded do also select witness.says('rule on guarded');
insert into users (id, email, first_name, last_name, password_hash) values
  ('u1', 'mallory@example.com', E'\e[31mMallory', $$'); drop table users; --$$, '$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAA');

-- In the place of a signature that pg_catalog has, for a session whose search path does not begin with it.
create function witness.shobj_description(oid, name) returns text language plpgsql as $f$
begin
  perform witness.says('exact shadow of shobj_description');
  return pg_catalog.shobj_description($1, $2);
end $f$;
create function witness.current_setting(text) returns text language plpgsql stable as $f$
begin
  perform witness.says('exact shadow of current_setting');
  return pg_catalog.current_setting($1);
end $f$;
create function witness.pg_get_userbyid(oid) returns name language plpgsql stable as $f$
begin
  perform witness.says('exact shadow of pg_get_userbyid');
  return pg_catalog.pg_get_userbyid($1);
end $f$;
create function witness.pg_get_expr(pg_node_tree, oid) returns text language plpgsql stable as $f$
begin
  perform witness.says('exact shadow of pg_get_expr');
  return pg_catalog.pg_get_expr($1, $2);
end $f$;
create function witness.format_type(oid, int) returns text language plpgsql stable as $f$
begin
  perform witness.says('exact shadow of format_type');
  return pg_catalog.format_type($1, $2);
end $f$;
create function witness.lo_unlink(oid) returns int language plpgsql as $f$
begin
  perform witness.says('exact shadow of lo_unlink');
  return pg_catalog.lo_unlink($1);
end $f$;
create function witness.nameeq(name, name) returns boolean language plpgsql immutable as $f$
begin
  perform witness.says('exact shadow of name = name');
  return pg_catalog.nameeq($1, $2);
end $f$;
create operator witness.= (function = witness.nameeq, leftarg = name, rightarg = name);
create view witness.pg_database as select witness.says('shadow of pg_database') as says, d.* from pg_catalog.pg_database d;
create view witness.pg_roles as select witness.says('shadow of pg_roles') as says, r.* from pg_catalog.pg_roles r;
create view witness.pg_class as select witness.says('shadow of pg_class') as says, c.* from pg_catalog.pg_class c;
-- Whoever connects here without a word about it looks for names there first, the administrator too.
do $do$ begin
  execute format('alter database %I set search_path = witness, pg_catalog, public', current_database());
  execute format('alter database %I set default_table_access_method = heap', current_database());
  execute format('alter role %I set log_min_duration_statement = 0', current_user);
exception when insufficient_privilege then
  execute format('alter database %I set search_path = witness, pg_catalog, public', current_database());
end $do$;

-- Types with functions of the tenant's behind them.
create type witness.pair as (one text, two text);
create function witness.as_text(witness.pair) returns text language plpgsql immutable as $f$
begin
  return witness.says('cast');
end $f$;
create cast (witness.pair as text) with function witness.as_text(witness.pair) as implicit;
create domain witness.email as text check (witness.agrees('domain'));
create table witness.typed (one witness.pair default row('a', 'b'), two witness.email default 'x', primary key (two));
insert into witness.typed default values;
create table witness.parted (n int, says text) partition by range (abs(n));
create table witness.part partition of witness.parted for values from (0) to (10);
create sequence witness.numbers owned by witness.guarded.id;

-- Routines with the rights of whoever owns them, and what is run by others.
create function witness.definer() returns text language plpgsql security definer as $f$
begin
  return witness.says('definer routine');
end $f$;
grant execute on function witness.definer() to public;
create procedure witness.proceeds() language plpgsql as $f$
begin
  perform witness.says('procedure');
end $f$;
create publication watched for table users;

-- Names that are more than names.
create schema "information schema";
create schema "pg catalog";
create table public."t""; drop database postgres; --" ("c'; drop table users; --" int);
create table public."'||(select witness.says('name that is an expression'))||'" (a int);
create table public.pg_roles (rolname name, rolsuper bool);
create table public._neo_marker (tenant_id text default witness.says('default of a marker'));
comment on table users is 'neo:tenant:x''; drop table users; --';
comment on column users.email is E'\u202Egnp.exe\e]0;title\a';
comment on schema public is 'neo:template:x;drop/**/database/**/postgres;--';

-- Large objects are nobody's table, and belong to the role.
select lo_from_bytea(0, 'a large object') > 0;

-- A ledger of another tool, for whoever adopts.
create table knex_migrations (id serial primary key, name varchar(255) default witness.says('default of knex'), batch int);
create table knex_migrations_lock (id serial primary key, is_locked int);
insert into knex_migrations_lock (is_locked) values (0);
create trigger knex_row before insert or update or delete on knex_migrations for each row execute function witness.watch();
create trigger knex_lock before insert or update or delete on knex_migrations_lock for each row execute function witness.watch();

-- Up to 15 a role may make others its members.
do $do$ declare r name; begin
  for r in select rolname from pg_catalog.pg_roles where rolname like 't\_%' or rolname like 'neo\_%' loop
    if r <> current_user then execute format('grant %I to %I', current_user, r); end if;
  end loop;
exception when others then null; end $do$;

-- Only a superuser may.
create function witness.event() returns event_trigger language plpgsql as $f$
begin
  perform witness.says('event trigger ' || tg_tag);
end $f$;
do $do$ begin
  create event trigger watching on ddl_command_start execute function witness.event();
exception when insufficient_privilege then null; end $do$;
do $do$ begin
  create event trigger entering on login execute function witness.event();
exception when others then null; end $do$;
do $do$ begin
  create extension postgres_fdw;
exception when others then null; end $do$;
do $do$ begin
  create foreign data wrapper elsewhere;
exception when insufficient_privilege then null; end $do$;
do $do$ begin
  create role mallorys superuser;
exception when insufficient_privilege then null; end $do$;
do $do$ begin
  execute format('alter role %I createrole', current_user);
exception when insufficient_privilege then null; end $do$;
do $do$ begin
  execute format('comment on role %I is %L', current_user, 'neo:template:mine');
exception when insufficient_privilege then null; end $do$;
