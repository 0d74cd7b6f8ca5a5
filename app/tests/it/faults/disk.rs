//! No space left: on the folder of SQLite tenants, and on a tablespace of PostgreSQL. A small file system of its own is mounted
//! for it, which takes root; elsewhere the tests say that they were skipped.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::fleet::Fleet;
use crate::program::Program;
use crate::support;

/// A file system in memory, gone when it is dropped.
struct Small(PathBuf);

impl Small {
    fn mount(at: &Path, megabytes: u32, options: &str) -> Option<Self> {
        std::fs::create_dir_all(at).unwrap();
        let options = format!("size={megabytes}m{options}");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(at).output();
        match mounted {
            Ok(done) if done.status.success() => Some(Self(at.to_owned())),
            other => {
                let why = other.map(|done| String::from_utf8_lossy(&done.stderr).trim().to_owned());
                println!("torture: disk full: SKIPPED, nothing can be mounted here: {why:?}");
                None
            }
        }
    }

    fn grow(&self, megabytes: u32) {
        let options = format!("remount,size={megabytes}m");
        assert!(Command::new("mount").args(["-o", &options]).arg(&self.0).status().unwrap().success());
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// Runs the newest step where there is no room for it, then makes room.
fn full_then_mended(mut fleet: Fleet, small: &Small, engine: &str) {
    let run = fleet.program.run("migrate all-tenants --yes --json").expect(3).json();
    let failures = run["failures"].as_array().unwrap();
    for failure in failures {
        assert_eq!(failure["category"], "disk", "{failure}");
    }
    let status = fleet.program.json("migrate status");
    let behind = status.as_array().unwrap().iter().filter(|t| t["pending"] == 1).count();
    assert_eq!(behind, failures.len(), "what failed has done nothing, and the rest is done: {status}");
    small.grow(256);
    fleet.mended();
    fleet.exactly_once();
    fleet
        .report(&format!("disk full under {engine}"), &format!("{} tenants failed with category disk", failures.len()));
}

#[test]
fn a_full_disk_under_sqlite_fails_with_its_category_and_leaves_nothing_half_done() {
    let program = Program::bare().with("DB_ENCRYPTION_KEY", "0123456789abcdef0123456789ABCDEF");
    let folder = program.dir.path().join("small");
    let Some(small) = Small::mount(&folder, 6, "") else { return };
    std::fs::create_dir_all(program.migrations()).unwrap();
    program.run(&format!("server add small --engine sqlite --path {}", folder.display())).expect(0);
    let mut fleet = Fleet::on(program, 4, "small");
    fleet.step(
        "create table big (data blob);\nwith recursive c(x) as (select 1 union all select x + 1 from c where x < 40) \
         insert into big select randomblob(65536) from c;",
    );
    full_then_mended(fleet, &small, "SQLite");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_under_postgres_fails_with_its_category_and_leaves_nothing_half_done() {
    // One of its own: without its tablespace a server cannot go on.
    let cluster = support::own_postgres("");
    let dir = tempfile::tempdir().unwrap();
    // PostgreSQL's own user has to come this far.
    Command::new("chmod").arg("755").arg(dir.path()).status().unwrap();
    let folder = dir.path().join("small");
    let id = Command::new("id").args(["-u", "postgres"]).output().unwrap().stdout;
    let owner = format!(",mode=0700,uid={}", String::from_utf8(id).unwrap().trim());
    let Some(small) = Small::mount(&folder, 4, &owner) else { return };
    cluster.query("", &format!("create tablespace small location '{}'", folder.display())).await;
    cluster.query("", "grant create on tablespace small to public").await;
    tokio::task::spawn_blocking(move || {
        let mut fleet = Fleet::new(3, Some(&cluster));
        fleet.step(
            "create table big (data text) tablespace small;\nalter table big alter data set storage plain;\n\
             insert into big select repeat(md5(x::text), 100) from generate_series(1, 600) x;",
        );
        full_then_mended(fleet, &small, "PostgreSQL");
        drop(cluster);
    })
    .await
    .unwrap();
}
