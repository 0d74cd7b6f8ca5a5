//! A node of a Galera cluster. `get_lock` is a node's own there: two who migrate at two nodes would run the same file twice. So all
//! who migrate are at one node. Which one that is stands in `_neo`, by a transaction of which the cluster certifies one.

use sqlx::{MySqlConnection, Row};

use super::admin::{Admin, text};
use super::{failure, rows};
use crate::engine::{Category, Failure, Target};

/// How often it is tried to be entered while others are entered at the same moment.
const TRIES: u32 = 5;
/// The row that all who enter themselves write, so that of two at once one is refused by the cluster.
const TURN: &str = "insert into `_neo`.nodes values ('', '', '', 1) on duplicate key update turn = turn + 1";

/// The node that a session is at, as the cluster calls it for as long as it runs; none on a server that is no node.
pub(super) async fn node(conn: &mut MySqlConnection) -> Result<Option<String>, Failure> {
    let rows = rows(conn, "show global status like 'wsrep_gcomm_uuid'").await?;
    let uuid = rows.last().map(|row| row.try_get::<String, _>(1)).transpose().map_err(|e| failure(&e))?;
    Ok(uuid.filter(|uuid| uuid.chars().any(|c| !matches!(c, '0' | '-'))))
}

/// Refuses a session at another node than this; what the cluster has decided by now is there after it.
pub(in crate::engine) async fn is_at(conn: &mut MySqlConnection, claimed: &str) -> Result<(), Failure> {
    rows(conn, "/*M!100300 set statement wsrep_sync_wait = 1 for */ select 1").await?;
    match node(conn).await? {
        Some(node) if node == claimed => Ok(()),
        _ => Err(Failure::new(Category::Connect, "this address leads to several nodes of a Galera cluster")
            .detail("a session is at another node than the one before: a lock taken there excludes nobody")
            .hint("give the address of one node, or a balancer's that leads to one node for as long as it is there")),
    }
}

/// Whether this server is a node at all.
pub(in crate::engine) async fn is_node(target: &Target) -> Result<bool, Failure> {
    let mut admin = Admin::open(target).await?;
    let node = node(admin.conn()).await;
    admin.close().await;
    Ok(node?.is_some())
}

/// Refuses a node of several: each has sessions of its own, which it tells nobody at another one.
pub(in crate::engine) async fn is_no_node_of_several(target: &Target) -> Result<(), Failure> {
    let mut admin = Admin::open(target).await?;
    let found = async {
        let Some(_) = node(admin.conn()).await? else { return Ok(None) };
        let rows = rows(admin.conn(), "show global status like 'wsrep_cluster_size'").await?;
        rows.last().map(|row| row.try_get::<String, _>(1)).transpose().map_err(|e| failure(&e))
    }
    .await;
    admin.close().await;
    match found? {
        None => Ok(()),
        Some(size) if size == "1" => Ok(()),
        Some(size) => Err(Failure::new(Category::Lock, format!("this is one of {size} nodes of a Galera cluster"))
            .detail("applications may be signed in at the others, where nobody sees them from here: what they write would be in no copy")
            .hint("stop the tenant's applications and let the other nodes leave the cluster for as long as it takes; then try again")),
    }
}

/// Who has entered itself, and at which node.
struct Entered {
    server_id: String,
    node: String,
    name: String,
}

/// Whether others migrate at another node than this one. Nothing is written.
pub(in crate::engine) async fn elsewhere(target: &Target, server_id: &str) -> Result<Option<Failure>, Failure> {
    let mut admin = Admin::open(target).await?;
    let found = async {
        let Some(node) = node(admin.conn()).await? else { return Ok(None) };
        let entered = entered(&mut admin).await?;
        others(&mut admin, &entered, server_id, &node).await
    }
    .await;
    admin.close().await;
    found
}

/// Enters this node as the one at which `server_id` migrates, unless others do at another node; nothing on a server that is no
/// node.
pub(in crate::engine) async fn claim(target: &Target, server_id: &str) -> Result<Option<Failure>, Failure> {
    let mut admin = Admin::open(target).await?;
    let claimed = enter(&mut admin, server_id).await;
    admin.close().await;
    claimed
}

/// Takes the entry away again: the server is not this Neo's any more.
pub(in crate::engine) async fn leave(target: &Target, server_id: &str) -> Result<(), Failure> {
    let mut admin = Admin::open(target).await?;
    let left = match node(admin.conn()).await {
        Ok(Some(_)) => admin.run(&format!("delete from `_neo`.nodes where server_id = {}", text(server_id))).await,
        Ok(None) => Ok(()),
        Err(failure) => Err(failure),
    };
    admin.close().await;
    match left {
        // Nobody was ever entered there.
        Err(f) if matches!(f.code.as_deref(), Some("1049" | "1146")) => Ok(()),
        left => left,
    }
}

async fn enter(admin: &mut Admin, server_id: &str) -> Result<Option<Failure>, Failure> {
    let Some(node) = node(admin.conn()).await? else { return Ok(None) };
    let before = entered(admin).await?;
    if before.iter().any(|entry| entry.server_id == server_id && entry.node == node) {
        return Ok(None);
    }
    if before.is_empty() {
        admin.nodes().await?;
    }
    let mut tried = 1;
    loop {
        match enter_once(admin, server_id, &node).await {
            // Somebody else was entered at the same moment.
            Err(f) if f.code.as_deref() == Some("1213") && tried < TRIES => tried += 1,
            Ok(Some(refused)) => {
                admin.run("rollback").await?;
                return Ok(Some(refused));
            }
            done => return done,
        }
    }
}

async fn enter_once(admin: &mut Admin, server_id: &str, node: &str) -> Result<Option<Failure>, Failure> {
    admin.run("start transaction").await?;
    admin.run(TURN).await?;
    let entered = entered(admin).await?;
    if let Some(refused) = others(admin, &entered, server_id, node).await? {
        return Ok(Some(refused));
    }
    let name = name(admin).await?;
    let values = format!("{}, {}, {}, 0", text(server_id), text(node), text(&name));
    admin.run(&format!("replace into `_neo`.nodes values ({values})")).await?;
    admin.run("commit").await?;
    Ok(None)
}

async fn entered(admin: &mut Admin) -> Result<Vec<Entered>, Failure> {
    let sql = "select concat(server_id, ' ', node, ' ', name) from `_neo`.nodes where server_id <> ''";
    let read = |entry: String| {
        let mut words = entry.splitn(3, ' ').map(str::to_owned);
        Some(Entered { server_id: words.next()?, node: words.next()?, name: words.next()? })
    };
    Ok(admin.marks(sql).await?.into_iter().filter_map(read).collect())
}

/// The refusal where somebody else is entered at another node that is there. One that is gone holds no lock any more.
async fn others(
    admin: &mut Admin,
    entered: &[Entered],
    server_id: &str,
    node: &str,
) -> Result<Option<Failure>, Failure> {
    let others: Vec<_> = entered.iter().filter(|entry| entry.server_id != server_id && entry.node != node).collect();
    if others.is_empty() {
        return Ok(None);
    }
    // A login that may not see who is a member takes everybody for one.
    let members = admin.texts("select node_uuid from mysql.wsrep_cluster_members").await.ok();
    let is_there = |entry: &Entered| members.as_ref().is_none_or(|members| members.contains(&entry.node));
    let Some(other) = others.into_iter().find(|entry| is_there(entry)) else { return Ok(None) };
    let here = name(admin).await?;
    Ok(Some(
        Failure::new(
            Category::Connect,
            format!("this is node {here} of a Galera cluster that is migrated at node {}", other.name),
        )
        .detail("a migration lock is a node's own there: at two nodes the same file would be run twice")
        .hint(format!(
            "give the address of node {} here as well; or, if whoever migrated there does no more: delete from `_neo`.nodes where \
             server_id = {}",
            other.name,
            text(&other.server_id)
        )),
    ))
}

async fn name(admin: &mut Admin) -> Result<String, Failure> {
    Ok(admin.maybe("select cast(@@wsrep_node_name as char)").await?.unwrap_or_default())
}
