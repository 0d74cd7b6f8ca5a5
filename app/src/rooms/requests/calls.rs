//! What the server functions about requests do.

use std::time::Duration;

use neo::approvals;
use neo::error::{Error, Result};
use neo::requests::{self, Detail, Row, Rows, State};

use crate::door::Door;
use crate::words::parse;

/// How long somebody waits for what they have approved; what takes longer goes on by itself.
const PATIENCE: Duration = Duration::from_secs(20);

pub async fn list(door: &Door, state: Option<&str>, before: Option<i64>, limit: Option<u32>) -> Result<Rows> {
    let states = state.unwrap_or_default().split(',').map(str::trim).filter(|word| !word.is_empty());
    let states: Vec<State> = states.map(|word| parse("state", word)).collect::<Result<_>>()?;
    let limit = limit.unwrap_or(50);
    if !(1..=1000).contains(&limit) {
        return Err(Error::invalid("limit", "\"limit\" cannot be taken").cause("expected 1 to 1000"));
    }
    // One more than is asked for tells whether there is a next page.
    let mut found = requests::list(&door.platform, &door.actor, &states, before, limit + 1).await?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let next = found.last().filter(|_| more).map(|row| row.request);
    Ok(Rows { requests: found, next })
}

pub async fn show(door: &Door, number: i64) -> Result<Detail> {
    requests::show(&door.platform, &door.actor, number).await
}

pub async fn approve(door: &Door, number: i64, why: Option<&str>) -> Result<Row> {
    approvals::approve(&door.platform, &door.actor, number, why, PATIENCE).await
}

pub async fn decline(door: &Door, number: i64, why: Option<&str>) -> Result<Row> {
    approvals::decline(&door.platform, &door.actor, number, why).await
}
