//! Who is answerable for what a run does, and whether it does no more than try again what failed.

use neo_model::Approval;

use super::{json, parse};
use crate::actor::{Actor, Asked};
use crate::central::{Conn, stored};
use crate::error::Result;
use crate::runs::Status;

/// Who is answerable for what the run does from here on.
pub(in crate::runs) async fn set_asked(conn: &mut Conn, run_id: &str, actor: &Actor) -> Result<()> {
    sqlx::query("update runs set asked = $2 where id = $1")
        .bind(run_id.to_owned())
        .bind(json(&Asked::from(actor))?)
        .execute(conn)
        .await?;
    Ok(())
}

/// In whose name a worker does what follows from what they asked for.
pub(in crate::runs) async fn asked(conn: &mut Conn, run_id: &str) -> Result<Actor> {
    let asked: Option<String> =
        sqlx::query_scalar("select asked from runs where id = $1").bind(run_id.to_owned()).fetch_one(conn).await?;
    Ok(Actor::on_behalf_of(asked.as_deref().map(parse).transpose()?))
}

/// Only what was begun before may be claimed, and after that the run stands where it stood.
pub(in crate::runs) async fn set_held(conn: &mut Conn, run_id: &str, then: Status) -> Result<()> {
    sqlx::query("update runs set held = $2 where id = $1")
        .bind(run_id.to_owned())
        .bind(then.as_str())
        .execute(conn)
        .await?;
    Ok(())
}

pub(in crate::runs) async fn held(conn: &mut Conn, run_id: &str) -> Result<Option<Status>> {
    let held: Option<String> =
        sqlx::query_scalar("select held from runs where id = $1").bind(run_id.to_owned()).fetch_one(conn).await?;
    held.map(stored).transpose()
}

/// Who lets the run go on, where it wants somebody's yes.
pub(in crate::runs) async fn set_approval(conn: &mut Conn, run_id: &str, approval: &Approval) -> Result<()> {
    sqlx::query("update runs set approval = $2 where id = $1")
        .bind(run_id.to_owned())
        .bind(json(approval)?)
        .execute(conn)
        .await?;
    Ok(())
}
