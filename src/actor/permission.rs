//! What there is to be allowed, and whom: the one table of the platform.

use neo_model::Role;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
    /// Suspend, resume, rename a tenant, and leave it out of runs on the fleet.
    EditTenants,
    /// Change a tenant's tags.
    TagTenants,
    /// Archive tenants, and take them back.
    ArchiveTenants,
    /// Provision tenants, and clean up after a provisioning that came to nothing.
    ProvisionTenants,
    /// Adopt a database that is there already.
    AdoptTenants,
    /// Delete a tenant with its database.
    DeleteTenants,
    /// End a session that holds a tenant's migration lock.
    BreakLocks,
    /// Be told how to sign in to a tenant's database.
    SeeCredentials,
    /// Give tenants' logins new passwords.
    RotatePasswords,
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
    /// Read the audit.
    ReadAudit,
    /// Take the audit away as a signed file.
    ExportAudit,
    /// Take the oldest rows out of the audit.
    PruneAudit,
    /// Take away what is kept of runs that ended long ago.
    PruneRuns,
    /// Let the doctor look at everything there is.
    Examine,
    /// One's own sessions and password.
    OwnAccount,
    /// Set up one's own second factor, and have new recovery codes.
    OwnFactors,
    /// Make tokens, none above one's own role.
    MakeTokens,
    /// See and revoke everybody's tokens.
    ManageTokens,
    /// See where notices go, and what became of them.
    SeeChannels,
    /// Say where notices go.
    ManageChannels,
    /// See maintenance windows.
    SeeWindows,
    /// Say when no run changes whom.
    ManageWindows,
    /// Let a run go on in spite of them.
    PassWindows,
    /// Keep a filter for everybody, and remove one's own.
    KeepFilters,
    /// Remove anybody's.
    ManageFilters,
}

impl Permission {
    pub const ALL: [Permission; 40] = [
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
        Permission::TagTenants,
        Permission::ArchiveTenants,
        Permission::ProvisionTenants,
        Permission::AdoptTenants,
        Permission::DeleteTenants,
        Permission::BreakLocks,
        Permission::SeeCredentials,
        Permission::RotatePasswords,
        Permission::ManageServers,
        Permission::SeeAdmins,
        Permission::EndSessions,
        Permission::ManageAdmins,
        Permission::SeeKeys,
        Permission::ManageKeys,
        Permission::ReadAudit,
        Permission::ExportAudit,
        Permission::PruneAudit,
        Permission::PruneRuns,
        Permission::Examine,
        Permission::OwnAccount,
        Permission::OwnFactors,
        Permission::MakeTokens,
        Permission::ManageTokens,
        Permission::SeeChannels,
        Permission::ManageChannels,
        Permission::SeeWindows,
        Permission::ManageWindows,
        Permission::PassWindows,
        Permission::KeepFilters,
        Permission::ManageFilters,
    ];

    /// The one table of the platform: the least role that may, whether it weighs so much that the password must have been
    /// proven a moment ago, what of it a token may, and how it is said.
    pub(super) fn row(self) -> (Role, bool, OfTokens, &'static str) {
        use OfTokens::{All, Connecting, Destructive, Never, Whole, WholeDestructive};
        use Role::{Admin, Superadmin, Support};
        match self {
            Permission::View => (Support, false, All, "see this"),
            Permission::Rerun => (Support, false, All, "rerun a failed tenant"),
            Permission::RerunFleet => (Support, true, All, "rerun most of the fleet, or a rollback"),
            Permission::Operate => (Admin, false, All, "start, pause or cancel a run"),
            Permission::OperateFleet => (Admin, true, All, "run on most of the fleet"),
            Permission::RollBack => (Admin, true, All, "roll back a tenant"),
            Permission::RollBackMany => (Superadmin, true, Destructive, "roll back more than one tenant"),
            Permission::Resolve => (Admin, true, All, "decide about a tenant that is half done"),
            Permission::ManageTenantUsers => (Admin, false, All, "manage a tenant's users"),
            Permission::EditTenants => (Admin, false, All, "change a tenant"),
            Permission::TagTenants => (Admin, false, Whole, "change a tenant's tags"),
            Permission::ArchiveTenants => (Superadmin, false, All, "archive tenants"),
            Permission::ProvisionTenants => (Superadmin, true, All, "provision tenants"),
            Permission::AdoptTenants => (Superadmin, true, Whole, "adopt a database"),
            Permission::DeleteTenants => (Superadmin, true, Destructive, "delete a tenant"),
            Permission::BreakLocks => (Superadmin, true, All, "break a tenant's lock"),
            Permission::SeeCredentials => (Superadmin, true, Connecting, "be told a tenant's credentials"),
            Permission::RotatePasswords => (Superadmin, true, All, "renew tenants' passwords"),
            Permission::ManageServers => (Superadmin, true, Whole, "manage servers"),
            Permission::SeeAdmins => (Superadmin, false, All, "see central admins"),
            Permission::EndSessions => (Superadmin, false, Never, "sign central admins out"),
            Permission::ManageAdmins => (Superadmin, true, Never, "manage central admins"),
            Permission::SeeKeys => (Superadmin, false, Never, "see the keys"),
            Permission::ManageKeys => (Superadmin, true, Never, "manage keys"),
            Permission::ReadAudit => (Superadmin, false, All, "read the audit"),
            Permission::ExportAudit => (Superadmin, false, Whole, "export the audit"),
            Permission::PruneAudit => (Superadmin, true, Never, "prune the audit"),
            Permission::PruneRuns => (Superadmin, true, WholeDestructive, "prune runs"),
            Permission::Examine => (Support, false, Whole, "examine everything there is"),
            Permission::OwnAccount => (Support, false, Never, "look after an account"),
            Permission::OwnFactors => (Support, true, Never, "set up a second factor"),
            Permission::MakeTokens => (Support, true, Never, "make tokens"),
            Permission::ManageTokens => (Superadmin, false, Whole, "see everybody's tokens"),
            Permission::SeeChannels => (Support, false, Whole, "see where notices go"),
            Permission::ManageChannels => (Superadmin, true, Whole, "say where notices go"),
            Permission::SeeWindows => (Support, false, Whole, "see maintenance windows"),
            Permission::ManageWindows => (Superadmin, true, Whole, "say when no run changes tenants"),
            Permission::PassWindows => (Superadmin, true, Whole, "go on in spite of a maintenance window"),
            Permission::KeepFilters => (Support, false, Whole, "keep filters"),
            Permission::ManageFilters => (Superadmin, false, Whole, "remove others' filters"),
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

/// Which tokens may what their role may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OfTokens {
    All,
    /// Those of the whole fleet: it is about more than tenants.
    Whole,
    /// Those made to destroy.
    Destructive,
    /// Those that are both.
    WholeDestructive,
    /// Those made to connect.
    Connecting,
    Never,
}
