//! What is done to a tenant and asked for first, by its weight: suspending and archiving ask, deleting asks for the slug.

use neo::Platform;
use neo::actor::{Actor, Permission};
use neo::error::{Error, Result};
use neo::tenants::{self, Tenant};

use crate::page::forms::Form;
use crate::rooms::tenants::calls::acts::{PATIENCE, milliseconds_of};

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
    /// As an address has it.
    pub fn of(segment: &str) -> Result<Self> {
        match segment {
            "quarantine" => Ok(Grave::Quarantine),
            "suspend" => Ok(Grave::Suspend),
            "archive" => Ok(Grave::Archive),
            "delete" => Ok(Grave::Delete),
            "clean-up" => Ok(Grave::CleanUp),
            other => Err(Error::not_found("page", other)),
        }
    }

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
            Grave::Delete | Grave::CleanUp => Permission::ProvisionTenants,
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
                 free again afterwards."
            }
        }
    }

    pub async fn carry_out(self, platform: &Platform, actor: &Actor, tenant: &Tenant, form: &Form) -> Result<()> {
        let key = tenant.id.as_str();
        match self {
            Grave::Quarantine => {
                let ms = milliseconds_of(form.optional("for"))?;
                tenants::quarantine(platform, actor, key, form.text("reason"), form.optional("owner"), ms)
                    .await
                    .map(drop)
            }
            Grave::Suspend => tenants::suspend(platform, actor, key).await.map(drop),
            Grave::Archive => tenants::archive(platform, actor, key).await.map(drop),
            Grave::Delete => {
                let backup = form.ticked("backup");
                tenants::delete_within(platform, actor, key, form.text("confirm"), backup, PATIENCE).await.map(drop)
            }
            Grave::CleanUp => tenants::provision::undo(platform, actor, key, &|_| ()).await.map(drop),
        }
    }
}
