//! A rotation of a server's password that is ended between its steps: both passwords are known, everybody gets in, and it goes on.

use std::process::Child;
use std::time::{Duration, Instant};

use sqlx::{Connection, SqliteConnection};

use super::fleet::{Dice, Running, setting};
use crate::program::Program;
use crate::support::{self, Cluster};

const FIRST: &str = "canary-first";

/// A login of its own, so that no other test is shut out.
struct Scene {
    program: Program,
    cluster: &'static Cluster,
    user: String,
    is_mariadb: bool,
}

impl Scene {
    async fn set(is_mariadb: bool) -> Self {
        let cluster = if is_mariadb { support::mariadb().await } else { support::postgres().await };
        let user = support::unique("rotated");
        let hire = match is_mariadb {
            true => format!(
                "create user '{user}'@'%' identified by '{FIRST}'; grant all on *.* to '{user}'@'%' with grant option"
            ),
            false => format!("create role {user} superuser login password '{FIRST}'"),
        };
        cluster.query("", &hire).await;
        let program = Program::new();
        let url = cluster.url_of(&user, FIRST, "");
        program.run_with("server add eu", &[("SERVER_URL", &url)], "").expect(0);
        program.run("tenant create acme --server eu").expect(0);
        Self { program, cluster, user, is_mariadb }
    }

    fn gets_in(&self, password: &str) -> bool {
        let mut client = self.cluster.client_of((&self.user, password), if self.is_mariadb { "mysql" } else { "" });
        let say = if self.is_mariadb { "-e" } else { "-c" };
        client.args([say, "select 1"]).output().unwrap().status.success()
    }

    /// A session that keeps everybody from changing this login's password.
    async fn hold(&self) -> Child {
        let user = &self.user;
        let sql = match self.is_mariadb {
            true => "lock tables mysql.global_priv read; select sleep(60)".to_owned(),
            false => format!("begin; alter role {user} connection limit 90; select pg_sleep(60)"),
        };
        let holding = self.cluster.client("", &sql).spawn().unwrap();
        let sleeping = match self.is_mariadb {
            true => "select count(*) from information_schema.processlist where info like 'select sleep(60%'",
            false => "select count(*) from pg_stat_activity where query like '%limit 90%' and wait_event = 'PgSleep'",
        };
        self.until(sleeping, "1").await;
        holding
    }

    /// Ends it as the server itself does.
    async fn release(&self, mut holding: Child) {
        let _ = holding.kill();
        let _ = holding.wait();
        if self.is_mariadb {
            let sessions = "select id from information_schema.processlist where info like 'select sleep(60%'";
            let session = self.cluster.query("", sessions).await;
            self.cluster.query("", &format!("kill {session}")).await;
            return;
        }
        let sql = "select pg_terminate_backend(pid) from pg_stat_activity where query like '%limit 90%' and pid <> pg_backend_pid()";
        self.cluster.query("", sql).await;
    }

    /// How many of Neo's own sessions wait to set the password.
    fn waiting(&self) -> String {
        let user = &self.user;
        match self.is_mariadb {
            true => format!(
                "select count(*) from information_schema.processlist where user = '{user}' and info like 'set password%'"
            ),
            false => {
                format!("select count(*) from pg_stat_activity where usename = '{user}' and wait_event_type = 'Lock'")
            }
        }
    }

    async fn until(&self, sql: &str, answer: &str) {
        let began = Instant::now();
        while self.cluster.query("", sql).await != answer {
            assert!(began.elapsed() < Duration::from_secs(20), "never {answer}: {sql}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Ends what Neo has left there, and waits until it is gone.
    async fn no_session_left(&self) {
        let user = &self.user;
        let (end, left) = match self.is_mariadb {
            true => (
                format!("kill user '{user}'"),
                format!("select count(*) from information_schema.processlist where user = '{user}'"),
            ),
            false => (
                format!("select pg_terminate_backend(pid) from pg_stat_activity where usename = '{user}'"),
                format!("select count(*) from pg_stat_activity where usename = '{user}'"),
            ),
        };
        let _ = self.cluster.try_query("", &end).await;
        self.until(&left, "0").await;
    }

    async fn central(&self) -> SqliteConnection {
        let file = self.program.dir.path().join("data/central.db");
        SqliteConnection::connect(&format!("sqlite://{}", file.display())).await.unwrap()
    }

    /// Whether the password of a rotation is known beside the one before.
    async fn is_between(&self) -> bool {
        let mut central = self.central().await;
        let sql = "select count(*) from servers where name = 'eu' and credential_next is not null";
        sqlx::query_scalar::<_, i64>(sql).fetch_one(&mut central).await.unwrap() == 1
    }

    /// Whoever signs in there gets in.
    fn all_is_well(&self, slug: &str) {
        self.program.run("server check eu").expect(0);
        self.program.run(&format!("tenant create {slug} --server eu")).expect(0);
        self.program.run("tenant delete acme --yes").expect(0);
        self.program.run("tenant create acme --server eu").expect(0);
    }

    async fn goes_on(&self) {
        self.program.run("server rotate-password eu").expect(0).says("has a new password");
        assert!(!self.is_between().await && !self.gets_in(FIRST));
        self.all_is_well("last");
    }
}

async fn ended_before_the_server_was_told(is_mariadb: bool) {
    let scene = Scene::set(is_mariadb).await;
    let holding = scene.hold().await;
    let rotation = Running(scene.program.start("server rotate-password eu"));
    scene.until(&scene.waiting(), "1").await;
    rotation.kill();
    scene.no_session_left().await;
    scene.release(holding).await;
    assert!(scene.is_between().await && scene.gets_in(FIRST), "sealed, and not told");
    scene.all_is_well("bolt");
    scene.goes_on().await;
}

async fn ended_before_it_was_known_that_the_server_has_it(is_mariadb: bool) {
    let scene = Scene::set(is_mariadb).await;
    let holding = scene.hold().await;
    let rotation = Running(scene.program.start("server rotate-password eu"));
    scene.until(&scene.waiting(), "1").await;
    let mut central = scene.central().await;
    sqlx::query("begin immediate").execute(&mut central).await.unwrap();
    scene.release(holding).await;
    let began = Instant::now();
    while scene.gets_in(FIRST) {
        assert!(began.elapsed() < Duration::from_secs(20), "the server was never told");
        std::thread::sleep(Duration::from_millis(20));
    }
    rotation.kill();
    sqlx::query("rollback").execute(&mut central).await.unwrap();
    assert!(scene.is_between().await, "told, and not known");
    scene.program.run("doctor").says("finish it: neo server rotate-password eu");
    scene.all_is_well("bolt");
    // Both go along to where the server is now.
    scene.program.run("server set eu --host localhost").expect(0);
    assert!(scene.is_between().await);
    scene.all_is_well("corp");
    scene.goes_on().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_that_was_ended_before_the_server_was_told_goes_on_on_postgres() {
    ended_before_the_server_was_told(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_that_was_ended_before_the_server_was_told_goes_on_on_mariadb() {
    ended_before_the_server_was_told(true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_that_was_ended_when_the_server_had_been_told_goes_on_on_postgres() {
    ended_before_it_was_known_that_the_server_has_it(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_that_was_ended_when_the_server_had_been_told_goes_on_on_mariadb() {
    ended_before_it_was_known_that_the_server_has_it(true).await;
}

/// At any moment, and two at once.
#[tokio::test(flavor = "multi_thread")]
async fn rotations_that_are_ended_at_random_and_two_at_once_leave_nobody_outside() {
    for is_mariadb in [false, true] {
        let scene = Scene::set(is_mariadb).await;
        let mut dice = Dice::new();
        println!("rotations: seed {}", dice.seed);
        for _ in 0..setting("NEO_KILLS", 4) {
            let rotation = Running(scene.program.start("server rotate-password eu"));
            tokio::time::sleep(dice.moment(Duration::from_millis(500))).await;
            rotation.kill();
            scene.program.run("server check eu").expect(0);
        }
        let both = [(); 2].map(|()| scene.program.start("server rotate-password eu"));
        for rotation in both {
            let ended = rotation.wait_with_output().unwrap();
            let code = ended.status.code().unwrap();
            assert!(code == 0 || code == 6, "{}", String::from_utf8_lossy(&ended.stderr));
        }
        scene.goes_on().await;
    }
}
