//! What a plan tells, with nothing touched.

use neo::actor::Actor;
use neo::engine::Engine;
use neo::migrations::{Rule, Severity};
use neo::runs::{self, Basis, Goal, Plan, Policy, Request};
use neo::tenants::{self, Filter};
use sqlx::Connection as _;

use crate::runs::{all, file, finish, fleet, migration, start};
use crate::tenants::{Home, made};
use crate::world::World;

async fn plan(world: &World, to: Option<i64>) -> Plan {
    runs::plan(&world.platform, &Actor::operator(), &Filter::default(), to, &Policy::default()).await.unwrap()
}

const V: i64 = 20260101000000;

#[tokio::test(flavor = "multi_thread")]
async fn tenants_are_grouped_by_where_they_start_from_and_what_is_before_them() {
    let world = fleet(&["acme", "beta", "corvus"]).await;
    migration(&world, 2, "add_status", "alter table contacts add column status text;", None);
    let one = Filter { keys: vec!["beta".into()], ..Filter::default() };
    let run = start(&world, Request { selection: one, ..all(Goal::Migrate { to: None }) }).await;
    finish(&world, run.number).await;
    migration(&world, 3, "drop_status", "-- why\nalter table contacts drop column status;", None);

    let plan = plan(&world, None).await;
    let groups: Vec<_> = plan.by_version.iter().map(|g| (g.version.unwrap() - V, g.tenants, g.pending.len())).collect();
    assert_eq!(groups, [(1, 2, 2), (2, 1, 1)]);
    assert_eq!((plan.tenants, plan.current, plan.behind), (3, 0, 3));
    assert_eq!(plan.migrations.iter().map(|m| m.pending_on).collect::<Vec<_>>(), [2, 3]);

    let drop = &plan.migrations[1];
    assert_eq!(drop.engines.len(), 1);
    assert_eq!((drop.engines[0].engine, drop.engines[0].atomic), (Engine::Sqlite, true));
    assert!(drop.engines[0].sql.as_deref().unwrap().contains("drop column status"));
    let finding = drop.findings.iter().find(|f| f.rule == Rule::DropColumn).unwrap();
    assert_eq!((finding.severity, finding.line), (Severity::Error, Some(2)));
    assert_eq!(finding.place(), "20260101000003_drop_status.up.sql:2:1");

    // The first has run on one tenant, the second nowhere.
    assert_eq!(plan.migrations[0].estimate_from, Some(Basis::Migration));
    assert_eq!(drop.estimate_from, Some(Basis::Others));
    assert!(plan.estimate_ms.is_some());

    // The keys that programs read are all there.
    let json = serde_json::to_value(&plan).unwrap();
    for key in ["tenants", "current", "behind", "migrations", "unreachable", "refused", "by_version", "estimate_ms"] {
        assert!(json.get(key).is_some(), "{key}");
    }
    for key in ["version", "name", "checksum", "atomic", "findings", "pending_on", "engines", "estimate_ms"] {
        assert!(json["migrations"][0].get(key).is_some(), "{key}");
    }
    assert_eq!(json["migrations"][1]["findings"][0]["rule"], "no-down");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_earlier_run_nothing_is_estimated() {
    let world = fleet(&["acme"]).await;
    migration(&world, 2, "add_status", "alter table contacts add column status text;", None);
    let plan = plan(&world, None).await;
    // Provisioning fills empty databases, and says nothing of full ones.
    assert_eq!(
        (plan.estimate_ms, plan.migrations[0].estimate_ms, plan.migrations[0].estimate_from),
        (None, None, None)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_judged_on_the_engines_that_the_tenants_live_on() {
    let world = World::new().await;
    migration(&world, 1, "create_contacts", "create table contacts (id int primary key, n int);", None);
    made(&world, "lite", "local").await;
    let pg = Home::Postgres.server(&world).await;
    let maria = Home::Mariadb.server(&world).await;
    migration(&world, 2, "index", "create index contacts_n on contacts (n);\ncreate table other (id int);", None);
    migration(&world, 3, "only", "select 1;", None);
    std::fs::rename(
        world.migrations().join("20260101000003_only.up.sql"),
        world.migrations().join("20260101000003_only.postgres.up.sql"),
    )
    .unwrap();

    let on_sqlite = plan(&world, None).await;
    assert_eq!(on_sqlite.migrations.len(), 1, "the other is for PostgreSQL");
    assert!(on_sqlite.migrations[0].atomic);
    assert!(on_sqlite.migrations[0].findings.iter().all(|f| f.rule == Rule::NoDown));

    // A new tenant has them all; take it back to the first.
    for (slug, server) in [("pete", &pg), ("mary", &maria)] {
        let tenant = made(&world, slug, server).await;
        let mut tx = world.platform.central.write().await.unwrap();
        sqlx::query("update tenants set version = $1 where id = $2")
            .bind(V + 1)
            .bind(tenant.id)
            .execute(&mut *tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
    migration(&world, 4, "again", "create index contacts_n2 on contacts (n);\ncreate table more (id int);", None);
    let everywhere = plan(&world, None).await;
    let again = everywhere.migrations.last().unwrap();
    let atomic: Vec<_> = again.engines.iter().map(|on| (on.engine, on.atomic)).collect();
    assert_eq!(atomic, [(Engine::Postgres, true), (Engine::Mysql, false), (Engine::Sqlite, true)]);
    assert!(!again.atomic);
    let on = |rule| again.findings.iter().find(|f| f.rule == rule).unwrap().engines.clone();
    assert_eq!(on(Rule::IndexNotConcurrent), [Engine::Postgres]);
    assert_eq!(on(Rule::NotAtomic), [Engine::Mysql]);
    assert_eq!(on(Rule::NoDown), Engine::ALL);
}

fn named(slug: &str) -> Filter {
    Filter { keys: vec![slug.to_owned()], ..Filter::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_in_quarantine_is_told_apart_from_those_a_run_would_migrate() {
    let world = fleet(&["acme", "beta", "corvus"]).await;
    let (platform, operator) = (&world.platform, Actor::operator());
    migration(&world, 2, "add_status", "alter table contacts add column status text;", None);
    tenants::quarantine(platform, &operator, "beta", "moves", Some("Ada"), None).await.unwrap();

    let told = plan(&world, None).await;
    assert_eq!((told.tenants, told.behind, told.migrations[0].pending_on), (3, 2, 2));
    let [left_out] = told.quarantined.as_slice() else { panic!("{:?}", told.quarantined) };
    assert_eq!((left_out.tenant.as_str(), left_out.quarantine.owner.as_str()), ("beta", "Ada"));
    // As the run then does.
    let run = start(&world, all(Goal::Migrate { to: None })).await;
    let run = finish(&world, run.number).await;
    assert_eq!((run.tenants.migrated, run.tenants.skipped), (2, 1));

    // Whoever is named is worked on, in quarantine or not.
    let told = runs::plan(platform, &operator, &named("beta"), None, &Policy::default()).await.unwrap();
    assert_eq!((told.behind, told.quarantined.len()), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_very_many_the_cache_tells_and_quarantine_counts_as_well() {
    let world = fleet(&["acme", "beta"]).await;
    let (platform, operator) = (&world.platform, Actor::operator());
    let verified = start(&world, all(Goal::Verify)).await;
    finish(&world, verified.number).await;
    migration(&world, 2, "add_status", "alter table contacts add column status text;", None);
    let mut tx = platform.central.write().await.unwrap();
    for n in 0..500 {
        let sql = "insert into tenants (id, slug, name, status, server_id, database_name, username, credential, generation, version, \
                   applied, ledger_digest, state, created_at, updated_at) \
                   select $1, $1, name, status, server_id, $1, username, credential, generation, version, applied, ledger_digest, \
                   state, created_at, updated_at from tenants where slug = 'acme'";
        sqlx::query(sql).bind(format!("t{n}")).execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    assert_eq!(plan(&world, None).await.behind, 502);
    tenants::quarantine(platform, &operator, "t7", "moves", None, None).await.unwrap();
    let told = plan(&world, None).await;
    assert_eq!((told.tenants, told.behind, told.quarantined.len()), (502, 501, 1));
    assert_eq!(told.migrations[0].pending_on, 501);

    // Nobody is asked (those do not even exist), and yet the plan tells what a run would refuse.
    let mut tx = platform.central.write().await.unwrap();
    sqlx::query("update tenants set ledger_digest = 'dirty:' || ledger_digest where slug = 't9'")
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let told = plan(&world, None).await;
    assert_eq!((told.behind, told.refused.len(), told.refused[0].tenant.as_str()), (500, 1, "t9"));
    migration(&world, 3, "later", "-- nothing yet\n", None);
    let told = plan(&world, None).await;
    assert_eq!((told.behind, told.refused.len()), (0, 501));
    let why = |told: &Plan| {
        Plan::by_reason(&told.refused).iter().map(|(why, who)| (why.command(), who.len())).collect::<Vec<_>>()
    };
    assert!(
        why(&told).contains(&("20260101000003_later.up.sql holds no statement".to_owned(), 500)),
        "{:?}",
        why(&told)
    );
    assert_eq!(plan(&world, Some(V + 2)).await.behind, 500, "what comes after is not looked at");
    migration(&world, 1, "create_contacts", "create table contacts (id text primary key, n int);", None);
    let told = plan(&world, Some(V + 2)).await;
    assert_eq!((told.behind, told.refused.len()), (0, 501));
    let changed =
        |told: &Plan| why(told).into_iter().find(|(_, n)| *n == 500).expect("all but the one that is half done").0;
    assert!(changed(&told).ends_with("20260101000001_create_contacts.up.sql has changed since it was applied here"));
    // Of the files that were applied nobody knows more than their digest.
    let mut tx = platform.central.write().await.unwrap();
    sqlx::query("delete from run_migrations").execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    let told = changed(&plan(&world, Some(V + 2)).await);
    assert!(told.contains("20260101000001_create_contacts are not what was applied there"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_with_a_row_that_has_no_file_is_current_nowhere() {
    let world = fleet(&["acme", "beta"]).await;
    let (platform, operator) = (&world.platform, Actor::operator());
    let ledger = world.platform.config.data_dir.join("tenants");
    let database = tenants::find(platform, &operator, "acme").await.unwrap().database;
    let url = format!("sqlite://{}", ledger.join(format!("{database}.db")).display());
    let mut conn = sqlx::SqliteConnection::connect(&url).await.unwrap();
    let row = format!("insert into _sqlx_migrations values ({}, 'odd', '2026-01-01', true, x'00', 1)", i64::MAX);
    sqlx::raw_sql(sqlx::AssertSqlSafe(row)).execute(&mut conn).await.unwrap();
    conn.close().await.unwrap();

    let asks = Policy { trust_ms: 0, ..Policy::default() };
    for to in [None, Some(V + 1)] {
        let told = runs::plan(platform, &operator, &Filter::default(), to, &asks).await.unwrap();
        assert_eq!((told.current, told.refused.len()), (1, 1), "{to:?}");
        assert!(told.refused[0].reason.command().ends_with("_odd is applied here, but its file is missing"));
    }
    for goal in [Goal::Migrate { to: None }, Goal::Migrate { to: Some(V + 1) }, Goal::Verify] {
        let policy = Policy { trust_ms: 0, ..Policy::default() };
        let run = start(&world, Request { policy, ..all(goal.clone()) }).await;
        let run = finish(&world, run.number).await;
        assert_eq!(run.tenants.failed, 1, "{goal:?}");
    }
    // Of very many what is known tells, and nobody is asked.
    let mut tx = platform.central.write().await.unwrap();
    for n in 0..500 {
        let sql = "insert into tenants (id, slug, name, status, server_id, database_name, username, credential, generation, version, \
                   applied, ledger_digest, state, created_at, updated_at) \
                   select $1, $1, name, status, server_id, $1, username, credential, generation, version, applied, ledger_digest, \
                   state, created_at, updated_at from tenants where slug = 'acme'";
        sqlx::query(sql).bind(format!("t{n}")).execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    for to in [None, Some(V + 1)] {
        let told = plan(&world, to).await;
        assert_eq!((told.current, told.refused.len()), (1, 501), "{to:?}");
    }
}

/// Who is suspended is skipped by a run, whatever was named; and so says its plan, without asking them.
#[tokio::test(flavor = "multi_thread")]
async fn who_is_named_and_not_active_is_passed_over_by_a_plan_as_by_its_run() {
    let world = fleet(&["acme", "beta", "corvus"]).await;
    let (platform, operator) = (&world.platform, Actor::operator());
    migration(&world, 2, "add_status", "alter table contacts add column status text;", None);
    tenants::suspend(platform, &operator, "beta").await.unwrap();
    // Were it connected to, it would be named as out of reach.
    std::fs::write(file(&world, "beta").await, "not a database").unwrap();
    let both = Filter { keys: vec!["acme".into(), "beta".into()], ..Filter::default() };
    let told = runs::plan(platform, &operator, &both, None, &Policy::default()).await.unwrap();
    assert_eq!((told.tenants, told.behind, told.unreachable.len()), (2, 1, 0), "{told:?}");
    let passed_over =
        |told: &Plan| told.passed_over.iter().map(|one| (one.tenant.clone(), one.status)).collect::<Vec<_>>();
    assert_eq!(passed_over(&told), [("beta".to_owned(), tenants::Status::Suspended)]);
    assert_eq!(told.passed_over_by_status(), [(tenants::Status::Suspended, vec!["beta"])]);
    assert_eq!(told.migrations[0].pending_on, 1);
    // As the run then does.
    let run = start(&world, Request { selection: both, ..all(Goal::Migrate { to: None }) }).await;
    let run = finish(&world, run.number).await;
    assert_eq!((run.tenants.migrated, run.tenants.skipped, run.tenants.failed), (1, 1, 0));

    // Whoever has not said a name has not meant them.
    assert!(passed_over(&plan(&world, None).await).is_empty());
    // Chosen by what they are.
    let asleep = Filter { statuses: vec![tenants::Status::Suspended], ..Filter::default() };
    let told = runs::plan(platform, &operator, &asleep, None, &Policy::default()).await.unwrap();
    assert_eq!((told.tenants, told.behind, told.passed_over.len()), (1, 0, 1), "{told:?}");
    // Of very many the cache tells the same.
    let mut tx = platform.central.write().await.unwrap();
    for n in 0..500 {
        let sql = "insert into tenants (id, slug, name, status, server_id, database_name, username, credential, generation, version, \
                   applied, ledger_digest, state, created_at, updated_at) \
                   select $1, $1, name, status, server_id, $1, username, credential, generation, version, applied, ledger_digest, \
                   state, created_at, updated_at from tenants where slug = 'beta'";
        sqlx::query(sql).bind(format!("t{n}")).execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    let told = runs::plan(platform, &operator, &asleep, None, &Policy::default()).await.unwrap();
    assert_eq!((told.tenants, told.behind + told.current, told.passed_over.len()), (501, 0, 501));
}

/// A plan and a run do not part: whom the run takes from the cache, the plan does not name as out of reach.
#[tokio::test(flavor = "multi_thread")]
async fn whom_a_run_believes_to_be_current_its_plan_does_not_ask() {
    let world = fleet(&["acme", "beta"]).await;
    let (platform, operator) = (&world.platform, Actor::operator());
    let asks = Policy { trust_ms: 0, ..Policy::default() };
    // Were it connected to, this one would be named.
    std::fs::write(file(&world, "beta").await, "not a database").unwrap();
    let told = plan(&world, None).await;
    assert_eq!((told.current, told.unreachable.len(), told.refused.len()), (2, 0, 0), "{told:?}");
    assert_eq!((told.by_version[0].version, told.by_version[0].tenants), (Some(V + 1), 2), "{told:?}");
    let run = start(&world, all(Goal::Migrate { to: None })).await;
    assert_eq!(finish(&world, run.number).await.tenants.current, 2);
    let told = runs::plan(platform, &operator, &Filter::default(), None, &asks).await.unwrap();
    assert_eq!((told.current, told.unreachable.len()), (1, 1), "who is believed nothing is asked: {told:?}");
    assert!(
        runs::reach(platform, &operator, "beta").await.unwrap().is_some(),
        "whoever asks whether it answers is told"
    );
    assert!(runs::reach(platform, &operator, "acme").await.unwrap().is_none());

    // Of very many, on a server that is down.
    let mut tx = platform.central.write().await.unwrap();
    for n in 0..500 {
        let sql = "insert into tenants (id, slug, name, status, server_id, database_name, username, credential, generation, version, \
                   applied, ledger_digest, verified_at, state, created_at, updated_at) \
                   select $1, $1, name, status, server_id, $1, username, credential, generation, version, applied, ledger_digest, \
                   verified_at, state, created_at, updated_at from tenants where slug = 'acme'";
        sqlx::query(sql).bind(format!("t{n}")).execute(&mut *tx).await.unwrap();
    }
    for sql in [
        "update tenants set verified_at = 1 where slug = 't7'",
        "update tenants set state = 'failed' where slug = 't8'",
        "update tenants set ledger_digest = null where slug = 't9'",
        "update servers set path = '/proc/gone'",
    ] {
        sqlx::query(sql).execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    let told = plan(&world, None).await;
    let named: Vec<_> = told.unreachable.iter().map(|one| one.tenant.as_str()).collect();
    assert_eq!((told.tenants, told.current, told.behind, named), (502, 499, 0, vec!["t7", "t8", "t9"]), "{told:?}");
    let run = start(&world, all(Goal::Migrate { to: None })).await;
    let run = runs::find(platform, &operator, run.number).await.unwrap();
    assert_eq!((run.tenants.current, run.tenants.queued), (499, 3), "as the run has it");
    let told = runs::plan(platform, &operator, &Filter::default(), None, &asks).await.unwrap();
    assert_eq!((told.current, told.unreachable.len()), (0, 502));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_tells_who_goes_first_and_refuses_waves_that_cannot_be_made() {
    let world = fleet(&["acme", "beta", "corvus"]).await;
    let (platform, operator) = (&world.platform, Actor::operator());
    migration(&world, 2, "add_status", "alter table contacts add column status text;", None);
    let with =
        |waves: &[&str]| Policy { waves: waves.iter().map(|w| w.parse().unwrap()).collect(), ..Policy::default() };
    let ask = async |waves: &[&str]| runs::plan(platform, &operator, &Filter::default(), None, &with(waves)).await;
    let waves = ask(&["beta", "1"]).await.unwrap().waves;
    let told: Vec<_> = waves.iter().map(|w| (w.name.as_str(), w.tenants, w.first.join(","))).collect();
    assert_eq!(told.len(), 3);
    assert_eq!(told[0], ("canary", 1, "beta".to_owned()));
    assert_eq!((told[2].0, told[2].1), ("rest", 1));
    let refused = ask(&["zeta"]).await.unwrap_err();
    assert!(refused.message.contains("zeta"), "{}", refused.message);
    tenants::quarantine(platform, &operator, "beta", "moves", None, None).await.unwrap();
    assert!(ask(&["beta"]).await.unwrap_err().cause.unwrap().contains("quarantine"));
}
