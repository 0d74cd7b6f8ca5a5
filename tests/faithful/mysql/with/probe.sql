create table probe_last as select last_insert_id() as last_id;
create table probe_settings as
    select @@sql_mode as mode, @@character_set_client as client, @@character_set_connection as connection,
    @@collation_connection as collation, @@character_set_results as results, @@time_zone as zone,
    @@foreign_key_checks as foreign_keys, @@unique_checks as uniques, @@check_constraint_checks as checks, @@autocommit as commits,
    @@tx_isolation as isolation, @@sql_safe_updates as safe, @@group_concat_max_len as long_text, @@default_storage_engine as storage,
    @@sql_select_limit as most, @@auto_increment_increment as step, @@auto_increment_offset as first_step, @@sql_auto_is_null as is_null,
    @@in_transaction as begun, @@character_set_database as base, @@collation_database as base_collation, @@lc_time_names as days,
    @@div_precision_increment as divides, @@tx_read_only as read_only, @@big_tables as big, @@sql_notes as notes, @@max_sp_recursion_depth as deep,
    @@system_versioning_alter_history as history, @@collation_server as server_collation, @@old_mode as old, @@insert_id as next_id,
    @@timestamp > 1700000000 as clock, @@rand_seed1 = 7 as seeded, @@completion_type as completion, @@profiling as profiled;
create table probe_session as
    select database() as base, current_role() as role, @x as x, @y as y, @faithful as faithful, coalesce(is_used_lock(database()) = connection_id(), 0) as held,
    1 || 0 as either, 'a\nb' as slashed, hex('Zoë') as bytes, from_unixtime(1717243200) as instant;
create table import (id int primary key);
insert into import values (1), (2);
create table wanted (id int);
insert into wanted values (3);
create temporary table scratch (id int);
insert into scratch values (1);
create view v_import as select count(*) as n from import;
create sequence numbers;
create table numbered as select nextval(numbers) as n;
prepare ins from 'insert into import values (?)';
set @five = 5;
execute ins using @five;
deallocate prepare ins;
create table probe_parent (id int primary key);
create table probe_child (id int primary key, parent int, foreign key (parent) references probe_parent (id));
insert ignore into probe_child values (1, 99);
