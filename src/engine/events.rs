//! The events of a MySQL or MariaDB database: they write by themselves, whoever is signed in, as long as their database is there.

use super::{Category, Connection, Engine, Failure, Target, literal, quote};

/// So many are turned off and on again.
const MOST: usize = 1000;
/// What a server says of one whose only moment has passed, and of one that is gone.
const OVER: [&str; 2] = ["1589", "1539"];

/// The names of those that are on, as the tenant's own login sees them; none where the engine knows none. One that runs as somebody else
/// is refused: to turn it off and on would make it the tenant's.
pub(crate) async fn events(own: &Target) -> Result<Vec<String>, Failure> {
    if own.engine != Engine::Mysql {
        return Ok(Vec::new());
    }
    let mut conn = Connection::open_to_read(own).await?;
    let found = on(&mut conn).await;
    conn.close().await;
    found
}

async fn on(conn: &mut Connection) -> Result<Vec<String>, Failure> {
    let of = |whose: &str| {
        format!(
            "select cast(event_name as char) from information_schema.events where event_schema = database() \
             and status = 'ENABLED' and definer {whose} current_user() order by 1 limit {}",
            MOST + 1
        )
    };
    let others: Vec<_> = conn.texts(&of("<>")).await?.into_iter().flatten().collect();
    if let Some(event) = others.first() {
        return Err(Failure::new(Category::Permission, "an event there runs as somebody else")
            .detail(format!("the event {event}: what it writes would be in no copy, and it is not the tenant's to turn off"))
            .hint("have whoever made it turn it off (alter event … disable); then try again, and turn it on where it is by then"));
    }
    // Whoever turns one on or off makes it the collation of now, and no session can say another.
    let older = "select cast(concat(event_name, ': ', e.database_collation, ' then, ', s.default_collation_name, ' now') as char) \
                 from information_schema.events e join information_schema.schemata s on s.schema_name = e.event_schema \
                 where event_schema = database() and status = 'ENABLED' and e.database_collation <> s.default_collation_name \
                 order by 1 limit 1";
    if let Some(event) = conn.texts(older).await?.into_iter().flatten().next() {
        return Err(Failure::new(Category::Other, "an event there was made while the database had another collation")
            .detail(format!("the event {event}: turned off and on again, it could compare texts otherwise"))
            .hint("have it made anew, under the collation that it is to have, or turned off; then try again"));
    }
    let own: Vec<_> = conn.texts(&of("=")).await?.into_iter().flatten().collect();
    match own.len() > MOST {
        true => Err(Failure::new(Category::Other, format!("it has more than {MOST} events that are on"))
            .hint("turn them off; then try again")),
        false => Ok(own),
    }
}

/// What an event was made under, as a session says it: whoever alters it in whatever way writes his own over it, and the letters of its text
/// are others then. None where it is gone.
async fn made_under(conn: &mut Connection, name: &str) -> Result<Option<String>, Failure> {
    let sql = format!(
        "select cast(concat('set character_set_client = ', character_set_client, ', collation_connection = ', collation_connection, \
         ', sql_mode = ', quote(sql_mode), ', time_zone = ', quote(time_zone)) as char) from information_schema.events \
         where event_schema = database() and event_name = {}",
        literal(Engine::Mysql, name)
    );
    Ok(conn.texts(&sql).await?.into_iter().flatten().next())
}

/// Turns these off, or on, as the tenant's own login. One that is over stays as it is.
pub(crate) async fn turn_events(own: &Target, names: &[String], on: bool) -> Result<(), Failure> {
    if names.is_empty() {
        return Ok(());
    }
    let mut conn = Connection::open_to_change(own).await?;
    let turned = async {
        for name in names {
            let turn = format!("alter event {} {}", quote(Engine::Mysql, name), if on { "enable" } else { "disable" });
            // Every session of ours speaks so.
            conn.execute("set names utf8mb4").await?;
            let Some(under) = made_under(&mut conn, name).await? else { continue };
            if !name.is_ascii() && !under.contains("character_set_client = utf8") {
                return Err(Failure::new(
                    Category::Other,
                    "an event there has a name that cannot be said as it was made",
                )
                .detail(name.clone())
                .hint("turn it off, or give it a name of ASCII letters; then try again"));
            }
            conn.execute(&under).await?;
            match conn.execute(&turn).await {
                Err(failure) if failure.code.as_deref().is_some_and(|code| OVER.contains(&code)) => {
                    tracing::warn!(
                        event = name,
                        failure = failure.message,
                        "an event was over while its database was closed"
                    );
                }
                outcome => outcome?,
            }
        }
        Ok(())
    }
    .await;
    conn.close().await;
    turned
}
