//! Support tries again what failed, and lets nobody else begin; and whoever asked is named for what follows.

use neo::actor::{Actor, Role};
use neo::audit::{self, Filter};
use neo::error::Kind;
use neo::runs::{self, EventKind, Goal, OnError, Policy, Request, Rerun, Run, Status, TaskFilter, TaskStatus};
use neo::tenants::NewTenant;

use crate::runs::{add_status, all, by_hand, events, finish, fleet, provisioned, start};
use crate::support;
use crate::tenants::Home;
use crate::world::{World, actor};

const FIVE: [&str; 5] = ["a1", "a2", "a3", "a4", "a5"];

async fn find(world: &World, run: &Run) -> Run {
    runs::find(&world.platform, &Actor::operator(), run.number).await.unwrap()
}

async fn begun(world: &World, run: &Run) -> Vec<String> {
    let told = events(world, run, 0).await;
    let begun = told.iter().filter(|event| event.kind == EventKind::TenantStarted);
    begun.map(|event| event.body["tenant"].as_str().unwrap().to_owned()).collect()
}

/// A run that its canary `a2` has halted, with four that nobody has begun.
async fn halted(world: &World) -> Run {
    add_status(world);
    by_hand(world, "a2", "alter table contacts add column status text").await;
    let policy = Policy { waves: vec!["a2".parse().unwrap()], ..Policy::default() };
    let run = start(world, Request { policy, ..all(Goal::Migrate { to: None }) }).await;
    let run = finish(world, run.number).await;
    assert_eq!((run.status, run.tenants.failed), (Status::Halted, 1));
    assert!(run.tenants.queued >= 4);
    run
}

#[tokio::test(flavor = "multi_thread")]
async fn support_reruns_what_failed_and_the_run_is_halted_as_before() {
    let world = fleet(&FIVE).await;
    let (platform, support) = (&world.platform, actor(Role::Support));
    let run = halted(&world).await;
    let why = run.halt_reason.clone();

    // Not mended yet: it fails again, and the others are still where they were.
    let again = runs::rerun(platform, &support, run.number, &Rerun::Failed, Some("look")).await.unwrap();
    assert_eq!((again.status, again.held), (Status::Running, Some(Status::Halted)));
    let run = finish(&world, run.number).await;
    assert_eq!((run.status, run.tenants.failed, run.tenants.queued), (Status::Halted, 1, 4));
    assert_eq!((run.halt_reason.clone(), run.gate), (why, Some(1)));

    by_hand(&world, "a2", "alter table contacts drop column status").await;
    for what in [Rerun::Tenants(vec!["a4".into()]), Rerun::Cause("abcdef".into())] {
        let refused = runs::rerun(platform, &support, run.number, &what, None).await.unwrap_err();
        assert_eq!(refused.kind, Kind::NotFound, "who was not begun has not failed");
    }
    runs::rerun(platform, &support, run.number, &Rerun::Tenants(vec!["a2".into()]), None).await.unwrap();
    let run = finish(&world, run.number).await;
    assert_eq!((run.status, run.held, run.tenants.migrated), (Status::Halted, None, 1));
    // It stands as before, and not for what is mended.
    assert_eq!(run.halt_reason.as_deref(), Some("1 of 1 in the canary failed; by now no failed tenant is left"));
    let last = events(&world, &run, 0).await.pop().unwrap();
    assert_eq!(last.body["message"].as_str(), run.halt_reason.as_deref(), "{last:?}");
    assert_eq!(begun(&world, &run).await, ["a2", "a2", "a2"]);
    let nothing = runs::rerun(platform, &support, run.number, &Rerun::Failed, None).await.unwrap_err();
    assert_eq!(nothing.kind, Kind::Conflict);
    assert_eq!(runs::resume(platform, &support, run.number).await.unwrap_err().kind, Kind::Denied);

    // Whoever may operate it goes on, with the wave that waits.
    runs::resume(platform, &actor(Role::Admin), run.number).await.unwrap();
    let run = finish(&world, run.number).await;
    assert_eq!((run.status, run.tenants.migrated), (Status::Succeeded, 5));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admins_rerun_goes_on_and_takes_over_that_of_support() {
    let world = fleet(&FIVE).await;
    let platform = &world.platform;
    let run = halted(&world).await;
    by_hand(&world, "a2", "alter table contacts drop column status").await;
    runs::rerun(platform, &actor(Role::Support), run.number, &Rerun::Failed, None).await.unwrap();
    let taken = runs::resume(platform, &actor(Role::Admin), run.number).await.unwrap();
    assert_eq!((taken.status, taken.held), (Status::Running, None));
    let run = finish(&world, run.number).await;
    assert_eq!((run.status, run.tenants.migrated), (Status::Succeeded, 5));
}

#[tokio::test(flavor = "multi_thread")]
async fn support_resumes_no_paused_run_and_begins_nobody_who_was_cancelled() {
    let world = fleet(&FIVE).await;
    let (platform, support) = (&world.platform, actor(Role::Support));
    add_status(&world);
    by_hand(&world, "a2", "alter table contacts add column status text").await;
    let policy = Policy { on_error: OnError::Stop, concurrency: 1, ..Policy::default() };
    let run = start(&world, Request { policy, ..all(Goal::Migrate { to: None }) }).await;
    let run = finish(&world, run.number).await;
    assert_eq!(run.status, Status::Halted);
    let waiting = run.tenants.queued;
    by_hand(&world, "a2", "alter table contacts drop column status").await;

    // Somebody is stopping it: that is not undone by a rerun.
    runs::resume(platform, &Actor::operator(), run.number).await.unwrap();
    runs::pause(platform, &Actor::operator(), run.number).await.unwrap();
    let paused = find(&world, &run).await;
    assert_eq!((paused.status, paused.tenants.queued), (Status::Paused, waiting));
    runs::rerun(platform, &support, run.number, &Rerun::Failed, None).await.unwrap();
    let worker = runs::work_on(platform, run.number);
    tokio::pin!(worker);
    let stands = async {
        loop {
            let run = find(&world, &run).await;
            if run.status == Status::Paused {
                return run;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    let rests = tokio::select! {
        _ = &mut worker => find(&world, &run).await,
        rests = stands => rests,
    };
    assert_eq!((rests.status, rests.tenants.failed, rests.tenants.queued), (Status::Paused, 0, waiting));

    runs::cancel(platform, &Actor::operator(), run.number, false).await.unwrap();
    let filter = TaskFilter { status: Some(TaskStatus::Cancelled), limit: 10, ..TaskFilter::default() };
    let cancelled = runs::tasks(platform, &support, run.number, &filter).await.unwrap().tasks;
    assert_eq!(cancelled.len() as i64, waiting);
    let again =
        runs::rerun(platform, &support, run.number, &Rerun::Tenants(vec![cancelled[0].tenant.clone()]), None).await;
    assert_eq!(again.unwrap_err().kind, Kind::NotFound);
}

/// A world on each kind of central database.
async fn worlds() -> Vec<World> {
    let cluster = support::postgres().await;
    let name = support::unique("central");
    cluster.create_database(&name).await;
    vec![fleet(&FIVE).await, provisioned(World::on(&cluster.url(&name)).await, &FIVE).await]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_follows_from_an_act_is_done_in_the_name_of_whoever_asked() {
    for world in worlds().await {
        let (platform, operator) = (&world.platform, Actor::operator());
        let rows = async |action: &str| {
            let filter = Filter { action: Some(action.to_owned()), ..Filter::default() };
            audit::list(platform, &operator, &filter).await.unwrap()
        };
        // Provisioning, done by a worker: under the person, their door and their request.
        let ada = Actor { name: "ada@example.com".into(), ..actor(Role::Superadmin) };
        let new = NewTenant { slug: "zeta".into(), name: None, server: None, tags: vec![], ..NewTenant::default() };
        let (_, run) = runs::provision(platform, &ada, new).await.unwrap();
        runs::work_on(platform, run.number).await.unwrap();
        let made: Vec<_> = rows("tenant.provision").await.into_iter().take(2).collect();
        assert_eq!(made.iter().map(|row| row.outcome.as_str()).collect::<Vec<_>>(), ["succeeded", "intended"]);
        for row in &made {
            let who = (row.actor.as_str(), row.door.as_str(), row.address.as_deref(), row.request_id.as_str());
            assert_eq!(who, ("ada@example.com", "browser", Some("127.0.0.1"), ada.request_id.as_str()));
        }

        // Waves that open by themselves; a retry by somebody else.
        let run = halted(&world).await;
        by_hand(&world, "a2", "alter table contacts drop column status").await;
        let bob = Actor { name: "bob@example.com".into(), ..actor(Role::Admin) };
        runs::rerun(platform, &bob, run.number, &Rerun::Failed, None).await.unwrap();
        assert_eq!(finish(&world, run.number).await.status, Status::Succeeded);
        let waves = rows("run.wave").await;
        assert_eq!(waves.len(), 1);
        assert_eq!(
            (waves[0].actor.as_str(), waves[0].request_id.as_str()),
            ("bob@example.com", bob.request_id.as_str())
        );
        let attempts = runs::attempts(platform, &operator, run.number, Some("a2"), None).await.unwrap();
        let whose: Vec<_> = attempts.iter().map(|attempt| attempt.actor.as_deref().unwrap()).collect();
        assert_eq!(whose, [operator.name.as_str(), "bob@example.com"]);

        let nobody = Filter { actor: Some("system".into()), ..Filter::default() };
        assert!(audit::list(platform, &operator, &nobody).await.unwrap().is_empty());
        assert_eq!(audit::verify(platform, &operator).await.unwrap().first_bad, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_template_made_for_a_tenant_is_made_in_the_name_of_whoever_asked_for_it() {
    let world = fleet(&[]).await;
    let platform = &world.platform;
    let server = Home::Postgres.server(&world).await;
    let ada = Actor { name: "ada@example.com".into(), ..actor(Role::Superadmin) };
    for slug in ["one", "two"] {
        let new = NewTenant {
            slug: slug.into(),
            name: None,
            server: Some(server.clone()),
            tags: vec![],
            ..NewTenant::default()
        };
        let (_, run) = runs::provision(platform, &ada, new).await.unwrap();
        runs::work_on(platform, run.number).await.unwrap();
    }
    let filter = Filter { action: Some("template.make".into()), ..Filter::default() };
    let told = audit::list(platform, &Actor::operator(), &filter).await.unwrap();
    let outcomes: Vec<_> = told.iter().map(|row| row.outcome.as_str()).collect();
    assert_eq!(outcomes, ["succeeded", "intended"], "made once, for the first");
    assert!(told.iter().all(|row| row.actor == "ada@example.com" && row.subject.ends_with(&server)), "{told:?}");
    assert_eq!(told[1].body["for"], "one");
}
