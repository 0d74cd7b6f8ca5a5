//! Whether a tenant's login is still let in after its files: they run as it, and may have given it another password.

use super::Outcome;
use crate::engine::{Connection, Engine, script};
use crate::migrations::{Script, Set, Source};

/// Leaves the session as the server has it where a file has touched it, and proves so that the login comes in. Only where a file
/// ran that nobody here can read through: what says such a thing plainly is refused before.
pub(super) async fn proved(conn: &mut Connection, set: &Set, outcome: Outcome) -> Outcome {
    if !outcome.done.is_empty() && set.may_bar(conn.engine()) {
        conn.doubt();
    }
    match conn.recover().await {
        Ok(()) => outcome,
        Err(failure) if failure.is_turned_away() && !conn.engine().is_file() => {
            let Outcome { failure: first, .. } = outcome;
            Outcome { failure: Some(failure.barred(first)), ..outcome }
        }
        Err(failure) => {
            tracing::debug!(error = failure.message, "no new session after the files");
            outcome
        }
    }
}

impl Set {
    /// Whether a routine of these files may change a login: any statement of any file may be what calls it.
    fn may_bar(&self, engine: Engine) -> bool {
        let may = |script: &Script| script.up.may_bar() || script.down.as_ref().is_some_and(Source::may_bar);
        script::routines_may_bar(engine) && self.on(engine).any(|(_, script)| may(script))
    }
}

impl Source {
    fn may_bar(&self) -> bool {
        *self.bars.get_or_init(|| script::makes_what_may_bar(&self.sql))
    }
}
