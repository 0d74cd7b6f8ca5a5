//! Who is asking: every service takes an [`Actor`] and asks it before it does anything.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Kind, Result};

/// The roles of central admins, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Support,
    Admin,
    Superadmin,
}

impl Role {
    pub const ALL: [Role; 3] = [Role::Support, Role::Admin, Role::Superadmin];

    pub fn as_str(self) -> &'static str {
        match self {
            Role::Support => "support",
            Role::Admin => "admin",
            Role::Superadmin => "superadmin",
        }
    }
}

impl std::str::FromStr for Role {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        Role::ALL.into_iter().find(|role| role.as_str() == text).ok_or_else(|| {
            Error::invalid("role", format!("\"{}\" is not a role", crate::error::printable(text)))
                .hint("one of: superadmin, admin, support")
        })
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Through which door somebody came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Door {
    Browser,
    Cli,
    System,
}

/// Everything a role may be allowed to do: the rows of the table in docs/security.md.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permission {
    /// See tenants, servers, migrations, runs and their events.
    View,
    /// Rerun a failed tenant or the failed part of a run.
    Rerun,
    /// Start, pause, cancel a run; roll back one tenant.
    Operate,
    /// Roll back more than one tenant.
    RollBackMany,
    /// Manage the users inside a tenant.
    ManageTenantUsers,
    /// Suspend, resume, rename, tag a tenant.
    EditTenants,
    /// Provision, archive, delete tenants.
    ProvisionTenants,
    /// End a session that holds a tenant's migration lock.
    BreakLocks,
    /// Add and remove database servers.
    ManageServers,
    /// Central admins: list, create, change, disable, end their sessions.
    ManageAdmins,
    /// Key rotation and status.
    ManageKeys,
    /// Read and export the audit.
    ReadAudit,
}

impl Permission {
    pub const ALL: [Permission; 12] = [
        Permission::View,
        Permission::Rerun,
        Permission::Operate,
        Permission::RollBackMany,
        Permission::ManageTenantUsers,
        Permission::EditTenants,
        Permission::ProvisionTenants,
        Permission::BreakLocks,
        Permission::ManageServers,
        Permission::ManageAdmins,
        Permission::ManageKeys,
        Permission::ReadAudit,
    ];

    /// The least role that may. The one table of the platform.
    pub fn least_role(self) -> Role {
        match self {
            Permission::View | Permission::Rerun => Role::Support,
            Permission::Operate | Permission::ManageTenantUsers | Permission::EditTenants => Role::Admin,
            Permission::RollBackMany
            | Permission::ProvisionTenants
            | Permission::BreakLocks
            | Permission::ManageServers
            | Permission::ManageAdmins
            | Permission::ManageKeys
            | Permission::ReadAudit => Role::Superadmin,
        }
    }

    fn verb(self) -> &'static str {
        match self {
            Permission::View => "see this",
            Permission::Rerun => "rerun a failed tenant",
            Permission::Operate => "start, pause or cancel a run",
            Permission::RollBackMany => "roll back more than one tenant",
            Permission::ManageTenantUsers => "manage a tenant's users",
            Permission::EditTenants => "change a tenant",
            Permission::ProvisionTenants => "provision, archive or delete tenants",
            Permission::BreakLocks => "break a tenant's lock",
            Permission::ManageServers => "manage servers",
            Permission::ManageAdmins => "manage central admins",
            Permission::ManageKeys => "manage keys",
            Permission::ReadAudit => "read the audit",
        }
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
    /// How long ago this session proved its password. `None` where the door has no such notion (command line, system).
    pub signed_in_ago: Option<Duration>,
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

    /// Whether this actor's role is enough; pages use it to explain what stays disabled.
    pub fn may(&self, permission: Permission) -> bool {
        self.role >= permission.least_role()
    }

    /// Refuses with [`Kind::Denied`] unless the role allows it.
    pub fn authorise(&self, permission: Permission) -> Result<()> {
        if self.may(permission) {
            return Ok(());
        }
        Err(Error::denied(format!("your role ({}) may not {}", self.role, permission.verb()))
            .hint(format!("ask somebody with the role {}", permission.least_role())))
    }

    /// Refuses with [`Kind::Reauthenticate`] when the sign-in is too old for an act of this weight.
    pub fn recently_signed_in(&self) -> Result<()> {
        match self.signed_in_ago {
            Some(age) if age > RECENT_SIGN_IN => {
                Err(Error::new(Kind::Reauthenticate, "this act needs a recent sign-in")
                    .hint("confirm your password and try again"))
            }
            _ => Ok(()),
        }
    }
}
