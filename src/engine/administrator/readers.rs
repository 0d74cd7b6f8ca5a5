//! The login that is made for one backup, where policies bind a table's owner too. What is read with it is read in a session of its
//! own, which is no administrator's.

use super::{CATALOGUES, Listed, SHARED, postgres};

/// More of the list.
pub const READERS: &[Listed] = &[
    postgres(
        "create role {name} login bypassrls connection limit {n} password {text} valid until {text} \
         nosuperuser nocreatedb nocreaterole noreplication",
        SHARED,
    ),
    postgres("grant {name} to {name}", SHARED),
    postgres("grant {name} to {name} with inherit true", SHARED),
    postgres("select (pg_catalog.clock_timestamp() + {text}::pg_catalog.interval)::text", CATALOGUES),
    postgres(
        "select r.rolname::text from pg_catalog.pg_roles r where r.rolname like {text} \
         and pg_catalog.shobj_description(r.oid, {text}) = {text}",
        CATALOGUES,
    ),
    postgres(
        "select r.rolname::text from pg_catalog.pg_roles r where r.rolname like {text} \
         and pg_catalog.shobj_description(r.oid, {text}) = {text} and r.rolvaliduntil < pg_catalog.clock_timestamp() \
         and not exists (select from pg_catalog.pg_stat_activity a where a.usesysid = r.oid)",
        CATALOGUES,
    ),
];
