//! Every statement that an administrator's session may run, and why none of them evaluates what a tenant could have made.
//!
//! Neo's server logins may do anything to everybody's data, and in a tenant's database somebody else decides what a name means.
//! So an administrator's session says what is written here and nothing else: the one gate through which it speaks asks this
//! list, in production as in the tests, and the servers' own logs are held against it. Every such session begins with
//! `search_path = pg_catalog` (PostgreSQL), calls by qualified names, and reads and writes no table, view or function outside
//! the server's own catalogues and Neo's own database.
//!
//! A statement is written as [`shape`] gives it: `{name}` for a name in quotes, `{text}` for a text, `{n}` for a number.

mod gate;
mod guests;
mod likeness;
mod proofs;
mod readers;

pub(super) use gate::check;
pub use gate::{is_listed, shape};

use super::Engine;

/// One statement of the list.
pub struct Listed {
    pub engine: Engine,
    pub shape: &'static str,
    /// Why nothing of a tenant's is evaluated by it.
    pub why: &'static str,
}

const fn postgres(shape: &'static str, why: &'static str) -> Listed {
    Listed { engine: Engine::Postgres, shape, why }
}

const fn mysql(shape: &'static str, why: &'static str) -> Listed {
    Listed { engine: Engine::Mysql, shape, why }
}

const CATALOGUES: &str =
    "reads the server's own catalogues and views by qualified names, through its own functions and operators";
const SHARED: &str = "changes entries of the catalogues that all databases share; no database is entered";
const SESSION: &str = "concerns this session alone";
const LOCKS: &str = "takes or gives a number that stands for a lock";
const FILES: &str = "copies a database file by file from outside; nothing in it runs";
const OWN: &str = "reads and writes `_neo`, which no tenant has a right to";
const SERVER: &str = "asks the server itself; no database is entered, no table or view of anybody's opened";
const ACCOUNTS: &str = "changes entries of the server's own tables of accounts";

/// The list.
pub const STATEMENTS: &[Listed] = &[
    // Who is who.
    postgres("select rolsuper from pg_catalog.pg_roles where rolname = current_user", CATALOGUES),
    postgres("select rolinherit from pg_catalog.pg_roles where rolname = current_user", CATALOGUES),
    postgres(
        "select pg_catalog.shobj_description(oid, {text}) from pg_catalog.pg_roles where rolname = {text}",
        CATALOGUES,
    ),
    postgres(
        "select rolname::text, pg_catalog.shobj_description(oid, {text}) from pg_catalog.pg_roles where rolname like {text}",
        CATALOGUES,
    ),
    postgres(
        "select d.datname::text, pg_catalog.shobj_description(d.datdba, {text}), \
         case when r.rolsuper or r.rolname = current_user then pg_catalog.shobj_description(d.oid, {text}) end, \
         d.datistemplate, d.datallowconn \
         from pg_catalog.pg_database d join pg_catalog.pg_roles r on r.oid = d.datdba order by d.datname",
        CATALOGUES,
    ),
    postgres(
        "select d.datname::text, pg_catalog.shobj_description(d.datdba, {text}), \
         case when r.rolsuper or r.rolname = current_user then pg_catalog.shobj_description(d.oid, {text}) end, \
         d.datistemplate, d.datallowconn \
         from pg_catalog.pg_database d join pg_catalog.pg_roles r on r.oid = d.datdba where d.datname = {text}",
        CATALOGUES,
    ),
    postgres(
        "select d.datname::text from pg_catalog.pg_database d join pg_catalog.pg_roles r on r.oid = d.datdba \
         where r.rolname = {text}",
        CATALOGUES,
    ),
    postgres(
        "select pg_catalog.pg_get_userbyid(datdba)::text from pg_catalog.pg_database where datname = {text}",
        CATALOGUES,
    ),
    // The probe, and what a session is that asks for nothing.
    postgres(
        "select {text} || pg_catalog.current_setting({text}), pg_catalog.current_setting({text})::int8 \
         - pg_catalog.current_setting({text})::int8 - coalesce(pg_catalog.current_setting({text}, true)::int8, {n}) \
         - (select pg_catalog.count(*) from pg_catalog.pg_stat_activity where backend_type = {text})",
        CATALOGUES,
    ),
    postgres("select name, setting, source from pg_catalog.pg_settings where name in ({text})", CATALOGUES),
    postgres("select pg_catalog.pg_conf_load_time()", CATALOGUES),
    postgres(
        "select pg_catalog.pg_conf_load_time(), s.setrole, s.setdatabase, s.setconfig from (select) here \
         left join pg_catalog.pg_db_role_setting s on s.setdatabase = {n} and s.setrole = {n}",
        CATALOGUES,
    ),
    postgres("set timezone = {text}", SESSION),
    postgres("set datestyle = {text}", SESSION),
    // In another database than the server's own: begun there before anything else is said.
    postgres("set transaction_timeout = {n}", SESSION),
    postgres("set event_triggers = off", SESSION),
    // Roles. A password goes as its verifier.
    postgres(
        "create role {name} login connection limit {n} password {text} nosuperuser nocreatedb nocreaterole noreplication",
        SHARED,
    ),
    postgres("alter role {name} login connection limit {n} password {text}", SHARED),
    postgres("alter role {name} password {text}", SHARED),
    postgres("alter role {name} nologin password null", SHARED),
    postgres("alter role {name} nologin", SHARED),
    postgres("alter role current_user password {text}", SHARED),
    postgres("comment on role {name} is {text}", SHARED),
    postgres("grant {name} to current_user", SHARED),
    postgres("grant {name} to current_user with inherit true", SHARED),
    postgres("drop role if exists {name}", SHARED),
    // Databases.
    postgres(
        "create database {name} owner {name} template template0 encoding {text} allow_connections false",
        "copies template0, which nobody may change",
    ),
    postgres("create database {name} owner {name} template {name} allow_connections false", FILES),
    postgres("create database {name} owner {name} template {name} strategy wal_log allow_connections false", FILES),
    postgres("revoke all on database {name} from public", SHARED),
    postgres("comment on database {name} is {text}", SHARED),
    postgres("alter database {name} allow_connections true", SHARED),
    postgres("alter database {name} allow_connections false", SHARED),
    postgres("alter database {name} allow_connections false is_template false", SHARED),
    postgres("alter database {name} allow_connections true connection limit -{n}", SHARED),
    postgres("alter database {name} is_template true", SHARED),
    postgres("alter database {name} is_template false", SHARED),
    postgres(
        "alter database {name} owner to current_user",
        "an entry of the shared catalogues: what lies in the database keeps its owners",
    ),
    postgres("grant connect, create, temporary on database {name} to {name}", SHARED),
    postgres("grant connect on database {name} to {name}", SHARED),
    postgres("revoke connect on database {name} from {name}", SHARED),
    postgres(
        "drop database if exists {name} with (force)",
        "deletes its files and its entries in the shared catalogues; it is never entered",
    ),
    postgres("drop database if exists {name}", "the same, where a worker of the server's own is in it"),
    // The template.
    postgres(
        "select pg_catalog.current_setting({text})::int4 as version, \
         pg_catalog.pg_try_advisory_lock_shared({n}) as is_shared, \
         (select pg_catalog.shobj_description(r.oid, {text}) from pg_catalog.pg_roles r where r.rolname = {text}) as record, \
         coalesce((select d.datistemplate and not d.datallowconn and pg_catalog.shobj_description(d.oid, {text}) = {text} \
         from pg_catalog.pg_database d where d.datname = {text}), false) as is_ready, \
         x.datname is not null as is_there, \
         coalesce(pg_catalog.shobj_description(x.datdba, {text}) = {text}, false) as is_ours, \
         exists (select from pg_catalog.pg_shdepend s \
         join pg_catalog.pg_roles r on r.oid = s.refobjid and r.rolname = {text} \
         where s.refclassid = {text}::pg_catalog.regclass and (s.dbid = x.oid \
         or s.classid = {text}::pg_catalog.regclass and s.objid = x.oid)) as is_half \
         from (select {n}) one left join pg_catalog.pg_database x on x.datname = {text}",
        CATALOGUES,
    ),
    postgres("select pg_catalog.to_char(pg_catalog.clock_timestamp() at time zone {text}, {text})", CATALOGUES),
    postgres("select pg_catalog.pg_try_advisory_lock({n})", LOCKS),
    postgres("select pg_catalog.pg_advisory_lock_shared({n})", LOCKS),
    postgres("select pg_catalog.pg_advisory_unlock({n})", LOCKS),
    postgres("select pg_catalog.pg_advisory_unlock_all()", LOCKS),
    postgres(
        "select pg_catalog.pg_terminate_backend(l.pid) from pg_catalog.pg_locks l \
         join pg_catalog.pg_stat_activity a on a.pid = l.pid join pg_catalog.pg_database d on d.oid = l.database \
         where l.locktype = {text} and l.objsubid = {n} and l.classid = {n} and l.objid = {n} \
         and d.datname = pg_catalog.current_database() \
         and pg_catalog.shobj_description(a.usesysid, {text}) like {text}",
        CATALOGUES,
    ),
    postgres(
        "select s.nspname::text from pg_catalog.pg_namespace s join pg_catalog.pg_roles r on r.oid = s.nspowner \
         where r.rolname = {text} order by {n}",
        CATALOGUES,
    ),
    postgres(
        "alter schema {name} owner to {name}",
        "changes the entry of the schema and its list of rights. In a copy of the template, where nobody has signed in yet",
    ),
    postgres(
        "reassign owned by {name} to {name}",
        "changes the owner in the entries of the catalogues, and the lists of rights beside them: no table is read or written, \
         no trigger, rule, policy, default, check, cast, operator or function called. Event triggers are a superuser's to \
         make, and from 17 on this session has none. In a copy of the template, where nobody has signed in yet",
    ),
    // Dropping.
    postgres("select gid from pg_catalog.pg_prepared_xacts where database = {text} order by gid", CATALOGUES),
    postgres(
        "select gid, database::text from pg_catalog.pg_prepared_xacts where owner = {text} order by gid",
        CATALOGUES,
    ),
    postgres("rollback prepared {text}", "takes back what was never committed: nothing deferred is run for it"),
    postgres(
        "select pg_catalog.pg_terminate_backend(pid) from pg_catalog.pg_stat_activity where usename = {text}",
        CATALOGUES,
    ),
    postgres("select pid::text from pg_catalog.pg_stat_activity where usename = {text}", CATALOGUES),
    postgres(
        "select distinct usename::text from pg_catalog.pg_stat_activity where datname = {text} \
         and pg_catalog.shobj_description(usesysid, {text}) like {text}",
        CATALOGUES,
    ),
    postgres(
        "select distinct a.usename::text from pg_catalog.pg_locks l join pg_catalog.pg_stat_activity a on a.pid = l.pid \
         join pg_catalog.pg_database d on d.oid = l.objid where l.locktype = {text} \
         and l.classid = {text}::pg_catalog.regclass and d.datname = {text} \
         and pg_catalog.shobj_description(a.usesysid, {text}) like {text}",
        CATALOGUES,
    ),
    postgres(
        "select a.pid::int8 as pid, a.usename::text as usename, a.application_name, pg_catalog.host(a.client_addr) as address, \
         extract(epoch from pg_catalog.clock_timestamp() - a.backend_start)::int8 as seconds, a.state, \
         nullif(pg_catalog.left(pg_catalog.regexp_replace(pg_catalog.left(a.query, {n}), {text}, {text}, {text}), {n}), {text}) \
         as query, (extract(epoch from a.backend_start) * {n})::int8::text as began \
         from pg_catalog.pg_stat_activity a where a.datname = {text} order by a.pid limit {n}",
        CATALOGUES,
    ),
    postgres(
        "select distinct coalesce(d.datname::text, {text}) from pg_catalog.pg_shdepend s \
         join pg_catalog.pg_roles r on r.oid = s.refobjid left join pg_catalog.pg_database d on d.oid = s.dbid \
         where s.refclassid = {text}::pg_catalog.regclass and r.rolname = {text}",
        CATALOGUES,
    ),
    postgres(
        "select d.datname::text, pg_catalog.count(*) from pg_catalog.pg_shdepend s \
         join pg_catalog.pg_roles r on r.oid = s.refobjid join pg_catalog.pg_database d on d.oid = s.dbid \
         where s.refclassid = {text}::pg_catalog.regclass and s.deptype = {text} \
         and s.classid <> {text}::pg_catalog.regclass \
         and s.classid <> {text}::pg_catalog.regclass and r.rolname = {text} group by d.datname",
        CATALOGUES,
    ),
    postgres(
        "select pg_catalog.lo_unlink(o.oid) from pg_catalog.pg_largeobject_metadata o \
         join pg_catalog.pg_roles r on r.oid = o.lomowner where r.rolname = {text} limit {n}",
        "deletes large objects, which are bytes: nothing is evaluated with them",
    ),
    postgres(
        "drop owned by {name}",
        "deletes entries of the catalogues, files and large objects, and takes rights away: rows are not deleted one by one, so \
         no trigger or rule sees it, and what is dropped is not evaluated. What others have built on it keeps it from being \
         dropped. Event triggers are a superuser's to make, and from 17 on this session has none. In the server's own \
         databases and where another tenant has let it in, its own being gone by then; elsewhere it owns nothing, which is looked at before",
    ),
    // Locks.
    postgres(
        "select d.datname::text as database, ((l.classid::int8 << {n}) | l.objid::int8) as key, s.* \
         from pg_catalog.pg_locks l join pg_catalog.pg_database d on d.oid = l.database \
         left join pg_catalog.pg_stat_activity a on a.pid = l.pid cross join lateral (select \
         a.pid::int8 as pid, a.usename::text as usename, a.application_name, pg_catalog.host(a.client_addr) as address, \
         extract(epoch from pg_catalog.clock_timestamp() - a.backend_start)::int8 as seconds, a.state, \
         nullif(pg_catalog.left(pg_catalog.regexp_replace(pg_catalog.left(a.query, {n}), {text}, {text}, {text}), {n}), {text}) \
         as query, (extract(epoch from a.backend_start) * {n})::int8::text as began) s \
         where l.locktype = {text} and l.granted and l.objsubid = {n} and d.datname in ({text})",
        CATALOGUES,
    ),
    postgres(
        "select pg_catalog.pg_terminate_backend(a.pid) from pg_catalog.pg_stat_activity a \
         join pg_catalog.pg_locks l on l.pid = a.pid join pg_catalog.pg_database d on d.oid = l.database \
         where a.pid = {n} and (extract(epoch from a.backend_start) * {n})::int8::text = {text} and d.datname = {text} \
         and ((l.classid::int8 << {n}) | l.objid::int8) = {n} \
         and l.locktype = {text} and l.granted and l.objsubid = {n}",
        CATALOGUES,
    ),
    postgres(
        "select w.application_name as waiting, w.pid::int8 as waiter, w.datname::text as datname, \
         nullif(pg_catalog.left(pg_catalog.regexp_replace(pg_catalog.left(w.query, {n}), {text}, {text}, {text}), {n}), {text}) \
         as waits_for, \
         a.pid::int8 as pid, a.usename::text as usename, a.application_name, pg_catalog.host(a.client_addr) as address, \
         extract(epoch from pg_catalog.clock_timestamp() - a.backend_start)::int8 as seconds, a.state, \
         nullif(pg_catalog.left(pg_catalog.regexp_replace(pg_catalog.left(a.query, {n}), {text}, {text}, {text}), {n}), {text}) \
         as query, (extract(epoch from a.backend_start) * {n})::int8::text as began \
         from pg_catalog.pg_stat_activity w cross join lateral pg_catalog.unnest(pg_catalog.pg_blocking_pids(w.pid)) b(pid) \
         join pg_catalog.pg_stat_activity a on a.pid = b.pid where w.application_name like {text} order by {n}, a.pid",
        CATALOGUES,
    ),
    // What everybody may, and taking it from him: in the server's own databases.
    postgres(
        "select d.datacl is null or exists (select from pg_catalog.aclexplode(d.datacl) a \
         where a.grantee = {n} and a.privilege_type = {text}), pg_catalog.pg_has_role(d.datdba, {text}) \
         from pg_catalog.pg_database d where d.datname = {text}",
        CATALOGUES,
    ),
    postgres(
        "select exists (select from pg_catalog.aclexplode(n.nspacl) a \
         where a.grantee = {n} and a.privilege_type = {text}), pg_catalog.pg_has_role(n.nspowner, {text}) \
         from pg_catalog.pg_namespace n where n.nspname = {text}",
        CATALOGUES,
    ),
    postgres(
        "select r.rolname::text, pg_catalog.shobj_description(r.oid, {text}) from pg_catalog.pg_roles r \
         where r.rolcanlogin and not r.rolsuper order by r.rolname",
        CATALOGUES,
    ),
    postgres("revoke connect on database {name} from public", SHARED),
    postgres("revoke create on schema public from public", "changes the list of rights of a schema"),
    // MySQL and MariaDB. The session: in no database, whatever the server's mode is.
    mysql(
        "set sql_mode = {text}, names utf8mb4, autocommit = {n}, lock_wait_timeout = {n}, innodb_lock_wait_timeout = {n}",
        SESSION,
    ),
    mysql("select version()", SERVER),
    mysql("select cast(current_user() as char)", SESSION),
    mysql("select cast(@@max_connections as char)", SERVER),
    mysql("select cast(@@max_allowed_packet as char)", SERVER),
    mysql("show global status like {text}", SERVER),
    mysql("select @@global.collation_server from dual where @@global.character_set_server = {text}", SERVER),
    // Whose is what.
    mysql("create database if not exists {name}", OWN),
    mysql(
        "create table if not exists {name}.marks (kind varchar({n}) not null, name varchar({n}) not null, \
         tenant_id varchar({n}) not null, primary key (kind, name)) character set ascii collate ascii_bin",
        OWN,
    ),
    mysql("select tenant_id from {name}.marks where kind = {text} and name = {text}", OWN),
    mysql("select name from {name}.marks where kind = {text} and tenant_id = {text}", OWN),
    mysql("replace into {name}.marks values ({text}, {text}, {text})", OWN),
    mysql("delete from {name}.marks where kind = {text} and name = {text}", OWN),
    mysql(
        "select concat(name, {text}, tenant_id) from {name}.marks where kind = {text} and name in \
         (select convert(schema_name using ascii) from information_schema.schemata) order by name",
        OWN,
    ),
    mysql(
        "select schema_name from information_schema.schemata where schema_name = {text}",
        "reads the names of databases, as the server's folder has them: nothing in one is opened",
    ),
    mysql("select user from mysql.user where user = {text} and host = {text}", SERVER),
    mysql(
        "select cast(@@strict_password_validation and exists (select * from information_schema.plugins \
         where plugin_type = {text} and plugin_status = {text}) as char)",
        SERVER,
    ),
    mysql("select cast(host as char) from mysql.user where user = {text}", SERVER),
    // Users and databases. A password goes as its hash where the server would log it.
    mysql("create user {text}@{text} identified by password {text} with max_user_connections {n}", ACCOUNTS),
    mysql("create user {text}@{text} identified by {text} with max_user_connections {n}", ACCOUNTS),
    mysql(
        "create user if not exists {text}@{text} identified by password {text} with max_user_connections {n}",
        ACCOUNTS,
    ),
    mysql("create user if not exists {text}@{text} identified by {text} with max_user_connections {n}", ACCOUNTS),
    mysql("alter user {text}@{text} identified by password {text} with max_user_connections {n}", ACCOUNTS),
    mysql("alter user {text}@{text} identified by {text} with max_user_connections {n}", ACCOUNTS),
    mysql("alter user {text}@{text} identified by password {text}", ACCOUNTS),
    mysql("alter user {text}@{text} identified by {text}", ACCOUNTS),
    mysql("set password = {text}", ACCOUNTS),
    mysql("set password = password({text})", ACCOUNTS),
    mysql("alter user current_user() identified by {text}", ACCOUNTS),
    mysql("alter user {text}@{text} account lock", ACCOUNTS),
    mysql("alter user {text}@{text} account unlock", ACCOUNTS),
    mysql("grant all privileges on {name}.* to {text}@{text}", ACCOUNTS),
    mysql("drop user if exists {text}@{text}", ACCOUNTS),
    mysql(
        "drop database if exists {name}",
        "deletes tables, views, routines, triggers and events with their files and entries: rows are not deleted one by one, so no \
         trigger sees it, no view is opened for what it shows, and no routine or event is run",
    ),
    mysql("xa recover", SERVER),
    // Sessions, and who holds up whom.
    mysql(
        "select cast(id as char) from information_schema.processlist where user = {text} and id <> connection_id()",
        SERVER,
    ),
    mysql("kill {n}", SERVER),
    mysql("kill user {text}", SERVER),
    mysql("select cast(is_used_lock({text}) as signed)", LOCKS),
    mysql(
        "select cast(user as char), cast(host as char), cast(command as char), cast(time as signed), \
         cast(left(coalesce(info, {text}), {n}) as char) from information_schema.processlist where id = {n}",
        SERVER,
    ),
    mysql(
        "select cast(id as signed), cast(coalesce(user, {text}) as char), cast(coalesce(host, {text}) as char), \
         cast(coalesce(db, {text}) as char), cast(command = {text} as signed), cast(coalesce(time, {n}) as signed), \
         cast(coalesce(state, {text}) as char), cast(left(coalesce(info, {text}), {n}) as char) \
         from information_schema.processlist where id <> connection_id() order by id",
        SERVER,
    ),
    mysql(
        "select cast(trx_mysql_thread_id as signed), \
         cast(greatest({n}, coalesce(timestampdiff(second, trx_started, convert_tz(now(), @@session.time_zone, {text})), {n})) as signed) \
         from information_schema.innodb_trx",
        SERVER,
    ),
    mysql(
        "select cast(r.trx_mysql_thread_id as signed), cast(b.trx_mysql_thread_id as signed) \
         from information_schema.innodb_lock_waits w join information_schema.innodb_trx r on r.trx_id = w.requesting_trx_id \
         join information_schema.innodb_trx b on b.trx_id = w.blocking_trx_id",
        SERVER,
    ),
    mysql(
        "select cast(thread_id as signed), cast(lock_type as char), cast(coalesce(table_schema, {text}) as char), \
         cast(coalesce(table_name, {text}) as char) from information_schema.metadata_lock_info where lock_mode not in ({text})",
        SERVER,
    ),
];
