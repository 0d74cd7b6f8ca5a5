//! A run on most of the fleet wants a recent sign-in, however its tenants were named.

use std::time::Duration;

use neo::actor::{Actor, Role};
use neo::error::Kind;
use neo::runs::{self, Goal, Moment, Policy, Request, Rerun, Status};
use neo::tenants::{self, Filter};

use crate::runs::{add_status, all, by_hand, finish, fleet, start};
use crate::world::{World, actor};

const FIVE: [&str; 5] = ["a1", "a2", "a3", "a4", "a5"];

/// Somebody who proved their password an hour ago.
fn hour_old(role: Role) -> Actor {
    Actor { signed_in_ago: Some(Duration::from_secs(3600)), ..actor(role) }
}

fn migrate(selection: Filter) -> Request {
    Request { selection, detached: true, ..all(Goal::Migrate { to: None }) }
}

fn keys(keys: &[&str]) -> Filter {
    Filter { keys: keys.iter().map(|key| (*key).to_owned()).collect(), ..Filter::default() }
}

async fn refused(world: &World, role: Role, request: Request) -> Option<Kind> {
    runs::start(&world.platform, &hour_old(role), request).await.err().map(|error| error.kind)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_on_over_half_of_the_active_tenants_is_on_the_fleet_however_they_were_named() {
    let world = fleet(&FIVE).await;
    let (platform, operator) = (&world.platform, Actor::operator());
    add_status(&world);
    let mut ids = Vec::new();
    let tagged = tenants::Edit { tags: Some(vec!["eu".into()]), ..tenants::Edit::default() };
    for slug in ["a1", "a2", "a3"] {
        ids.push(tenants::edit(platform, &operator, slug, &tagged).await.unwrap().id);
    }
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let later = Some(Moment::In(3_600_000));
    let ways = [
        ("slugs", migrate(keys(&["a1", "a2", "a3"]))),
        ("every slug", migrate(keys(&FIVE))),
        ("ids", migrate(keys(&ids))),
        ("a tag", migrate(Filter { tags: vec!["eu".into()], ..Filter::default() })),
        ("slugs and a tag", migrate(Filter { tags: vec!["eu".into()], ..keys(&FIVE) })),
        ("a version", migrate(Filter { version: Some(20260101000001), ..keys(&FIVE) })),
        ("behind", migrate(Filter { behind: Some(20260101000002), ..keys(&FIVE) })),
        ("a server", migrate(Filter { server: Some("local".into()), ..keys(&FIVE) })),
        ("text", migrate(Filter { text: Some("a".into()), ..Filter::default() })),
        ("in an hour", Request { not_before: later, ..migrate(keys(&FIVE)) }),
        (
            "in waves",
            Request {
                policy: Policy { waves: vec!["1".parse().unwrap()], ..Policy::default() },
                ..migrate(keys(&FIVE))
            },
        ),
        ("every backup", Request { goal: Goal::Backup, ..migrate(Filter::default()) }),
        ("backups by name", Request { goal: Goal::Backup, ..migrate(keys(&FIVE)) }),
        ("a rollback of one", Request { goal: Goal::RollbackLast, ..migrate(keys(&["a1"])) }),
    ];
    for (how, request) in ways {
        assert_eq!(refused(&world, Role::Admin, request).await, Some(Kind::Reauthenticate), "{how}");
    }
    assert!(runs::list(platform, &operator, &[], None, 10).await.unwrap().is_empty());
    // Two of five are not most, and to look changes nothing.
    let run = runs::start(platform, &hour_old(Role::Admin), migrate(keys(&["a1", "a2"]))).await.unwrap();
    runs::cancel(platform, &operator, run.number, false).await.unwrap();
    let verify = Request { goal: Goal::Verify, ..migrate(keys(&FIVE)) };
    let run = runs::start(platform, &hour_old(Role::Admin), verify).await.unwrap();
    runs::cancel(platform, &operator, run.number, false).await.unwrap();
    // Of those that are active: with two out of use, two are.
    for slug in ["a4", "a5"] {
        tenants::suspend(platform, &operator, slug).await.unwrap();
    }
    assert_eq!(refused(&world, Role::Admin, migrate(keys(&["a1", "a2"]))).await, Some(Kind::Reauthenticate));
    assert_eq!(
        refused(&world, Role::Admin, migrate(keys(&["a1", "a4"]))).await,
        None,
        "one of the three that are active"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn going_on_with_most_of_the_fleet_weighs_as_much_as_beginning_it() {
    let world = fleet(&FIVE).await;
    let (platform, operator) = (&world.platform, Actor::operator());
    add_status(&world);
    by_hand(&world, "a2", "alter table contacts add column status text").await;
    let policy = Policy { waves: vec!["a2".parse().unwrap()], ..Policy::default() };
    let run = start(&world, Request { policy, ..all(Goal::Migrate { to: None }) }).await;
    let run = finish(&world, run.number).await;
    assert_eq!((run.status, run.tenants.queued), (Status::Halted, 4));
    let kind = |answer: neo::Result<runs::Run>| answer.err().map(|error| error.kind);
    let late = hour_old(Role::Admin);
    assert_eq!(kind(runs::resume(platform, &late, run.number).await), Some(Kind::Reauthenticate));
    let again = runs::rerun(platform, &late, run.number, &Rerun::Failed, None).await;
    assert_eq!(kind(again), Some(Kind::Reauthenticate), "the four others follow when it succeeds");
    let stands = runs::find(platform, &operator, run.number).await.unwrap();
    assert_eq!((stands.status, stands.tenants.failed), (Status::Halted, 1), "nothing has changed");
    // What one may do at any time: try again what failed, of those who may do no more.
    runs::rerun(platform, &hour_old(Role::Support), run.number, &Rerun::Failed, None).await.unwrap();
    finish(&world, run.number).await;
    runs::resume(platform, &actor(Role::Admin), run.number).await.unwrap();
    runs::pause(platform, &late, run.number).await.unwrap();
}
