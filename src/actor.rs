//! Who is asking: every service takes an [`Actor`] and asks it before it does anything.

use std::time::Duration;

pub use neo_model::{Door, Role};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Kind, Result};

/// Everything a role may be allowed to do: the rows of the table in docs/security.md.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// See tenants, servers, migrations, runs and their events.
    View,
    /// Rerun a failed tenant or the failed part of a run.
    Rerun,
    /// The same where it is most of the fleet, or a rollback.
    RerunFleet,
    /// Start, pause, cancel a run.
    Operate,
    /// Start a run on most of the fleet, or go on with one.
    OperateFleet,
    /// Roll back one tenant.
    RollBack,
    /// Roll back more than one tenant.
    RollBackMany,
    /// Decide what became of a tenant that is half way through a migration.
    Resolve,
    /// Manage the users inside a tenant.
    ManageTenantUsers,
    /// Suspend, resume, rename, tag a tenant.
    EditTenants,
    /// Archive tenants, and take them back.
    ArchiveTenants,
    /// Provision and delete tenants.
    ProvisionTenants,
    /// End a session that holds a tenant's migration lock.
    BreakLocks,
    /// Add and remove database servers.
    ManageServers,
    /// List central admins.
    SeeAdmins,
    /// Sign a central admin out.
    EndSessions,
    /// Create, change and disable central admins.
    ManageAdmins,
    /// Count what is sealed with which key.
    SeeKeys,
    /// Key rotation.
    ManageKeys,
    /// Read and export the audit.
    ReadAudit,
}

impl Permission {
    pub const ALL: [Permission; 20] = [
        Permission::View,
        Permission::Rerun,
        Permission::RerunFleet,
        Permission::Operate,
        Permission::OperateFleet,
        Permission::RollBack,
        Permission::RollBackMany,
        Permission::Resolve,
        Permission::ManageTenantUsers,
        Permission::EditTenants,
        Permission::ArchiveTenants,
        Permission::ProvisionTenants,
        Permission::BreakLocks,
        Permission::ManageServers,
        Permission::SeeAdmins,
        Permission::EndSessions,
        Permission::ManageAdmins,
        Permission::SeeKeys,
        Permission::ManageKeys,
        Permission::ReadAudit,
    ];

    /// The one table of the platform: the least role that may, whether it weighs so much that the password must have been
    /// proven a moment ago, and how it is said.
    fn row(self) -> (Role, bool, &'static str) {
        use Role::{Admin, Superadmin, Support};
        match self {
            Permission::View => (Support, false, "see this"),
            Permission::Rerun => (Support, false, "rerun a failed tenant"),
            Permission::RerunFleet => (Support, true, "rerun most of the fleet, or a rollback"),
            Permission::Operate => (Admin, false, "start, pause or cancel a run"),
            Permission::OperateFleet => (Admin, true, "run on most of the fleet"),
            Permission::RollBack => (Admin, true, "roll back a tenant"),
            Permission::RollBackMany => (Superadmin, true, "roll back more than one tenant"),
            Permission::Resolve => (Admin, true, "decide about a tenant that is half done"),
            Permission::ManageTenantUsers => (Admin, false, "manage a tenant's users"),
            Permission::EditTenants => (Admin, false, "change a tenant"),
            Permission::ArchiveTenants => (Superadmin, false, "archive tenants"),
            Permission::ProvisionTenants => (Superadmin, true, "provision or delete tenants"),
            Permission::BreakLocks => (Superadmin, true, "break a tenant's lock"),
            Permission::ManageServers => (Superadmin, true, "manage servers"),
            Permission::SeeAdmins => (Superadmin, false, "see central admins"),
            Permission::EndSessions => (Superadmin, false, "sign central admins out"),
            Permission::ManageAdmins => (Superadmin, true, "manage central admins"),
            Permission::SeeKeys => (Superadmin, false, "see the keys"),
            Permission::ManageKeys => (Superadmin, true, "manage keys"),
            Permission::ReadAudit => (Superadmin, false, "read the audit"),
        }
    }

    /// The least role that may.
    pub fn least_role(self) -> Role {
        self.row().0
    }

    /// Whether it asks for a sign-in of the last ten minutes.
    pub fn wants_recent_sign_in(self) -> bool {
        self.row().1
    }
}

/// How old a sign-in may be for acts that ask for a recent one.
pub const RECENT_SIGN_IN: Duration = Duration::from_secs(10 * 60);

/// Who is asking, with which role, through which door.
#[derive(Debug, Clone)]
pub struct Actor {
    /// The admin's id, if it is one.
    pub admin_id: Option<String>,
    /// As shown and audited: an email, or `cli:<os user>`, or `system`.
    pub name: String,
    pub role: Role,
    pub door: Door,
    pub address: Option<String>,
    pub request_id: String,
    /// How long ago this session proved its password. `None` where nobody has (command line, system).
    pub signed_in_ago: Option<Duration>,
}

/// Who asked for something that is done later, as it is kept with it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Asked {
    admin_id: Option<String>,
    name: String,
    door: Door,
    address: Option<String>,
    request_id: String,
}

impl From<&Actor> for Asked {
    fn from(actor: &Actor) -> Self {
        Self {
            admin_id: actor.admin_id.clone(),
            name: actor.name.clone(),
            door: actor.door,
            address: actor.address.clone(),
            request_id: actor.request_id.clone(),
        }
    }
}

impl Actor {
    /// The operator at the machine: whoever holds the key and the database has every right already.
    pub fn operator() -> Self {
        // The name is for the record only, so the environment may say it.
        let user = crate::config::os_user();
        Self {
            admin_id: None,
            name: format!("cli:{user}"),
            role: Role::Superadmin,
            door: Door::Cli,
            address: None,
            request_id: crate::id::new(),
            signed_in_ago: None,
        }
    }

    /// The platform itself: workers and housekeeping.
    pub fn system() -> Self {
        Self {
            admin_id: None,
            name: "system".into(),
            role: Role::Superadmin,
            door: Door::System,
            address: None,
            request_id: crate::id::new(),
            signed_in_ago: None,
        }
    }

    /// Whoever asked for what is done only now, by a worker: in their name, with the platform's rights, since theirs were weighed
    /// when they asked. Where nobody knows who it was it is the platform.
    pub(crate) fn on_behalf_of(asked: Option<Asked>) -> Self {
        let Some(Asked { admin_id, name, door, address, request_id }) = asked else { return Self::system() };
        Self { admin_id, name, door, address, request_id, signed_in_ago: Some(Duration::ZERO), ..Self::system() }
    }

    /// Whether this actor's role is enough; pages use it to explain what stays disabled.
    pub fn may(&self, permission: Permission) -> bool {
        self.role >= permission.least_role()
    }

    /// Refuses with [`Kind::Denied`] unless the role allows it, and with [`Kind::Reauthenticate`] when the sign-in is too old for
    /// an act of this weight.
    pub fn authorise(&self, permission: Permission) -> Result<()> {
        if !self.may(permission) {
            let (least, _, act) = permission.row();
            return Err(Error::denied(format!("your role ({}) may not {act}", self.role))
                .hint(format!("ask somebody with the role {least}")));
        }
        if permission.wants_recent_sign_in() && !self.is_recent() {
            return Err(Error::new(Kind::Reauthenticate, "this act needs a recent sign-in")
                .hint("confirm your password and try again"));
        }
        Ok(())
    }

    /// Whoever comes through a door with passwords has proven theirs a moment ago; at the others nobody has one.
    fn is_recent(&self) -> bool {
        match self.door {
            Door::Browser => self.signed_in_ago.is_some_and(|age| age <= RECENT_SIGN_IN),
            Door::Cli | Door::System => true,
        }
    }
}
