//! A ledger that shows less than is known of its tenant: refused with both facts, unless Neo itself has taken it back.

use neo::actor::Actor;
use neo::engine::Category;
use neo::runs::{self, Goal, Policy, Request, Status};
use neo::tenants::{self, Filter, State};

use crate::runs::{add_status, all, by_hand, finish, fleet, start};
use crate::world::World;

const GONE: &str = "delete from _sqlx_migrations where version = 20260101000002";
const BOTH: &str = "this tenant is known to be at version 20260101000002, and its ledger ends at 20260101000001";

/// `acme` at the second of two migrations.
async fn at_the_second() -> World {
    let world = fleet(&["acme"]).await;
    add_status(&world);
    let run = start(&world, all(Goal::Migrate { to: None })).await;
    assert_eq!(finish(&world, run.number).await.status, Status::Succeeded);
    world
}

fn looking(goal: Goal) -> Request {
    Request { policy: Policy { trust_ms: 0, ..Policy::default() }, ..all(goal) }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_is_refused_with_both_facts_until_somebody_forgets_them() {
    let world = at_the_second().await;
    let operator = Actor::operator();
    by_hand(&world, "acme", GONE).await;
    for goal in [Goal::Migrate { to: None }, Goal::Verify, Goal::RollbackSteps { steps: 1 }, Goal::RollbackLast] {
        let run = start(&world, looking(goal.clone())).await;
        assert_eq!(finish(&world, run.number).await.tenants.failed, 1, "{goal:?}");
        let failure = runs::failures(&world.platform, &operator, run.number).await.unwrap().remove(0).2;
        assert_eq!((failure.category, failure.message.as_str()), (Category::Checksum, BOTH), "{goal:?}");
        let hint = failure.hint.unwrap().command();
        assert!(hint.ends_with("neo migrate resolve acme --forget"), "{hint}");
        let after = tenants::find(&world.platform, &operator, "acme").await.unwrap();
        assert_eq!((after.version, after.state), (Some(20260101000002), State::Failed), "{goal:?}");
    }
    let refused = tenants::unresolved(&world.platform, &operator, "acme").await.err().unwrap();
    assert_eq!(refused.message, BOTH);
    let plan = runs::plan(&world.platform, &operator, &Filter::default(), None, &looking(Goal::Verify).policy).await;
    assert_eq!(plan.unwrap().refused[0].reason.command(), BOTH);
    let rehearsed = runs::rehearse(&world.platform, &operator, "acme", None).await.unwrap();
    assert_eq!(rehearsed.failure.map(|failure| failure.message).as_deref(), Some(BOTH));

    tenants::forget_ledger(&world.platform, &operator, "acme", Some("an older copy")).await.unwrap();
    by_hand(&world, "acme", "alter table contacts drop column status").await;
    let run = start(&world, looking(Goal::Migrate { to: None })).await;
    assert_eq!(finish(&world, run.number).await.migrations_applied, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_rollback_took_back_before_its_worker_died_is_no_loss() {
    let world = at_the_second().await;
    let operator = Actor::operator();
    let dead = start(&world, all(Goal::RollbackSteps { steps: 1 })).await;
    let mut tx = world.platform.central.write().await.unwrap();
    for sql in [
        "update runs set status = 'running', started_at = (select now_ms from clock) where id = $1",
        "update tasks set status = 'running', worker_id = 'gone', attempt = 1, epoch = 1, \
         started_at = (select now_ms from clock) where run_id = $1",
    ] {
        sqlx::query(sql).bind(dead.id.clone()).execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    by_hand(&world, "acme", "alter table contacts drop column status").await;
    by_hand(&world, "acme", GONE).await;
    let run = start(&world, all(Goal::Migrate { to: None })).await;
    let run = finish(&world, run.number).await;
    assert_eq!((run.status, run.migrations_applied), (Status::Succeeded, 1));
    let dead = runs::find(&world.platform, &operator, dead.number).await.unwrap();
    assert_eq!((dead.tenants.unknown, dead.tenants.skipped), (0, 1));
    // And from there on it would be one again.
    by_hand(&world, "acme", GONE).await;
    let run = start(&world, looking(Goal::Migrate { to: None })).await;
    assert_eq!(finish(&world, run.number).await.tenants.failed, 1);
}

/// A disk that is full for a moment: what was to be written then is not, and all that comes after is.
#[tokio::test]
async fn a_disk_that_was_full_for_a_moment_is_nobodys_matter_afterwards() {
    let world = crate::world::World::new().await;
    let central = &world.platform.central;
    for statement in ["insert into filler values (zeroblob(5000000))", "insert into filler select zeroblob(5000000)"] {
        let mut tx = central.write().await.unwrap();
        sqlx::query("create table if not exists filler (b blob)").execute(&mut *tx).await.unwrap();
        let pages: i64 = sqlx::query_scalar("pragma page_count").fetch_one(&mut *tx).await.unwrap();
        let most = format!("pragma max_page_count = {}", pages + 8);
        sqlx::query(sqlx::AssertSqlSafe(most)).execute(&mut *tx).await.unwrap();
        let error = sqlx::query(statement).execute(&mut *tx).await.unwrap_err();
        let error = neo::Error::from(error);
        assert!(error.kind == neo::error::Kind::Unavailable && error.message.contains("full"), "{error}");
        drop(tx);
        // Whoever comes next has a connection that is none of that.
        let mut tx = central.write().await.unwrap();
        sqlx::query("create table after_all (n integer)").execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = central.write().await.unwrap();
        sqlx::query("drop table after_all").execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
    }
}
