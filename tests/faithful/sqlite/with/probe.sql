create table probe_settings as
    select (select foreign_keys from pragma_foreign_keys) as foreign_keys, (select defer_foreign_keys from pragma_defer_foreign_keys) as deferred,
    (select recursive_triggers from pragma_recursive_triggers) as recursive, (select query_only from pragma_query_only) as reads,
    (select ignore_check_constraints from pragma_ignore_check_constraints) as unchecked, (select writable_schema from pragma_writable_schema) as writable,
    (select reverse_unordered_selects from pragma_reverse_unordered_selects) as reversed, (select legacy_alter_table from pragma_legacy_alter_table) as legacy,
    (select trusted_schema from pragma_trusted_schema) as trusted, (select automatic_index from pragma_automatic_index) as indexed,
    (select count_changes from pragma_count_changes) as counted, (select full_column_names from pragma_full_column_names) as full_names,
    (select short_column_names from pragma_short_column_names) as short_names, (select read_uncommitted from pragma_read_uncommitted) as dirty,
    (select cell_size_check from pragma_cell_size_check) as cells, (select temp_store from pragma_temp_store) as temp_store,
    'a' like 'A' as case_told, (select count(*) from sqlite_temp_master) as temporary,
    (select group_concat(name) from (select name from pragma_database_list where name <> 'temp' order by seq)) as bases;
create table import (id int primary key);
insert into import values (1), (2);
create table wanted (id int);
insert into wanted values (3);
create temporary table scratch (id int);
insert into scratch values (1);
create view v_import as select count(*) as n from import;
create table probe_parent (id integer primary key);
create table probe_child (id integer primary key, parent int references probe_parent (id) on delete cascade);
insert into probe_parent values (1);
insert into probe_child values (1, 1);
delete from probe_parent;
