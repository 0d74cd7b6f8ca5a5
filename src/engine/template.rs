//! Templates: on a PostgreSQL server, one database that holds everything a new tenant begins with. A tenant is then a copy of
//! it, whose objects change their owner.
//!
//! Everything in a template belongs to a role of the same name, which may not sign in. The database itself belongs to the
//! server's administrator: what `reassign owned` hands to a tenant is then what lies in the copy, and nothing else.

pub(super) mod record;

pub use super::postgres::template::{Keeper, Place, Standing, templates};
pub use record::*;
