//! What two sessions see of each other.

use super::admin::Admin;
use super::galera;
use crate::engine::failure::{ADDRESS, pooler};
use crate::engine::shown::{Identity, Shown};
use crate::engine::{Category, Failure, Target};

/// `target.lock_timeout` is one that nobody else asks for. Nothing is locked that somebody could want.
pub(in crate::engine) async fn prove(target: &Target) -> Result<Shown, Failure> {
    let mut one = Admin::open(target).await?;
    let mut other = match Admin::open(target).await {
        Ok(other) => other,
        Err(failure) => {
            one.close().await;
            return Err(failure);
        }
    };
    let found = shown(&mut one, &mut other, target).await;
    one.close().await;
    other.close().await;
    found
}

async fn shown(one: &mut Admin, other: &mut Admin, target: &Target) -> Result<Shown, Failure> {
    if let Some(missing) = look(one, other, target).await? {
        return Ok(Shown::missing(missing));
    }
    let nodes = (galera::node(one.conn()).await?, galera::node(other.conn()).await?);
    Ok(match nodes {
        (Some(one), Some(other)) if one != other => Shown::missing(several(&one, &other)),
        (Some(node), _) => Shown::Node(node),
        (None, _) => Shown::All,
    })
}

async fn look(one: &mut Admin, other: &mut Admin, target: &Target) -> Result<Option<Failure>, Failure> {
    let first = (id(one).await?, id(other).await?);
    other.run("start transaction").await?;
    let within = (id(one).await?, id(other).await?);
    other.run("commit").await?;
    let after = (id(one).await?, id(other).await?);
    let servers = (server(one).await?, server(other).await?);
    if servers.0 != servers.1 {
        return Ok(Some(several(&servers.0, &servers.1)));
    }
    if first.0 == first.1 || within != first || after != first {
        return Ok(Some(pooler(None, "that shares a session among several").detail(
            "one connection to it is several sessions of the server's in turn: a lock taken there excludes nobody",
        )));
    }
    let (asked, now) =
        (super::waits_for(target).to_string(), text(one, "select cast(@@lock_wait_timeout as char)").await?);
    if asked != now {
        return Ok(Some(
            pooler(None, "that drops what a session is set to")
                .detail(format!("lock_wait_timeout was set and is as if it had not been ({now} s)")),
        ));
    }
    let lock = format!("neo-{:016x}", rand::random::<u64>());
    let taken = text(one, &format!("select cast(get_lock('{lock}', 0) as char)")).await?;
    let taken_twice = text(other, &format!("select cast(get_lock('{lock}', 0) as char)")).await?;
    for session in [&mut *other, one] {
        session.run(&format!("select cast(release_lock('{lock}') as char)")).await?;
    }
    Ok((taken != "1" || taken_twice == "1").then(|| {
        Failure::new(Category::Connect, "two sessions there do not see each other's locks")
            .detail("a second session was given the migration lock while the first one held it")
            .hint(ADDRESS)
    }))
}

fn several(one: &str, other: &str) -> Failure {
    Failure::new(Category::Connect, "this address leads to several servers")
        .detail(format!("one session is at {one}, the next at {other}: a lock taken there excludes nobody"))
        .hint(ADDRESS)
}

async fn id(session: &mut Admin) -> Result<String, Failure> {
    text(session, "select cast(connection_id() as char)").await
}

/// Which server it is, as it says itself.
async fn server(session: &mut Admin) -> Result<String, Failure> {
    text(
        session,
        "select cast(concat_ws(' ', concat(@@hostname, ':', @@port), @@server_id, @@datadir /*M!101109 , @@server_uid */ \
         /*!80000 , @@server_uuid */) as char)",
    )
    .await
}

async fn text(session: &mut Admin, sql: &str) -> Result<String, Failure> {
    // What a server answers with NULL is not known.
    Ok(session.maybe(sql).await?.unwrap_or_default())
}

pub(in crate::engine) async fn identity(target: &Target) -> Result<Identity, Failure> {
    let mut admin = Admin::open(target).await?;
    let asked = async {
        let folding = text(&mut admin, "select cast(@@lower_case_table_names as char)").await?;
        Ok(Identity { begun: server(&mut admin).await?, made: None, folds: folding != "0" })
    };
    let identity = asked.await;
    admin.close().await;
    identity
}
