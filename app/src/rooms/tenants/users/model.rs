//! What the page of a tenant's users knows, and how it is looked up.

use neo::Platform;
use neo::actor::Actor;
use neo::error::{Kind, Result};
use neo::tenant_users::{self, Page, Wanted};

use crate::query::Query;

pub struct Users {
    /// Some of the users and the roles there are, or why the tenant's database does not say.
    pub found: Result<(Page, Vec<String>)>,
}

impl Users {
    /// A tenant that does not answer has a page all the same; a defect of ours has not.
    pub async fn load(platform: &Platform, actor: &Actor, slug: &str, query: &Query) -> Result<Self> {
        let wanted = Wanted {
            search: query.get("q").map(str::to_owned),
            after: query.get("after").map(str::to_owned),
            ..Wanted::default()
        };
        match look(platform, actor, slug, &wanted).await {
            // Of an address that was not made here the first page is shown.
            Err(error) if error.field == Some("after") => {
                let wanted = Wanted { after: None, ..wanted };
                Ok(Self { found: look(platform, actor, slug, &wanted).await })
            }
            Err(error) if matches!(error.kind, Kind::Internal | Kind::Unauthenticated | Kind::NotFound) => Err(error),
            found => Ok(Self { found }),
        }
    }
}

async fn look(platform: &Platform, actor: &Actor, slug: &str, wanted: &Wanted) -> Result<(Page, Vec<String>)> {
    let users = tenant_users::list(platform, actor, slug, wanted).await?;
    Ok((users, tenant_users::roles(platform, actor, slug).await?))
}
