//! How an application gets to its tenant's database.

use neo::error::{Error, Result};
use neo::tenants::{self, Connection, Whose};
use secrecy::SecretString;

use crate::door::{Door, host};

/// Where it is, and the password for whoever does not have this answer already.
pub async fn connect(
    door: &Door,
    slug: Option<&str>,
    host: Option<&str>,
) -> Result<(Connection, Option<SecretString>)> {
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
    let password = match door.is_had(&found.tag) {
        true => None,
        false => tenants::tell(platform, actor, &found).await?,
    };
    Ok((found, password))
}
