//! What a run relies on, shown by the server itself: that a second session is refused a lock, that a session is one, and that what
//! it asks for at its start holds. Between Neo and the server there may be a pooler that promises nothing of the kind.

use std::time::Duration;

use tokio::sync::OnceCell;
use tokio::time::timeout;

use super::{Category, Engine, Failure, Target, mysql, postgres};

/// How long it may take in all: a pooler with no session left lets its clients wait.
const PATIENCE: Duration = Duration::from_secs(15);
/// Asked for at the start, and by no server's own settings.
const LOCK_TIMEOUT: Duration = Duration::from_secs(7013);

/// What is missing there, in words for whoever runs it; `Err` when it could not be asked.
pub async fn prove(target: &Target) -> Result<Option<Failure>, Failure> {
    let asked = Target { lock_timeout: LOCK_TIMEOUT, ..target.clone() };
    let proving = async {
        match target.engine {
            Engine::Postgres => postgres::prove(&asked).await,
            Engine::Mysql => mysql::prove(&asked).await,
            // The file itself keeps others out.
            Engine::Sqlite => Ok(None),
        }
    };
    timeout(PATIENCE, proving).await.unwrap_or_else(|_| {
        Err(Failure::new(Category::Timeout, "two sessions at once get no answer there")
            .detail(format!("waited {} s for what two sessions see of each other", PATIENCE.as_secs())))
    })
}

/// The same for many that ask: the first one does, and all others wait for its answer.
#[derive(Default)]
pub struct Proof(OnceCell<Option<Failure>>);

impl Proof {
    /// Of a server that has been asked already.
    pub fn given() -> Self {
        Self(OnceCell::new_with(Some(None)))
    }

    /// Refuses where a run's promises do not hold. Of a login with no connection left nothing is learnt: it goes on, and the next
    /// one asks.
    pub async fn of(&self, target: &Target) -> Result<(), Failure> {
        match self.0.get_or_try_init(|| prove(target)).await {
            Ok(None) => Ok(()),
            Ok(Some(failure)) => Err(failure.clone()),
            Err(failure) if failure.is_crowded() => Ok(()),
            Err(failure) => Err(failure),
        }
    }
}

/// How a failure begins that names one.
pub(super) const POOLER: &str = "this is a pooler";

/// `what`: in which mode it is, or what it does.
pub(super) fn pooler(name: Option<&str>, what: &str) -> Failure {
    let name = name.map(|name| format!(" ({name})")).unwrap_or_default();
    Failure::new(Category::Connect, format!("{POOLER}{name} {what}")).hint(ADDRESS)
}

pub(super) const ADDRESS: &str = "give the server's own address: Neo keeps few connections, and needs each to be one session of \
                                  the server's from beginning to end";
