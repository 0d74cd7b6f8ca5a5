//! What two sessions are asked to see whether a server is one, and which it is. A tenant's login asks it as well.

use super::{CATALOGUES, LOCKS, Listed, SERVER, SESSION, mysql, postgres};

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
    // What only one of the two engines knows stands in comments that it alone reads.
    mysql(
        "select cast(concat_ws({text}, concat(@@hostname, {text}, @@port), @@server_id, @@datadir , @@server_uid , @@server_uuid ) \
         as char)",
        SERVER,
    ),
];
