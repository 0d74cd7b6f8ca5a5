//! A restore that is ended half way: it is told where it stands, and goes on or is taken back.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::fleet::Running;
use crate::program::Program;
use crate::support::{self, Cluster};

/// So many tables that a restore takes a while, each with a row that says which.
const TABLES: usize = 150;

struct Scene {
    program: Program,
    cluster: &'static Cluster,
    is_mariadb: bool,
    /// What is restored.
    file: String,
    /// What the tenant has: a row less than the backup.
    database: String,
}

impl Scene {
    async fn set(is_mariadb: bool) -> Self {
        let cluster = if is_mariadb { support::mariadb().await } else { support::postgres().await };
        let program = Program::new();
        program.run_with("server add eu", &[("SERVER_URL", &cluster.url(""))], "").expect(0);
        program.run("tenant create acme --server eu").expect(0);
        let database = program.json("tenant show acme")["database"].as_str().unwrap().to_owned();
        let scene = Self { program, cluster, is_mariadb, file: String::new(), database };
        let tables: String = (0..TABLES)
            .map(|n| format!("create table p{n} (id int primary key); insert into p{n} values ({n});"))
            .collect();
        // As the tenant, whose they are to be.
        scene.program.migration("20300101000000_many.up.sql", &tables);
        scene.program.migration("20300101000000_many.down.sql", "");
        scene.program.run("migrate tenant acme").expect(0);
        let file = scene.program.run("tenant backup acme").expect(0).out.trim().to_owned();
        scene.cluster.query(&scene.database, "delete from p149").await;
        Self { file, ..scene }
    }

    fn shown(&self, slug: &str) -> Value {
        self.program.json(&format!("tenant show {slug}"))
    }

    /// How many of the tables are there; what is not committed is not seen, but that somebody is at it.
    async fn is_under_way(&self, database: &str) -> bool {
        let sql = match self.is_mariadb {
            true => format!("select count(*) > 5 from information_schema.tables where table_schema = '{database}'"),
            false => format!(
                "select count(*) > 0 from pg_stat_activity where datname = '{database}' and state = 'idle in transaction' or \
                 datname = '{database}' and query ~* '^ *(create table|copy|alter table)'"
            ),
        };
        ["1", "t"].contains(&self.cluster.query("", &sql).await.as_str())
    }

    /// Begins a restore and ends it when it is half way; the answer is the database that it was made in.
    async fn ended_half_way(&self, line: &str, slug: &str) -> String {
        let restore = Running(self.program.start(line));
        let began = Instant::now();
        let database = loop {
            assert!(began.elapsed() < Duration::from_secs(60), "never under way");
            let shown = self.program.run(&format!("tenant show {slug} --json"));
            if shown.code == 0
                && let Some(database) = shown.json()["database"].as_str().filter(|name| *name != self.database)
            {
                break database.to_owned();
            }
        };
        while !self.is_under_way(&database).await {
            assert!(began.elapsed() < Duration::from_secs(60), "never half way");
        }
        restore.kill();
        let shown = self.shown(slug);
        let restoring = shown["steps"].as_array().unwrap().iter().find(|step| step["step"] == "restore").unwrap();
        assert_eq!((&shown["status"], &restoring["state"]), (&"provisioning".into(), &"started".into()), "{shown}");
        database
    }

    async fn count(&self, database: &str) -> String {
        let sql = match self.is_mariadb {
            true => format!(
                "select count(*) from information_schema.tables where table_schema = '{database}' and table_name regexp '^p[0-9]'"
            ),
            false => "select count(*) from pg_tables where tablename ~ '^p[0-9]'".to_owned(),
        };
        self.cluster.query(database, &sql).await
    }

    async fn last_row(&self, database: &str) -> String {
        self.cluster.query(database, "select count(*) from p149").await
    }
}

async fn as_a_new_tenant(is_mariadb: bool) {
    let scene = Scene::set(is_mariadb).await;
    let line = format!("tenant restore {} --as then", scene.file);
    scene.ended_half_way(&line, "then").await;
    scene.program.run("doctor").says("its provisioning stopped half way").says("neo tenant retry then");
    scene.program.run("tenant retry then").expect(0);
    let then = scene.shown("then");
    let database = then["database"].as_str().unwrap();
    assert_eq!(then["status"], "active");
    assert_eq!((scene.count(database).await, scene.last_row(database).await), (TABLES.to_string(), "1".to_owned()));

    // And taken back: nothing of it is left.
    let again = format!("tenant restore {} --as again", scene.file);
    let database = scene.ended_half_way(&again, "again").await;
    scene.program.run("tenant cleanup again --yes").expect(0);
    scene.program.run("tenant show again").expect(5);
    let sql = match is_mariadb {
        true => format!("select count(*) from information_schema.schemata where schema_name = '{database}'"),
        false => format!("select count(*) from pg_database where datname = '{database}'"),
    };
    assert_eq!(scene.cluster.query("", &sql).await, "0");
    assert!(!scene.program.run("doctor").out.contains(&database));
}

async fn in_its_place(is_mariadb: bool) {
    let scene = Scene::set(is_mariadb).await;
    let line = format!("tenant restore {} --yes", scene.file);
    // Taken back, it has what it had.
    let database = scene.ended_half_way(&line, "acme").await;
    let kept = format!("{} on server eu", scene.database);
    scene.program.run("doctor").says(&format!("what it had before the backup is kept: {kept}"));
    scene.program.run("tenant show acme").expect(0).says(&kept);
    scene.program.run("tenant cleanup acme --yes").expect(0);
    let shown = scene.shown("acme");
    assert_eq!((&shown["status"], &shown["database"]), (&"active".into(), &scene.database.as_str().into()));
    assert_eq!(scene.last_row(&scene.database).await, "0", "as it was");
    scene.program.run("migrate tenant acme").expect(0);
    assert!(!scene.program.run("doctor").out.contains(&database));

    // Gone on with, it has what was backed up, and what it had is a backup.
    scene.ended_half_way(&line, "acme").await;
    scene.program.run("tenant retry acme").expect(0);
    let shown = scene.shown("acme");
    let now = shown["database"].as_str().unwrap();
    assert_eq!((&shown["status"], scene.last_row(now).await), (&"active".into(), "1".to_owned()));
    assert!(shown["before"].is_null(), "{shown}");
    let last = &scene.program.json("backup list acme")[0];
    assert_eq!((&last["why"], &last["database"]), (&"restore".into(), &scene.database.as_str().into()));
    assert!(!scene.program.run("doctor").out.contains(&scene.database));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_as_a_new_tenant_that_is_killed_goes_on_or_is_taken_back_on_postgres() {
    as_a_new_tenant(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_as_a_new_tenant_that_is_killed_goes_on_or_is_taken_back_on_mariadb() {
    as_a_new_tenant(true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_in_a_tenants_place_that_is_killed_goes_on_or_is_taken_back_on_postgres() {
    in_its_place(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_in_a_tenants_place_that_is_killed_goes_on_or_is_taken_back_on_mariadb() {
    in_its_place(true).await;
}
