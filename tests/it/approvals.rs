//! Ask and approve: what wants somebody else's yes is only asked for, and what is begun is exactly what was approved.

mod around;

use std::time::Duration;

use neo::Platform;
use neo::actor::{Actor, Confinement, Door, Role};
use neo::admins;
use neo::approvals;
use neo::config::Config;
use neo::error::Kind;
use neo::requests::{self, Guard, State};
use neo::runs::{self, Goal, Request, Rerun, Status};
use neo::tenants::{self, Filter};
use neo::tokens::{self, Lifetime, NewToken};
use secrecy::ExposeSecret;

use crate::accounts::{admin, tamper};
use crate::runs::{add_status, all, by_hand, confirmed, finish, provisioned};
use crate::support;
use crate::world::{World, actor};

const LONG: Duration = Duration::from_secs(120);

fn guarded(config: &mut Config) {
    config.require_approval = Guard::ALL.to_vec();
}

/// On both central databases, with these tenants.
async fn worlds(slugs: &[&str]) -> Vec<World> {
    let cluster = support::postgres().await;
    let name = support::unique("central");
    cluster.create_database(&name).await;
    let on = [World::with(guarded).await, World::on_with(&cluster.url(&name), guarded).await];
    let mut worlds = Vec::new();
    for world in on {
        worlds.push(provisioned(world, slugs).await);
    }
    worlds
}

async fn one(slugs: &[&str]) -> World {
    provisioned(World::with(guarded).await, slugs).await
}

async fn person(platform: &Platform, name: &str, role: Role) -> Actor {
    let admin = admin(platform, &format!("{name}@example.com"), role).await;
    Actor { admin_id: Some(admin.id), name: admin.email, ..actor(role) }
}

fn on(keys: &[&str], goal: Goal) -> Request {
    let selection = Filter { keys: keys.iter().map(|key| (*key).to_owned()).collect(), ..Filter::default() };
    Request { selection, detached: true, ..all(goal) }
}

/// The number of the request that it came to.
async fn ask(platform: &Platform, who: &Actor, request: Request) -> i64 {
    let error = runs::start(platform, who, request).await.expect_err("it was not asked for");
    assert_eq!((error.kind, error.kind.exit_code()), (Kind::Asked, 9), "{error}");
    error.request.unwrap()
}

async fn state(platform: &Platform, number: i64) -> State {
    requests::show(platform, &Actor::operator(), number).await.unwrap().row.state
}

async fn version(platform: &Platform, slug: &str) -> Option<i64> {
    tenants::find(platform, &Actor::operator(), slug).await.unwrap().version
}

async fn how_many_runs(platform: &Platform) -> usize {
    runs::list(platform, &Actor::operator(), &[], None, 100).await.unwrap().len()
}

const FORWARD: Goal = Goal::Migrate { to: None };

#[tokio::test(flavor = "multi_thread")]
async fn what_wants_somebody_elses_yes_is_asked_for_and_runs_as_it_was_approved_with_both_names() {
    for world in worlds(&["acme", "beta"]).await {
        let platform = &world.platform;
        let ada = person(platform, "ada", Role::Admin).await;
        let bob = person(platform, "bob", Role::Admin).await;
        add_status(&world);
        // Less than all wants nobody; a verification and a backup of all only read.
        let some = runs::start(platform, &ada, on(&["acme"], Goal::Verify)).await.unwrap();
        finish(&world, some.number).await;
        for goal in [Goal::Verify, Goal::Backup] {
            let run = runs::start(platform, &ada, on(&[], goal)).await.unwrap();
            finish(&world, run.number).await;
        }
        let before = how_many_runs(platform).await;
        // However all of them are named.
        let number = ask(platform, &ada, on(&[], FORWARD)).await;
        let named = ask(platform, &ada, on(&["beta", "acme"], FORWARD)).await;
        let behind =
            Request { selection: Filter { behind: Some(20260101000002), ..Filter::default() }, ..on(&[], FORWARD) };
        let behind = ask(platform, &ada, behind).await;
        assert_eq!(how_many_runs(platform).await, before);
        assert_eq!((named, behind), (number + 1, number + 2));
        assert_eq!(ask(platform, &ada, on(&[], FORWARD)).await, number, "the same is the same request");
        let told = requests::show(platform, &bob, number).await.unwrap();
        assert_eq!((told.row.state, told.row.guard, told.row.tenants), (State::Open, Guard::AllTenants, 2));
        assert_eq!(told.row.what, "migrate 2 tenants to 20260101000002_add_status");
        assert_eq!(told.files.len(), 2);
        assert!(told.files.iter().all(|file| file.checksum.len() == 96), "{:?}", told.files);
        assert_eq!(requests::open(platform, &bob).await.unwrap(), 3);

        let row = approvals::approve(platform, &bob, number, Some(" release 42 "), LONG).await.unwrap();
        assert_eq!((row.state, row.word.as_deref()), (State::Used, Some("release 42")));
        let run = finish(&world, row.run.unwrap()).await;
        assert_eq!((run.status, run.actor.as_str()), (Status::Succeeded, "ada@example.com"));
        let approval = serde_json::to_value(run.approval).unwrap();
        assert_eq!(approval, serde_json::json!({"approved": {"request": number, "by": "bob@example.com"}}));
        assert_eq!(version(platform, "beta").await, Some(20260101000002));
        // Both names are in the audit, of the yes and of the act.
        let rows = neo::audit::list(platform, &Actor::operator(), &neo::audit::Filter::default()).await.unwrap();
        let of = |action: &str| rows.iter().find(|row| row.action == action).unwrap();
        let yes = of("request.approve");
        assert_eq!((yes.actor.as_str(), yes.body["asked_by"].as_str()), ("bob@example.com", Some("ada@example.com")));
        assert_eq!(yes.body["why"], "release 42");
        let begun = rows.iter().find(|row| row.subject == format!("run:{}", run.number)).unwrap();
        assert_eq!(
            (begun.actor.as_str(), begun.body["approval"]["by"].as_str()),
            ("ada@example.com", Some("bob@example.com"))
        );
        // It is used up.
        let again = approvals::approve(platform, &bob, number, None, LONG).await.unwrap_err();
        assert_eq!(again.kind, Kind::Conflict, "{again}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_approves_their_own_whichever_door_they_come_through() {
    let world = one(&["acme"]).await;
    let platform = &world.platform;
    let ada = person(platform, "ada", Role::Superadmin).await;
    let bob = person(platform, "bob", Role::Superadmin).await;
    let sue = person(platform, "sue", Role::Support).await;
    let token = |destroys: bool| NewToken {
        name: neo::id::new(),
        role: Role::Superadmin,
        lifetime: Lifetime::default(),
        confinement: Confinement::default(),
        networks: vec![],
        allow_destructive: destroys,
        connect: false,
    };
    let program = async |maker: &Actor, destroys: bool| {
        let (_, text) = tokens::create(platform, maker, token(destroys)).await.unwrap();
        tokens::authenticate(platform, text.expose_secret(), None).await.unwrap()
    };
    add_status(&world);
    let own = program(&ada, true).await;
    let denied = async |who: &Actor, number: i64| {
        let error = approvals::approve(platform, who, number, None, LONG).await.unwrap_err();
        assert_eq!(error.kind, Kind::Denied, "{}: {error}", who.name);
        assert_eq!(state(platform, number).await, State::Open);
    };
    // What a person asked for no token of theirs approves, and the other way round.
    let number = ask(platform, &ada, on(&[], FORWARD)).await;
    denied(&ada, number).await;
    denied(&own, number).await;
    // Who may not do it alone approves nothing.
    denied(&sue, number).await;
    let of_token = ask(platform, &own, Request { reason: Some("by ci".into()), ..on(&[], FORWARD) }).await;
    denied(&ada, of_token).await;
    denied(&own, of_token).await;
    let theirs = program(&ada, true).await;
    denied(&theirs, of_token).await;
    // The machine is one person, whatever it is called.
    let other = Actor { name: "cli:somebody else".into(), ..Actor::operator() };
    let machine =
        ask(platform, &Actor::operator(), Request { reason: Some("machine".into()), ..on(&[], FORWARD) }).await;
    denied(&other, machine).await;
    // A sign-in that is long ago is proven anew; a no by oneself takes it back.
    let late = Actor { signed_in_ago: Some(Duration::from_secs(601)), ..bob.clone() };
    let error = approvals::approve(platform, &late, number, None, LONG).await.unwrap_err();
    assert_eq!(error.kind, Kind::Reauthenticate);
    assert_eq!(approvals::decline(platform, &sue, number, None).await.unwrap_err().kind, Kind::Denied);
    let row = approvals::decline(platform, &ada, number, Some("not today")).await.unwrap();
    assert_eq!((row.state, row.decided_by.as_deref()), (State::Declined, Some("ada@example.com")));
    assert_eq!(approvals::approve(platform, &bob, number, None, LONG).await.unwrap_err().kind, Kind::Conflict);
    // A token of somebody else's may, where it may do it alone.
    let tool = program(&bob, false).await;
    let deletion = tenants::delete(platform, &ada, "acme", "acme", false).await.unwrap_err();
    denied(&tool, deletion.request.unwrap()).await;
    let row = approvals::approve(platform, &tool, of_token, None, LONG).await.unwrap();
    assert_eq!(finish(&world, row.run.unwrap()).await.status, Status::Succeeded);
}

#[tokio::test(flavor = "multi_thread")]
async fn support_may_ask_for_what_they_may_not_do_and_for_nothing_else() {
    let world = one(&["acme", "beta"]).await;
    let platform = &world.platform;
    let sue = person(platform, "sue", Role::Support).await;
    let eve = person(platform, "eve", Role::Admin).await;
    let bob = person(platform, "bob", Role::Superadmin).await;
    add_status(&world);
    let refused = runs::start(platform, &sue, on(&["acme"], FORWARD)).await.unwrap_err();
    assert_eq!(refused.kind, Kind::Denied, "one tenant wants nobody's yes, and support may not: {refused}");
    assert_eq!(tenants::credentials(platform, &sue, "acme").await.err().unwrap().kind, Kind::Denied);
    let late = Actor { signed_in_ago: Some(Duration::from_secs(601)), ..sue.clone() };
    let error = tenants::delete(platform, &late, "acme", "acme", false).await.unwrap_err();
    assert_eq!(error.kind, Kind::Reauthenticate, "{error}");
    assert_eq!(tenants::delete(platform, &sue, "acme", "beta", false).await.unwrap_err().field, Some("confirm"));
    let asked = tenants::delete(platform, &sue, "acme", "acme", false).await.unwrap_err();
    let number = asked.request.unwrap();
    // An admin may not delete alone, and so may not let anybody.
    assert_eq!(approvals::approve(platform, &eve, number, None, LONG).await.unwrap_err().kind, Kind::Denied);
    let row = approvals::approve(platform, &bob, number, None, LONG).await.unwrap();
    assert_eq!((row.state, row.run), (State::Used, None));
    assert!(tenants::find(platform, &bob, "acme").await.is_err());
    let rows = neo::audit::list(platform, &Actor::operator(), &neo::audit::Filter::default()).await.unwrap();
    let ends: Vec<_> = rows.iter().filter(|row| row.action == "tenant.delete").collect();
    assert_eq!(ends.len(), 2);
    assert!(ends.iter().all(|row| row.actor == "sue@example.com" && row.body["approval"]["by"] == "bob@example.com"));
    // Without anything that wants a yes, support may ask for nothing.
    let free = provisioned(World::new().await, &["acme"]).await;
    let error = tenants::delete(&free.platform, &sue, "acme", "acme", false).await.unwrap_err();
    assert_eq!((error.kind, error.request), (Kind::Denied, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_changed_since_is_outdated_and_asked_for_anew() {
    for world in worlds(&["acme", "beta"]).await {
        let platform = &world.platform;
        let ada = person(platform, "ada", Role::Admin).await;
        let bob = person(platform, "bob", Role::Superadmin).await;
        let outdated = async |number: i64, why: &str| {
            let before = how_many_runs(platform).await;
            let error = approvals::approve(platform, &bob, number, None, LONG).await.unwrap_err();
            assert_eq!(error.kind, Kind::Conflict, "{error}");
            let row = requests::show(platform, &bob, number).await.unwrap().row;
            assert_eq!(row.state, State::Outdated);
            assert!(row.why.as_deref().is_some_and(|told| told.contains(why)), "{why}: {row:?}");
            assert_eq!(how_many_runs(platform).await, before, "{why}: something was begun");
            row.replaced_by
        };
        add_status(&world);
        // A file's text.
        let number = ask(platform, &ada, on(&[], FORWARD)).await;
        let file = world.migrations().join("20260101000002_add_status.up.sql");
        std::fs::write(&file, "alter table contacts add column state text;").unwrap();
        let anew = outdated(number, "20260101000002_add_status.up.sql has another checksum").await.unwrap();
        let told = requests::show(platform, &bob, anew).await.unwrap();
        assert_eq!((told.row.state, told.row.asked_by.as_str()), (State::Open, "ada@example.com"));
        // A new file.
        crate::runs::migration(&world, 3, "add_note", "alter table contacts add column note text;", None);
        let anew = outdated(anew, "20260101000003_add_note.up.sql is new").await.unwrap();
        // A tenant's version.
        let alone =
            runs::start(platform, &bob, on(&["acme"], Goal::Migrate { to: Some(20260101000002) })).await.unwrap();
        finish(&world, alone.number).await;
        let anew = outdated(anew, "acme is at another version").await.unwrap();
        // A tenant more.
        let new = tenants::NewTenant { slug: "corvus".into(), ..tenants::NewTenant::default() };
        let (_, made) = runs::provision(platform, &Actor::operator(), new).await.unwrap();
        finish(&world, made.number).await;
        let anew = outdated(anew, "corvus would be part of it as well").await.unwrap();
        // And one less.
        tenants::suspend(platform, &bob, "corvus").await.unwrap();
        let anew = outdated(anew, "corvus would not be part of it any more").await.unwrap();
        let row = approvals::approve(platform, &bob, anew, None, LONG).await.unwrap();
        assert_eq!(finish(&world, row.run.unwrap()).await.status, Status::Succeeded);
        // What is not there any more can only be told.
        let (deletion, same) = {
            let asked = tenants::delete(platform, &ada, "corvus", "corvus", false).await.unwrap_err();
            let same = tenants::delete(platform, &ada, "corvus", "corvus", false).await.unwrap_err();
            (asked.request.unwrap(), same.request.unwrap())
        };
        assert_eq!(deletion, same);
        let past = Actor::operator().without_approval();
        tenants::delete(platform, &past, "corvus", "corvus", false).await.unwrap();
        assert_eq!(outdated(deletion, "corvus").await, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_is_what_was_approved_down_to_its_down_files() {
    let world = one(&["acme", "beta"]).await;
    let platform = &world.platform;
    let ada = person(platform, "ada", Role::Admin).await;
    let bob = person(platform, "bob", Role::Superadmin).await;
    add_status(&world);
    let past = Actor::operator().without_approval();
    let run = runs::start(platform, &past, on(&[], FORWARD)).await.unwrap();
    let approval = serde_json::to_value(finish(&world, run.number).await.approval).unwrap();
    assert!(approval["without_approval"]["by"].as_str().unwrap().starts_with("cli:"), "{approval}");
    let rows = neo::audit::list(platform, &Actor::operator(), &neo::audit::Filter::default()).await.unwrap();
    let begun = rows.iter().find(|row| row.subject == format!("run:{}", run.number)).unwrap();
    assert_eq!(begun.body["without_approval"], true);

    // Not without the word that a rollback is meant by.
    let back = on(&["acme"], Goal::RollbackSteps { steps: 1 });
    assert_eq!(runs::start(platform, &ada, back.clone()).await.unwrap_err().field, Some("confirm"));
    let number = ask(platform, &ada, confirmed(&world, back).await.unwrap()).await;
    let told = requests::show(platform, &bob, number).await.unwrap();
    assert_eq!((told.row.what.as_str(), told.row.guard), ("roll back acme", Guard::Rollback));
    assert_eq!(told.targets[0].undone, [20260101000002]);
    assert!(told.files.iter().any(|file| file.file == "20260101000002_add_status.down.sql"), "{:?}", told.files);
    std::fs::write(world.migrations().join("20260101000002_add_status.down.sql"), "select 1;").unwrap();
    let error = approvals::approve(platform, &bob, number, None, LONG).await.unwrap_err();
    assert!(error.to_string().contains("add_status.down.sql has another checksum"), "{error}");
    add_status(&world);
    let anew = requests::show(platform, &bob, number).await.unwrap().row.replaced_by.unwrap();
    let error = approvals::approve(platform, &bob, anew, None, LONG).await.unwrap_err();
    assert_eq!(error.kind, Kind::Conflict, "the file is what it was before: {error}");
    let anew = requests::show(platform, &bob, anew).await.unwrap().row.replaced_by.unwrap();
    let row = approvals::approve(platform, &bob, anew, None, LONG).await.unwrap();
    assert_eq!(finish(&world, row.run.unwrap()).await.status, Status::Succeeded);
    assert_eq!(version(platform, "acme").await, Some(20260101000001));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_less_than_they_were_asks_for_nothing_any_more() {
    let world = one(&["acme"]).await;
    let platform = &world.platform;
    let ada = person(platform, "ada", Role::Admin).await;
    let bob = person(platform, "bob", Role::Superadmin).await;
    let operator = Actor::operator();
    add_status(&world);
    let falls = async |number: i64, why: &str| {
        let error = approvals::approve(platform, &bob, number, None, LONG).await.unwrap_err();
        assert!(error.to_string().contains(why), "{why}: {error}");
        let row = requests::show(platform, &operator, number).await.unwrap().row;
        assert_eq!((row.state, row.run, row.replaced_by), (State::Outdated, None, None));
    };
    let number = ask(platform, &ada, on(&[], FORWARD)).await;
    admins::set_role(platform, &operator, "ada@example.com", Role::Support).await.unwrap();
    falls(number, "has lost the role").await;
    admins::set_role(platform, &operator, "ada@example.com", Role::Admin).await.unwrap();
    let number = ask(platform, &ada, on(&[], FORWARD)).await;
    admins::disable(platform, &operator, "ada@example.com").await.unwrap();
    falls(number, "may not sign in").await;
    let token = NewToken {
        name: "ci".into(),
        role: Role::Admin,
        lifetime: Lifetime::default(),
        confinement: Confinement { tags: vec![], tenants: vec!["acme".into()] },
        networks: vec![],
        allow_destructive: false,
        connect: false,
    };
    let (made, text) = tokens::create(platform, &person(platform, "joe", Role::Admin).await, token).await.unwrap();
    let program = tokens::authenticate(platform, text.expose_secret(), None).await.unwrap();
    assert_eq!(program.door, Door::Api);
    let number = ask(platform, &program, on(&[], FORWARD)).await;
    tokens::revoke(platform, &operator, &made.id).await.unwrap();
    falls(number, "is worth nothing").await;
    assert_eq!(version(platform, "acme").await, Some(20260101000001));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_approve_at_once_one_begins_it() {
    for world in worlds(&["acme"]).await {
        let platform = &world.platform;
        let ada = person(platform, "ada", Role::Admin).await;
        let mut others = Vec::new();
        for name in ["bob", "cid", "dan", "eve"] {
            others.push(person(platform, name, Role::Superadmin).await);
        }
        add_status(&world);
        let before = how_many_runs(platform).await;
        let number = ask(platform, &ada, on(&[], FORWARD)).await;
        let tries = others.iter().map(|who| approvals::approve(platform, who, number, None, LONG));
        let ends = futures::future::join_all(tries).await;
        assert_eq!(ends.iter().filter(|end| end.is_ok()).count(), 1, "{ends:?}");
        assert!(ends.iter().flat_map(|end| end.as_ref().err()).all(|error| error.kind == Kind::Conflict));
        assert_eq!(how_many_runs(platform).await, before + 1);
        // So it is where they ask at once: one request.
        let asks = (0..5).map(|_| runs::start(platform, &ada, on(&[], Goal::RotatePassword { older_than_ms: None })));
        let numbers: Vec<_> =
            futures::future::join_all(asks).await.into_iter().map(|e| e.unwrap_err().request).collect();
        assert!(numbers.windows(2).all(|two| two[0] == two[1] && two[0].is_some()), "{numbers:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_broken_off_between_the_yes_and_its_beginning_is_taken_up_once() {
    for world in worlds(&["acme"]).await {
        let platform = &world.platform;
        let ada = person(platform, "ada", Role::Admin).await;
        let bob = person(platform, "bob", Role::Superadmin).await;
        person(platform, "eve", Role::Superadmin).await;
        add_status(&world);
        let number = ask(platform, &ada, on(&[], FORWARD)).await;
        let row = approvals::approve(platform, &bob, number, None, LONG).await.unwrap();
        let first = row.run.unwrap();
        runs::cancel(platform, &bob, first, false).await.unwrap();
        let before = how_many_runs(platform).await;
        // As whoever was killed after the yes has left it, and before anything was begun.
        let left = "update requests set state = 'approved', run = null, holder = 'gone', until = 0 where number = 1";
        assert_eq!(tamper(platform, left).await, 1);
        let working = tokio::spawn({
            let platform = platform.clone();
            async move { runs::work(&platform, 4).await }
        });
        let mut tries = 0;
        while state(platform, number).await != State::Used {
            tries += 1;
            assert!(tries < 300, "nobody takes it up");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let row = requests::show(platform, &bob, number).await.unwrap().row;
        assert_eq!(how_many_runs(platform).await, before + 1);
        while !runs::find(platform, &bob, row.run.unwrap()).await.unwrap().status.is_over() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert_eq!(version(platform, "acme").await, Some(20260101000002));
        // Whoever approved and may not any more has not said yes.
        let number = ask(platform, &ada, on(&[], Goal::RotatePassword { older_than_ms: None })).await;
        let row = approvals::approve(platform, &bob, number, None, LONG).await.unwrap();
        while !runs::find(platform, &bob, row.run.unwrap()).await.unwrap().status.is_over() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        admins::set_role(platform, &Actor::operator(), "bob@example.com", Role::Support).await.unwrap();
        let before = how_many_runs(platform).await;
        let left = "update requests set state = 'approved', run = null, holder = 'gone', until = 0 where number = 2";
        assert_eq!(tamper(platform, left).await, 1);
        while state(platform, number).await != State::Open {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert_eq!(how_many_runs(platform).await, before);
        platform.shutdown.cancel();
        working.await.unwrap().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_begun_now_waits_for_a_yes_again_and_what_waits_too_long_is_over() {
    let world = one(&["acme", "beta"]).await;
    let platform = &world.platform;
    let ada = person(platform, "ada", Role::Admin).await;
    let bob = person(platform, "bob", Role::Superadmin).await;
    add_status(&world);
    let number = ask(platform, &ada, on(&[], FORWARD)).await;
    let busy = runs::start(platform, &bob, on(&["beta"], Goal::Verify)).await.unwrap();
    let error = approvals::approve(platform, &bob, number, None, LONG).await.unwrap_err();
    assert!(error.kind == Kind::Conflict && error.message.contains("is at tenant"), "{error}");
    let row = requests::show(platform, &bob, number).await.unwrap().row;
    assert!(row.state == State::Open && row.why.is_some(), "{row:?}");
    finish(&world, busy.number).await;
    let row = approvals::approve(platform, &bob, number, None, LONG).await.unwrap();
    let run = finish(&world, row.run.unwrap()).await;
    assert_eq!(run.status, Status::Succeeded);

    let back = confirmed(&world, on(&["acme"], Goal::RollbackSteps { steps: 1 })).await.unwrap();
    let number = ask(platform, &ada, back).await;
    assert_eq!(tamper(platform, "update requests set expires_at = 0 where state = 'open'").await, 1);
    assert_eq!(state(platform, number).await, State::Expired);
    let error = approvals::approve(platform, &bob, number, None, LONG).await.unwrap_err();
    assert!(error.kind == Kind::Conflict && error.message.contains("expired"), "{error}");
    assert_eq!(requests::open(platform, &bob).await.unwrap(), 0);
}

/// A disable beside the yes comes first, or after what was begun: nothing is begun for somebody who is out.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_begun_for_whoever_was_disabled_before_it() {
    for world in worlds(&["acme"]).await {
        let platform = &world.platform;
        let operator = Actor::operator();
        let bob = person(platform, "bob", Role::Superadmin).await;
        add_status(&world);
        let mut begun = 0;
        for n in 0..15 {
            let ada = person(platform, &format!("ada{n}"), Role::Admin).await;
            let number = ask(platform, &ada, on(&[], FORWARD)).await;
            let (yes, out) = tokio::join!(
                approvals::approve(platform, &bob, number, None, LONG),
                admins::disable(platform, &operator, &ada.name)
            );
            out.unwrap();
            let rows = neo::audit::list(platform, &operator, &neo::audit::Filter::default()).await.unwrap();
            let at = |action: &str| rows.iter().find(|row| row.action == action).map(|row| row.seq).unwrap_or_default();
            if let Ok(row) = yes {
                begun += 1;
                assert!(at("run.start") < at("admin.disable"), "{n}: {row:?}");
                runs::cancel(platform, &operator, row.run.unwrap(), false).await.unwrap();
            }
        }
        println!("{begun} of 15 were begun first");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_has_more_open_than_anybody_looks_at() {
    let world = one(&["acme"]).await;
    let platform = &world.platform;
    let ada = person(platform, "ada", Role::Support).await;
    add_status(&world);
    for n in 0..100 {
        ask(platform, &ada, Request { reason: Some(n.to_string()), ..on(&[], FORWARD) }).await;
    }
    let error = runs::start(platform, &ada, on(&[], FORWARD)).await.unwrap_err();
    assert_eq!((error.kind, error.request), (Kind::Conflict, None), "{error}");
    let again = Request { reason: Some("7".into()), ..on(&[], FORWARD) };
    assert_eq!(ask(platform, &ada, again).await, 8, "what is there is still told");
    approvals::decline(platform, &ada, 1, None).await.unwrap();
    ask(platform, &ada, on(&[], FORWARD)).await;
}

/// What was approved is tried again as what it is; what began before anybody's yes was wanted is started anew.
#[tokio::test(flavor = "multi_thread")]
async fn a_rerun_of_what_was_approved_wants_nobody_again() {
    let world = one(&["acme", "beta"]).await;
    let platform = &world.platform;
    let ada = person(platform, "ada", Role::Admin).await;
    let bob = person(platform, "bob", Role::Superadmin).await;
    add_status(&world);
    by_hand(&world, "acme", "alter table contacts add column status text").await;
    by_hand(&world, "beta", "alter table contacts add column status text").await;
    let number = ask(platform, &ada, on(&[], FORWARD)).await;
    let row = approvals::approve(platform, &bob, number, None, LONG).await.unwrap();
    let run = finish(&world, row.run.unwrap()).await;
    assert_eq!((run.status, run.tenants.failed), (Status::Failed, 2));
    runs::rerun(platform, &ada, run.number, &Rerun::Failed, None).await.unwrap();
    finish(&world, run.number).await;
    assert!(tamper(platform, "update runs set approval = null").await > 0);
    let error = runs::rerun(platform, &ada, run.number, &Rerun::Failed, None).await.unwrap_err();
    assert!(error.kind == Kind::Conflict && error.message.contains("without anybody's approval"), "{error}");
    by_hand(&world, "acme", "alter table contacts drop column status").await;
    runs::rerun(platform, &ada, run.number, &Rerun::Tenants(vec!["acme".into()]), None).await.unwrap();
    finish(&world, run.number).await;
    let past = Actor::operator().without_approval();
    by_hand(&world, "beta", "alter table contacts drop column status").await;
    runs::rerun(platform, &past, run.number, &Rerun::Failed, None).await.unwrap();
    assert_eq!(finish(&world, run.number).await.status, Status::Succeeded);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confined_token_asks_within_its_tenants_and_sees_no_other_request() {
    let world = one(&["acme", "beta"]).await;
    let platform = &world.platform;
    let bob = person(platform, "bob", Role::Superadmin).await;
    let joe = person(platform, "joe", Role::Superadmin).await;
    add_status(&world);
    let token = NewToken {
        name: "ci".into(),
        role: Role::Superadmin,
        lifetime: Lifetime::default(),
        confinement: Confinement { tags: vec![], tenants: vec!["acme".into()] },
        networks: vec![],
        allow_destructive: true,
        connect: false,
    };
    let (_, text) = tokens::create(platform, &joe, token).await.unwrap();
    let program = tokens::authenticate(platform, text.expose_secret(), None).await.unwrap();
    let past = Actor::operator().without_approval();
    let run = runs::start(platform, &past, on(&[], FORWARD)).await.unwrap();
    finish(&world, run.number).await;
    let others =
        ask(platform, &bob, confirmed(&world, on(&["beta"], Goal::RollbackSteps { steps: 1 })).await.unwrap()).await;
    assert_eq!(requests::show(platform, &program, others).await.unwrap_err().kind, Kind::NotFound);
    assert_eq!(approvals::approve(platform, &program, others, None, LONG).await.unwrap_err().kind, Kind::NotFound);
    assert_eq!(approvals::decline(platform, &program, others, None).await.unwrap_err().kind, Kind::NotFound);
    assert_eq!(requests::open(platform, &program).await.unwrap(), 0);
    // All that it sees is what it rolls back, also once somebody with more rights has said yes.
    let back = Request { confirm: Some("acme".into()), ..on(&[], Goal::RollbackSteps { steps: 1 }) };
    let own = ask(platform, &program, back).await;
    let row = approvals::approve(platform, &bob, own, None, LONG).await.unwrap();
    let run = finish(&world, row.run.unwrap()).await;
    assert_eq!((run.tenants.total, run.status), (1, Status::Succeeded));
    assert_eq!(version(platform, "beta").await, Some(20260101000002));
    let seen = requests::list(platform, &program, &[], None, 10).await.unwrap();
    assert_eq!(seen.iter().map(|row| row.request).collect::<Vec<_>>(), [own]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_in_place_without_a_backup_is_refused_where_deletions_want_a_yes() {
    let world = one(&["acme"]).await;
    let platform = &world.platform;
    let bob = person(platform, "bob", Role::Superadmin).await;
    let run = runs::start(platform, &bob, on(&["acme"], Goal::Backup)).await.unwrap();
    finish(&world, run.number).await;
    let backup = neo::backups::list(platform, &bob, Some("acme")).await.unwrap().remove(0);
    let file = std::path::Path::new(&backup.file).file_name().unwrap().to_string_lossy().into_owned();
    let restore = |no_backup| runs::Restore {
        file: file.clone(),
        confirm: Some("acme".into()),
        no_backup,
        ..runs::Restore::default()
    };
    let error = runs::restore(platform, &bob, restore(true)).await.unwrap_err();
    assert!(error.kind == Kind::Denied && error.message.contains("approval"), "{error}");
    assert_eq!(tenants::find(platform, &bob, "acme").await.unwrap().status, tenants::Status::Active);
    let (tenant, _) = runs::restore(platform, &bob, restore(false)).await.unwrap();
    assert!(tenant.status.is_being_made());
}
