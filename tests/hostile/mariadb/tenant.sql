-- Run by the tenant's own login in its own database, after `migration.sql`.

-- The name that marked a database once: a view of that name is read by whoever looks for the mark.
drop table if exists _neo_marker;
create sql security invoker view _neo_marker as select says('the marker as a view') as tenant_id;

delimiter //
create trigger users_insert before insert on users for each row set @said = says('trigger on users')//
create trigger users_update before update on users for each row set @said = says('trigger on users')//
create trigger users_delete before delete on users for each row set @said = says('trigger on users')//
create trigger roles_insert after insert on user_roles for each row set @said = says('trigger on user_roles')//
create function definer() returns varchar(200) sql security definer modifies sql data not deterministic
begin
  insert into witness_seen values ('definer routine', current_user(), user());
  return 'definer';
end//
create procedure proceeds() sql security invoker
begin
  set @said = says('procedure');
end//
-- Runs with the rights of its maker, whoever drops what it works on.
create event ticking on schedule every 1 second do
begin
  insert into witness_seen values ('event', current_user(), user());
end//
create aggregate function gathered(what varchar(200)) returns varchar(200) sql security invoker modifies sql data
begin
  declare continue handler for not found return says('aggregate');
  loop
    fetch group next row;
  end loop;
end//
-- Names that Neo's own statements call, unqualified or not.
create function version() returns varchar(200) sql security invoker modifies sql data not deterministic return says('shadow of version')//
create function get_lock_(name varchar(64), t int) returns int sql security invoker modifies sql data not deterministic return length(says('shadow of get_lock'))//
delimiter ;

insert into users (id, email, first_name, last_name, password_hash) values
  ('u1', 'mallory@example.com', '\e[31mMallory', '''); drop table users; --', '$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAA');

-- Names that are more than names, and those of the server's own.
create table `t``; drop database mysql; --` (`c'; drop table users; --` int comment 'neo:tenant:x''; drop table users; --');
create table `marks` (kind varchar(8), name varchar(64), tenant_id varchar(64));
create sql security invoker view `schemata` as select says('shadow of schemata') as schema_name;
create sql security invoker view `global_priv` as select says('shadow of global_priv') as user;
create table generated (a int default (length(user())), b varchar(64) as (concat('x', a)) virtual, check (a <> 0));
create sequence numbers;

-- A ledger of another tool, for whoever adopts.
create table knex_migrations (id int auto_increment primary key, name varchar(255), batch int);
create table knex_migrations_lock (id int auto_increment primary key, is_locked int);
insert into knex_migrations_lock (is_locked) values (0);

-- What a tenant may not: the day it may, there is a witness more.
delimiter //
create procedure attempts()
begin
  declare continue handler for sqlexception begin end;
  execute immediate 'create definer = neo_admin@`%` function as_neo() returns int sql security definer modifies sql data return length(says(''definer of another''))';
  execute immediate 'create definer = neo_admin@`%` sql security definer view as_neo_view as select says(''view of another'')';
  execute immediate 'create server elsewhere foreign data wrapper mysql options (host ''127.0.0.1'')';
  execute immediate 'set global init_connect = ''select 1''';
  execute immediate 'create user mallorys@`%`';
  execute immediate 'grant select on *.* to current_user()';
  execute immediate 'insert into _neo.marks values (''database'', ''mysql'', ''mine'')';
  execute immediate 'create database _neo_mine';
  execute immediate 'install soname ''ha_federatedx''';
end//
delimiter ;
call attempts();
