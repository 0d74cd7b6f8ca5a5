//! What is done to a tenant and asked for first, by its weight: suspending and archiving ask, deleting asks for the slug.

use neo::actor::Permission;
use neo::error::Result;
use neo::requests::Guard;
use neo::tenants::Tenant;

use crate::door::Door;
use crate::page::forms::Form;
use crate::rooms::tenants::calls::{self, acts, making};

/// An act that asks first, on a page of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grave {
    Quarantine,
    Suspend,
    Archive,
    Delete,
    CleanUp,
}

impl Grave {
    pub const ALL: [Grave; 5] = [Grave::Quarantine, Grave::Suspend, Grave::Archive, Grave::Delete, Grave::CleanUp];

    /// As an address has it.
    pub fn segment(self) -> &'static str {
        match self {
            Grave::Quarantine => "quarantine",
            Grave::Suspend => "suspend",
            Grave::Archive => "archive",
            Grave::Delete => "delete",
            Grave::CleanUp => "clean-up",
        }
    }

    pub fn verb(self) -> &'static str {
        match self {
            Grave::Quarantine => "Quarantine",
            Grave::Suspend => "Suspend",
            Grave::Archive => "Archive",
            Grave::Delete => "Delete",
            Grave::CleanUp => "Clean up",
        }
    }

    pub fn permission(self) -> Permission {
        match self {
            Grave::Quarantine | Grave::Suspend => Permission::EditTenants,
            Grave::Archive => Permission::ArchiveTenants,
            Grave::Delete => Permission::DeleteTenants,
            Grave::CleanUp => Permission::ProvisionTenants,
        }
    }

    /// Why somebody else may have to say yes to it.
    pub fn asks(self) -> &'static [Guard] {
        match self {
            Grave::Delete => &[Guard::Delete],
            Grave::Quarantine | Grave::Suspend | Grave::Archive | Grave::CleanUp => &[],
        }
    }

    pub fn what_happens(self) -> &'static str {
        match self {
            Grave::Quarantine => {
                "For as long as you say, runs on all tenants leave it out; they count and name it. A run that names it still works on it, and \
                 its users notice nothing. Say why, for whoever is on duty next."
            }
            Grave::Suspend => {
                "Its users cannot sign in, and runs on all tenants leave it out. Its database stays as it is. Resuming takes \
                 it back."
            }
            Grave::Archive => {
                "It leaves the working fleet: no sign-in, no runs. Its database stays where it is until the tenant is deleted."
            }
            Grave::Delete => {
                "Its database and its role are dropped. The row and the audit stay. This cannot be taken back."
            }
            Grave::CleanUp => {
                "Every step that was begun is undone, in reverse; only what bears this tenant's marker is dropped. The slug is \
                 free again afterwards; a tenant that was being moved, or restored, has what it had before."
            }
        }
    }

    pub async fn carry_out(self, door: &Door, tenant: &Tenant, form: &Form) -> Result<()> {
        let key = tenant.id.as_str();
        match self {
            Grave::Quarantine => {
                let (length, owner) = (form.optional("for"), form.optional("owner"));
                acts::quarantine(door, key, form.text("reason"), length, owner).await.map(drop)
            }
            Grave::Suspend => calls::suspend(door, key).await.map(drop),
            Grave::Archive => acts::archive(door, key).await.map(drop),
            Grave::Delete => acts::delete(door, key, form.text("confirm"), form.ticked("backup")).await.map(drop),
            Grave::CleanUp => making::clean_up(door, key).await.map(drop),
        }
    }
}
