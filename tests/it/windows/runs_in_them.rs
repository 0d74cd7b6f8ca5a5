//! Runs while a window is in force.

use std::time::Duration;

use neo::actor::{Actor, Role};
use neo::error::Kind;
use neo::runs::{self, EventKind, Goal, Moment, Policy, Request, Rerun, Status};
use neo::tenants::{self, Filter};
use neo::windows::{self, NewWindow};

use super::{Worker, add, is_over, keys, now, on_banks, refused, see, until, window, worlds};
use crate::runs::{all, by_hand, events, finish, start};
use crate::world::actor;

const FORWARD: Goal = Goal::Migrate { to: None };

fn migrate(selection: Filter) -> Request {
    Request { selection, detached: true, ..all(FORWARD) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_refused_where_all_it_would_try_are_in_a_window() {
    for world in worlds().await {
        let (platform, operator) = (&world.platform, Actor::operator());
        let until = on_banks(platform, 3_600_000).await.next_to.unwrap();
        for request in [
            migrate(keys(&["beta"])),
            migrate(Filter { tags: vec!["bank".into()], ..Filter::default() }),
            Request { selection: keys(&["beta"]), ..all(Goal::RotatePassword { older_than_ms: None }) },
            // Planned for a moment at which it still is.
            Request { not_before: Some(Moment::In(60_000)), ..migrate(keys(&["beta"])) },
        ] {
            let error = refused(&world, request).await;
            let said = format!("beta is in the window \"no runs\" until {}", neo::clock::rfc3339(until));
            assert_eq!(error.message, said);
            assert!(error.hint.unwrap().plain().contains(&neo::clock::rfc3339(until)));
        }
        assert!(runs::list(platform, &operator, &[], None, 10).await.unwrap().is_empty(), "nothing was begun");
        // What changes nobody goes on, others do, and what is planned for after.
        for request in [Request { selection: keys(&["beta"]), ..all(Goal::Verify) }, migrate(keys(&["acme"]))] {
            let run = start(&world, request).await;
            assert_eq!(finish(&world, run.number).await.status, Status::Succeeded);
        }
        let at = Some(Moment::At(until));
        let later = start(&world, Request { not_before: at, ..migrate(keys(&["beta"])) }).await;
        assert_eq!(later.status, Status::Queued);
        // Begun now by hand, it is now that counts.
        let error = runs::resume(platform, &operator, later.number).await.unwrap_err();
        assert!(error.kind == Kind::Conflict && error.message.contains("no runs"), "{error}");
        assert_eq!(see(&world, later.number).await.not_before, Some(until), "as it was");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_in_a_window_waits_and_the_run_goes_on_with_them_when_it_is_over() {
    for world in worlds().await {
        let platform = &world.platform;
        let worker = Worker::on(platform);
        on_banks(platform, 4_000).await;
        let run = start(&world, migrate(Filter::default())).await;
        let stands = until(&world, run.number, |run| run.tenants.migrated == 2).await;
        assert_eq!((stands.status, stands.tenants.queued), (Status::Running, 1));
        let kept = runs::waiting_for_windows(platform, &Actor::operator(), run.number).await.unwrap();
        assert_eq!((kept.len(), kept[0].tenants, kept[0].first.as_slice()), (1, 1, &["beta".to_owned()][..]));
        let detail = runs::detail(platform, &Actor::operator(), run.number).await.unwrap();
        assert_eq!(detail.windows, kept);
        // It is in nobody else's hands meanwhile.
        let error = refused(&world, migrate(keys(&["beta"]))).await;
        assert!(error.message.contains("is at tenant") || error.message.contains("no runs"), "{error}");
        let run = until(&world, run.number, is_over).await;
        assert_eq!(run.tenants.migrated, 3);
        worker.end().await;
        let told = events(&world, &run, 0).await;
        let of = |kind| told.iter().filter(|event| event.kind == kind).collect::<Vec<_>>();
        let (began, ended) = (of(EventKind::WindowBegan), of(EventKind::WindowEnded));
        assert_eq!((began.len(), ended.len()), (1, 1), "{told:?}");
        assert!(began[0].body["message"].as_str().unwrap().starts_with("beta is in the window \"no runs\" until "));
        let place = |kind: EventKind, tenant: &str| {
            told.iter().position(|event| event.kind == kind && event.body.get("tenant").is_none_or(|t| t == tenant))
        };
        assert!(place(EventKind::WindowEnded, "").unwrap() < place(EventKind::TenantStarted, "beta").unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_that_begins_under_a_run_leaves_what_is_not_begun() {
    for world in worlds().await {
        let platform = &world.platform;
        let run = start(
            &world,
            Request { policy: Policy { concurrency: 1, ..Policy::default() }, ..migrate(Filter::default()) },
        )
        .await;
        // Between being queued and being taken up.
        let row = on_banks(platform, 3_600_000).await;
        assert!(row.in_force && row.covers == 1, "{row:?}");
        let worker = Worker::on(platform);
        until(&world, run.number, |run| run.tenants.migrated == 2).await;
        tokio::time::sleep(Duration::from_millis(600)).await;
        assert_eq!(see(&world, run.number).await.tenants.queued, 1);
        // Removed while it waits, it keeps nobody any more.
        windows::remove(platform, &Actor::operator(), "no runs").await.unwrap();
        assert_eq!(until(&world, run.number, is_over).await.tenants.migrated, 3);
        worker.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_windows_the_longer_counts_and_one_that_is_off_does_not() {
    for world in worlds().await {
        let (platform, operator) = (&world.platform, Actor::operator());
        let long = on_banks(platform, 3_600_000).await;
        let short = window(platform, "beta alone", -60_000, 60_000).await;
        let short = add(platform, NewWindow { tenants: vec!["beta".into()], ..short }).await;
        assert_eq!(short.tenants, ["beta"]);
        let kept = windows::over(platform, &operator, &keys(&["beta", "acme"])).await.unwrap();
        let told: Vec<_> = kept.iter().map(|kept| (kept.window.as_str(), kept.until)).collect();
        assert_eq!(told, [("beta alone", short.next_to.unwrap()), ("no runs", long.next_to.unwrap())]);
        let error = refused(&world, migrate(keys(&["beta"]))).await;
        assert!(error.message.contains("beta alone") && error.message.contains("others"), "{error}");
        windows::set_enabled(platform, &operator, "beta alone", false).await.unwrap();
        assert!(refused(&world, migrate(keys(&["beta"]))).await.message.contains("no runs"));
        windows::set_enabled(platform, &operator, &long.id, false).await.unwrap();
        let run = start(&world, migrate(keys(&["beta"]))).await;
        assert_eq!(finish(&world, run.number).await.status, Status::Succeeded);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_superadmin_goes_past_a_window_with_words_that_are_kept() {
    for world in worlds().await {
        let (platform, operator) = (&world.platform, Actor::operator());
        on_banks(platform, 3_600_000).await;
        let despite = |why: &str| {
            let policy = Policy { despite_windows: Some(why.into()), ..Policy::default() };
            Request { policy, ..migrate(keys(&["beta"])) }
        };
        let denied = runs::start(platform, &actor(Role::Admin), despite("now")).await.unwrap_err();
        assert_eq!(denied.kind, Kind::Denied, "{denied}");
        let wordless = runs::start(platform, &operator, despite("  ")).await.unwrap_err();
        assert_eq!((wordless.kind, wordless.field), (Kind::Invalid, Some("despite_windows")));
        let run = start(&world, despite(" the bank asked for it ")).await;
        assert_eq!(run.despite_windows.as_deref(), Some("the bank asked for it"));
        let run = finish(&world, run.number).await;
        assert_eq!((run.status, run.tenants.migrated), (Status::Succeeded, 1));
        let passed = events(&world, &run, 0).await;
        assert!(passed.iter().any(|event| event.kind == EventKind::WindowPassed));
        let written = neo::audit::list(platform, &operator, &neo::audit::Filter::default()).await.unwrap();
        let row = written.iter().find(|row| row.action == "run.start").unwrap();
        assert_eq!(row.body["despite_windows"], "the bank asked for it");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_waits_is_let_go_past_and_what_failed_is_not_tried_in_a_window() {
    for world in worlds().await {
        let (platform, operator) = (&world.platform, Actor::operator());
        by_hand(&world, "beta", "alter table contacts add column status text").await;
        let failed = start(&world, migrate(Filter::default())).await;
        assert_eq!(finish(&world, failed.number).await.tenants.failed, 1);
        by_hand(&world, "beta", "alter table contacts drop column status").await;
        on_banks(platform, 3_600_000).await;
        let error = runs::rerun(platform, &operator, failed.number, &Rerun::Failed, None).await.unwrap_err();
        assert!(error.kind == Kind::Conflict && error.message.contains("no runs"), "{error}");
        assert_eq!(see(&world, failed.number).await.status, Status::Failed, "as it was");
        let denied = runs::pass_windows(platform, &actor(Role::Admin), failed.number, "x").await.unwrap_err();
        assert_eq!(denied.kind, Kind::Denied);
        // Whose session was ended while they asked.
        let gone = Actor { session: Some("gone".into()), ..actor(Role::Superadmin) };
        let ended = runs::pass_windows(platform, &gone, failed.number, "x").await.unwrap_err();
        assert_eq!(ended.kind, Kind::Unauthenticated);
        runs::pass_windows(platform, &operator, failed.number, "it is broken").await.unwrap();
        runs::rerun(platform, &operator, failed.number, &Rerun::Failed, None).await.unwrap();
        assert_eq!(finish(&world, failed.number).await.status, Status::Succeeded);

        // Of one that changes nobody there is nothing to go past.
        let look = start(&world, all(Goal::Verify)).await;
        assert_eq!(runs::pass_windows(platform, &operator, look.number, "x").await.unwrap_err().kind, Kind::Conflict);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_wave_is_not_begun_by_hand_where_all_of_it_are_in_a_window() {
    for world in worlds().await {
        let (platform, operator) = (&world.platform, Actor::operator());
        let waves = ["acme", "beta"].map(|wave| wave.parse().unwrap()).to_vec();
        let policy = Policy { waves, wait: runs::Wait::Each, ..Policy::default() };
        let run = start(&world, Request { policy, ..migrate(Filter::default()) }).await;
        assert_eq!(finish(&world, run.number).await.gate, Some(1));
        on_banks(platform, 3_600_000).await;
        let error = runs::resume(platform, &operator, run.number).await.unwrap_err();
        assert!(error.message.contains("beta is in the window"), "{error}");
        let stands = see(&world, run.number).await;
        assert_eq!((stands.status, stands.gate, stands.wave), (Status::Paused, Some(1), 1));
        windows::remove(platform, &operator, "no runs").await.unwrap();
        runs::resume(platform, &operator, run.number).await.unwrap();
        assert_eq!(finish(&world, run.number).await.tenants.migrated, 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_takes_no_tenants_place_in_a_window() {
    for world in worlds().await {
        let (platform, operator) = (&world.platform, Actor::operator());
        on_banks(platform, 3_600_000).await;
        let made = start(&world, Request { selection: keys(&["beta"]), ..all(Goal::Backup) }).await;
        assert_eq!(finish(&world, made.number).await.status, Status::Succeeded, "a backup changes nobody");
        let file = neo::backups::list(platform, &operator, None).await.unwrap().remove(0).file;
        let back = |slug: Option<&str>| runs::Restore {
            file: file.clone(),
            slug: slug.map(str::to_owned),
            confirm: Some("beta".into()),
            ..runs::Restore::default()
        };
        let error = runs::restore(platform, &operator, back(None)).await.unwrap_err();
        assert!(error.kind == Kind::Conflict && error.message.contains("no runs"), "{error}");
        assert_eq!(tenants::find(platform, &operator, "beta").await.unwrap().status, tenants::Status::Active);
        // As another tenant it is nobody's yet.
        let (_, run) = runs::restore(platform, &operator, back(Some("delta"))).await.unwrap();
        assert_eq!(finish(&world, run.number).await.status, Status::Succeeded);
        let error = runs::move_tenant(platform, &operator, "beta", "local", "beta").await.unwrap_err();
        assert!(error.kind == Kind::Conflict && error.message.contains("no runs"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_leave_them_alone_and_tell_of_it_once() {
    let world = worlds().await.pop().unwrap();
    let other = world.reopened(world.platform.config.keys.clone()).await.unwrap();
    let workers = [Worker::on(&world.platform), Worker::on(&other)];
    on_banks(&world.platform, 5_000).await;
    let begun = now(&world.platform).await;
    let run = start(&world, migrate(Filter::default())).await;
    let run = until(&world, run.number, is_over).await;
    assert_eq!(run.tenants.migrated, 3);
    assert!(run.finished_at.unwrap() >= begun + 3_000, "it waited");
    for worker in workers {
        worker.end().await;
    }
    let told = events(&world, &run, 0).await;
    let n = |kind| told.iter().filter(|event| event.kind == kind).count();
    assert_eq!((n(EventKind::WindowBegan), n(EventKind::WindowEnded)), (1, 1), "{told:?}");
}
