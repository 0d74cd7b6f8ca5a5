//! Whether a server is still at what it was asked to do. A statement may take hours, so it has no deadline; but a server that
//! is gone, frozen or cut off would be waited for just as long. So it is asked, beside the statement, whether it is there.

use tokio::time::{sleep, timeout};

use super::{Category, Connection, Engine, Failure, Target, postgres};

/// So many questions in a row without an answer, and the server counts as gone.
const UNANSWERED: u32 = 3;

/// Waits until the server no longer answers, or (PostgreSQL) no longer knows of the session that is waiting for it; answers
/// the failure to end that wait with. It asks every three times `connect_timeout`, on a connection of its own that bears the
/// same application name. A server that refuses the connection has answered. Of SQLite there is no one to ask.
pub async fn silence(target: &Target) -> Failure {
    if target.engine == Engine::Sqlite {
        std::future::pending::<()>().await;
    }
    let (mut unanswered, mut unknown) = (0, 0);
    loop {
        sleep(target.connect_timeout * 3).await;
        match ask(target).await {
            Ok(true) => (unanswered, unknown) = (0, 0),
            Ok(false) => (unanswered, unknown) = (0, unknown + 1),
            // Whoever has a code has spoken.
            Err(failure) if failure.code.is_none() && is_silence(failure.category) => unanswered += 1,
            Err(_) => unanswered = 0,
        }
        if unknown >= 2 {
            return Failure::new(Category::Connect, "the connection was lost: the server no longer works on it")
                .detail("its answer did not arrive, or the server was started anew")
                .hint("what was committed is in the tenant's ledger: run again");
        }
        if unanswered >= UNANSWERED {
            return Failure::new(Category::Timeout, "the server has stopped answering")
                .detail(format!(
                    "{UNANSWERED} new connections in a row were not answered while a statement was running"
                ))
                .hint("once the server answers again, run again: what was committed is in the tenant's ledger");
        }
    }
}

fn is_silence(category: Category) -> bool {
    matches!(category, Category::Timeout | Category::Connect)
}

/// Whether the session that waits is at work, as far as the engine tells.
async fn ask(target: &Target) -> Result<bool, Failure> {
    let mut conn = Connection::open(target).await?;
    let known = match &mut conn {
        Connection::Postgres { conn, .. } => timeout(target.connect_timeout, postgres::is_at_work(conn, target)).await,
        Connection::Mysql { .. } | Connection::Sqlite { .. } => Ok(Ok(true)),
    };
    conn.close().await;
    match known {
        Ok(known) => known,
        Err(_) => Err(Failure::new(Category::Timeout, "no answer to a question")),
    }
}
