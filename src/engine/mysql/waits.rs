//! Who keeps a statement of Neo's waiting. InnoDB tells whose rows they are; whose tables, MariaDB tells once the plugin
//! `metadata_lock_info` is installed there. Without it an open transaction in that database is the likely one. All of it takes
//! PROCESS.

use std::collections::HashMap;

use sqlx::mysql::MySqlRow;
use sqlx::{MySqlConnection, Row};

use super::rows as fetch;
use crate::engine::held::{Blocked, FIRST_WORDS, Holder, told};
use crate::engine::{Engine, Failure};

/// What the server is at, as far as this login may see.
#[derive(Default)]
struct Seen {
    sessions: Vec<Session>,
    /// Open transactions: the session's number, and since how many seconds.
    transactions: HashMap<i64, i64>,
    /// Of rows: who waits, for whom.
    rows: Vec<(i64, i64)>,
    /// Of tables and the like; nothing where the server does not tell.
    held: Option<Vec<Held>>,
}

#[derive(Clone)]
struct Session {
    id: i64,
    user: String,
    host: String,
    database: String,
    is_idle: bool,
    seconds: i64,
    /// `Waiting for table metadata lock`
    state: String,
    query: String,
}

/// A lock that some session has.
struct Held {
    by: i64,
    /// `Table metadata lock`
    kind: String,
    schema: String,
    table: String,
}

/// `locks`: the migration locks that are held, by database. What waits in such a database under the holder's own login is the
/// migration, whichever of its sessions has the lock.
pub(in crate::engine) async fn blocked(
    conn: &mut MySqlConnection,
    locks: &[(String, Holder)],
) -> Result<Vec<Blocked>, Failure> {
    if locks.is_empty() {
        return Ok(Vec::new());
    }
    Ok(look(conn).await?.blocked(locks))
}

async fn look(conn: &mut MySqlConnection) -> Result<Seen, Failure> {
    let sql = format!(
        "select cast(id as signed), cast(coalesce(user, '') as char), cast(coalesce(host, '') as char), \
         cast(coalesce(db, '') as char), cast(command = 'Sleep' as signed), cast(coalesce(time, 0) as signed), \
         cast(coalesce(state, '') as char), cast(left(coalesce(info, ''), {FIRST_WORDS}) as char) \
         from information_schema.processlist where id <> connection_id() order by id"
    );
    let sessions = fetch(conn, &sql).await?;
    // InnoDB writes its times in the server's zone.
    let transactions = fetch(
        conn,
        "select cast(trx_mysql_thread_id as signed), \
         cast(greatest(0, coalesce(timestampdiff(second, trx_started, convert_tz(now(), @@session.time_zone, 'SYSTEM')), 0)) as signed) \
         from information_schema.innodb_trx",
    );
    let transactions = transactions.await.unwrap_or_default();
    let rows = fetch(
        conn,
        "select cast(r.trx_mysql_thread_id as signed), cast(b.trx_mysql_thread_id as signed) \
         from information_schema.innodb_lock_waits w \
         join information_schema.innodb_trx r on r.trx_id = w.requesting_trx_id \
         join information_schema.innodb_trx b on b.trx_id = w.blocking_trx_id",
    );
    let rows = rows.await.unwrap_or_default();
    // What every statement that writes has of the backup lock keeps nobody waiting.
    let held = fetch(
        conn,
        "select cast(thread_id as signed), cast(lock_type as char), cast(coalesce(table_schema, '') as char), \
         cast(coalesce(table_name, '') as char) from information_schema.metadata_lock_info \
         where lock_mode not in ('MDL_BACKUP_DML', 'MDL_BACKUP_TRANS_DML', 'MDL_BACKUP_SYS_DML', 'MDL_BACKUP_DDL', \
         'MDL_BACKUP_BLOCK_DDL', 'MDL_BACKUP_ALTER_COPY', 'MDL_BACKUP_COMMIT', 'MDL_INTENTION_EXCLUSIVE')",
    );
    let held = held.await.ok();
    Ok(Seen {
        sessions: sessions.iter().map(session).collect(),
        transactions: transactions.iter().map(|row| (number(row, 0), number(row, 1))).collect(),
        rows: rows.iter().map(|row| (number(row, 0), number(row, 1))).collect(),
        held: held.map(|rows| rows.iter().map(lock).collect()),
    })
}

fn number(row: &MySqlRow, n: usize) -> i64 {
    row.try_get::<Option<i64>, _>(n).ok().flatten().unwrap_or_default()
}

fn text(row: &MySqlRow, n: usize) -> String {
    row.try_get::<Option<String>, _>(n).ok().flatten().unwrap_or_default()
}

fn session(row: &MySqlRow) -> Session {
    Session {
        id: number(row, 0),
        user: text(row, 1),
        host: text(row, 2),
        database: text(row, 3),
        is_idle: number(row, 4) == 1,
        seconds: number(row, 5),
        state: text(row, 6),
        query: text(row, 7),
    }
}

fn lock(row: &MySqlRow) -> Held {
    Held { by: number(row, 0), kind: text(row, 1), schema: text(row, 2), table: text(row, 3) }
}

impl Seen {
    fn blocked(&self, locks: &[(String, Holder)]) -> Vec<Blocked> {
        let mut found = Vec::new();
        for (database, holder) in locks {
            let Some(own) = self.sessions.iter().find(|s| Some(s.id) == holder.pid) else { continue };
            let is_ours = |s: &&Session| s.id == own.id || s.user == own.user && s.database == *database;
            for waiting in self.sessions.iter().filter(is_ours) {
                let (by, is_certain) = self.in_the_way(waiting, database, own.id);
                found.extend(by.into_iter().map(|by| Blocked {
                    application: String::new(),
                    pid: Some(waiting.id),
                    database: database.clone(),
                    query: told(Engine::Mysql, &waiting.query),
                    by: self.holder(by),
                    is_certain,
                }));
            }
        }
        found
    }

    /// Whom it waits for, and whether that is what the server says.
    fn in_the_way(&self, waiting: &Session, database: &str, own: i64) -> (Vec<&Session>, bool) {
        let some = |is: &dyn Fn(&Session) -> bool| -> Vec<&Session> {
            let others = self.sessions.iter().filter(|s| s.id != waiting.id && s.id != own);
            others.filter(|s| is(s)).collect()
        };
        let by_rows = some(&|s| self.rows.contains(&(waiting.id, s.id)));
        if !by_rows.is_empty() {
            return (by_rows, true);
        }
        let Some(kind) = waiting.state.strip_prefix("Waiting for ").filter(|kind| kind.ends_with("lock")) else {
            return (Vec::new(), true);
        };
        let is_there =
            |held: &&Held| held.kind.eq_ignore_ascii_case(kind) && (held.schema.is_empty() || held.schema == database);
        let held: Vec<_> = self.held.iter().flatten().filter(is_there).collect();
        let named = |held: &&&Held| !held.table.is_empty() && waiting.query.contains(held.table.as_str());
        for these in [held.iter().filter(named).collect::<Vec<_>>(), held.iter().collect()] {
            let by = some(&|s| these.iter().any(|held| held.by == s.id));
            if !by.is_empty() {
                return (by, true);
            }
        }
        let is_open = |s: &Session| self.transactions.contains_key(&s.id);
        for by in [
            some(&|s| is_open(s) && s.database == database),
            some(&|s| is_open(s)),
            // `lock tables` without a transaction.
            some(&|s| s.database == database && !s.state.starts_with("Waiting for ")),
        ] {
            if !by.is_empty() {
                return (by, false);
            }
        }
        (Vec::new(), false)
    }

    fn holder(&self, session: &Session) -> Holder {
        let in_transaction = self.transactions.get(&session.id);
        let state = match (session.is_idle, in_transaction) {
            (true, Some(seconds)) => format!("idle in transaction for {seconds} s"),
            (true, None) => format!("idle for {} s", session.seconds),
            (false, _) => format!("active for {} s", in_transaction.unwrap_or(&session.seconds)),
        };
        Holder {
            pid: Some(session.id),
            user: Some(session.user.clone()),
            address: Some(session.host.clone()),
            state: Some(state),
            query: Some(told(Engine::Mysql, &session.query)),
            ..Holder::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(id: i64, user: &str, database: &str, state: &str, query: &str) -> Session {
        Session {
            id,
            user: user.into(),
            host: "10.0.0.7:4711".into(),
            database: database.into(),
            is_idle: query.is_empty(),
            seconds: 3,
            state: state.into(),
            query: query.into(),
        }
    }

    fn held(by: i64, kind: &str, schema: &str, table: &str) -> Held {
        Held { by, kind: kind.into(), schema: schema.into(), table: table.into() }
    }

    /// Session 1 has the migration lock of `acme`, and 2 runs its file; 3 is an application's, idle; 4 is at another table.
    fn seen(state: &str) -> Seen {
        Seen {
            sessions: vec![
                session(1, "t_acme", "acme", "", ""),
                session(2, "t_acme", "acme", state, "alter table contacts add x int"),
                session(3, "app", "acme", "", ""),
                session(4, "app", "acme", "", "select * from accounts"),
                session(5, "backup", "", "", ""),
                session(6, "app", "beta", "", ""),
            ],
            transactions: HashMap::from([(3, 42), (4, 7), (6, 99)]),
            rows: Vec::new(),
            held: None,
        }
    }

    fn waiting(seen: &Seen) -> Vec<String> {
        let own = Holder { pid: Some(1), ..Holder::default() };
        let found = seen.blocked(&[("acme".to_owned(), own)]);
        found.iter().map(|b| format!("{} {} {}", b.is_certain, b.query, b.by)).collect()
    }

    #[test]
    fn whose_table_it_is_is_told_where_the_server_tells() {
        let mut seen = seen("Waiting for table metadata lock");
        seen.held = Some(vec![
            held(2, "Table metadata lock", "acme", "contacts"),
            held(3, "Table metadata lock", "acme", "contacts"),
            held(4, "Table metadata lock", "acme", "accounts"),
            held(6, "Table metadata lock", "beta", "contacts"),
        ]);
        let idle =
            "true alter table contacts add x int pid 3, user \"app\", from 10.0.0.7:4711, idle in transaction for 42 s";
        assert_eq!(waiting(&seen), [idle]);
        // A statement whose first words name no table: whoever has one there.
        seen.sessions[1].query = "/* … */".into();
        assert_eq!(waiting(&seen).len(), 2);
    }

    #[test]
    fn whose_rows_they_are_is_told_by_the_engine() {
        let mut seen = seen("Updating");
        assert!(waiting(&seen).is_empty());
        seen.rows = vec![(2, 4)];
        let says = "true alter table contacts add x int pid 4, user \"app\", from 10.0.0.7:4711, active for 7 s, `select * from accounts`";
        assert_eq!(waiting(&seen), [says]);
    }

    #[test]
    fn without_the_plugin_it_is_likely_who_has_a_transaction_open_there() {
        let mut seen = seen("Waiting for table metadata lock");
        let found = waiting(&seen);
        assert!(found.len() == 2 && found[0].starts_with("false") && found[0].contains("pid 3"), "{found:?}");
        seen.transactions.clear();
        let found = waiting(&seen);
        assert!(found.iter().any(|f| f.contains("pid 3") && f.contains("idle for 3 s")), "{found:?}");
    }

    #[test]
    fn a_server_that_is_locked_for_a_backup_is_told_by_whom() {
        let mut seen = seen("Waiting for backup lock");
        seen.held = Some(vec![held(5, "Backup lock", "", ""), held(3, "Table metadata lock", "acme", "contacts")]);
        let found = waiting(&seen);
        assert!(found.len() == 1 && found[0].contains("pid 5, user \"backup\""), "{found:?}");
    }
}
