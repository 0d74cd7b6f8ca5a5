-- Taken back by whom it was made.
drop operator public.* (numeric, int);
drop operator public.|| (text, name);
drop function public.times(numeric, int), public.beside(text, name), public.format(text, name, name), public.quote_ident(name),
  public.shobj_description(oid, text);
drop rule ledger_rule on _sqlx_migrations;
alter table _sqlx_migrations drop column watched, alter installed_on set default now(), drop constraint ledger_check;
drop schema witness cascade;
