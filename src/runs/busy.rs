//! A tenant is in one live run at a time; a refusal says which run has it, whose, and since when.

use std::collections::HashSet;

use super::store::tasks::{self, Busy};
use super::{Run, Status};
use crate::central::{self, Conn};
use crate::clock::rfc3339;
use crate::error::{Advice, Do, Error, Result};
use crate::tenants::Tenant;

/// For a run that is about to be made: none of these is in another.
pub(super) async fn refuse(conn: &mut Conn, wanted: &[Tenant]) -> Result<()> {
    let busy = tasks::busy(conn).await?;
    let wanted: HashSet<&str> = wanted.iter().map(|t| t.id.as_str()).collect();
    refuse_any(&busy, |other| wanted.contains(other.tenant_id.as_str()))
}

/// For a run that goes on: while it was over, had halted or was planned for later, its tenants were free.
pub(super) async fn refuse_again(conn: &mut Conn, run: &Run) -> Result<()> {
    // Orders this with whoever is starting a run.
    central::hold(conn, "run").await?;
    let busy = tasks::busy(conn).await?;
    let mine: HashSet<&str> = busy.iter().filter(|b| b.number == run.number).map(|b| b.tenant_id.as_str()).collect();
    refuse_any(&busy, |other| other.number != run.number && mine.contains(other.tenant_id.as_str()))
}

fn refuse_any(busy: &[Busy], is_in_the_way: impl Fn(&Busy) -> bool) -> Result<()> {
    let mut found = busy.iter().filter(|other| is_in_the_way(other));
    let Some(first) = found.next() else { return Ok(()) };
    let n = first.number;
    let others = match found.count() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let hint = match first.status {
        Status::Paused => Advice::from(Do::ResumeRun { run: n }).and(" · ").act(Do::CancelRun { run: n }),
        _ => Do::WatchRun { run: n }.into(),
    };
    Err(Error::conflict(format!("run {n} is at tenant \"{}\"{others} already", first.tenant_slug))
        .cause(format!("{} started it at {}; it is {}", first.actor, rfc3339(first.created_at), first.status))
        .hint(hint))
}
