//! Tenants that are suspended or deleted while a run has them still before it.

use std::time::{Duration, Instant};

use super::fleet::Fleet;
use crate::support;

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_suspended_or_deleted_in_mid_run_is_skipped_and_never_worked_on() {
    let cluster = support::postgres().await;
    tokio::task::spawn_blocking(move || {
        let mut fleet = Fleet::new(8, Some(cluster));
        fleet.step("select pg_sleep(1);");
        let before = fleet.newest_run();
        let mut child = fleet.start("migrate all-tenants --yes --concurrency 1");
        let since = Instant::now();
        while fleet.newest_run() == before {
            assert!(since.elapsed() < Duration::from_secs(30), "the run does not begin");
            std::thread::sleep(Duration::from_millis(20));
        }
        let run = before + 1;
        // Those it comes to last: nothing is known yet of how long they take, so they come in order.
        let waiting = [6, 7].map(Fleet::name);
        fleet.program.run(&format!("tenant suspend {}", waiting[0])).expect(0);
        fleet.program.run(&format!("tenant delete {} --no-backup --yes", waiting[1])).expect(0);
        assert_eq!(child.0.wait().unwrap().code(), Some(0));
        let events = fleet.told(run);
        let of = |tenant: &str| {
            let mine = events.iter().filter(|e| e["tenant"] == tenant);
            mine.map(|e| (e["type"].as_str().unwrap(), e["reason"].as_str().unwrap_or_default())).collect::<Vec<_>>()
        };
        assert_eq!(of(&waiting[0]), [("tenant.started", ""), ("tenant.skipped", "suspended")]);
        assert_eq!(of(&waiting[1]), [("tenant.started", ""), ("tenant.skipped", "deleted")]);
        let shown = fleet.program.json(&format!("run show {run}"));
        assert_eq!((shown["tenants"]["migrated"].as_i64(), shown["tenants"]["skipped"].as_i64()), (Some(6), Some(2)));
        fleet.tenants -= 1;
        fleet.program.run(&format!("tenant resume {}", waiting[0])).expect(0);
        let status = fleet.program.json(&format!("migrate status {}", waiting[0]));
        assert_eq!(status[0]["pending"], 1, "never worked on: {status}");
        fleet.mended();
        fleet.exactly_once();
        fleet.report("one tenant suspended, one deleted in mid-run", "1 run, 2 skipped with the reason");
    })
    .await
    .unwrap();
}
