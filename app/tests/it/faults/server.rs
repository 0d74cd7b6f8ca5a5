//! The tenants' server crashes in the middle of a run and comes back.

use std::time::Duration;

use super::fleet::{Fleet, setting};
use crate::support::{self, Cluster};

/// Crashes it at random moments of as many runs; `settle` makes decisions for tenants that are left half way.
fn crashed(engine: &str, cluster: &Cluster, settle: impl Fn(&Fleet, &serde_json::Value)) {
    let (crashes, tenants) = (setting("NEO_CRASHES", 2), setting("NEO_TENANTS", 8));
    let mut fleet = Fleet::new(tenants, Some(cluster));
    println!("crash of {engine}: seed {}", fleet.dice.seed);
    for _ in 0..crashes {
        if engine == "postgres" {
            fleet.step("select pg_sleep(0.1);")
        } else {
            fleet.count()
        }
        let mut run = fleet.start("migrate all-tenants --yes --concurrency 3");
        std::thread::sleep(fleet.dice.moment(Duration::from_millis(900)));
        cluster.crash();
        std::thread::sleep(Duration::from_millis(fleet.dice.below(1500)));
        cluster.come_back();
        // Whatever it met, it comes to an end by itself.
        let code = run.0.wait().unwrap().code().unwrap();
        assert!([0, 3, 7].contains(&code), "seed {}: exit {code}", fleet.dice.seed);
        let again = fleet.program.run("migrate all-tenants --yes --json");
        if again.code != 0 {
            settle(&fleet, &again.json());
        }
        fleet.mended();
    }
    fleet.exactly_once();
    fleet.report(&format!("{engine} crashed in mid-run"), &format!("{crashes} crashes"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgres_that_crashed_in_mid_run_is_migrated_by_the_next() {
    let cluster = support::own_postgres("-c synchronous_commit=on");
    tokio::task::spawn_blocking(move || {
        crashed("postgres", &cluster, |_, run| panic!("a crash leaves nothing half done on PostgreSQL: {run}"));
    })
    .await
    .unwrap();
}

/// MariaDB cannot take back what it had begun: such a tenant is refused until a person has said what is true there.
#[tokio::test(flavor = "multi_thread")]
async fn a_mariadb_that_crashed_in_mid_run_leaves_no_tenant_in_doubt_unsaid() {
    let cluster = support::own_mariadb("--innodb-flush-log-at-trx-commit=1");
    let handle = tokio::runtime::Handle::current();
    tokio::task::spawn_blocking(move || {
        crashed("mariadb", &cluster, |fleet, run| {
            for failure in run["failures"].as_array().unwrap() {
                assert_eq!(failure["category"], "dirty", "{failure}");
                let tenant = failure["tenant"].as_str().unwrap();
                let shown = fleet.program.json(&format!("tenant show {tenant}"));
                let database = shown["database"].as_str().unwrap();
                let n = handle.block_on(cluster.query(database, "select n from counts"));
                let truth = if n == fleet.counted().to_string() { "--applied" } else { "--not-applied" };
                fleet.program.run(&format!("migrate resolve {tenant} {truth} --yes")).expect(0);
            }
        });
    })
    .await
    .unwrap();
}
