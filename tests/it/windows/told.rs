//! What there is to say of windows, and what cannot be one.

use neo::actor::{Actor, Role};
use neo::error::Kind;
use neo::runs::{self, Policy};
use neo::tenants::{self, Edit, Filter};
use neo::windows::{self, NewWindow};

use super::{WEEKLY, add, on_banks, window, worlds};
use crate::world::actor;

#[tokio::test(flavor = "multi_thread")]
async fn a_window_is_told_with_whom_it_is_about_and_when_it_comes() {
    for world in worlds().await {
        let (platform, operator) = (&world.platform, Actor::operator());
        let weekly = NewWindow {
            name: "weekend".into(),
            from: "fri 22:00".into(),
            to: "mon 06:00".into(),
            zone: Some("Europe/Berlin".into()),
            repeat: WEEKLY,
            server: Some("local".into()),
            ..NewWindow::default()
        };
        let row = add(platform, weekly.clone()).await;
        assert_eq!(row.when, "every week, Fri 22:00 to Mon 06:00, Europe/Berlin");
        assert_eq!((row.covers, row.server.as_deref(), row.enabled), (3, Some("local"), true));
        assert!(row.next_from.unwrap() < row.next_to.unwrap());
        let twice = windows::add(platform, &operator, weekly).await.unwrap_err();
        assert_eq!((twice.kind, twice.field), (Kind::Conflict, Some("name")));
        let all = on_banks(platform, 60_000).await;
        assert_eq!(windows::list(platform, &actor(Role::Support)).await.unwrap().len(), 2);
        assert_eq!(windows::find(platform, &operator, &all.id).await.unwrap().name, "no runs");
        let missing = windows::find(platform, &operator, "no run").await.unwrap_err();
        assert_eq!((missing.kind, missing.nearest), (Kind::NotFound, vec!["no runs".to_owned()]));
        let actions: Vec<_> = neo::audit::list(platform, &operator, &neo::audit::Filter::default()).await.unwrap();
        assert!(actions.iter().any(|row| row.action == "window.add" && row.subject.ends_with("no runs")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_go_past_a_window_takes_nobody_out_of_it_by_a_tag() {
    for world in worlds().await {
        let (platform, admin) = (&world.platform, actor(Role::Admin));
        let without = Edit { remove: vec!["bank".into()], ..Edit::default() };
        let bank = tenants::find(platform, &admin, "beta").await.unwrap();
        assert_eq!(bank.tags, ["bank"]);
        let window = on_banks(platform, 3_600_000).await;
        for edit in [without.clone(), Edit { tags: Some(vec!["other".into()]), ..Edit::default() }] {
            let refused = windows::edit_tenant(platform, &admin, "beta", &edit).await.unwrap_err();
            assert_eq!(refused.kind, Kind::Conflict, "{refused}");
        }
        // What leaves it where it is, is as before.
        let more = Edit { add: vec!["new".into()], name: Some("Beta".into()), ..Edit::default() };
        assert_eq!(windows::edit_tenant(platform, &admin, "beta", &more).await.unwrap().tags.len(), 2);
        windows::set_enabled(platform, &Actor::operator(), &window.id, false).await.unwrap();
        let left = windows::edit_tenant(platform, &admin, "beta", &without).await.unwrap();
        assert_eq!(left.tags, ["new"]);
        windows::set_enabled(platform, &Actor::operator(), &window.id, true).await.unwrap();
        windows::edit_tenant(platform, &admin, "beta", &Edit { add: vec!["bank".into()], ..Edit::default() })
            .await
            .unwrap();
        windows::edit_tenant(platform, &actor(Role::Superadmin), "beta", &without).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_says_who_is_in_a_window() {
    for world in worlds().await {
        let (platform, operator) = (&world.platform, Actor::operator());
        let everybody = Filter::default();
        let told = runs::plan(platform, &operator, &everybody, None, &Policy::default()).await.unwrap();
        assert!(told.windows.is_empty());
        on_banks(platform, 3_600_000).await;
        let told = runs::plan(platform, &operator, &everybody, None, &Policy::default()).await.unwrap();
        assert_eq!((told.windows.len(), told.windows[0].tenants, told.behind), (1, 1, 3));
        let despite = Policy { despite_windows: Some("now".into()), ..Policy::default() };
        let told = runs::plan(platform, &operator, &everybody, None, &despite).await.unwrap();
        assert!(told.windows.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_a_window_is_refused_at_its_field() {
    let world = crate::world::World::new().await;
    let (platform, operator) = (&world.platform, Actor::operator());
    let good = window(platform, "fine", -60_000, 60_000).await;
    for (new, kind, field) in [
        (NewWindow { name: "new".into(), ..good.clone() }, Kind::Invalid, "name"),
        (NewWindow { name: " ".into(), ..good.clone() }, Kind::Invalid, "name"),
        (NewWindow { name: "a/b".into(), ..good.clone() }, Kind::Invalid, "name"),
        (NewWindow { name: "x".repeat(61), ..good.clone() }, Kind::Invalid, "name"),
        (NewWindow { tags: vec!["No Tag".into()], ..good.clone() }, Kind::Invalid, "tags"),
        (NewWindow { tenants: vec!["nobody".into()], ..good.clone() }, Kind::NotFound, "tenants"),
        (NewWindow { server: Some("nowhere".into()), ..good.clone() }, Kind::NotFound, "server"),
        (NewWindow { zone: Some("Nowhere/At_All".into()), ..good.clone() }, Kind::Invalid, "zone"),
        (NewWindow { to: good.from.clone(), ..good.clone() }, Kind::Invalid, "to"),
    ] {
        let error = windows::add(platform, &operator, new).await.unwrap_err();
        assert_eq!((error.kind, error.field), (kind, Some(field)), "{error}");
    }
    let denied = windows::add(platform, &actor(Role::Admin), good).await.unwrap_err();
    assert_eq!(denied.kind, Kind::Denied);
}
