//! A tenant that means ill has prepared everything its own login can make (`tests/hostile/`), and Neo does everything that it
//! ever does with a tenant. Whoever controls a tenant controls that tenant and nothing else: nothing of the tenant's is run by
//! another, nothing outside its database has changed, and what Neo answers is true.

mod mariadb;
mod postgres;
mod sqlite;

use std::time::Duration;

use neo::engine::{Connection, Engine, Target, Tls};
use neo::error::{Error, Kind};
use neo::runs::{self, Goal, Policy, Run, Status};
use neo::servers::{self, NewServer};
use neo::sessions::{self, Audience};
use neo::tenant_users::{self, NewTenantUser};
use neo::tenants::{self, Adopt, AdoptPassword, Filter, State, Tenant};
use neo::vault::Binding;
use neo::{Platform, doctor};
use secrecy::SecretString;

use crate::runs::{all, finish, migration};
use crate::tenants::{made, operator};
use crate::world::World;

/// What a command may take, however the tenant's objects are.
const PATIENCE: Duration = Duration::from_secs(40);
/// Stands in names, comments and errors of the tenant's, and in nothing that Neo advises.
const LURES: [&str; 5] = ["drop/**/", "drop database", "drop table", "\u{202e}", "\u{1b}"];

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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    TestConnection,
    Create,
    Rehearse,
    Plan,
    Migrate,
    Verify,
    Pages,
    Rollback,
    Resolve,
    Doctor,
    Locks,
    Users,
    AddUser,
    ChangeUser,
    SignIn,
    Adopt,
    DeleteAnother,
}

const EVERY: [Command; 17] = [
    Command::TestConnection,
    Command::Create,
    Command::Rehearse,
    Command::Plan,
    Command::Migrate,
    Command::Verify,
    Command::Pages,
    Command::Rollback,
    Command::Resolve,
    Command::Doctor,
    Command::Locks,
    Command::Users,
    Command::AddUser,
    Command::ChangeUser,
    Command::SignIn,
    Command::Adopt,
    Command::DeleteAnother,
];

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
        for command in commands {
            let before = watch.outside(self).await;
            let what = format!("{command:?} ({how})");
            match tokio::time::timeout(PATIENCE, self.give(watch, *command)).await {
                Ok(Ok(())) => {}
                Ok(Err(why)) => self.faults.push(format!("{what}: {why}")),
                Err(_) => self.faults.push(format!("{what}: no answer within {} s", PATIENCE.as_secs())),
            }
            self.judge_witnesses(watch, &what).await;
            let after = watch.outside(self).await;
            for line in after.iter().filter(|line| !before.contains(line)) {
                self.faults.push(format!("{what}: outside the tenant there is now {line}"));
            }
            for line in before.iter().filter(|line| !after.contains(line)) {
                self.faults.push(format!("{what}: outside the tenant there is no more {line}"));
            }
        }
    }

    /// All of it at once: one that is mended shows what is left.
    fn judge(self) {
        assert!(self.faults.is_empty(), "{} faults:\n{}", self.faults.len(), self.faults.join("\n"));
    }

    /// Does it, and says what is not true of the answer.
    async fn give(&mut self, watch: &impl Watch, command: Command) -> Result<(), String> {
        match command {
            Command::TestConnection => {
                let probe = servers::check(self.platform(), &operator(), &self.server).await.map_err(told)?;
                truth(!probe.version.is_empty(), "no version is told")
            }
            Command::Create => {
                self.made += 1;
                let tenant = made(&self.world, &format!("next-{}", self.made), &self.server).await;
                truth(tenant.state == State::Current, &format!("the next tenant is {:?}", tenant.state))
            }
            Command::Rehearse => {
                self.next_file();
                match runs::rehearse(self.platform(), &operator(), "mallory", None).await {
                    Ok(done) => truth(done.left_behind.is_none(), &format!("a copy is left behind: {done:?}")),
                    Err(error) => in_words(error),
                }
            }
            Command::Plan => words(runs::plan(self.platform(), &operator(), &only(), None, &Policy::default()).await),
            Command::Migrate => {
                self.next_file();
                let run = self.run(Goal::Migrate { to: None }).await?;
                let is_there = watch.has(self, &format!("file_{}", self.files)).await;
                told_truly(&run, is_there)
            }
            Command::Rollback => {
                let run = self.run(Goal::RollbackLast).await?;
                let is_gone = !watch.has(self, &format!("file_{}", self.files)).await;
                told_truly(&run, is_gone)
            }
            Command::Verify => self.run(Goal::Verify).await.map(drop),
            Command::Pages => {
                let tenant = tenants::find(self.platform(), &operator(), "mallory").await.map_err(told)?;
                words(runs::status(self.platform(), &operator(), &only()).await)?;
                words(tenants::drift(self.platform(), &operator(), &tenant).await)?;
                words(runs::of_tenant(self.platform(), &operator(), "mallory", 10).await)
            }
            Command::Resolve => {
                words(tenants::unresolved(self.platform(), &operator(), "mallory").await)?;
                words(tenants::drop_invalid(self.platform(), &operator(), "mallory", None).await)
            }
            Command::Doctor => {
                let findings = doctor::examine(self.platform(), &operator()).await.map_err(told)?;
                let advice = findings.iter().filter_map(|finding| finding.remedy.as_deref());
                let lured = advice.filter(|advice| LURES.iter().any(|lure| advice.contains(lure)));
                truth(
                    lured.clone().next().is_none(),
                    &format!("advice with the tenant's words: {:?}", lured.collect::<Vec<_>>()),
                )
            }
            Command::Locks => self.break_a_lock().await,
            Command::Users => words(tenant_users::list(self.platform(), &operator(), "mallory").await),
            Command::AddUser => {
                let new = NewTenantUser {
                    email: format!("user{}@example.com", self.files),
                    password: "correct horse battery staple".into(),
                    first_name: "New".into(),
                    last_name: "User".into(),
                    role: "member".into(),
                };
                words(tenant_users::create(self.platform(), &operator(), "mallory", new).await)
            }
            Command::ChangeUser => {
                let who = "mallory@example.com";
                words(tenant_users::disable(self.platform(), &operator(), "mallory", who).await)?;
                words(tenant_users::enable(self.platform(), &operator(), "mallory", who).await)?;
                let password = SecretString::from("a passphrase of many words");
                words(tenant_users::reset_password(self.platform(), &operator(), "mallory", who, password).await)
            }
            Command::SignIn => {
                let audience = Audience::Tenant { id: self.mallory.id.clone() };
                for who in ["mallory@example.com", "nobody@example.com"] {
                    let address = Some("192.0.2.7");
                    let answer = sessions::sign_in(self.platform(), &audience, who, &"wrong".into(), address).await;
                    truth(answer.is_err(), "a wrong password signs in")?;
                }
                Ok(())
            }
            Command::Adopt => self.adopt_elsewhere().await,
            Command::DeleteAnother => {
                let slug = format!("next-{}", self.made);
                words(tenants::delete(self.platform(), &operator(), &slug, &slug, true).await)
            }
        }
    }

    /// The attacker's tenant is deleted, and nothing of it is left: with a backup if there can be one.
    async fn delete_mallory(&mut self, watch: &mut impl Watch) {
        let before = watch.outside(self).await;
        let delete = async |backup| tenants::delete(self.platform(), &operator(), "mallory", "mallory", backup).await;
        let outcome = match delete(true).await {
            Ok(deleted) => Ok(deleted),
            Err(_) => delete(false).await,
        };
        if let Err(error) = outcome {
            self.faults.push(format!("Delete: {}", told(error)));
        }
        self.judge_witnesses(watch, "Delete").await;
        let after = watch.outside(self).await;
        if before != after {
            self.faults.push(format!("Delete: outside the tenant {before:#?} became {after:#?}"));
        }
    }

    /// One more for the fleet, that can be taken back.
    fn next_file(&mut self) {
        self.files += 1;
        let table = format!("file_{}", self.files);
        migration(
            &self.world,
            self.files,
            &table,
            &format!("create table {table} (id int);"),
            Some(&format!("drop table {table};")),
        );
    }

    async fn run(&self, goal: Goal) -> Result<Run, String> {
        let request = neo::runs::Request { selection: only(), ..all(goal) };
        let run = match runs::start(self.platform(), &operator(), request).await {
            Ok(run) => run,
            Err(error) => return Err(told(error)),
        };
        Ok(finish(&self.world, run.number).await)
    }

    /// The attacker's own session holds the migration lock, under a name that is more than a name.
    async fn break_a_lock(&self) -> Result<(), String> {
        let mut target = self.target().await;
        target.application_name = "neo:1:x'; drop table tenants; --".into();
        let mut held = Connection::open(&target).await.map_err(|f| f.to_string())?;
        held.lock(Duration::from_secs(5)).await.map_err(|f| f.to_string())?;
        words(doctor::examine_locks(self.platform(), &operator()).await)?;
        let lock = tenants::lock_holder(self.platform(), &operator(), "mallory").await.map_err(told)?;
        let lock = lock.ok_or("nobody is said to hold the lock")?;
        let broken = tenants::unlock(self.platform(), &operator(), "mallory", "mallory", &lock.session, None).await;
        held.close().await;
        words(broken)
    }

    /// Another installation finds the database and is told to take it over.
    async fn adopt_elsewhere(&self) -> Result<(), String> {
        let world = World::new().await;
        for file in std::fs::read_dir(self.world.migrations()).unwrap().flatten() {
            std::fs::copy(file.path(), world.migrations().join(file.file_name())).unwrap();
        }
        let target = self.target().await;
        let is_file = target.engine == Engine::Sqlite;
        if !is_file {
            let from = servers::find(self.platform(), &operator(), &self.server).await.map_err(told)?;
            let new = NewServer {
                name: self.server.clone(),
                engine: target.engine,
                host: target.host.clone(),
                port: target.port,
                username: from.username.clone(),
                password: Some(self.admin_password().into()),
                tls: Some(Tls::Off),
                path: None,
                max_connections: Some(8),
            };
            servers::add(&world.platform, &operator(), new).await.map_err(told)?;
        }
        let adopt = || Adopt {
            slug: "found".into(),
            name: None,
            server: self.server.clone(),
            database: if is_file { target.path.display().to_string() } else { target.database.clone() },
            username: target.username.clone(),
            password: target.password.clone().map_or(AdoptPassword::None, AdoptPassword::Plain),
        };
        words(tenants::survey(&world.platform, &operator(), adopt()).await)?;
        let adopted = tenants::adopt(&world.platform, &operator(), adopt()).await;
        words(doctor::examine(&world.platform, &operator()).await)?;
        if adopted.is_ok() {
            words(tenants::delete(&world.platform, &operator(), "found", "found", false).await)?;
        }
        words(adopted)
    }

    /// Of every server here: clusters give all their logins one.
    fn admin_password(&self) -> String {
        format!("cluster-{}", std::process::id())
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

fn only() -> Filter {
    Filter { keys: vec!["mallory".into()], ..Filter::default() }
}

fn truth(holds: bool, otherwise: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise.to_owned()) }
}

/// A run that says it has changed the tenant has done so.
fn told_truly(run: &Run, is_so: bool) -> Result<(), String> {
    match (run.status, run.tenants.migrated) {
        (Status::Succeeded, 1..) if !is_so => Err("it says that it was done, and it was not".into()),
        (Status::Succeeded | Status::Failed | Status::Halted, _) => Ok(()),
        (other, _) => Err(format!("it ended as {other:?}")),
    }
}

/// Whatever the answer is, it is one for people.
fn words<T>(answer: Result<T, Error>) -> Result<(), String> {
    answer.map_or_else(in_words, |_| Ok(()))
}

fn in_words(error: Error) -> Result<(), String> {
    let lured = error.hint.as_deref().is_some_and(|hint| LURES.iter().any(|lure| hint.contains(lure)));
    truth(error.kind != Kind::Internal && !lured, &told(error))
}

fn told(error: Error) -> String {
    let parts = [Some(error.message.clone()), error.cause.clone(), error.hint.clone()];
    format!("{:?}: {}", error.kind, parts.into_iter().flatten().collect::<Vec<_>>().join(" / "))
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
