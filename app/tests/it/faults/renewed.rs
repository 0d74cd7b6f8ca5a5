//! A rotation of a tenant's password that is ended between its steps: its application and Neo get in, and it goes on.

use std::process::Child;
use std::time::{Duration, Instant};

use sqlx::{Connection, SqliteConnection};

use super::fleet::{Dice, Running, setting};
use crate::program::Program;
use crate::support::{self, Cluster};

const ROTATE: &str = "tenant rotate-password acme --yes";

/// A server of its own: whoever keeps its accounts from being changed keeps nobody else.
struct Scene {
    program: Program,
    cluster: Cluster,
    is_mariadb: bool,
    user: String,
    database: String,
    first: String,
}

impl Scene {
    async fn set(is_mariadb: bool) -> Self {
        let cluster = if is_mariadb { support::own_mariadb("") } else { support::own_postgres("") };
        let program = Program::new();
        program.run_with("server add eu", &[("SERVER_URL", &cluster.admin_url())], "").expect(0);
        program.run("tenant create acme --server eu").expect(0);
        let told = program.run("tenant credentials acme --format json").expect(0).json();
        let text = |key: &str| told[key].as_str().unwrap().to_owned();
        let (user, database, first) = (text("user"), text("database"), text("password"));
        Self { program, cluster, is_mariadb, user, database, first }
    }

    fn gets_in(&self, password: &str) -> bool {
        let mut client = self.cluster.client_of((&self.user, password), &self.database);
        client.args([if self.is_mariadb { "-e" } else { "-c" }, "select 1"]).output().unwrap().status.success()
    }

    /// A session that keeps everybody from changing this login's password.
    async fn hold(&self) -> Child {
        let sql = match self.is_mariadb {
            true => "lock tables mysql.global_priv read; select sleep(60)".to_owned(),
            false => format!("begin; alter role {} connection limit 49; select pg_sleep(60)", self.user),
        };
        let holding = self.cluster.client("", &sql).spawn().unwrap();
        self.until(match self.is_mariadb {
            true => "select count(*) from information_schema.processlist where info like 'select sleep(60%'",
            false => "select count(*) from pg_stat_activity where query like '%limit 49%' and wait_event = 'PgSleep'",
        })
        .await;
        holding
    }

    async fn release(&self, mut holding: Child) {
        let _ = holding.kill();
        let _ = holding.wait();
        let sql = match self.is_mariadb {
            true => {
                let sessions = "select id from information_schema.processlist where info like 'select sleep(60%'";
                format!("kill {}", self.cluster.query("", sessions).await)
            }
            false => "select pg_terminate_backend(pid) from pg_stat_activity where query like '%limit 49%' and pid <> pg_backend_pid()".to_owned(),
        };
        self.cluster.query("", &sql).await;
    }

    /// One of Neo's sessions waits to set the password.
    async fn waiting(&self) {
        self.until(match self.is_mariadb {
            true => "select count(*) from information_schema.processlist where info like 'set password%' or info like 'alter user%'",
            false => "select count(*) from pg_stat_activity where application_name = 'neo:admin' and wait_event_type = 'Lock'",
        })
        .await;
    }

    /// A process that is gone may have left its statement waiting on the server.
    async fn end_what_waits(&self) {
        if self.is_mariadb {
            let waits = "select id from information_schema.processlist where info like 'set password%' or info like 'alter user%'";
            let id = self.cluster.query("", waits).await;
            let _ = self.cluster.try_query("", &format!("kill {id}")).await;
        } else {
            let sql = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'neo:admin'";
            self.cluster.query("", sql).await;
        }
    }

    async fn until(&self, sql: &str) {
        let began = Instant::now();
        while self.cluster.query("", sql).await != "1" {
            assert!(began.elapsed() < Duration::from_secs(20), "never: {sql}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn central(&self) -> SqliteConnection {
        let file = self.program.dir.path().join("data/central.db");
        SqliteConnection::connect(&format!("sqlite://{}", file.display())).await.unwrap()
    }

    async fn is_between(&self) -> bool {
        let sql = "select count(*) from tenants where slug = 'acme' and credential_next is not null";
        sqlx::query_scalar::<_, i64>(sql).fetch_one(&mut self.central().await).await.unwrap() == 1
    }

    /// The application, by what it is told, and Neo.
    fn all_get_in(&self) {
        let told = self.program.run("tenant credentials acme --format json").expect(0).json();
        let known = [&told["password"], &told["next_password"]];
        assert!(known.into_iter().filter_map(|password| password.as_str()).any(|password| self.gets_in(password)));
        self.program.run("tenant users list acme").expect(0);
        self.program.run("migrate verify acme").expect(0);
    }

    async fn goes_on(&self) {
        self.program.run(ROTATE).expect(0);
        assert!(!self.is_between().await && !self.gets_in(&self.first));
        let told = self.program.run("tenant credentials acme --format json").expect(0).json();
        assert!(told["next_password"].is_null() && self.gets_in(told["password"].as_str().unwrap()));
        self.all_get_in();
        assert!(!self.program.run("doctor").out.contains("rotate-password"));
    }
}

async fn ended_before_the_server_was_told(is_mariadb: bool) {
    let scene = Scene::set(is_mariadb).await;
    let holding = scene.hold().await;
    let rotation = Running(scene.program.start(ROTATE));
    scene.waiting().await;
    rotation.kill();
    scene.end_what_waits().await;
    scene.release(holding).await;
    assert!(scene.is_between().await && scene.gets_in(&scene.first), "sealed, and not told");
    scene.program.run("doctor").says("neo tenant rotate-password acme");
    scene.all_get_in();
    scene.goes_on().await;
}

async fn ended_before_it_was_known_that_the_server_has_it(is_mariadb: bool) {
    let scene = Scene::set(is_mariadb).await;
    let holding = scene.hold().await;
    let rotation = Running(scene.program.start(ROTATE));
    scene.waiting().await;
    let mut central = scene.central().await;
    sqlx::query("begin immediate").execute(&mut central).await.unwrap();
    scene.release(holding).await;
    let began = Instant::now();
    while scene.gets_in(&scene.first) {
        assert!(began.elapsed() < Duration::from_secs(20), "the server was never told");
        std::thread::sleep(Duration::from_millis(20));
    }
    rotation.kill();
    sqlx::query("rollback").execute(&mut central).await.unwrap();
    assert!(scene.is_between().await, "told, and not known");
    scene.program.run("doctor").says("neo tenant rotate-password acme");
    scene.all_get_in();
    scene.goes_on().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenants_rotation_that_was_ended_before_the_server_was_told_goes_on_on_postgres() {
    ended_before_the_server_was_told(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenants_rotation_that_was_ended_before_the_server_was_told_goes_on_on_mariadb() {
    ended_before_the_server_was_told(true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenants_rotation_that_was_ended_when_the_server_had_been_told_goes_on_on_postgres() {
    ended_before_it_was_known_that_the_server_has_it(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenants_rotation_that_was_ended_when_the_server_had_been_told_goes_on_on_mariadb() {
    ended_before_it_was_known_that_the_server_has_it(true).await;
}

/// At any moment.
#[tokio::test(flavor = "multi_thread")]
async fn a_tenants_rotations_that_are_ended_at_random_leave_nobody_outside() {
    for is_mariadb in [false, true] {
        let scene = Scene::set(is_mariadb).await;
        let mut dice = Dice::new();
        println!("a tenant's rotations: seed {}", dice.seed);
        for _ in 0..setting("NEO_KILLS", 4) {
            let rotation = Running(scene.program.start(ROTATE));
            tokio::time::sleep(dice.moment(Duration::from_millis(700))).await;
            rotation.kill();
            scene.all_get_in();
        }
        scene.goes_on().await;
    }
}
