//! What a run relies on, shown by the server itself: that a second session is refused a lock, that a session is one, and that what
//! it asks for at its start holds. Between Neo and the server there may be a pooler that promises nothing of the kind.

use std::time::Duration;

use tokio::sync::OnceCell;
use tokio::time::timeout;

use super::shown::Shown;
use super::{Category, Engine, Failure, Target, mysql, postgres};

/// How long it may take in all: a pooler with no session left lets its clients wait.
const PATIENCE: Duration = Duration::from_secs(15);
/// Asked for at the start, and by no server's own settings.
const LOCK_TIMEOUT: Duration = Duration::from_secs(7013);

/// What is missing at the server that is (or is to be) known as `server_id`; `Err` when it could not be asked. For its
/// administrator.
pub async fn prove(target: &Target, server_id: &str) -> Result<Option<Failure>, Failure> {
    match shown(target).await? {
        Shown::All => Ok(None),
        Shown::Node(_) => mysql::elsewhere(target, server_id).await,
        Shown::Missing(failure) => Ok(Some(*failure)),
    }
}

/// What stands between Neo and a server and promises nothing of what is relied on, where there is such a thing. Of what cannot be
/// asked nothing is said: whoever goes on there is told. For the server's administrator.
pub(crate) async fn between(target: &Target) -> Option<Failure> {
    match shown(target).await {
        Ok(Shown::Missing(failure)) => Some(*failure),
        Ok(Shown::All | Shown::Node(_)) | Err(_) => None,
    }
}

async fn shown(target: &Target) -> Result<Shown, Failure> {
    let asked = Target { lock_timeout: LOCK_TIMEOUT, ..target.clone() };
    let proving = async {
        match target.engine {
            Engine::Postgres => Ok(postgres::prove(&asked).await?.map_or(Shown::All, Shown::missing)),
            Engine::Mysql => mysql::prove(&asked).await,
            // The file itself keeps others out.
            Engine::Sqlite => Ok(Shown::All),
        }
    };
    timeout(PATIENCE, proving).await.unwrap_or_else(|_| {
        Err(Failure::new(Category::Timeout, "two sessions at once get no answer there")
            .detail(format!("waited {} s for what two sessions see of each other", PATIENCE.as_secs())))
    })
}

/// Whether it is a node of a Galera cluster. For its administrator.
pub async fn is_node(target: &Target) -> Result<bool, Failure> {
    match target.engine {
        Engine::Mysql => mysql::is_node(target).await,
        Engine::Postgres | Engine::Sqlite => Ok(false),
    }
}

/// Takes back what was entered of a server at the node of a cluster.
pub async fn leave(target: &Target, server_id: &str) -> Result<(), Failure> {
    match target.engine {
        Engine::Mysql => mysql::leave(target, server_id).await,
        Engine::Postgres | Engine::Sqlite => Ok(()),
    }
}

/// The same for many that ask: the first one does, and all others wait for its answer. One by default enters nothing: for what takes
/// no lock.
#[derive(Default)]
pub struct Proof {
    shown: OnceCell<Shown>,
    /// By whom a node is entered as the one at which this server is migrated.
    entry: Option<Entry>,
}

struct Entry {
    /// None: the password of the server's own login does not open.
    administrator: Option<Target>,
    server_id: String,
}

impl Proof {
    /// Of a server that has been asked already.
    pub fn given() -> Self {
        Self { shown: OnceCell::new_with(Some(Shown::All)), entry: None }
    }

    /// Of one where something will be migrated: the node of a cluster is entered.
    pub fn entering(administrator: Option<Target>, server_id: String) -> Self {
        Self { shown: OnceCell::new(), entry: Some(Entry { administrator, server_id }) }
    }

    /// Refuses where a run's promises do not hold; answers at which node of a cluster they do. Of a login with no connection left
    /// nothing is learnt: it goes on, and the next one asks.
    pub async fn of(&self, target: &Target) -> Result<Option<&str>, Failure> {
        match self.shown.get_or_try_init(|| self.ask(target)).await {
            Ok(Shown::All) => Ok(None),
            Ok(Shown::Node(node)) => Ok(Some(node)),
            Ok(Shown::Missing(failure)) => Err(Failure::clone(failure)),
            Err(failure) if failure.is_crowded() => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    async fn ask(&self, target: &Target) -> Result<Shown, Failure> {
        let shown = shown(target).await?;
        let (Shown::Node(_), Some(entry)) = (&shown, &self.entry) else { return Ok(shown) };
        let Some(administrator) = &entry.administrator else {
            return Err(Failure::new(Category::Auth, "a node of a cluster is entered by the server's own login")
                .detail("its password does not open"));
        };
        Ok(mysql::claim(administrator, &entry.server_id).await?.map_or(shown, Shown::missing))
    }
}
