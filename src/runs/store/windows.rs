//! What a run has to do with maintenance windows, as it is kept.

use crate::central::Conn;
use crate::error::Result;

/// Its story tells of these windows from now on; false where it does already.
pub(in crate::runs) async fn set_told(conn: &mut Conn, run_id: &str, mark: &str) -> Result<bool> {
    let set = sqlx::query("update runs set windows_told = $2 where id = $1 and coalesce(windows_told, '') <> $2")
        .bind(run_id.to_owned())
        .bind(mark.to_owned())
        .execute(conn)
        .await?;
    Ok(set.rows_affected() == 1)
}

/// It goes on in spite of them, for this reason.
pub(in crate::runs) async fn pass(conn: &mut Conn, run_id: &str, why: &str) -> Result<()> {
    sqlx::query("update runs set despite_windows = $2, windows_told = null where id = $1")
        .bind(run_id.to_owned())
        .bind(why.to_owned())
        .execute(conn)
        .await?;
    Ok(())
}
