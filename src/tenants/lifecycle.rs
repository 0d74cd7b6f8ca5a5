//! What happens to a tenant after it was made: renamed, tagged, suspended, resumed, archived.

use serde_json::{Value, json};

use super::{PasswordHash, Status, Tenant, names, store, subject};
use crate::actor::{Actor, Permission};
use crate::central::{Conn, Tx};
use crate::error::{Advice, Do, Error, Result};
use crate::{Platform, audit};

/// What is to become of a tenant's name, its tags, and how the passwords of its users are hashed. What is not said stays.
#[derive(Debug, Clone, Default)]
pub struct Edit {
    pub name: Option<String>,
    /// In the place of all that it has.
    pub tags: Option<Vec<String>>,
    /// Besides those that it has, or is given here: whatever somebody else does to its tags meanwhile stays done.
    pub add: Vec<String>,
    /// Likewise. One that it does not have is none the less gone.
    pub remove: Vec<String>,
    /// Of the passwords that are set from here on.
    pub password_hash: Option<PasswordHash>,
}

impl Edit {
    fn says_tags(&self) -> bool {
        self.tags.is_some() || !self.add.is_empty() || !self.remove.is_empty()
    }

    /// Each as it is kept. Fields: `name`, `tags`, `add`, `remove`.
    fn checked(&self) -> Result<Self> {
        let name = self.name.as_deref().map(names::check_name).transpose()?;
        let tags = self.tags.as_deref().map(names::check_tags).transpose()?;
        let of = |field, tags: &[String]| names::check_tags(tags).map_err(|e| e.field(field));
        let (add, remove) = (of("add", &self.add)?, of("remove", &self.remove)?);
        if let Some(both) = add.iter().find(|tag| remove.contains(tag)) {
            return Err(Error::invalid("remove", format!("tag \"{both}\" is added and removed at once")));
        }
        if name.is_none() && !self.says_tags() && self.password_hash.is_none() {
            return Err(Error::invalid("name", "nothing is said that is to change")
                .hint("a name, tags in the place of all that it has, tags to add or to remove"));
        }
        Ok(Self { name, tags, add, remove, password_hash: self.password_hash })
    }

    /// Which tags a tenant has once this is done, where any is said.
    pub(crate) fn tags_after(&self, tenant: &Tenant) -> Result<Option<Vec<String>>> {
        let edit = self.checked()?;
        edit.says_tags().then(|| edit.tags_of(tenant)).transpose()
    }

    /// The tags of one that has these.
    fn tags_of(&self, tenant: &Tenant) -> Result<Vec<String>> {
        let mut tags = self.tags.clone().unwrap_or_else(|| tenant.tags.clone());
        tags.retain(|tag| !self.remove.contains(tag));
        tags.extend(self.add.iter().cloned());
        names::check_tags(&tags)
    }
}

/// All that is said at once: what is wrong with one thing leaves the others as they were. Another name does not change the slug,
/// which is for good; who is confined to some tags cannot change any.
pub async fn edit(platform: &Platform, actor: &Actor, key: &str, edit: &Edit) -> Result<Tenant> {
    let is_of_tags_alone = edit.says_tags() && edit.name.is_none() && edit.password_hash.is_none();
    actor.authorise(if is_of_tags_alone { Permission::TagTenants } else { Permission::EditTenants })?;
    let edit = edit.checked()?;
    let mut tx = platform.central.write().await?;
    let found = super::get(&mut tx, actor, key).await?;
    // Of two who add a tag each, the second adds it to what the first has made.
    store::hold(&mut tx, &found.id).await?;
    let tenant = super::get(&mut tx, actor, key).await?;
    if tenant.status == Status::Deleted {
        return Err(is_deleted(&tenant));
    }
    if let Some(name) = edit.name.as_ref().filter(|name| **name != tenant.name) {
        named(platform, actor, &mut tx, &tenant, name).await?;
    }
    let tags = edit.tags_of(&tenant)?;
    if tags != tenant.tags {
        actor.authorise(Permission::TagTenants)?;
        tagged(platform, actor, &mut tx, &tenant, &tags).await?;
    }
    if let Some(kind) = edit.password_hash.filter(|kind| *kind != tenant.password_hash) {
        hashed(platform, actor, &mut tx, &tenant, kind).await?;
    }
    answer(tx, &tenant.id).await
}

async fn named(platform: &Platform, actor: &Actor, tx: &mut Tx, tenant: &Tenant, name: &str) -> Result<()> {
    store::set_name(tx, &tenant.id, name).await?;
    let body = json!({ "name": { "from": tenant.name, "to": name } });
    audit::record(platform, tx, actor, "tenant.rename", &subject(tenant), &body).await
}

async fn tagged(platform: &Platform, actor: &Actor, tx: &mut Tx, tenant: &Tenant, tags: &[String]) -> Result<()> {
    store::set_tags(tx, &tenant.id, tags).await?;
    let body = json!({ "tags": { "from": tenant.tags, "to": tags } });
    audit::record(platform, tx, actor, "tenant.tag", &subject(tenant), &body).await
}

async fn hashed(platform: &Platform, actor: &Actor, tx: &mut Tx, tenant: &Tenant, kind: PasswordHash) -> Result<()> {
    store::set_password_hash(tx, &tenant.id, kind).await?;
    let body = json!({ "password_hash": { "from": tenant.password_hash, "to": kind } });
    audit::record(platform, tx, actor, "tenant.password_hash", &subject(tenant), &body).await
}

/// Nobody signs in there, and runs on all tenants leave it out.
pub async fn suspend(platform: &Platform, actor: &Actor, key: &str) -> Result<Tenant> {
    actor.authorise(Permission::EditTenants)?;
    let mut tx = platform.central.write().await?;
    let tenant = super::get(&mut tx, actor, key).await?;
    turn(&mut tx, &tenant, &[Status::Active], Status::Suspended).await?;
    audit::record(platform, &mut tx, actor, "tenant.suspend", &subject(&tenant), &turned(&tenant, Status::Suspended))
        .await?;
    answer(tx, &tenant.id).await
}

/// Back to active: from suspended, and from archived by whoever may archive.
pub async fn resume(platform: &Platform, actor: &Actor, key: &str) -> Result<Tenant> {
    actor.authorise(Permission::EditTenants)?;
    let mut tx = platform.central.write().await?;
    let tenant = super::get(&mut tx, actor, key).await?;
    if tenant.status == Status::Archived {
        actor.authorise(Permission::ArchiveTenants)?;
    }
    turn(&mut tx, &tenant, &[Status::Suspended, Status::Archived], Status::Active).await?;
    // It was out of sight: the next run looks for itself.
    store::forget(&mut tx, &tenant.id).await?;
    audit::record(platform, &mut tx, actor, "tenant.resume", &subject(&tenant), &turned(&tenant, Status::Active))
        .await?;
    answer(tx, &tenant.id).await
}

/// Out of use, its database kept.
pub async fn archive(platform: &Platform, actor: &Actor, key: &str) -> Result<Tenant> {
    actor.authorise(Permission::ArchiveTenants)?;
    let mut tx = platform.central.write().await?;
    let tenant = super::get(&mut tx, actor, key).await?;
    turn(&mut tx, &tenant, &[Status::Active, Status::Suspended], Status::Archived).await?;
    audit::record(platform, &mut tx, actor, "tenant.archive", &subject(&tenant), &turned(&tenant, Status::Archived))
        .await?;
    answer(tx, &tenant.id).await
}

/// For the audit: what it was, and what it is.
fn turned(tenant: &Tenant, to: Status) -> Value {
    json!({ "status": { "from": tenant.status, "to": to } })
}

/// From one of these statuses to another; anything else is a conflict that says what it is now.
async fn turn(conn: &mut Conn, tenant: &Tenant, from: &[Status], to: Status) -> Result<()> {
    if !from.contains(&tenant.status) {
        let from: Vec<_> = from.iter().map(|s| s.as_str()).collect();
        return Err(Error::conflict(format!("tenant \"{}\" is {}", tenant.slug, tenant.status.as_str()))
            .cause(format!("only one that is {} becomes {}", from.join(" or "), to.as_str())));
    }
    match store::set_status(conn, &tenant.id, tenant.status, to).await? {
        0 => Err(Error::conflict(format!("tenant \"{}\" has just changed", tenant.slug)).hint("look again")),
        _ => Ok(()),
    }
}

pub(super) async fn answer(mut tx: Tx, id: &str) -> Result<Tenant> {
    let tenant = super::by_id(&mut tx, id).await?;
    tx.commit().await?;
    Ok(tenant)
}

pub(super) fn is_deleted(tenant: &Tenant) -> Error {
    Error::conflict(format!("tenant \"{}\" is deleted", tenant.slug))
}

/// Refuses while a run is at the tenant: it may be on the same server, under another of its names.
pub(super) async fn refuse_at_work(conn: &mut Conn, tenant: &Tenant) -> Result<()> {
    let Some(run) = store::running_in(conn, &tenant.id).await? else { return Ok(()) };
    Err(Error::conflict(format!("run {run} is working on tenant \"{}\"", tenant.slug))
        .hint(Advice::from("wait for it, or: ").act(Do::CancelRun { run })))
}
