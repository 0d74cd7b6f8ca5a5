-- What a file of the tenant's can hold, after `migration.sql`.

-- The mark of whose file it is, as somebody else writes it.
drop table if exists _neo_marker;
create view _neo_marker as select '{victim_id}' as tenant_id;

create trigger users_insert after insert on users begin insert into witness_seen values ('insert into users'); end;
create trigger users_update after update on users begin insert into witness_seen values ('update of users'); end;
insert into users (id, email, first_name, last_name, password_hash) values
  ('u1', 'mallory@example.com', char(27) || '[31mMallory', '''); drop table users; --', '$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAA');
create table "t""; drop database postgres; --" ("c'; drop table users; --" int default (1), two as (1 + 1) stored, check (two > 0));
create index expression on users (lower(email));
create table knex_migrations (id integer primary key, name varchar(255), batch int);
create table knex_migrations_lock (id integer primary key, is_locked int);
insert into knex_migrations_lock (is_locked) values (0);

-- A view in the words of a function that reads or loads files: nobody who reads the schema is to run it.
create view reads as select load_extension('{new}');
