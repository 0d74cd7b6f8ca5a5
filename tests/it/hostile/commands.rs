//! Everything that Neo does with a tenant, by the services behind the commands and pages; and whether the answer is true.

use std::time::Duration;

use neo::doctor;
use neo::engine::{Connection, Engine, Tls};
use neo::error::{Advice, Error, Kind};
use neo::migrations::baseline::Past;
use neo::runs::{self, Goal, Policy, Run, Status};
use neo::servers::{self, NewServer};
use neo::sessions::{self, Audience};
use neo::tenant_users::{self, NewTenantUser};
use neo::tenants::{self, Adopt, AdoptPassword, Filter, State};
use secrecy::SecretString;

use super::{Scene, Watch};
use crate::runs::{all, confirmed, finish, migration};
use crate::tenants::{made, operator};
use crate::world::World;

/// Stands in names, comments and errors of the tenant's, and in nothing that Neo advises.
const LURES: [&str; 5] = ["drop/**/", "drop database", "drop table", "\u{202e}", "\u{1b}"];

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

pub const EVERY: [Command; 17] = [
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
    /// Does it, and says what is not true of the answer.
    pub(super) async fn give(&mut self, watch: &impl Watch, command: Command) -> Result<(), String> {
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
            Command::Plan => {
                let asks = Policy { trust_ms: 0, ..Policy::default() };
                words(runs::plan(self.platform(), &operator(), &only(), None, &asks).await)
            }
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
                let lured = advice.filter(|advice| lures(advice));
                truth(
                    lured.clone().next().is_none(),
                    &format!("advice with the tenant's words: {:?}", lured.collect::<Vec<_>>()),
                )
            }
            Command::Locks => self.break_a_lock().await,
            Command::Users => {
                words(tenant_users::list(self.platform(), &operator(), "mallory", &Default::default()).await)
            }
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

    pub(super) async fn run(&self, goal: Goal) -> Result<Run, String> {
        self.run_on(goal, only()).await
    }

    /// What its failures advise has none of the tenant's words.
    async fn run_on(&self, goal: Goal, selection: Filter) -> Result<Run, String> {
        let request = neo::runs::Request { selection, ..all(goal) };
        let request = confirmed(&self.world, request).await.map_err(told)?;
        let run = runs::start(self.platform(), &operator(), request).await.map_err(told)?;
        let run = finish(&self.world, run.number).await;
        for (_, _, failure) in runs::failures(self.platform(), &operator(), run.number).await.map_err(told)? {
            let hint = failure.hint.as_ref().map(Advice::command).unwrap_or_default();
            truth(!lures(&hint), &format!("a failure advises {hint:?}"))?;
        }
        Ok(run)
    }

    /// What the attacker's database says is its own matter: the victim in the same run is migrated.
    pub(super) async fn the_fleet_goes_on(&mut self, how: &str) {
        self.next_file();
        let both = Filter { keys: vec!["mallory".into(), "victim".into()], ..Filter::default() };
        let ran = tokio::time::timeout(super::PATIENCE, self.run_on(Goal::Migrate { to: None }, both)).await;
        let what = match ran {
            Ok(Ok(_)) => None,
            Ok(Err(why)) => Some(why),
            Err(_) => Some(format!("no end within {} s", super::PATIENCE.as_secs())),
        };
        self.faults.extend(what.map(|why| format!("the fleet ({how}): {why}")));
        let victim = tenants::find(self.platform(), &operator(), "victim").await.unwrap();
        if victim.state != State::Current || victim.version.is_none_or(|version| version % 100 != i64::from(self.files))
        {
            self.faults.push(format!("the fleet ({how}): the victim is {:?} at {:?}", victim.state, victim.version));
        }
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
                insecure: false,
                path: None,
                max_connections: Some(8),
                app_host: None,
                app_port: None,
                tls_ca: None,
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
            // Most have made their tables by hand.
            past: Past { is_none: true, ..Past::default() },
            ..Adopt::default()
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
}

fn lures(advice: &str) -> bool {
    LURES.iter().any(|lure| advice.contains(lure))
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
    let lured = error.hint.as_ref().is_some_and(|hint| lures(&hint.command()));
    truth(error.kind != Kind::Internal && !lured, &told(error))
}

pub(super) fn told(error: Error) -> String {
    let parts = [Some(error.message.clone()), error.cause.clone(), error.hint.as_ref().map(Advice::command)];
    format!("{:?}: {}", error.kind, parts.into_iter().flatten().collect::<Vec<_>>().join(" / "))
}
