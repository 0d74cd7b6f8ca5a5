//! How far a migration has come, as a bar over the fleet.

use neo::tenants::State;

use super::links;
use crate::query::Query;
use crate::rooms::tenants::links as in_tenants;
use crate::ui::{Mark, Segment};

/// The list of those that failed and lack this version.
pub fn failed_at(version: i64) -> String {
    let there = Query::from([("state", State::Failed.as_str()), ("behind", version.to_string().as_str())]);
    there.href(in_tenants::LIST)
}

/// Those that have it, those that failed on their way to it, and the others that lack it.
pub fn segments(version: i64, active: i64, behind: i64, failed: i64) -> Vec<Segment> {
    let mut segments = vec![Segment::new("applied", Mark::Ok, active - behind)];
    if failed > 0 {
        segments.push(Segment::new("failed", Mark::Failed, failed).href(failed_at(version)));
    }
    let waiting = Segment::new("behind", Mark::Behind, (behind - failed).max(0));
    segments.push(waiting.href(links::behind(in_tenants::LIST, version)));
    segments
}
