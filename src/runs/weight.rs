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

/// Whether a run on these is one on everybody: all that a run on the fleet would not leave out are among them, or they are most of the
/// tenants there are. Whoever is in quarantine is worked on where they are named, and whoever is suspended once they are back.
pub(super) async fn covers(conn: &mut Conn, chosen: &[tenants::Tenant]) -> Result<bool> {
    let left: Vec<_> = chosen
        .iter()
        .filter(|tenant| matches!(tenant.status, tenants::Status::Active | tenants::Status::Suspended))
        .collect();
    let is_in = |tenant: &tenants::Tenant| tenant.status == tenants::Status::Active && tenant.quarantine.is_none();
    let (all, in_runs) = (left.len() as i64, left.iter().filter(|tenant| is_in(tenant)).count() as i64);
    Ok((in_runs > 0 && in_runs >= tenants::in_runs(conn).await?) || all * 2 > tenants::in_use(conn).await?)
}

/// What whoever lets a run of this kind go on with so many tenants must be allowed. `light` where that is little, `grave` where it
/// is most of the fleet or takes something back. To verify changes nothing. New passwords are given by whoever may give them, also
/// where that is gone on with; what is made or moved is for whoever may.
pub(super) async fn needs(
    conn: &mut Conn,
    (kind, tenants): (Kind, i64),
    light: Permission,
    grave: Permission,
) -> Result<Vec<Permission>> {
    let is_grave = match kind {
        Kind::Rollback => true,
        Kind::Migrate | Kind::Rotate | Kind::Backup => is_most(conn, tenants).await?,
        Kind::Verify | Kind::Provision => false,
    };
    let mut needs = vec![if is_grave { grave } else { light }];
    needs.extend((kind == Kind::Provision).then_some(Permission::ProvisionTenants));
    needs.extend((kind == Kind::Rotate).then_some(Permission::RotatePasswords));
    Ok(needs)
}

/// May this actor let it?
pub(super) async fn authorise(
    conn: &mut Conn,
    actor: &Actor,
    (kind, tenants): (Kind, i64),
    light: Permission,
    grave: Permission,
) -> Result<()> {
    for need in needs(conn, (kind, tenants), light, grave).await? {
        actor.authorise(need)?;
    }
    if kind == Kind::Rollback && tenants > 1 {
        actor.authorise_rollback_of_many()?;
    }
    Ok(())
}
