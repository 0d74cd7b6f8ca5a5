//! Tenants that are known to have the same ledger: a plan for ten thousand counts them, and names those that it leads nowhere on.

use super::store::alike::{self as rows, Alike, Member};
use super::{Filter, filter};
use crate::Platform;
use crate::actor::{Actor, Permission};
use crate::error::Result;

/// How many of those that match have which ledger: a plan for ten thousand reads this and no row of them.
pub async fn alike(platform: &Platform, actor: &Actor, filter: &Filter) -> Result<Vec<Alike>> {
    actor.authorise(Permission::View)?;
    let mut conn = platform.central.read().await?;
    let conditions = filter::conditions(&mut conn, actor, filter).await?;
    rows::alike(&mut conn, &conditions).await
}

/// Those that match and are on one of these servers, by their ids.
pub(crate) async fn members(
    platform: &Platform,
    actor: &Actor,
    filter: &Filter,
    servers: impl IntoIterator<Item = String>,
) -> Result<Vec<Member>> {
    actor.authorise(Permission::View)?;
    let mut conn = platform.central.read().await?;
    let mut conditions = filter::conditions(&mut conn, actor, filter).await?;
    conditions.one_of("t.server_id", servers);
    rows::members(&mut conn, &conditions).await
}
