//! A tenant that means ill has prepared everything its own login can make (`tests/hostile/`), and Neo does everything that it
//! ever does with a tenant. Whoever controls a tenant controls that tenant and nothing else: nothing of the tenant's is run by
//! another, nothing outside its database has changed, and what Neo answers is true.

mod beside;
mod commands;
mod mariadb;
mod postgres;
mod promises;
mod sqlite;
mod statements;

use std::time::Duration;

use commands::{Command, told};
use neo::Platform;
use neo::engine::{Target, Tls};
use neo::servers::{self, NewServer};
use neo::tenants::{self, Tenant};
use neo::vault::Binding;

use crate::runs::migration;
use crate::tenants::{made, operator};
use crate::world::World;

/// What a command may take, however the tenant's objects are.
const PATIENCE: Duration = Duration::from_secs(40);

/// A platform with two tenants on one server: one means ill, the other would suffer.
pub struct Scene {
    world: World,
    server: String,
    mallory: Tenant,
    victim: Tenant,
    /// Files of the fleet so far, and tenants made on the way.
    files: u32,
    made: u32,
    /// All that was seen and should not have been.
    faults: Vec<String>,
}

/// What is looked at after each command.
pub trait Watch {
    /// Objects of a tenant's that were run by another since this was asked last, each told in words.
    async fn strangers(&mut self, scene: &Scene) -> Vec<String>;
    /// Everything on the server that is nobody's here or the victim's, line by line.
    async fn outside(&self, scene: &Scene) -> Vec<String>;
    /// Whether the attacker's database has this table.
    async fn has(&self, scene: &Scene, table: &str) -> bool;
}

impl Scene {
    /// The two tenants, with the fleet's starter migrations and one that means ill.
    async fn new(watch: &mut impl Watch, world: World, new: Option<NewServer>, hostile: (&str, &str)) -> Self {
        let starter = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/tenant");
        for file in std::fs::read_dir(starter).unwrap().flatten() {
            std::fs::copy(file.path(), world.migrations().join(file.file_name())).unwrap();
        }
        migration(&world, 1, "hostile", hostile.0, Some(hostile.1));
        let server = match new {
            None => "local".to_owned(),
            Some(new) => servers::add(&world.platform, &operator(), new).await.unwrap().name,
        };
        // On PostgreSQL the first makes the template, and the others are copies.
        made(&world, "first", &server).await;
        let victim = made(&world, "victim", &server).await;
        let mallory = made(&world, "mallory", &server).await;
        let mut scene = Self { world, server, mallory, victim, files: 1, made: 0, faults: Vec::new() };
        scene.judge_witnesses(watch, "making tenants from a hostile migration").await;
        scene
    }

    fn platform(&self) -> &Platform {
        &self.world.platform
    }

    async fn judge_witnesses(&mut self, watch: &mut impl Watch, what: &str) {
        let seen = watch.strangers(self).await;
        self.faults.extend(seen.into_iter().map(|one| format!("{what}: {one}")));
    }

    /// Each command, and what came of it.
    async fn walk(&mut self, watch: &mut impl Watch, commands: &[Command], how: &str) {
        let mut before = watch.outside(self).await;
        for command in commands {
            let what = format!("{command:?} ({how})");
            match tokio::time::timeout(PATIENCE, self.give(watch, *command)).await {
                Ok(Ok(())) => {}
                Ok(Err(why)) => self.faults.push(format!("{what}: {why}")),
                Err(_) => self.faults.push(format!("{what}: no answer within {} s", PATIENCE.as_secs())),
            }
            self.judge_witnesses(watch, &what).await;
            let after = watch.outside(self).await;
            self.judge_outside(&what, &before, &after);
            before = after;
        }
    }

    fn judge_outside(&mut self, what: &str, before: &[String], after: &[String]) {
        for line in after.iter().filter(|line| !before.contains(line)) {
            self.faults.push(format!("{what}: outside the tenant there is now {line}"));
        }
        for line in before.iter().filter(|line| !after.contains(line)) {
            self.faults.push(format!("{what}: outside the tenant there is no more {line}"));
        }
    }

    /// All of it at once: one that is mended shows what is left.
    fn judge(self) {
        assert!(self.faults.is_empty(), "{} faults:\n{}", self.faults.len(), self.faults.join("\n"));
    }

    /// A tenant is deleted, with a backup if there can be one, and nothing else goes with it.
    async fn delete(&mut self, watch: &mut impl Watch, slug: &str) {
        let before = watch.outside(self).await;
        let delete = async |backup| tenants::delete(self.platform(), &operator(), slug, slug, backup).await;
        let outcome = match delete(true).await {
            Ok(deleted) => Ok(deleted),
            Err(_) => delete(false).await,
        };
        let what = format!("Delete {slug}");
        if let Err(error) = outcome {
            self.faults.push(format!("{what}: {}", told(error)));
        }
        self.judge_witnesses(watch, &what).await;
        let after = watch.outside(self).await;
        self.judge_outside(&what, &before, &after);
    }

    /// Where the attacker signs in with the tenant's own login.
    async fn target(&self) -> Target {
        let tenant = &self.mallory;
        let server = servers::find(self.platform(), &operator(), &self.server).await.unwrap();
        let sealed: Option<String> = sqlx::query_scalar("select credential from tenants where id = $1")
            .bind(&tenant.id)
            .fetch_one(&mut *self.platform().central.read().await.unwrap())
            .await
            .unwrap();
        let binding = Binding {
            purpose: "tenant_db_password",
            subject_id: &tenant.id,
            engine: server.engine.as_str(),
            host: &server.host,
            port: server.port,
            database: &tenant.database,
            role: &tenant.username,
            generation: 1,
            tls: None,
        };
        Target {
            engine: server.engine,
            host: server.host.clone(),
            port: server.port,
            database: tenant.database.clone(),
            username: tenant.username.clone(),
            password: sealed.map(|sealed| self.platform().vault.open(&sealed, &binding, false).unwrap()),
            tls: Tls::Off,
            path: self.platform().config.data_dir.join("tenants").join(format!("{}.db", tenant.database)),
            application_name: "mallory".into(),
            connect_timeout: Duration::from_secs(10),
            lock_timeout: Duration::from_secs(5),
        }
    }
}

/// Everything that Neo does with a tenant is one future here, unoptimised: more than the stack of a test's thread holds.
fn on_a_large_stack<F: Future<Output = ()>>(play: impl FnOnce() -> F + Send + 'static) {
    let body = move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(play());
    };
    let thread = std::thread::Builder::new().stack_size(64 << 20).spawn(body).unwrap();
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

/// One of the files under `tests/hostile/`.
fn file(name: &str) -> String {
    let path = format!("{}/tests/hostile/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// The attacker runs a file of SQL by the engine's own program.
async fn run_file(command: std::process::Command, sql: String) {
    let output = tokio::task::spawn_blocking(move || {
        use std::io::Write;
        let mut command = command;
        let mut child = command
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(sql.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    });
    let output = output.await.unwrap();
    assert!(output.status.success(), "the attacker could not prepare: {}", String::from_utf8_lossy(&output.stderr));
}
