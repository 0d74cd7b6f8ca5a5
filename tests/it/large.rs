//! What a run may not cost that has more tenants than can be counted each time that something happens.

use std::time::Duration;

use neo::actor::Actor;
use neo::runs::{self, Goal, Policy, Request, Status};
use neo::tenants::{self, Filter};

use crate::runs::{add_status, all, finish, provisioned, start};
use crate::support;
use crate::world::World;

/// How often the tasks of a run were counted, by the server's own log.
fn counted(cluster: &support::Cluster) -> usize {
    cluster.log().matches("count(*) as n, cast(sum(applied) as bigint) as applied").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_counts_the_tasks_of_a_run_when_it_is_new_and_not_with_every_ring() {
    let cluster = support::own_postgres("-c log_statement=all");
    cluster.create_database("central").await;
    let world = provisioned(World::on(&cluster.url("central")).await, &["a1", "a2"]).await;
    add_status(&world);
    let run = start(&world, Request { detached: true, ..all(Goal::Migrate { to: None }) }).await;
    // It sees the run, takes it up, and has no hand for any of its tenants.
    let shift = {
        let platform = world.platform.clone();
        tokio::spawn(async move { runs::work(&platform, 0).await })
    };
    let is_running = async || {
        let found = runs::find(&world.platform, &Actor::operator(), run.number).await.unwrap();
        found.status == Status::Running
    };
    while !is_running().await {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    let before = counted(&cluster);
    for _ in 0..20 {
        world.platform.bell.notify_waiters();
        tokio::time::sleep(Duration::from_millis(120)).await;
    }
    let since = counted(&cluster) - before;
    assert!(since <= 1, "counted {since} times in 20 rings");
    world.platform.shutdown.cancel();
    shift.await.unwrap().unwrap();
    // Who has hands ends it.
    let again = world.reopened(world.platform.config.keys.clone()).await.unwrap();
    let world = World { platform: again, dir: world.dir };
    runs::resume(&world.platform, &Actor::operator(), run.number).await.unwrap();
    assert_eq!(finish(&world, run.number).await.status, Status::Succeeded);
}

/// So many tenants more, as copies of the one that there is.
async fn copied(cluster: &support::Cluster, tenants: u32) {
    let columns = cluster
        .query(
            "central",
            "select string_agg(quote_ident(column_name), ', ') from information_schema.columns
              where table_name = 'tenants' and column_name not in ('id', 'slug', 'database_name')",
        )
        .await;
    let copies = format!(
        "insert into tenants (id, slug, database_name, {columns})
         select 'copy' || n, 'copy-' || n, 'copy_' || n, {columns} from tenants cross join generate_series(1, {tenants}) n"
    );
    cluster.query("central", &copies).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_fleet_is_counted_from_an_index_and_no_row_is_read() {
    // Of so few, and narrow, the server would rather read the rows: what is asked is whether the index has all that it takes.
    let cluster = support::own_postgres(
        "-c session_preload_libraries=auto_explain -c auto_explain.log_min_duration=0 -c autovacuum=off -c enable_seqscan=off -c enable_bitmapscan=off",
    );
    cluster.create_database("central").await;
    let world = provisioned(World::on(&cluster.url("central")).await, &["one"]).await;
    copied(&cluster, 2000).await;
    cluster.query("central", "vacuum analyze tenants").await;
    let before = cluster.log().len();
    let counts = tenants::counts(&world.platform, &Actor::operator(), None).await.unwrap();
    assert_eq!((counts.total, counts.current, counts.quarantined), (2001, 2001, 0));
    let log = cluster.log()[before..].to_owned();
    assert!(log.contains("Index Only Scan using tenants_counts"), "{log}");
}

/// A server that does not know of them takes the tasks of a new run for few, and reads all that are queued for each claim.
#[tokio::test(flavor = "multi_thread")]
async fn postgres_has_counted_the_tasks_of_a_large_run_when_it_begins() {
    let cluster = support::own_postgres("-c autovacuum=off");
    cluster.create_database("central").await;
    let world = provisioned(World::on(&cluster.url("central")).await, &["one"]).await;
    copied(&cluster, 1200).await;
    add_status(&world);
    start(&world, Request { detached: true, ..all(Goal::Migrate { to: None }) }).await;
    let known = cluster.query("central", "select reltuples from pg_class where relname = 'tasks'").await;
    assert!(known.trim().parse::<f64>().unwrap() > 1000.0, "it takes them for {known}");
}

/// A plan names whoever is on a server that is down: they are read once, and not once for each server and each ledger there, with all
/// tags of the fleet beside them each time.
#[tokio::test(flavor = "multi_thread")]
async fn a_plan_with_many_servers_down_reads_who_is_there_once_and_no_tags() {
    let cluster = support::own_postgres("-c log_statement=all");
    cluster.create_database("central").await;
    let world = provisioned(World::on(&cluster.url("central")).await, &["one"]).await;
    copied(&cluster, 1200).await;
    add_status(&world);
    for n in 0..12 {
        // Of two ledgers on each.
        let sql = format!(
            "insert into servers select (jsonb_populate_record(s, jsonb_build_object('id', 'gone{n}', 'name', 'gone-{n}', 'path', '/proc/gone-{n}'))).*
               from servers s where name = 'local';
             update tenants set server_id = 'gone{n}', ledger_digest = case when right(id, 1) < '5' then ledger_digest end
              where id like 'copy%' and cast(substr(id, 5) as int) % 12 = {n};
             insert into tenant_tags (tenant_id, tag) select id, 'eu' from tenants where server_id = 'gone{n}'"
        );
        cluster.query("central", &sql).await;
    }
    let before = cluster.log().len();
    let plan =
        runs::plan(&world.platform, &Actor::operator(), &Filter::default(), None, &Policy::default()).await.unwrap();
    assert_eq!((plan.tenants, plan.behind, plan.unreachable.len()), (1201, 1, 1200));
    assert!(plan.unreachable.iter().all(|one| one.tenant.starts_with("copy-")), "{:?}", plan.unreachable);
    let log = cluster.log()[before..].to_owned();
    let asked = |what: &str| log.matches(what).count();
    let whole = "'id', t.id";
    assert_eq!((asked("from tenant_tags"), asked(whole), asked("select t.id, t.slug")), (0, 1, 1), "{log}");
}
