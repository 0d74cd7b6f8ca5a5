//! What two sessions are asked to see whether a server is one, and which it is. A tenant's login asks it as well.

use super::{CATALOGUES, LOCKS, Listed, OWN, SERVER, SESSION, mysql, postgres};

/// The rest of the list.
pub const PROOFS: &[Listed] = &[
    postgres("select pg_catalog.pg_backend_pid()", SESSION),
    postgres("select extract(epoch from pg_catalog.pg_postmaster_start_time())::text", CATALOGUES),
    postgres("select system_identifier::text from pg_catalog.pg_control_system()", CATALOGUES),
    postgres("begin", SESSION),
    postgres("commit", SESSION),
    mysql("select cast(connection_id() as char)", SESSION),
    mysql("select cast(@@lower_case_table_names as char)", SERVER),
    mysql("start transaction", SESSION),
    mysql("commit", SESSION),
    mysql("select cast(@@lock_wait_timeout as char)", SESSION),
    mysql("select cast(get_lock({text}, {n}) as char)", LOCKS),
    mysql("select cast(release_lock({text}) as char)", LOCKS),
    // At which node of a cluster one migrates.
    mysql("select cast(@@wsrep_node_name as char)", SERVER),
    mysql("select node_uuid from mysql.wsrep_cluster_members", SERVER),
    mysql("rollback", SESSION),
    mysql("set statement wsrep_sync_wait = {n} for select {n}", SESSION),
    mysql(
        "create table if not exists {name}.nodes (server_id varchar({n}) not null primary key, node varchar({n}) not null, \
         name varchar({n}) not null, turn bigint not null) engine = innodb character set utf8mb4",
        OWN,
    ),
    mysql("select concat(server_id, {text}, node, {text}, name) from {name}.nodes where server_id <> {text}", OWN),
    mysql(
        "insert into {name}.nodes values ({text}, {text}, {text}, {n}) on duplicate key update turn = turn + {n}",
        OWN,
    ),
    mysql("replace into {name}.nodes values ({text}, {text}, {text}, {n})", OWN),
    mysql("delete from {name}.nodes where server_id = {text}", OWN),
    // Why a password was refused.
    mysql("show warnings", SESSION),
    // What only one of the two engines knows stands in comments that it alone reads.
    mysql(
        "select cast(concat_ws({text}, concat(@@hostname, {text}, @@port), @@server_id, @@datadir , @@server_uid , @@server_uuid ) \
         as char)",
        SERVER,
    ),
];
