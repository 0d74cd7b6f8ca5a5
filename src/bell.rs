//! The bell: says that runs have changed, so that watchers and workers need not wait for their next look.
//!
//! Within this process, whoever commits rings it. Between processes PostgreSQL carries it: a trigger notifies in the
//! transaction of every change of a run, and each process that watches or works listens on one connection of its own. What is
//! heard is only a reason to look: the rows are the truth. Looks go on behind it, seldom while the listening is proven and
//! often while it is not, so that a lost notification costs a moment and never an event.

use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use secrecy::ExposeSecret;
use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use crate::error::{Error, Result};
use crate::{Parts, Platform};

/// The channel of the trigger `runs_ring`; the payload is the `application_name` of whoever changed a run.
const CHANNEL: &str = "neo_runs";
/// How often is looked anyway while other processes are heard.
const SELDOM: Duration = Duration::from_secs(2);
/// Listening is proven by hearing oneself: this often, within this time. A pooler that forgets `LISTEN`, or a connection
/// that died without a word, is found out by it.
const PROVE: Duration = Duration::from_secs(30);
const ANSWER: Duration = Duration::from_secs(5);
/// Pauses between tries to listen.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
const HELLO: &str = "hello ";

#[derive(Default)]
pub struct Bell {
    rings: watch::Sender<u64>,
    /// Other processes are heard.
    hears: AtomicBool,
    is_attended: AtomicBool,
}

impl Bell {
    /// After a commit that changed a run.
    pub fn notify_waiters(&self) {
        self.rings.send_modify(|n| *n = n.wrapping_add(1));
    }

    /// For one waiter: rings from now on.
    pub fn ears(&self) -> Ears {
        Ears { rings: self.rings.subscribe(), noted: 0 }
    }

    /// How long to wait for a ring before looking anyway: `alone`, unless other processes are heard.
    pub fn patience(&self, alone: Duration) -> Duration {
        if self.hears() { alone.max(SELDOM) } else { alone }
    }

    /// Whether changes made by other processes ring here.
    pub fn hears(&self) -> bool {
        self.hears.load(Ordering::Relaxed)
    }
}

/// One waiter's side of the bell. It remembers rings between waits, so that none falls between a look and a wait.
pub struct Ears {
    rings: watch::Receiver<u64>,
    noted: u64,
}

impl Ears {
    /// Before a look: what rang until here, the look sees.
    pub fn note(&mut self) {
        self.noted = *self.rings.borrow_and_update();
    }

    /// After one's own ring, which is no reason to look again, unless somebody else's came with it.
    pub fn ignore_own(&mut self) {
        if *self.rings.borrow() == self.noted.wrapping_add(1) {
            self.rings.mark_unchanged();
        }
    }

    /// Until it rings, or has rung since [`Ears::note`].
    pub async fn ring(&mut self) {
        if self.rings.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Begins to listen to other processes, once for each platform; where the central database is a SQLite file there is nobody
/// to listen to. Trouble is logged and tried again: it is never a failure of the program.
pub(crate) fn attend(platform: &Platform) {
    if platform.central.engine.is_shared() && !platform.bell.is_attended.swap(true, Ordering::Relaxed) {
        tokio::spawn(listen(Arc::downgrade(&platform.0)));
    }
}

/// Listens until the platform stops or is gone.
async fn listen(platform: Weak<Parts>) {
    let mut pause = FIRST_PAUSE;
    loop {
        let Some(shutdown) = platform.upgrade().map(|parts| parts.shutdown.clone()) else { return };
        let outcome = tokio::select! {
            () = shutdown.cancelled() => return,
            outcome = hear(&platform) => outcome,
        };
        let Some(parts) = platform.upgrade() else { return };
        let why = outcome.err().map(|e| e.log_text()).unwrap_or_default();
        if parts.bell.hears.swap(false, Ordering::Relaxed) {
            pause = FIRST_PAUSE;
            tracing::warn!(
                why,
                "the notifications of the central database broke off; looking more often until they are back"
            );
            // Whoever waits long, relying on them, looks now.
            parts.bell.notify_waiters();
        } else if pause == FIRST_PAUSE {
            tracing::warn!(
                why,
                "the notifications of the central database cannot be heard; looking more often instead"
            );
        }
        drop(parts);
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(pause) => pause = (pause * 2).min(LONGEST_PAUSE),
        }
    }
}

/// One connection from its beginning to its end, which is always an error.
async fn hear(platform: &Weak<Parts>) -> Result<()> {
    let gone = || Error::unavailable("the platform is gone");
    let (options, own) = {
        let parts = platform.upgrade().ok_or_else(gone)?;
        let options = PgConnectOptions::from_str(parts.config.database_url.expose_secret())?
            .application_name(&format!("{}:listen", parts.central.name))
            .disable_statement_logging();
        (options, parts.central.name.clone())
    };
    let pool = PgPoolOptions::new().max_connections(1).max_lifetime(None).idle_timeout(None).acquire_timeout(ANSWER);
    let mut listener = PgListener::connect_with(&pool.connect_with(options).await?).await?;
    listener.eager_reconnect(false);
    listener.listen(CHANNEL).await?;
    let hello = format!("{HELLO}{}", crate::id::new());
    let mut is_asked = false;
    let mut until = Instant::now();
    loop {
        match timeout_at(until, listener.try_recv()).await {
            Ok(Ok(Some(heard))) => {
                let parts = platform.upgrade().ok_or_else(gone)?;
                let said = heard.payload();
                if said == hello {
                    (is_asked, until) = (false, Instant::now() + PROVE);
                    if !parts.bell.hears.swap(true, Ordering::Relaxed) {
                        tracing::info!("listening to the notifications of the central database");
                        // What happened before is caught up with.
                        parts.bell.notify_waiters();
                    }
                } else if said != own && !said.starts_with(HELLO) {
                    parts.bell.notify_waiters();
                }
            }
            Ok(Ok(None)) => return Err(Error::unavailable("the connection was closed")),
            Ok(Err(e)) => return Err(e.into()),
            Err(_) if is_asked => {
                return Err(Error::unavailable("a notification of its own did not come back")
                    .cause("is there a pooler in between that does not carry LISTEN?"));
            }
            Err(_) => {
                let parts = platform.upgrade().ok_or_else(gone)?;
                let mut conn = parts.central.read().await?;
                sqlx::query("select pg_notify($1, $2)").bind(CHANNEL).bind(hello.clone()).execute(&mut *conn).await?;
                (is_asked, until) = (true, Instant::now() + ANSWER);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rang(ears: &mut Ears) -> bool {
        use futures::FutureExt;
        ears.ring().now_or_never().is_some()
    }

    #[test]
    fn a_ring_between_a_look_and_a_wait_is_not_lost() {
        let bell = Bell::default();
        let mut ears = bell.ears();
        assert!(!rang(&mut ears));
        ears.note();
        bell.notify_waiters();
        assert!(rang(&mut ears));
        assert!(!rang(&mut ears));
    }

    #[test]
    fn only_ones_own_ring_is_ignored() {
        let bell = Bell::default();
        let mut ears = bell.ears();
        ears.note();
        bell.notify_waiters();
        ears.ignore_own();
        assert!(!rang(&mut ears));
        ears.note();
        bell.notify_waiters();
        bell.notify_waiters();
        ears.ignore_own();
        assert!(rang(&mut ears));
    }
}
