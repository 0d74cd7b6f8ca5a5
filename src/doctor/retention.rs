//! What grows: how long runs are kept, whether somebody looks after it, and how large the central database is.

use super::Finding;
use crate::Platform;
use crate::clock::span;
use crate::error::Result;
use crate::retention::{self, Standing};

/// It is done once a day: whoever has not for so long does not run.
const LATE: i64 = 3 * 86_400_000;

pub(super) async fn retention(platform: &Platform) -> Vec<Finding> {
    let looked: Result<Finding> = async {
        let standing = retention::standing(platform).await?;
        Ok(told(platform.config.retention, &standing))
    }
    .await;
    vec![looked.unwrap_or_else(|error| Finding::from_error("retention", "runs", &error))]
}

fn told(kept: Option<i64>, standing: &Standing) -> Finding {
    let size = standing
        .size
        .map(|(size, free)| format!("; the file has {} MB, {} MB of them free", size / 1_000_000, free / 1_000_000));
    let size = size.unwrap_or_default();
    let Some(waiting) = &standing.waiting else {
        return Finding::good("retention", "runs", format!("RETENTION=never: they are kept for good{size}"));
    };
    let days = kept.unwrap_or_default() / 86_400_000;
    let last = match (&standing.last, standing.ago) {
        (Some(last), Some(ago)) => {
            format!("{} ago {} runs and {} requests were as old as that", span(ago), last.runs, last.requests)
        }
        _ => "nobody has looked yet".to_owned(),
    };
    let message = format!("kept for {days} days; {last}, {} runs are now{size}", waiting.runs);
    match waiting.runs > 0 && standing.ago.is_none_or(|ago| ago > LATE) {
        true => Finding::bad(
            "retention",
            "runs",
            message,
            format!("neo serve and neo work take it away once a day; or, here and now: neo prune --older-than {days}d"),
        ),
        false => Finding::good("retention", "runs", message),
    }
}
