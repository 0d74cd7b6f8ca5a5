//! Maintenance windows: times at which no run changes the tenants that they are about (docs/adr/0052).
//!
//! What changes tenants is held against them twice: when somebody starts it, goes on with it or tries it again, where one of whose
//! tenants all are in a window is refused; and when a worker takes a tenant up, where those that are in one are left in the queue
//! until it is over. What is at work when a window begins finishes. Backups and verifications change nobody.

mod in_force;
mod store;
mod tags;
mod times;

use neo_model::{InWindow, Repeat, WindowRow};
use serde_json::json;

use crate::actor::{Actor, Permission};
use crate::central::{self, Conn};
use crate::error::{self, Error, Result};
use crate::named;
use crate::sessions::store::turn_of;
use crate::tenants::{self, Filter};
use crate::{Platform, audit, servers};
pub(crate) use in_force::{InForce, Keeper, NAMED as NAMED_OF_KEPT, in_force, refuse};
use store::{On, Window};
pub use tags::edit_tenant;
use times::{Times, Typed};

/// As many as anybody looks after: each is weighed whenever a worker looks for tenants.
const MOST: usize = 50;
/// Tenants that a window names one by one.
const NAMED: usize = 100;
const NAME: named::Rule = named::Rule {
    of: "window",
    made_at: Some("/windows/new"),
    is: |name| name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ' ')),
    hint: "1 to 60 letters, digits, spaces and - _ . : it stands where it hinders, and in the audit",
};

/// What a window is to be.
#[derive(Debug, Clone, Default)]
pub struct NewWindow {
    pub name: String,
    /// As its zone's clocks show it: `2026-12-04T22:00`; of one that comes again also `22:00`, or `fri 22:00`.
    pub from: String,
    pub to: String,
    /// `UTC` unless said.
    pub zone: Option<String>,
    pub repeat: Repeat,
    pub tags: Vec<String>,
    /// Slugs or ids.
    pub tenants: Vec<String>,
    /// By name.
    pub server: Option<String>,
}

/// Makes a window. It is in force at once, where its time has come.
pub async fn add(platform: &Platform, actor: &Actor, new: NewWindow) -> Result<WindowRow> {
    actor.authorise(Permission::ManageWindows)?;
    let name = named::check(&new.name, &NAME)?;
    let (on, now) = {
        let mut conn = platform.central.read().await?;
        (on(&mut conn, actor, &new).await?, central::now(&mut conn).await?)
    };
    let zone = new.zone.as_deref().unwrap_or_default();
    let times = Times::read(&Typed { from: &new.from, to: &new.to, zone, repeat: new.repeat }, now)?;
    let window = Window {
        id: crate::id::new(),
        name,
        times,
        repeat: new.repeat,
        on,
        enabled: true,
        made_by: actor.name.clone(),
        created_at: 0,
    };
    let mut tx = platform.central.write().await?;
    turn_of(&mut tx, actor).await?;
    if store::all(&mut tx).await?.len() >= MOST {
        return Err(Error::conflict(format!("there are {MOST} windows already")).hint("remove those that are over"));
    }
    store::insert(&mut tx, &window).await?;
    let made = window_of(&mut tx, &window.id).await?;
    let row = row(&mut tx, made).await?;
    let body = json!({
        "when": row.when, "from": row.from, "to": row.to, "zone": row.zone, "repeat": row.repeat, "tags": row.tags,
        "tenants": row.tenants, "server": row.server,
    });
    audit::record(platform, &mut tx, actor, "window.add", &subject(&window), &body).await?;
    tx.commit().await?;
    platform.bell.notify_waiters();
    Ok(row)
}

/// All of them, by name.
pub async fn list(platform: &Platform, actor: &Actor) -> Result<Vec<WindowRow>> {
    actor.authorise(Permission::SeeWindows)?;
    let mut conn = platform.central.read().await?;
    let mut rows = Vec::new();
    for window in store::all(&mut conn).await? {
        rows.push(row(&mut conn, window).await?);
    }
    Ok(rows)
}

/// One of them, by name or id.
pub async fn find(platform: &Platform, actor: &Actor, key: &str) -> Result<WindowRow> {
    let all = list(platform, actor).await?;
    let names: Vec<_> = all.iter().map(|row| row.name.clone()).collect();
    let found = all.into_iter().find(|row| row.name == key || row.id == key);
    found.ok_or_else(|| missing(key).nearest(error::nearest(key, names)))
}

/// Whether it keeps anybody. What waited for it goes on when it is off.
pub async fn set_enabled(platform: &Platform, actor: &Actor, key: &str, enabled: bool) -> Result<WindowRow> {
    actor.authorise(Permission::ManageWindows)?;
    let found = find(platform, actor, key).await?;
    let mut tx = platform.central.write().await?;
    turn_of(&mut tx, actor).await?;
    let window = window_of(&mut tx, &found.id).await?;
    if window.enabled != enabled {
        store::set_enabled(&mut tx, &window.id, enabled).await?;
        audit::record(platform, &mut tx, actor, "window.set", &subject(&window), &json!({ "enabled": enabled }))
            .await?;
    }
    let now = window_of(&mut tx, &found.id).await?;
    let row = row(&mut tx, now).await?;
    tx.commit().await?;
    platform.bell.notify_waiters();
    Ok(row)
}

/// It keeps nobody any more; what waited for it goes on.
pub async fn remove(platform: &Platform, actor: &Actor, key: &str) -> Result<WindowRow> {
    actor.authorise(Permission::ManageWindows)?;
    let found = find(platform, actor, key).await?;
    let mut tx = platform.central.write().await?;
    turn_of(&mut tx, actor).await?;
    let window = window_of(&mut tx, &found.id).await?;
    store::remove(&mut tx, &window.id).await?;
    let body = json!({ "when": found.when, "tags": found.tags, "tenants": found.tenants, "server": found.server });
    audit::record(platform, &mut tx, actor, "window.remove", &subject(&window), &body).await?;
    tx.commit().await?;
    platform.bell.notify_waiters();
    Ok(found)
}

/// Which windows keep which of these tenants from a run now.
pub async fn over(platform: &Platform, actor: &Actor, selection: &Filter) -> Result<Vec<InWindow>> {
    actor.authorise(Permission::View)?;
    let now = {
        let mut conn = platform.central.read().await?;
        in_force(&mut conn, None).await?
    };
    // Where none is in force, nobody is looked for.
    if now.is_empty() {
        return Ok(Vec::new());
    }
    Ok(now.keep(tenants::all(platform, actor, selection).await?.iter()))
}

async fn on(conn: &mut Conn, actor: &Actor, new: &NewWindow) -> Result<On> {
    let said = |texts: &[String]| {
        let texts = texts.iter().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        texts.collect::<Vec<_>>()
    };
    let tags = tenants::check_tags(&said(&new.tags)).map_err(|error| error.on("tags"))?;
    let keys = said(&new.tenants);
    if keys.len() > NAMED {
        return Err(Error::invalid("tenants", format!("a window names {NAMED} tenants at most"))
            .hint("give them a tag, and name that"));
    }
    let mut ids = Vec::with_capacity(keys.len());
    for key in &keys {
        let id = tenants::get(conn, actor, key).await.map_err(|error| error.on("tenants"))?.id;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    let server = match new.server.as_deref().map(str::trim).filter(|name| !name.is_empty()) {
        Some(name) => Some(servers::get(conn, name).await.map_err(|error| error.on("server"))?.id),
        None => None,
    };
    Ok(On { tags, tenants: ids, server })
}

async fn row(conn: &mut Conn, window: Window) -> Result<WindowRow> {
    let now = central::now(conn).await?;
    let next = window.times.next(now);
    let server = match &window.on.server {
        Some(id) => Some(store::server_name(conn, id).await?.unwrap_or_else(|| id.clone())),
        None => None,
    };
    Ok(WindowRow {
        from: window.times.from(),
        to: window.times.to(),
        zone: window.times.zone().to_owned(),
        when: window.times.words(),
        covers: store::covers(conn, &window.on).await?,
        tenants: store::slugs(conn, &window.on.tenants).await?,
        server,
        in_force: window.enabled && window.times.at(now).is_some(),
        next_from: next.map(|span| span.from),
        next_to: next.map(|span| span.to),
        id: window.id,
        name: window.name,
        repeat: window.repeat,
        tags: window.on.tags,
        enabled: window.enabled,
        made_by: window.made_by,
        created_at: window.created_at,
    })
}

async fn window_of(conn: &mut Conn, id: &str) -> Result<Window> {
    store::by_id(conn, id).await?.ok_or_else(|| missing(id))
}

/// How the audit names a window.
fn subject(window: &Window) -> String {
    format!("window:{} {}", window.id, window.name)
}

fn missing(key: &str) -> Error {
    Error::not_found("window", key).hint("see which windows there are")
}
