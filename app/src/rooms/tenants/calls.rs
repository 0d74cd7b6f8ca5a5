//! What the server functions about tenants do; pages call the same in process.

pub mod acts;
pub mod connection;
pub mod making;
pub mod moving;
pub mod users;

use neo::error::{Error, Result};
use neo::migrations::Set;
use neo::tenants::{self, Detail, PageRequest, Row, Rows, Tenant};

use super::links;
use crate::door::Door;
use crate::query::Query;

/// Which tenants are meant, in the words of the list's address; several of one kind as a comma list.
#[derive(Default)]
pub struct Asked {
    pub q: Option<String>,
    pub status: Option<String>,
    pub state: Option<String>,
    /// The same as `state`.
    pub result: Option<String>,
    pub server: Option<String>,
    pub tag: Option<String>,
    pub behind: Option<String>,
    pub version: Option<i64>,
    pub quarantined: Option<bool>,
}

impl Asked {
    /// As the list's page has it in its address.
    fn query(self) -> Query {
        let lists = [("status", self.status), ("state", self.state), ("state", self.result), ("tag", self.tag)];
        let quarantined = self.quarantined.filter(|only| *only).map(|_| "yes".to_owned());
        let version = self.version.map(|version| version.to_string());
        let single = [
            ("q", self.q),
            ("server", self.server),
            ("behind", self.behind),
            ("version", version),
            ("quarantined", quarantined),
        ];
        let listed = lists.into_iter().flat_map(|(name, list)| {
            let values: Vec<_> = list.unwrap_or_default().split(',').map(|value| value.trim().to_owned()).collect();
            values.into_iter().map(move |value| (name.to_owned(), value))
        });
        listed.chain(single.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)))).collect()
    }
}

pub async fn list(door: &Door, asked: Asked, after: Option<String>, limit: Option<u32>) -> Result<Rows> {
    let limit = checked(limit)?;
    // A broken folder must not hide the tenants: what is pending is then unknown.
    let set = files(door).await;
    let filter = links::read(&asked.query(), set.as_ref().and_then(Set::latest))?;
    let request = PageRequest { after, limit, ..PageRequest::default() };
    let page = tenants::list(&door.platform, &door.actor, &filter, &request).await?;
    let tenants = page.tenants.into_iter().map(|tenant| tenants::row(tenant, set.as_ref())).collect();
    Ok(Rows { tenants, total: page.total, next: page.next })
}

pub async fn half_done(door: &Door) -> Result<Vec<Row>> {
    let found = tenants::half_done(&door.platform, &door.actor).await?;
    let set = files(door).await;
    Ok(found.into_iter().map(|tenant| tenants::row(tenant, set.as_ref())).collect())
}

pub async fn show(door: &Door, key: &str, lock: bool) -> Result<Detail> {
    let Door { platform, actor, .. } = door;
    let tenant = tenants::find(platform, actor, key).await?;
    tenants::detail(platform, actor, tenant, lock).await
}

pub async fn suspend(door: &Door, key: &str) -> Result<Row> {
    let tenant = tenants::suspend(&door.platform, &door.actor, key).await?;
    Ok(beside_files(door, tenant).await)
}

/// How many of a list: 50 unless said.
fn checked(limit: Option<u32>) -> Result<u32> {
    let limit = limit.unwrap_or(50);
    if !(1..=1000).contains(&limit) {
        return Err(Error::invalid("limit", "\"limit\" cannot be taken").cause("expected 1 to 1000"));
    }
    Ok(limit)
}

/// A tenant as it is now, beside the files.
async fn beside_files(door: &Door, tenant: Tenant) -> Row {
    tenants::row(tenant, files(door).await.as_ref())
}

async fn files(door: &Door) -> Option<Set> {
    Set::load(&door.platform.config.tenant_migrations).await.ok()
}
