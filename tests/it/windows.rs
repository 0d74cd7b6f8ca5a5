//! Maintenance windows: whom they keep from runs, until when, and who goes past them.

mod runs_in_them;
mod told;

use std::time::Duration;

use neo::Platform;
use neo::actor::Actor;
use neo::error::Kind;
use neo::runs::{self, Request, Run, Status};
use neo::tenants::{self, Edit, Filter};
use neo::windows::{self, NewWindow};
use neo_model::{Repeat, WindowRow, rfc3339};

use crate::runs::{add_status, provisioned};
use crate::support;
use crate::world::World;

/// The central database's own clock.
pub async fn now(platform: &Platform) -> i64 {
    neo::central::now(&mut platform.central.read().await.unwrap()).await.unwrap()
}

/// From so many milliseconds from now until so many.
pub async fn window(platform: &Platform, name: &str, from: i64, to: i64) -> NewWindow {
    let now = now(platform).await;
    NewWindow { name: name.into(), from: rfc3339(now + from), to: rfc3339(now + to), ..NewWindow::default() }
}

pub async fn add(platform: &Platform, new: NewWindow) -> WindowRow {
    windows::add(platform, &Actor::operator(), new).await.unwrap()
}

/// On those with the tag `bank`, in force for so long.
pub async fn on_banks(platform: &Platform, ms: i64) -> WindowRow {
    let new = window(platform, "no runs", -60_000, ms).await;
    add(platform, NewWindow { tags: vec!["bank".into()], ..new }).await
}

pub async fn tag(platform: &Platform, slugs: &[&str]) {
    for slug in slugs {
        let edit = Edit { tags: Some(vec!["bank".into()]), ..Edit::default() };
        tenants::edit(platform, &Actor::operator(), slug, &edit).await.unwrap();
    }
}

/// On each kind of central database: three tenants, one of them a bank, and a migration before them.
pub async fn worlds() -> Vec<World> {
    let mut worlds = Vec::new();
    for world in [World::new().await, World::on(&support::empty_postgres().await).await] {
        let world = provisioned(world, &["acme", "beta", "corvus"]).await;
        tag(&world.platform, &["beta"]).await;
        add_status(&world);
        worlds.push(world);
    }
    worlds
}

pub fn keys(slugs: &[&str]) -> Filter {
    Filter { keys: slugs.iter().map(|slug| (*slug).to_owned()).collect(), ..Filter::default() }
}

pub async fn refused(world: &World, request: Request) -> neo::Error {
    let error = runs::start(&world.platform, &Actor::operator(), request).await.unwrap_err();
    assert_eq!(error.kind, Kind::Conflict, "{error}");
    error
}

pub async fn see(world: &World, number: i64) -> Run {
    runs::find(&world.platform, &Actor::operator(), number).await.unwrap()
}

/// Works on whatever there is, until it is dropped.
pub struct Worker {
    platform: Platform,
    task: tokio::task::JoinHandle<()>,
}

impl Worker {
    pub fn on(platform: &Platform) -> Self {
        let own = platform.clone();
        let task = tokio::spawn(async move { runs::work(&own, 8).await.unwrap() });
        Self { platform: platform.clone(), task }
    }

    pub async fn end(self) {
        self.platform.shutdown.cancel();
        self.task.await.unwrap();
    }
}

/// Once it is so.
pub async fn until(world: &World, number: i64, is_so: impl Fn(&Run) -> bool) -> Run {
    let since = std::time::Instant::now();
    loop {
        let run = see(world, number).await;
        if is_so(&run) {
            return run;
        }
        assert!(since.elapsed() < Duration::from_secs(30), "{run:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

pub fn is_over(run: &Run) -> bool {
    run.status == Status::Succeeded
}

pub const WEEKLY: Repeat = Repeat::Weekly;
