//! What one may not do stays visible, with the reason.

use neo::actor::{Actor, Permission};

/// Why this act is closed to them, if it is.
pub fn denied(actor: &Actor, permission: Permission) -> Option<String> {
    (!actor.may(permission)).then(|| {
        format!("Your role ({}) may not do this; ask somebody with the role {}.", actor.role, permission.least_role())
    })
}

/// The same with a reason that lies in the thing itself, which comes first.
pub fn denied_or(actor: &Actor, permission: Permission, closed: Option<&str>) -> Option<String> {
    closed.map(str::to_owned).or_else(|| denied(actor, permission))
}
