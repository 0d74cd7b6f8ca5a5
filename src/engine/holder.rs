//! Who holds a migration lock, and how it is taken from them: asked with the server's own login, which sees and may end the
//! sessions of every tenant's role.

use std::time::{Duration, Instant};

use super::{Blocked, Category, Engine, Failure, Holder, Target, mysql, postgres, sqlite};

/// What a session gets to end in after it was told to.
const END: Duration = Duration::from_secs(5);
/// Who holds the migration locks of these databases now: `(database, holder)`, only of those that are held. `on` is the
/// server's administrator; of SQLite the databases are the files.
pub async fn lock_holders(on: &Target, databases: &[String]) -> Result<Vec<(String, Holder)>, Failure> {
    if on.engine == Engine::Sqlite {
        return Ok(databases
            .iter()
            .filter_map(|file| Some((file.clone(), sqlite::locked_by(file.as_ref())?)))
            .collect());
    }
    let mut session = Session::open(on).await?;
    let found = session.lock_holders(databases).await;
    session.close().await;
    found
}

/// Ends the session that holds the lock, if it is still this one: false when it is not. The lock is free afterwards, or
/// somebody else's. A process with a SQLite file open is nobody's to end from here.
pub async fn break_lock(on: &Target, database: &str, holder: &Holder) -> Result<bool, Failure> {
    let mut session = Session::open(on).await?;
    let ended = async {
        if !session.end_holder(database, holder).await? {
            return Ok(false);
        }
        let begun = Instant::now();
        let databases = [database.to_owned()];
        loop {
            let now = session.lock_holders(&databases).await?;
            if now.iter().all(|(_, now)| now.session() != holder.session()) {
                return Ok(true);
            }
            if begun.elapsed() > END {
                return Err(Failure::new(
                    Category::Timeout,
                    format!("the session was told to end and is still there after {} s", END.as_secs()),
                ));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    .await;
    session.close().await;
    ended
}

/// Which statements of Neo's wait for others on this server. `held`: who has the migration locks there, by which MySQL's
/// sessions of Neo's are known. SQLite tells nothing.
pub async fn blocked(on: &Target, held: &[(String, Holder)]) -> Result<Vec<Blocked>, Failure> {
    if on.engine == Engine::Sqlite {
        return Ok(Vec::new());
    }
    let mut session = Session::open(on).await?;
    let found = match &mut session {
        Session::Postgres(admin) => admin.blocked().await,
        Session::Mysql(admin) => mysql::blocked(admin.conn(), held).await,
    };
    session.close().await;
    found
}

/// The administrator's, on an engine that has a server.
enum Session {
    Postgres(Box<postgres::Admin>),
    Mysql(Box<mysql::Admin>),
}

impl Session {
    async fn open(on: &Target) -> Result<Self, Failure> {
        match on.engine {
            Engine::Postgres => Ok(Session::Postgres(Box::new(postgres::Admin::open(on).await?))),
            Engine::Mysql => Ok(Session::Mysql(Box::new(mysql::Admin::open(on).await?))),
            Engine::Sqlite => {
                Err(Failure::new(Category::Other, "a process that holds a file is ended on its own machine"))
            }
        }
    }

    async fn lock_holders(&mut self, databases: &[String]) -> Result<Vec<(String, Holder)>, Failure> {
        match self {
            Session::Postgres(admin) => admin.lock_holders(databases).await,
            Session::Mysql(admin) => mysql::lock_holders(admin.conn(), databases).await,
        }
    }

    async fn end_holder(&mut self, database: &str, holder: &Holder) -> Result<bool, Failure> {
        match self {
            Session::Postgres(admin) => admin.end_holder(database, holder).await,
            Session::Mysql(admin) => mysql::end_holder(admin.conn(), database, holder).await,
        }
    }

    async fn close(self) {
        match self {
            Session::Postgres(admin) => admin.close().await,
            Session::Mysql(admin) => admin.close().await,
        }
    }
}
