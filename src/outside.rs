//! Threads of their own for whoever is asked outside: a receiver, a provider, a mail server. One of them may answer so that reading it holds
//! a thread, and a deadline comes between two reads alone; the console and the workers are on other threads.

use std::io;
use std::sync::OnceLock;

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

/// For what is asked over HTTP.
pub static WEB: Outside = Outside::new("neo-web", 2);
/// For mail servers.
pub(crate) static MAIL: Outside = Outside::new("neo-mail", 1);

/// Some threads, begun when they are first needed.
pub struct Outside {
    name: &'static str,
    threads: usize,
    runtime: OnceLock<io::Result<Runtime>>,
}

impl Outside {
    const fn new(name: &'static str, threads: usize) -> Self {
        Self { name, threads, runtime: OnceLock::new() }
    }

    /// What comes of it there. Whoever no longer waits for it ends it.
    ///
    /// # Errors
    ///
    /// Why it could not be done: there are no threads, or it panicked.
    pub async fn run<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> Result<T, String> {
        let begin =
            || Builder::new_multi_thread().worker_threads(self.threads).thread_name(self.name).enable_all().build();
        let runtime = self.runtime.get_or_init(begin).as_ref().map_err(ToString::to_string)?;
        let mut task = JoinSet::new();
        task.spawn_on(work, runtime.handle());
        let ended = task.join_next().await.ok_or("nothing was asked")?;
        ended.map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    /// A thread that is held by what is asked holds nobody here, and a deadline is one.
    #[tokio::test]
    async fn whoever_holds_a_thread_outside_holds_none_of_ours() {
        static HELD: Outside = Outside::new("held", 1);
        let held = HELD.run(async { std::thread::sleep(Duration::from_secs(3)) });
        let begun = Instant::now();
        assert!(tokio::time::timeout(Duration::from_millis(200), held).await.is_err());
        assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
        let name = WEB.run(async { std::thread::current().name().map(str::to_owned) }).await;
        assert_eq!(name, Ok(Some("neo-web".to_owned())));
    }
}
