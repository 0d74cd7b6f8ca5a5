//! Databases that knex 3 has made, on the drivers that it is used with: whatever its files are called, wherever its record is,
//! and when it was killed.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;

use neo::actor::Actor;
use neo::engine::{Engine, statements};
use neo::migrations::Set;
use neo::migrations::baseline::{Past, Record};
use neo::runs::{Goal, Policy, Request, Status};
use neo::tenants::{self, Adopt, AdoptPassword, Outcome, State, Survey};
use rstest::rstest;
use serde_json::{Value, json};

use crate::runs::{all, finish, start};
use crate::support::{self, Cluster};
use crate::tenants::Home;
use crate::world::World;

const PACKAGES: [&str; 4] = ["knex@3.3.0", "pg@8.23.1", "mysql2@3.24.6", "better-sqlite3@12.11.1"];

/// As companies call their files.
const NAMES: [&str; 6] = [
    "20250126000001_createUsersAndRbac.js",
    "20250126000002-create-object-definitions.ts",
    "20250126000003_CreateFieldDefinitions.mjs",
    "20250126000004_create_accountsAndContacts.cjs",
    "20250126000005_create_apps_and_pages.js",
    "20250126000006_add-custom-fields.js",
];

/// The folder where the packages are: fetched once for a target folder.
static NODE: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("worlds-knex");
    std::fs::create_dir_all(&folder).unwrap();
    let there = folder.join("fetched");
    let wanted = PACKAGES.join(" ");
    if std::fs::read_to_string(&there).unwrap_or_default() != wanted {
        let mut npm = Command::new("npm");
        npm.args(["install", "--no-audit", "--no-fund", "--prefix", "."]).args(PACKAGES).current_dir(&folder);
        assert!(npm.status().unwrap().success(), "npm cannot fetch {wanted}");
        std::fs::write(there, wanted).unwrap();
    }
    std::fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/worlds/knex.js"), folder.join("knex.js")).unwrap();
    folder
});

struct Company {
    world: World,
    home: Home,
    database: String,
    server: String,
    folder: tempfile::TempDir,
}

impl Company {
    async fn new(home: Home) -> Self {
        let world = World::new().await;
        let starter = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("migrations/tenant");
        for file in std::fs::read_dir(starter).unwrap().flatten() {
            std::fs::copy(file.path(), world.migrations().join(file.file_name())).unwrap();
        }
        let folder = tempfile::tempdir().unwrap();
        let server = home.server(&world).await;
        let database = match home {
            Home::Sqlite => folder.path().join("company.db").display().to_string(),
            Home::Postgres | Home::Mariadb => support::unique("company"),
        };
        let company = Self { world, home, database, server, folder };
        if let Some(cluster) = company.cluster().await {
            cluster.create_database(&company.database).await;
        }
        company.write(&NAMES);
        company
    }

    async fn cluster(&self) -> Option<&'static Cluster> {
        match self.home {
            Home::Sqlite => None,
            Home::Postgres => Some(support::postgres().await),
            Home::Mariadb => Some(support::mariadb().await),
        }
    }

    fn engine(&self) -> Engine {
        match self.home {
            Home::Sqlite => Engine::Sqlite,
            Home::Postgres => Engine::Postgres,
            Home::Mariadb => Engine::Mysql,
        }
    }

    /// knex's files of these names, in two folders: each does what the fleet's file of its version does.
    fn write(&self, names: &[&str]) {
        let set = Set::read(&self.world.migrations()).unwrap();
        for ((_, script), name) in set.on(self.engine()).zip(names) {
            let all: Vec<_> = statements(self.engine(), &script.up.sql).iter().map(|one| one.sql.to_owned()).collect();
            let body = format!(
                "async (knex) => {{ for (const sql of {}) await knex.raw(sql.replaceAll('?', '\\\\?')) }}",
                json!(all)
            );
            self.file(name, &body);
        }
    }

    fn file(&self, name: &str, up: &str) {
        let folder = self.folder.path().join(if name.starts_with("2025012600000") { "old" } else { "new" });
        std::fs::create_dir_all(&folder).unwrap();
        let text = match name.ends_with(".mjs") {
            true => format!("export const up = {up};\nexport const down = async () => {{}};\n"),
            false => format!("exports.up = {up};\nexports.down = async () => {{}};\n"),
        };
        std::fs::write(folder.join(name), text).unwrap();
    }

    /// knex on its way to the newest of its files.
    async fn begin(&self, settings: &Value) -> Child {
        let (client, connection) = match self.cluster().await {
            None => ("better-sqlite3", json!({ "filename": self.database })),
            Some(cluster) => (
                if self.home == Home::Postgres { "pg" } else { "mysql2" },
                json!({
                    "host": cluster.host, "port": cluster.port, "user": cluster.user, "password": cluster.password,
                    "database": self.database,
                }),
            ),
        };
        std::fs::create_dir_all(self.folder.path().join("new")).unwrap();
        let folders = ["old", "new"].map(|name| self.folder.path().join(name));
        let mut migrations = json!({ "directory": folders });
        migrations.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
        let said = json!({ "client": client, "connection": connection, "migrations": migrations });
        let mut knex = Command::new("node");
        knex.arg("knex.js").current_dir(&*NODE).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut knex = knex.spawn().unwrap();
        knex.stdin.take().unwrap().write_all(said.to_string().as_bytes()).unwrap();
        knex
    }

    /// What it says at its end: its word on success, and its complaint.
    async fn knex(&self, settings: &Value) -> Result<Value, String> {
        let ended = self.begin(settings).await.wait_with_output().unwrap();
        match ended.status.success() {
            true => Ok(serde_json::from_slice(&ended.stdout).unwrap()),
            false => Err(String::from_utf8_lossy(&ended.stderr).into_owned()),
        }
    }

    async fn adopt(&self, past: Past) -> Adopt {
        let login = self.cluster().await.map(|cluster| (cluster.user.clone(), cluster.password.clone()));
        let (username, password) = login.unwrap_or_default();
        Adopt {
            slug: "company".into(),
            server: self.server.clone(),
            database: self.database.clone(),
            username,
            password: AdoptPassword::Plain(password.into()),
            past,
            ..Adopt::default()
        }
    }

    async fn survey(&self, past: Past) -> Survey {
        tenants::survey(&self.world.platform, &Actor::operator(), self.adopt(past).await).await.unwrap()
    }

    async fn adopted(&self, past: Past) -> tenants::Taken {
        tenants::adopt(&self.world.platform, &Actor::operator(), self.adopt(past).await).await.unwrap()
    }

    async fn run(&self, goal: Goal) -> neo::runs::Run {
        let request = Request { policy: Policy { trust_ms: 0, ..Policy::default() }, ..all(goal) };
        let run = start(&self.world, request).await;
        finish(&self.world, run.number).await
    }
}

#[rstest]
#[case::sqlite(Home::Sqlite)]
#[case::postgres(Home::Postgres)]
#[case::mariadb(Home::Mariadb)]
#[tokio::test(flavor = "multi_thread")]
#[ignore = "fetches knex and its drivers from npm"]
async fn what_knex_has_made_is_taken_over_and_goes_on_here(#[case] home: Home) {
    let company = Company::new(home).await;
    let done = company.knex(&json!({})).await.unwrap();
    assert_eq!(done["names"].as_array().unwrap().len(), 6, "{done}");
    let survey = company.survey(Past::default()).await;
    assert_eq!((survey.outcome, survey.record, survey.problem.as_deref()), (Outcome::Ready, Some(Record::Knex), None));
    let taken = survey.notes.iter().filter(|note| note.contains("is taken for")).count();
    assert_eq!((survey.baseline.len(), taken), (6, 5), "{:?}", survey.notes);
    let tenant = company.adopted(Past::default()).await.tenant;
    assert_eq!((tenant.state, tenant.applied), (State::Current, 6));
    assert_eq!(company.run(Goal::Verify).await.status, Status::Succeeded);
    // What comes next is Neo's, and knex sees that its own is as it left it.
    let next = company.world.migrations().join("20250201000001_add_notes.up.sql");
    std::fs::write(next, "create table notes (id integer primary key);").unwrap();
    let run = company.run(Goal::Migrate { to: None }).await;
    assert_eq!((run.status, run.migrations_applied), (Status::Succeeded, 1));
    assert_eq!(company.knex(&json!({})).await.unwrap()["names"], json!([]));
}

#[rstest]
#[case::sqlite(Home::Sqlite)]
#[case::postgres(Home::Postgres)]
#[case::mariadb(Home::Mariadb)]
#[tokio::test(flavor = "multi_thread")]
#[ignore = "fetches knex and its drivers from npm"]
async fn a_record_under_another_name_is_named(#[case] home: Home) {
    let company = Company::new(home).await;
    company.knex(&json!({ "tableName": "Schema-changes" })).await.unwrap();
    let survey = company.survey(Past::default()).await;
    assert_eq!(survey.outcome, Outcome::Refused);
    assert!(survey.problem.as_ref().unwrap().contains("the table Schema-changes has a lock beside it"), "{survey:?}");
    let named = |table: &str| Past { table: Some(table.into()), ..Past::default() };
    let survey = company.survey(named("Schema-changes_lock")).await;
    assert_eq!(survey.outcome, Outcome::Refused);
    assert!(survey.problem.as_ref().unwrap().contains("is no record of knex's"), "{survey:?}");
    assert!(survey.hint.is_some_and(|hint| hint.command().contains("--record-table")));
    let past = || named("Schema-changes");
    assert_eq!(company.survey(past()).await.baseline.len(), 6);
    assert_eq!(company.adopted(past()).await.tenant.state, State::Current);
}

#[rstest]
#[case::sqlite(Home::Sqlite)]
#[case::postgres(Home::Postgres)]
#[case::mariadb(Home::Mariadb)]
#[tokio::test(flavor = "multi_thread")]
#[ignore = "fetches knex and its drivers from npm"]
async fn a_batch_that_stopped_half_way_is_taken_over_to_where_it_came(#[case] home: Home) {
    let company = Company::new(home).await;
    company.file(NAMES[4], "async () => { throw new Error('half way') }");
    let failed = company.knex(&json!({})).await.unwrap_err();
    assert!(failed.contains("half way"), "{failed}");
    let survey = company.survey(Past::default()).await;
    let there = survey.baseline.len();
    println!("{home:?}: {there} of a batch that failed at its fifth are there");
    assert_eq!((survey.outcome, survey.pending), (Outcome::Ready, Some(6 - there as i64)), "{survey:?}");
    company.adopted(Past::default()).await;
    let run = company.run(Goal::Migrate { to: None }).await;
    assert_eq!((run.status, run.migrations_applied), (Status::Succeeded, 6 - there as i64));
}

#[rstest]
#[case::sqlite(Home::Sqlite)]
#[case::postgres(Home::Postgres)]
#[case::mariadb(Home::Mariadb)]
#[tokio::test(flavor = "multi_thread")]
#[ignore = "fetches knex and its drivers from npm"]
async fn what_a_knex_that_was_killed_has_left_is_told_with_the_way_out(#[case] home: Home) {
    let company = Company::new(home).await;
    company.knex(&json!({})).await.unwrap();
    company.file(
        "20250201000001_addNotes.js",
        "async (knex) => { await knex.schema.createTable('notes', (t) => t.integer('id')); console.log('begun'); \
         await new Promise((done) => setTimeout(done, 60000)) }",
    );
    let next = company.world.migrations().join("20250201000001_add_notes.up.sql");
    std::fs::write(next, "create table notes (id integer);").unwrap();
    let mut knex = company.begin(&json!({})).await;
    let mut said = String::new();
    BufReader::new(knex.stdout.take().unwrap()).read_line(&mut said).unwrap();
    assert_eq!(said.trim(), "begun");
    knex.kill().unwrap();
    knex.wait().unwrap();
    let locked = async || {
        // A server takes a moment to see that somebody is gone.
        for _ in 0..50 {
            let survey = company.survey(Past::default()).await;
            let waits = survey.problem.as_ref().is_some_and(|problem| problem.contains("others are connected"));
            if !waits {
                return survey;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        panic!("knex is still connected");
    };
    let survey = locked().await;
    println!("{home:?}: {:?} {:?}", survey.problem, survey.notes);
    if home == Home::Mariadb {
        assert!(survey.problem.as_ref().unwrap().contains("sees nobody else at work"), "{survey:?}");
        let hint = survey.hint.unwrap().command();
        let free = hint.split_once("at work, ").and_then(|(_, rest)| rest.split_once(';')).unwrap().0.to_owned();
        company.cluster().await.unwrap().query(&company.database, &free).await;
        let survey = company.survey(Past::default()).await;
        assert!(
            survey.notes.iter().any(|note| note.contains("20250201000001_add_notes makes, is there")),
            "{survey:?}"
        );
        company.cluster().await.unwrap().query(&company.database, "drop table notes").await;
    }
    assert_eq!(company.survey(Past::default()).await.problem, None);
    company.adopted(Past::default()).await;
    let run = company.run(Goal::Migrate { to: None }).await;
    assert_eq!((run.status, run.migrations_applied), (Status::Succeeded, 1));
}
