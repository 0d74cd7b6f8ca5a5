//! What may happen thousands of times is written a few times in a window; how often it was not is said with the next.

use sqlx::Row as _;

use crate::central::Conn;
use crate::error::Result;

const WINDOW_MS: i64 = 10 * 60 * 1000;

/// Counts one more of `key`. `Some` when it is among the first `most` of its window and is to be written; it is the number of those
/// that were not in the window before. The row is held until the transaction ends.
pub(super) async fn admit(tx: &mut Conn, key: &str, most: i64) -> Result<Option<i64>> {
    let row = sqlx::query(
        "insert into audit_windows (key, ends_at, seen) select $1, now_ms + $2, 0 from clock where 1 = 1
         on conflict (key) do update set seen = audit_windows.seen
         returning ends_at, seen, (select now_ms from clock) as now_ms",
    )
    .bind(key.to_owned())
    .bind(WINDOW_MS)
    .fetch_one(&mut *tx)
    .await?;
    let (ends_at, seen, now): (i64, i64, i64) = (row.try_get("ends_at")?, row.try_get("seen")?, row.try_get("now_ms")?);
    let is_over = ends_at <= now;
    let (ends_at, before) = if is_over { (now + WINDOW_MS, 0) } else { (ends_at, seen) };
    sqlx::query("update audit_windows set ends_at = $2, seen = $3 where key = $1")
        .bind(key.to_owned())
        .bind(ends_at)
        .bind(before + 1)
        .execute(tx)
        .await?;
    Ok((before < most).then(|| if is_over { (seen - most).max(0) } else { 0 }))
}
