§create schema app;
§create table app._sqlx_other (id int);
§set search_path = '';
§create table public.t (id int);
§insert into public.t values (1);
