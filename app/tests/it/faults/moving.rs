//! A move that is killed: while it copies, and at any moment. It goes on, or is taken back; nobody is in two places.

use std::process::Child;
use std::time::{Duration, Instant};

use super::fleet::{Dice, Running, setting};
use crate::program::Program;
use crate::support::{self, Cluster};

struct Scene {
    program: Program,
    here: &'static Cluster,
    /// Kept for as long as the scene is.
    there: Cluster,
    is_mariadb: bool,
}

impl Scene {
    async fn set(is_mariadb: bool) -> Self {
        let here = if is_mariadb { support::mariadb().await } else { support::postgres().await };
        let start = move || if is_mariadb { support::own_mariadb("") } else { support::own_postgres("") };
        let there = tokio::task::spawn_blocking(start).await.unwrap();
        let program = Program::new();
        for (name, cluster) in [("eu", here), ("ev", &there)] {
            let add = format!("server add {name}");
            program.run_with(&add, &[("SERVER_URL", &cluster.admin_url())], "").expect(0);
        }
        program.run("tenant create acme --server eu").expect(0);
        Self { program, here, there, is_mariadb }
    }

    fn shown(&self) -> serde_json::Value {
        self.program.json("tenant show acme")
    }

    /// How far a step of it has come.
    fn step(&self, name: &str) -> String {
        let shown = self.shown();
        let step = shown["steps"].as_array().unwrap().iter().find(|step| step["step"] == name).cloned();
        step.map(|step| step["state"].as_str().unwrap().to_owned()).unwrap_or_default()
    }

    /// A session that keeps everybody from reading the ledger of the old database.
    async fn hold(&self, database: &str) -> Child {
        let (sql, sleeping) = match self.is_mariadb {
            true => (
                "lock tables _sqlx_migrations write; select sleep(61)",
                "select count(*) from information_schema.processlist where info like 'select sleep(61%'",
            ),
            false => (
                "begin; lock table _sqlx_migrations in access exclusive mode; select pg_sleep(61)",
                "select count(*) from pg_stat_activity where query like '%sleep(61%' and wait_event = 'PgSleep'",
            ),
        };
        let holding = self.here.client(database, sql).spawn().unwrap();
        let began = Instant::now();
        while self.here.query("", sleeping).await != "1" {
            assert!(began.elapsed() < Duration::from_secs(20), "nobody holds it");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        holding
    }

    /// Ends it as the server itself does.
    async fn release(&self, mut holding: Child) {
        let sql = match self.is_mariadb {
            true => {
                let session = "select id from information_schema.processlist where info like 'select sleep(61%'";
                format!("kill {}", self.here.query("", session).await)
            }
            false => "select pg_terminate_backend(pid) from pg_stat_activity where query like '%sleep(61%' \
                      and pid <> pg_backend_pid()"
                .to_owned(),
        };
        self.here.query("", &sql).await;
        let _ = holding.kill();
        let _ = holding.wait();
    }

    /// On this server, in use, and Neo gets in as the tenant.
    fn is_well_on(&self, server: &str) {
        let shown = self.shown();
        assert_eq!((shown["status"].as_str(), shown["server"].as_str()), (Some("active"), Some(server)), "{shown}");
        self.program.run("migrate verify acme").expect(0);
    }

    /// The databases that it has on both servers.
    async fn databases(&self) -> usize {
        let sql = match self.is_mariadb {
            true => "select count(*) from information_schema.schemata where schema_name like 't\\_acme%'",
            false => "select count(*) from pg_database where datname like 't\\_acme%'",
        };
        self.there.query("", sql).await.parse().unwrap()
    }
}

async fn killed_while_it_copies(is_mariadb: bool) {
    let scene = Scene::set(is_mariadb).await;
    for goes_on in [false, true] {
        let database = scene.shown()["database"].as_str().unwrap().to_owned();
        let holding = scene.hold(&database).await;
        let moving = Running(scene.program.start("tenant move acme --server ev"));
        let began = Instant::now();
        while scene.step("copy") != "started" {
            assert!(began.elapsed() < Duration::from_secs(30), "it never copies: {}", scene.shown());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        moving.kill();
        scene.release(holding).await;
        let shown = scene.shown();
        assert_eq!((shown["status"].as_str(), shown["server"].as_str()), (Some("provisioning"), Some("ev")));
        scene.program.run("tenant show acme").expect(0).says("copy started");
        scene.program.run("doctor").says("to take it back: neo tenant cleanup acme");
        match goes_on {
            false => {
                scene.program.run("tenant cleanup acme --yes").expect(0).says("has what it had before");
                scene.is_well_on("eu");
                assert_eq!(scene.databases().await, 0, "nothing is left there");
            }
            true => {
                let said = scene.program.run("tenant retry acme").expect(0);
                said.says(&format!("what it had before is kept: {database} on eu"));
                scene.is_well_on("ev");
                scene.program.run("server remove eu").expect(6).says("neo tenant drop-replaced acme");
                scene.program.run("tenant drop-replaced acme --yes").expect(0);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_that_is_killed_while_it_copies_goes_on_or_is_taken_back_on_postgres() {
    killed_while_it_copies(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_that_is_killed_while_it_copies_goes_on_or_is_taken_back_on_mariadb() {
    killed_while_it_copies(true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_without_the_programs_that_copy_shuts_nobody_out() {
    let scene = Scene::set(true).await;
    let password = |scene: &Scene| scene.program.json("tenant credentials acme")["password"].clone();
    let before = password(&scene);
    let moved = scene.program.run_with("tenant move acme --server ev", &[("PATH", "/nowhere")], "");
    let moved = moved.expect(3).says("it cannot be copied: mariadb-dump or mysqldump is not installed here");
    assert!(!moved.err.contains("--no-backup"), "{}", moved.err);
    assert_eq!(scene.databases().await, 0, "nothing is left there");
    assert!(before.is_string() && password(&scene) == before, "its applications get in as before");
    scene.is_well_on("eu");
}

/// At any moment, there and back again.
#[tokio::test(flavor = "multi_thread")]
async fn a_move_that_is_killed_at_random_leaves_the_tenant_in_one_place() {
    for is_mariadb in [false, true] {
        let scene = Scene::set(is_mariadb).await;
        let mut dice = Dice::new();
        println!("moves: seed {}", dice.seed);
        let (mut on, mut other) = ("eu", "ev");
        for _ in 0..setting("NEO_KILLS", 4) {
            let moving = Running(scene.program.start(&format!("tenant move acme --server {other}")));
            tokio::time::sleep(dice.moment(Duration::from_millis(1500))).await;
            moving.kill();
            if scene.shown()["status"] != "active" {
                let way_on = ["tenant cleanup acme --yes", "tenant retry acme"][dice.below(2) as usize];
                scene.program.run(way_on).expect(0);
            }
            if scene.shown()["server"] == other {
                (on, other) = (other, on);
                scene.program.run("tenant drop-replaced acme --yes").expect(0);
            }
            scene.is_well_on(on);
        }
        let found = scene.program.run("doctor --json");
        let against =
            found.out.contains("waits to come back") || found.out.contains("bears the mark of tenant \\\"acme");
        assert!(!against, "{}", found.out);
    }
}
