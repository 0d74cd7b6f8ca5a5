//! What is done to a database server.

use neo::actor::Permission;
use neo::error::Result;
use neo::servers;
use neo_model::Hit;

use super::Typed;
use crate::door::Door;
use crate::rooms::search::hit::{FEW, act};
use crate::rooms::servers::api::CheckServer;
use crate::rooms::servers::links;

pub async fn acts(door: &Door, typed: &Typed<'_>) -> Result<Vec<Hit>> {
    if !typed.is("check") || !door.actor.may(Permission::View) {
        return Ok(Vec::new());
    }
    let all = servers::list(&door.platform, &door.actor).await?.into_iter().map(|load| load.server.name);
    let meant = all.filter(|name| name.to_lowercase().contains(typed.of)).take(FEW as usize);
    let check = |name: String| act(format!("Check {name}"), links::check(&name), None, &CheckServer { server: name });
    Ok(meant.map(check).collect())
}
