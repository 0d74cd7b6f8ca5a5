//! A fleet of knex's whose tables lie in a schema that its logins look in (PostgreSQL).

use std::path::PathBuf;

use neo::migrations::baseline::{Past, Record};
use neo::runs::{Goal, Status};
use neo::tenants::{self, Adopt, AdoptPassword, Outcome, State, Survey};

use super::{Home, operator};
use crate::runs::{all, finish, start};
use crate::support::{self, Cluster};
use crate::world::World;

/// A database with a role of its own, whose tables and whose knex's lie in schema `app`; the starter's first four files are applied.
struct Old {
    cluster: &'static Cluster,
    database: String,
    role: String,
}

impl Old {
    /// `path`: what is said of the role.
    async fn new(path: &str) -> Self {
        let cluster = support::postgres().await;
        let (database, role) = (support::unique("searched"), support::unique("searcher"));
        cluster.create_database(&database).await;
        cluster.query("", &format!("create role {role} login password 'search-9'")).await;
        let old = Self { cluster, database, role };
        old.say(&format!("create schema app authorization {}; revoke create on schema public from public", old.role))
            .await;
        let mut sql = format!("set role {}; set search_path = app; ", old.role);
        sql += "create table knex_migrations (id serial primary key, name varchar(255)); \
                create table knex_migrations_lock (is_locked int); insert into knex_migrations_lock values (0); ";
        for file in files().iter().take(4) {
            let name = file.file_name().unwrap().to_string_lossy().replace(".up.sql", ".js");
            sql += &format!(
                "{}; insert into knex_migrations (name) values ('{name}'); ",
                std::fs::read_to_string(file).unwrap()
            );
        }
        old.say(&sql).await;
        if !path.is_empty() {
            old.say(&format!("alter role {} set search_path = {path}", old.role)).await;
        }
        old
    }

    async fn say(&self, sql: &str) -> String {
        self.cluster.query(&self.database, sql).await
    }

    fn adopt(&self, slug: &str) -> Adopt {
        Adopt {
            slug: slug.into(),
            server: "pg".into(),
            database: self.database.clone(),
            username: self.role.clone(),
            password: AdoptPassword::Plain("search-9".to_owned().into()),
            ..Adopt::default()
        }
    }
}

/// The up files of the starter, in order.
fn files() -> Vec<PathBuf> {
    let starter = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("migrations/tenant");
    let files = std::fs::read_dir(starter).unwrap().flatten().map(|file| file.path());
    let mut files: Vec<_> = files.filter(|file| file.to_string_lossy().ends_with(".up.sql")).collect();
    files.sort();
    files
}

async fn world() -> World {
    let world = World::new().await;
    let starter = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("migrations/tenant");
    for file in std::fs::read_dir(starter).unwrap().flatten() {
        std::fs::copy(file.path(), world.migrations().join(file.file_name())).unwrap();
    }
    Home::Postgres.server(&world).await;
    world
}

async fn surveyed(world: &World, adopt: Adopt) -> Survey {
    tenants::survey(&world.platform, &operator(), adopt).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_in_a_schema_of_the_logins_search_path_are_adopted_and_go_on_there() {
    let world = world().await;
    let (one, other) = (Old::new("app").await, Old::new("\"$user\", app, public").await);
    let third = Old::new("app, public").await;
    for (slug, old) in [("one", &one), ("other", &other), ("third", &third)] {
        let survey = surveyed(&world, old.adopt(slug)).await;
        assert_eq!((survey.outcome, survey.problem.as_deref()), (Outcome::Ready, None));
        assert_eq!((survey.record, survey.baseline.len(), survey.pending), (Some(Record::Knex), 4, Some(2)));
        let tenant = tenants::adopt(&world.platform, &operator(), old.adopt(slug)).await.unwrap().tenant;
        assert_eq!((tenant.state, tenant.applied), (State::Behind, 4));
    }
    let places = "select schemaname || '.' || tablename from pg_tables where tablename in ('_sqlx_migrations', 'accounts', 'apps') order by 1";
    assert_eq!(one.say(places).await, "app._sqlx_migrations\napp.accounts");

    // What is to come lands where knex would have put it.
    let run = start(&world, all(Goal::Migrate { to: None })).await;
    let run = finish(&world, run.number).await;
    assert_eq!((run.status, run.migrations_applied), (Status::Succeeded, 6));
    for old in [&one, &other, &third] {
        assert_eq!(old.say(places).await, "app._sqlx_migrations\napp.accounts\napp.apps");
    }
    let verify = async || {
        let run = start(&world, all(Goal::Verify)).await;
        finish(&world, run.number).await
    };
    let run = verify().await;
    assert_eq!((run.status, run.tenants.current, run.tenants.drifted), (Status::Succeeded, 3, 0));
    one.say("alter table app.accounts add by_hand int").await;
    assert_eq!(verify().await.tenants.drifted, 1);
    let run = start(&world, all(Goal::RollbackSteps { steps: 1 })).await;
    assert_eq!(finish(&world, run.number).await.migrations_applied, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_knex_was_told_of_is_refused_with_what_tells_everybody() {
    let world = world().await;
    let old = Old::new("").await;
    let named = Past { table: Some("app.knex_migrations".into()), ..Past::default() };
    for (past, problem) in [
        (Past::default(), "knex's record is app.knex_migrations, where this login does not look"),
        (named, "is said to be applied, but the table "),
    ] {
        let survey = surveyed(&world, Adopt { past, ..old.adopt("one") }).await;
        assert_eq!(survey.outcome, Outcome::Refused);
        assert!(survey.problem.as_ref().unwrap().contains(problem), "{survey:?}");
        let hint = survey.hint.unwrap().command();
        let (_, way) = hint.split_once("for its own: ").unwrap_or_else(|| panic!("{hint}"));
        let way = way.split_once("; then").unwrap().0;
        assert!(
            way.starts_with(&format!("alter role {} in database {} set search_path = ", old.role, old.database)),
            "{hint}"
        );
    }
    // As it says.
    let hint = surveyed(&world, old.adopt("one")).await.hint.unwrap().command();
    let way = hint.split_once("for its own: ").unwrap().1.split_once("; then").unwrap().0.to_owned();
    old.say(&way).await;
    assert_eq!(surveyed(&world, old.adopt("one")).await.outcome, Outcome::Ready);
    // A table of its own name in another schema stands for nothing.
    old.say("drop table app.contacts; create table public.contacts (id int)").await;
    let problem = surveyed(&world, old.adopt("one")).await.problem.unwrap();
    assert!(problem.contains("table contacts"), "{problem}");
}
