//! How an application, or a person, gets to a tenant's database; and new passwords.

use neo::clock::milliseconds;
use neo::error::{Error, Result};
use neo::runs::{self, Goal, Policy, Request};
use neo::tenants::{self, Credentials, Filter, Whose};
use neo_model::RunStarted;

use crate::door::{Door, host};

/// Where it is, and the password for whoever does not have this answer already.
pub async fn connect(door: &Door, slug: Option<&str>, host: Option<&str>) -> Result<Credentials> {
    let Door { platform, actor, .. } = door;
    let found = match (slug, host) {
        (Some(slug), None) => tenants::connection(platform, actor, Whose::Slug(slug)).await?,
        (None, Some(host)) => {
            let label = host::label_of(host, &platform.config.base_domain);
            let label = label.ok_or_else(|| Error::not_found("tenant", host))?;
            tenants::connection(platform, actor, Whose::Address(&label)).await?
        }
        _ => return Err(Error::invalid("slug", "a tenant is named by its slug or by its host: one of them")),
    };
    let passwords = match door.is_had(&found.tag) {
        true => None,
        false => tenants::tell(platform, actor, &found).await?,
    };
    Ok(Credentials::new(found, passwords))
}

pub async fn credentials(door: &Door, key: &str) -> Result<Credentials> {
    tenants::credentials(&door.platform, &door.actor, key).await
}

/// Whose passwords are renewed.
pub struct Rotation {
    pub tenants: Vec<String>,
    pub all: bool,
    pub tags: Vec<String>,
    /// `90d`
    pub older_than: Option<String>,
    pub reason: Option<String>,
}

pub async fn rotate(door: &Door, asked: Rotation) -> Result<RunStarted> {
    let Rotation { tenants, all, tags, older_than, reason } = asked;
    if tenants.is_empty() != all {
        return Err(Error::invalid("tenants", "tenants are named, or all are meant: one of them"));
    }
    let older_than_ms = older_than.as_deref().map(milliseconds).transpose();
    let request = Request {
        goal: Goal::RotatePassword { older_than_ms: older_than_ms.map_err(|why| Error::invalid("older_than", why))? },
        selection: Filter { keys: tenants, tags, ..Filter::default() },
        policy: Policy::default(),
        reason,
        confirm: None,
        expect: None,
        not_before: None,
        detached: true,
    };
    let run = runs::start(&door.platform, &door.actor, request).await?;
    Ok(RunStarted { run: run.number })
}
