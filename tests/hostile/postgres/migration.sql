-- A migration of the fleet. What it makes is run again wherever Neo works on a copy of the template, and must be run by the
-- tenant's own role (or the template's, in the template) there as well.

create schema witness;

-- `raise log` is in the server's log even if the transaction is rolled back, and tells the statement that led here.
create function witness.says(what text) returns text language plpgsql immutable as $f$
begin
  raise log 'witness: % as % (%)', what, current_user, session_user;
  return what;
end $f$;
create function witness.agrees(what text) returns boolean language plpgsql immutable as $f$
begin
  return witness.says(what) is not null;
end $f$;
create function witness.watch() returns trigger language plpgsql as $f$
begin
  perform witness.says('trigger ' || tg_name || ' ' || tg_op || ' on ' || tg_relname);
  return coalesce(new, old);
end $f$;
create function witness.moment(what text) returns timestamptz language plpgsql stable as $f$
begin
  perform witness.says(what);
  return now();
end $f$;

-- Neo writes a row here after every file, and once set its times in a copy.
create trigger ledger_row before insert or update or delete on _sqlx_migrations for each row execute function witness.watch();
create trigger ledger_truncate before truncate on _sqlx_migrations execute function witness.watch();
alter table _sqlx_migrations add constraint ledger_check check (witness.agrees('check on the ledger') or installed_on is not null);
alter table _sqlx_migrations alter installed_on set default witness.moment('default of the ledger');
alter table _sqlx_migrations add column watched text generated always as (witness.says('generated column of the ledger')) stored;
create rule ledger_rule as on update to _sqlx_migrations do also select witness.says('rule on the ledger');

-- Seeded with the time of their making: such times are moved on in a copy.
create domain witness.word as text check (witness.agrees('domain of a seed ' || value));
create table witness.seeds (
  id         int primary key,
  word       witness.word,
  copied     text generated always as (witness.says('generated column of a seed')) stored,
  created_at timestamptz not null default now(),
  constraint seeds_check check (witness.agrees('check of a seed') or created_at is not null)
);
create index seeds_expression on witness.seeds (witness.says('index on a seed'), created_at);
insert into witness.seeds (id, word) values (1, 'one'), (2, 'two');
create view witness.seen as select witness.says('view of a seed') as says, id from witness.seeds;
create materialized view witness.kept as select witness.says('materialized view') as says;

-- Where two fit, the one that fits better is taken, and only then the one of pg_catalog.
create function public.shobj_description(oid, text) returns text language plpgsql as $f$
begin
  perform witness.says('shadow of shobj_description');
  return pg_catalog.shobj_description($1, $2::name);
end $f$;
create function public.quote_ident(name) returns text language plpgsql immutable as $f$
begin
  perform witness.says('shadow of quote_ident');
  return pg_catalog.quote_ident($1::text);
end $f$;
create function public.format(text, name, name) returns text language plpgsql immutable as $f$
begin
  perform witness.says('shadow of format');
  return pg_catalog.format($1, $2::text, $3::text);
end $f$;
create function public.beside(text, name) returns text language plpgsql immutable as $f$
begin
  perform witness.says('shadow of ||');
  return pg_catalog.textcat($1, $2::text);
end $f$;
create operator public.|| (function = public.beside, leftarg = text, rightarg = name);
create function public.times(numeric, int) returns numeric language plpgsql immutable as $f$
begin
  perform witness.says('shadow of *');
  return pg_catalog.numeric_mul($1, $2::numeric);
end $f$;
create operator public.* (function = public.times, leftarg = numeric, rightarg = int);
-- Neo writes `'aggregate ' || proname` where there is one.
create aggregate witness.first (text) (sfunc = textcat, stype = text, initcond = '');
