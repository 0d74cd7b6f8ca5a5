//! What the roles are for.

use neo::actor::Role;

/// The roles to choose from, each with what it is for.
pub fn roles() -> Vec<(String, String)> {
    let what = |role| match role {
        Role::Support => "Support: sees everything, reruns what failed",
        Role::Admin => "Admin: also starts runs and manages tenants' users",
        Role::Superadmin => "Superadmin: also tenants, servers, keys and admins",
    };
    Role::ALL.map(|role| (role.as_str().to_owned(), what(role).to_owned())).to_vec()
}
