//! What makes an empty database, or one that is like another on another server, and what is asked of a server before.

use super::{CATALOGUES, Listed, mysql, postgres};

/// More of the list.
pub const LIKENESS: &[Listed] = &[
    postgres(
        "create database {name} owner {name} template template0 encoding {text} lc_collate {text} lc_ctype {text} \
         allow_connections false",
        "copies template0, which nobody may change",
    ),
    postgres(
        "create database {name} owner {name} template template0 encoding {text} lc_collate {text} lc_ctype {text} locale_provider libc \
         allow_connections false",
        "copies template0, which nobody may change",
    ),
    postgres(
        "create database {name} owner {name} template template0 encoding {text} lc_collate {text} lc_ctype {text} locale_provider icu icu_locale {text} \
         allow_connections false",
        "copies template0, which nobody may change",
    ),
    postgres(
        "create database {name} owner {name} template template0 encoding {text} lc_collate {text} lc_ctype {text} locale_provider builtin builtin_locale {text} \
         allow_connections false",
        "copies template0, which nobody may change",
    ),
    postgres("select name::text from pg_catalog.pg_available_extensions()", CATALOGUES),
    postgres(
        "select distinct name::text from pg_catalog.pg_available_extension_versions() where trusted or not superuser",
        CATALOGUES,
    ),
    mysql("create database {name} character set utf8mb4", "makes an empty database"),
    mysql("create database {name} character set utf8mb4 collate {name}", "makes an empty database"),
    mysql("create database {name} character set {name} collate {name}", "makes an empty database"),
];
