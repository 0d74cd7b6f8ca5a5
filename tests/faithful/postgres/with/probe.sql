create table probe_settings as
    select name, case when name = 'search_path' then replace(setting, current_user, 'OWN') else setting end as setting
    from pg_settings where name in ('search_path', 'role', 'session_authorization', 'TimeZone', 'DateStyle', 'IntervalStyle',
    'standard_conforming_strings', 'client_encoding', 'default_transaction_isolation', 'default_transaction_read_only',
    'default_transaction_deferrable', 'check_function_bodies', 'row_security', 'client_min_messages', 'work_mem',
    'bytea_output', 'default_tablespace', 'default_table_access_method', 'session_replication_role', 'xmloption', 'lc_numeric',
    'lc_messages', 'escape_string_warning', 'backslash_quote', 'constraint_exclusion', 'enable_seqscan',
    'default_toast_compression', 'array_nulls', 'quote_all_identifiers', 'synchronous_commit', 'statement_timeout',
    'transform_null_equals', 'default_text_search_config', 'jit', 'idle_session_timeout') order by name;
create table probe_session as
    select current_user::text = session_user::text as is_itself, current_schema() as schema, current_schemas(false)::text as schemas,
    current_setting('app.tenant', true) as tenant, current_setting('app.flag', true) as flag,
    (select count(*) from pg_listening_channels()) as channels, (select count(*) from pg_prepared_statements) as prepared,
    (select count(*) from pg_cursors where is_holdable) as cursors,
    (select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid() and objid in (42, 43)) as locks,
    (select count(*) from pg_class where relpersistence = 't' and relnamespace = pg_my_temp_schema()) as temporary,
    0.1::float8 + 0.2::float8 as float, 'a\nb' as escaped, (date '2024-02-01')::text as day,
    (timestamptz '2024-06-01 12:00:00+00')::text as instant, interval '1 day 2 hours'::text as span;
create table import (id int primary key);
insert into import values (1), (2);
create table wanted (id int);
insert into wanted values (3);
create temporary table scratch (id int);
insert into scratch values (1);
create view v_import as select count(*) as n from import;
create sequence numbers;
create table numbered as select nextval('numbers') as n;
prepare ins as insert into import values ($1);
execute ins (5);
declare cur cursor for select * from import;
create table probe_lastval (said text);
do $$
begin
    insert into probe_lastval select 'the number ' || currval('probe_unheard')::text;
exception when others then
    insert into probe_lastval values ('none');
end
$$;
insert into probe_lastval values (to_char(date '02/03/2024', 'YYYY-MM-DD'));
