//! The ledger as it is found, against what is remembered of its tenant: to apply everything again would be the worst answer to one
//! that cannot be seen, or that has lost its end.

use super::compare::is_of_a_file;
use super::{Goal, Options};
use crate::engine::{Category, Connection, Failure};
use crate::error::advice::Resolve;
use crate::error::{Advice, Do};
use crate::migrations::{Set, ledger};

/// The ledger, if there is one; there has to be, and it has to lead as far as is remembered. What was at work when its worker died
/// is looked at as it is.
pub(super) async fn find(
    conn: &mut Connection,
    set: &Set,
    goal: &Goal,
    options: &Options,
) -> Result<Option<Vec<ledger::Row>>, Failure> {
    let found = ledger::find(conn).await?;
    let Some(known) = options.known else { return Ok(found) };
    let Some(rows) = &found else {
        return Err(lost(
            known,
            "shows no ledger",
            "_sqlx_migrations is in no schema of its database: it was dropped, or this is not the database it was",
        ));
    };
    let newest = rows.last().map(|row| row.version);
    let is_missing = |v: i64| Some(v) > newest && v <= known && !options.gone.contains(&v);
    let is_short = || is_of_a_file(known) && set.on(conn.engine()).any(|(m, _)| is_missing(m.version));
    match (goal, newest) {
        (Goal::Reconcile, _) => Ok(found),
        (_, None) if options.gone.is_empty() || is_short() => Err(lost(
            known,
            "its ledger is empty",
            "somebody has emptied _sqlx_migrations, or has taken back everything by another program",
        )),
        (_, Some(newest)) if is_short() => Err(lost(
            known,
            &format!("its ledger ends at {newest}"),
            "the newest rows of _sqlx_migrations are gone: somebody has taken them out, has put an older database in its place, or \
             has gone back by another program",
        )),
        _ => Ok(found),
    }
}

fn lost(version: i64, shown: &str, why: &str) -> Failure {
    Failure::new(Category::Checksum, format!("this tenant is known to be at version {version}, and {shown}"))
        .detail(why)
        .hint(
            Advice::from(
                "find out where it went; if what is found there is right, and the rest is to be applied anew: ",
            )
            .act(Do::ResolveTenant { tenant: None, how: Resolve::Forget }),
        )
}
