-- Run by the tenant's own login in `postgres` and in `template1`, where a tenant has no business. The names are those that an
-- administrator's session calls there.

create function public.shobj_description(oid, text) returns text language plpgsql as $f$
begin
  raise log 'witness: shadow of shobj_description elsewhere as % (%)', current_user, session_user;
  return pg_catalog.shobj_description($1, $2::name);
end $f$;
create function public.quote_ident(name) returns text language plpgsql immutable as $f$
begin
  raise log 'witness: shadow of quote_ident elsewhere as % (%)', current_user, session_user;
  return pg_catalog.quote_ident($1::text);
end $f$;
create function public.times(numeric, int) returns numeric language plpgsql immutable as $f$
begin
  raise log 'witness: shadow of * elsewhere as % (%)', current_user, session_user;
  return pg_catalog.numeric_mul($1, $2::numeric);
end $f$;
create operator public.* (function = public.times, leftarg = numeric, rightarg = int);
create function public.beside(text, name) returns text language plpgsql immutable as $f$
begin
  raise log 'witness: shadow of || elsewhere as % (%)', current_user, session_user;
  return pg_catalog.textcat($1, $2::text);
end $f$;
create operator public.|| (function = public.beside, leftarg = text, rightarg = name);
-- A name that is found there belongs to the tenant, and keeps its role from being dropped.
create table public.left_behind (id int);
select lo_from_bytea(0, 'left behind') > 0;
