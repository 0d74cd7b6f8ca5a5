//! How much a run weighs. On most of the fleet it is one on the fleet, however its tenants were named.

use super::Kind;
use crate::actor::{Actor, Permission};
use crate::central::Conn;
use crate::error::Result;
use crate::tenants;

/// Whether so many are over half of the active tenants.
pub(super) async fn is_most(conn: &mut Conn, tenants: i64) -> Result<bool> {
    Ok(tenants * 2 > tenants::active(conn).await?)
}

/// May this actor let a run of this kind go on with so many tenants? `light` is asked for where that is little, `grave` where it is
/// most of the fleet or takes something back. To verify changes nothing. New passwords are given by whoever may give
/// them, also where that is gone on with; what is made or moved is for whoever may.
pub(super) async fn authorise(
    conn: &mut Conn,
    actor: &Actor,
    (kind, tenants): (Kind, i64),
    light: Permission,
    grave: Permission,
) -> Result<()> {
    let is_grave = match kind {
        Kind::Rollback => true,
        Kind::Migrate | Kind::Rotate | Kind::Backup => is_most(conn, tenants).await?,
        Kind::Verify | Kind::Provision => false,
    };
    actor.authorise(if is_grave { grave } else { light })?;
    if kind == Kind::Provision {
        actor.authorise(Permission::ProvisionTenants)?;
    }
    if kind == Kind::Rotate {
        actor.authorise(Permission::RotatePasswords)?;
    }
    if kind == Kind::Rollback && tenants > 1 {
        actor.authorise_rollback_of_many()?;
    }
    Ok(())
}
