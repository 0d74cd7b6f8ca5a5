//! Ways around somebody else's yes, as somebody tried them who meant to go without.

use neo::runs::Moment;
use neo::tenants::State as Stands;

use super::*;

/// However the fleet is named, thinned out or set aside for a moment: a run on most of it is one on everybody.
#[tokio::test(flavor = "multi_thread")]
async fn a_fleet_that_is_set_aside_for_a_moment_is_the_fleet_all_the_same() {
    let world = one(&["acme", "beta", "corvus"]).await;
    let platform = &world.platform;
    let ada = person(platform, "ada", Role::Admin).await;
    add_status(&world);
    let all = ["acme", "beta", "corvus"];
    for slug in all {
        tenants::quarantine(platform, &ada, slug, "a moment", None, None).await.unwrap();
    }
    ask(platform, &ada, on(&all, FORWARD)).await;
    for slug in all {
        tenants::release(platform, &ada, slug).await.unwrap();
        tenants::suspend(platform, &ada, slug).await.unwrap();
    }
    let later = Request { not_before: Some(Moment::In(3_600_000)), ..on(&all, FORWARD) };
    ask(platform, &ada, later).await;
    for slug in all {
        tenants::resume(platform, &ada, slug).await.unwrap();
    }
    // One alone is nobody's matter, and those that are left then are.
    let run = runs::start(platform, &ada, on(&["acme"], FORWARD)).await.unwrap();
    finish(&world, run.number).await;
    let first = Some(20260101000001);
    for selection in [
        Filter { states: vec![Stands::Behind], latest: Some(20260101000002), ..Filter::default() },
        Filter { version: first, ..Filter::default() },
        Filter { keys: vec!["beta".into(), "corvus".into()], ..Filter::default() },
        Filter { keys: all.map(str::to_owned).to_vec(), behind: Some(20260101000002), ..Filter::default() },
    ] {
        ask(platform, &ada, Request { selection, ..on(&[], FORWARD) }).await;
    }
    assert_eq!((version(platform, "beta").await, version(platform, "corvus").await), (first, first));
}

/// What takes a migration back is frozen with the run: whoever goes on with it later goes on with that, or with nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_that_is_gone_on_with_runs_no_other_down_file_than_it_began_with() {
    let world = one(&["acme", "beta"]).await;
    let platform = &world.platform;
    let (ada, bob) = (person(platform, "ada", Role::Superadmin).await, person(platform, "bob", Role::Superadmin).await);
    let sue = person(platform, "sue", Role::Support).await;
    add_status(&world);
    let run = runs::start(platform, &Actor::operator().without_approval(), on(&[], FORWARD)).await.unwrap();
    finish(&world, run.number).await;
    // It fails there, so that it is tried again.
    by_hand(&world, "acme", "alter table contacts rename column status to state").await;
    let back = confirmed(&world, on(&["acme"], Goal::RollbackSteps { steps: 1 })).await.unwrap();
    let number = ask(platform, &ada, back).await;
    let row = approvals::approve(platform, &bob, number, None, LONG).await.unwrap();
    let run = finish(&world, row.run.unwrap()).await;
    assert_eq!(run.status, Status::Failed);
    let down = world.migrations().join("20260101000002_add_status.down.sql");
    let approved = std::fs::read_to_string(&down).unwrap();
    std::fs::write(&down, "drop table contacts;").unwrap();
    let _ = runs::rerun(platform, &sue, run.number, &Rerun::Failed, None).await;
    let run = finish(&world, run.number).await;
    assert!(run.halt_reason.as_deref().is_some_and(|why| why.contains("add_status")), "{:?}", run.halt_reason);
    by_hand(&world, "acme", "alter table contacts rename column state to status").await;
    // With the file that was approved it is the same run.
    std::fs::write(&down, approved).unwrap();
    runs::resume(platform, &ada, run.number).await.unwrap();
    let run = finish(&world, run.number).await;
    assert_eq!((run.status, version(platform, "acme").await), (Status::Succeeded, Some(20260101000001)));
}

/// A token takes back what itself has asked for, and its many requests are in nobody else's way.
#[tokio::test(flavor = "multi_thread")]
async fn a_lesser_token_stands_in_the_way_of_nothing_its_maker_asks_for() {
    let world = one(&["acme"]).await;
    let platform = &world.platform;
    let ada = person(platform, "ada", Role::Superadmin).await;
    add_status(&world);
    let token = |name: &str| NewToken {
        name: name.into(),
        role: Role::Support,
        lifetime: Lifetime::default(),
        confinement: Confinement::default(),
        networks: vec![],
        allow_destructive: false,
        connect: false,
    };
    let mut programs = Vec::new();
    for (maker, name) in [(&ada, "one"), (&Actor::operator(), "two"), (&Actor::operator(), "three")] {
        let (_, text) = tokens::create(platform, maker, token(name)).await.unwrap();
        programs.push(tokens::authenticate(platform, text.expose_secret(), None).await.unwrap());
    }
    let said = |why: &str| Request { reason: Some(why.into()), ..on(&[], FORWARD) };
    let hers = ask(platform, &ada, said("hers")).await;
    let of_the_machine = ask(platform, &Actor::operator(), said("the machine's")).await;
    let of_two = ask(platform, &programs[1], said("two's")).await;
    for (program, number) in [(0, hers), (1, of_the_machine), (2, of_the_machine), (2, of_two)] {
        let error = approvals::decline(platform, &programs[program], number, None).await.unwrap_err();
        assert_eq!(error.kind, Kind::Denied, "{program} {number}: {error}");
        assert_eq!(state(platform, number).await, State::Open);
    }
    for n in 0..100 {
        ask(platform, &programs[0], said(&n.to_string())).await;
    }
    assert_eq!(runs::start(platform, &programs[0], said("more")).await.unwrap_err().kind, Kind::Conflict);
    ask(platform, &ada, said("she still may")).await;
    // Its own it takes back, and the person behind it takes back whatever it has asked for.
    approvals::decline(platform, &programs[1], of_two, None).await.unwrap();
    let again = ask(platform, &programs[1], said("two's")).await;
    approvals::decline(platform, &Actor::operator(), again, None).await.unwrap();
}

/// Who asks and is somebody else a moment later is one person.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_became_an_admin_after_it_was_asked_for_approves_nothing_of_it() {
    let world = one(&["acme"]).await;
    let platform = &world.platform;
    let ada = person(platform, "ada", Role::Superadmin).await;
    add_status(&world);
    let number = ask(platform, &ada, on(&[], FORWARD)).await;
    let second = person(platform, "ada+2", Role::Superadmin).await;
    let error = approvals::approve(platform, &second, number, None, LONG).await.unwrap_err();
    assert_eq!((error.kind, state(platform, number).await), (Kind::Denied, State::Open), "{error}");
    let later = ask(platform, &ada, Request { reason: Some("later".into()), ..on(&[], FORWARD) }).await;
    assert_eq!(approvals::approve(platform, &second, later, None, LONG).await.unwrap().state, State::Used);
}
