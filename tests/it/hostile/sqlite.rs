//! SQLite: what a tenant's file holds, and migrations that reach for other files.

use std::path::{Path, PathBuf};

use neo::migrations::apply::Resolution;
use neo::runs::{self, Goal, Status};
use neo::tenants::{self, provision};
use sqlx::Connection as _;

use super::commands::EVERY;
use super::{Scene, Watch, file, on_a_large_stack};
use crate::runs::migration;
use crate::tenants::{made, new_tenant, operator, silent, write_starter};
use crate::world::World;

struct Eyes;

impl Watch for Eyes {
    /// Nobody is anybody there.
    async fn strangers(&mut self, _: &Scene) -> Vec<String> {
        Vec::new()
    }

    async fn outside(&self, scene: &Scene) -> Vec<String> {
        let mut lines = admins(&scene.world).await;
        lines.extend(contents(&file_of(&scene.world, &scene.victim.database)).await);
        lines
    }

    async fn has(&self, scene: &Scene, table: &str) -> bool {
        has(&file_of(&scene.world, &scene.mallory.database), table).await
    }
}

fn file_of(world: &World, database: &str) -> PathBuf {
    world.platform.config.data_dir.join("tenants").join(format!("{database}.db"))
}

async fn rows(file: &Path, sql: &str) -> Vec<String> {
    let url = format!("sqlite://{}?mode=ro", file.display());
    let mut conn = sqlx::SqliteConnection::connect(&url).await.unwrap();
    let rows = sqlx::query_scalar(sqlx::AssertSqlSafe(sql.to_owned())).fetch_all(&mut conn).await.unwrap();
    conn.close().await.unwrap();
    rows
}

async fn has(file: &Path, table: &str) -> bool {
    !rows(file, &format!("select name from sqlite_schema where name = '{table}'")).await.is_empty()
}

/// The schema, and every row of every table.
async fn contents(file: &Path) -> Vec<String> {
    let mut all = rows(file, "select coalesce(sql, name) from sqlite_schema order by name").await;
    for table in
        rows(file, "select name from sqlite_schema where type = 'table' and name not like 'sqlite%' order by 1").await
    {
        let columns = rows(file, &format!("select name from pragma_table_info('{table}')")).await;
        let quoted: Vec<String> = columns.iter().map(|column| format!("quote(\"{column}\")")).collect();
        let sql = format!("select '{table} ' || {} from \"{table}\" order by 1", quoted.join(" || ',' || "));
        all.extend(rows(file, &sql).await);
    }
    all
}

/// Who may sign in to the console, and with which rights.
async fn admins(world: &World) -> Vec<String> {
    let sql = "select 'admin ' || id || email || role || password_hash from admins order by 1";
    sqlx::query_scalar(sql).fetch_all(&mut *world.platform.central.read().await.unwrap()).await.unwrap()
}

/// All files below a folder, but those that come and go by themselves.
fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(below(&path));
        } else if !path.to_string_lossy().ends_with("-wal") && !path.to_string_lossy().ends_with("-shm") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// With somebody in the central database whom one would like to be.
async fn world() -> World {
    let world = World::new().await;
    let mut tx = world.platform.central.write().await.unwrap();
    sqlx::query(
        "insert into admins (id, email, email_canonical, first_name, last_name, role, status, password_hash, \
         sessions_valid_from, created_at, updated_at) \
         values ('ada', 'ada@example.com', 'ada@example.com', 'Ada', 'L', 'support', 'active', 'a hash', 0, 0, 0)",
    )
    .execute(&mut *tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
    world
}

async fn scene() -> Scene {
    let hostile = (file("sqlite/migration.sql"), file("sqlite/migration.down.sql"));
    Scene::new(&mut Eyes, world().await, None, (&hostile.0, &hostile.1)).await
}

/// With the places that it is to reach for.
fn filled(scene: &Scene, text: &str) -> String {
    let folder = scene.world.dir.path();
    text.replace("{central}", &folder.join("central.db").display().to_string())
        .replace("{victim}", &file_of(&scene.world, &scene.victim.database).display().to_string())
        .replace("{victim_id}", &scene.victim.id)
        .replace("{new}", &folder.join("left-behind").display().to_string())
        .replace("{folder}", &folder.display().to_string())
}

async fn attack(scene: &Scene, name: &str) {
    let url = format!("sqlite://{}", file_of(&scene.world, &scene.mallory.database).display());
    let mut conn = sqlx::SqliteConnection::connect(&url).await.unwrap();
    let sql = filled(scene, &file(name));
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut conn).await.unwrap();
    conn.close().await.unwrap();
}

#[test]
fn a_tenants_file_is_a_file_and_no_more() {
    on_a_large_stack(|| async {
        let (mut eyes, mut scene) = (Eyes, scene().await);
        attack(&scene, "sqlite/tenant.sql").await;
        scene.walk(&mut eyes, &EVERY, "triggers, views").await;
        attack(&scene, "sqlite/views.sql").await;
        scene.walk(&mut eyes, &EVERY, "the ledger and the users are views").await;
        let own = file_of(&scene.world, &scene.mallory.database);
        scene.delete(&mut eyes, "mallory").await;
        if own.exists() {
            scene.faults.push("Delete: its file is still there".into());
        }
        scene.judge();
    });
}

/// How a file gets into a database.
#[derive(Debug, Clone, Copy)]
enum Way {
    Migrate,
    Create,
    Rehearse,
    Rollback,
    Resolve,
}

/// What reaches out of the file is refused before anything of it runs, on every way that a file takes into a database.
#[test]
fn a_migration_reaches_no_other_file() {
    on_a_large_stack(|| async {
        let folder = format!("{}/tests/hostile/sqlite/files", env!("CARGO_MANIFEST_DIR"));
        let mut names: Vec<_> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        assert!(names.len() >= 19, "{names:?}");
        let mut faults = Vec::new();
        for name in &names {
            let more = matches!(name.as_str(), "attach.sql" | "vacuum_into.sql" | "load_extension.sql");
            let ways: &[Way] = match more {
                true => &[Way::Migrate, Way::Create, Way::Rehearse, Way::Rollback, Way::Resolve],
                false => &[Way::Migrate, Way::Create],
            };
            for way in ways {
                let told = reached(&file(&format!("sqlite/files/{name}")), *way).await;
                faults.extend(told.into_iter().map(|fault| format!("{name}, {way:?}: {fault}")));
            }
        }
        assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    });
}

/// What a file has reached that goes this way; nothing, if all is well.
async fn reached(text: &str, way: Way) -> Vec<String> {
    let world = world().await;
    write_starter(&world);
    let victim = made(&world, "victim", "local").await;
    let mallory = made(&world, "mallory", "local").await;
    let scene = Scene { world, server: "local".into(), mallory, victim, files: 1, made: 0, faults: Vec::new() };
    let text = filled(&scene, text);
    // A marker stands in the first line; the first statement is one that anybody may make.
    let (marker, rest) = match text.split_once('\n') {
        Some((first, rest)) if first.starts_with("-- neo:") => (format!("{first}\n"), rest),
        _ => (String::new(), &text[..]),
    };
    let first = "create table ran_first (id int);\n";
    let hostile = format!("{marker}{first}{rest}");
    // But for the fleet's own files, which are written here.
    let files = || below(&scene.world.platform.config.data_dir);
    let before = (Eyes.outside(&scene).await, files(), scene.world.dir.path().join("left-behind").exists());
    let write = |up: &str, down: &str| migration(&scene.world, 9, "hostile", up, Some(down));
    let (platform, who) = (scene.platform(), &operator());
    let mut faults = Vec::new();
    let refusals = std::cell::RefCell::new(Vec::new());
    let refused = |status: Status| {
        if status != Status::Failed {
            refusals.borrow_mut().push(format!("it was not refused: {status:?}"));
        }
    };
    let mut may_have_begun = false;
    match way {
        Way::Migrate => {
            write(&hostile, "drop table ran_first;");
            let run = scene.run(Goal::Migrate { to: None }).await.unwrap();
            refused(run.status);
            let told = runs::failures(platform, who, run.number).await.unwrap();
            // The database has a code for what it refuses itself, when all before it has been run.
            faults.extend(
                told.into_iter()
                    .filter(|(.., failure)| failure.code.is_some())
                    .map(|(.., failure)| format!("it was run, and SQLite refused it: {}", failure.message)),
            );
        }
        Way::Create => {
            write(&hostile, "drop table ran_first;");
            tenants::reserve(platform, who, new_tenant("next", "local")).await.unwrap();
            match provision::resume(platform, who, "next", &silent).await {
                Ok(_) => refused(Status::Succeeded),
                Err(_) => drop(provision::undo(platform, who, "next", &silent).await.unwrap()),
            }
        }
        Way::Rehearse => {
            write(&hostile, "drop table ran_first;");
            let done = runs::rehearse(platform, who, "mallory", None).await;
            if done.is_ok_and(|done| done.failure.is_none()) {
                refused(Status::Succeeded);
            }
        }
        Way::Rollback => {
            write("create table undone (id int);", &hostile);
            // One that cannot be taken back may be refused from the beginning.
            let run = scene.run(Goal::Migrate { to: None }).await;
            if run.is_ok_and(|run| run.status == Status::Succeeded) {
                refused(scene.run(Goal::RollbackLast).await.map_or(Status::Failed, |run| run.status));
            }
        }
        Way::Resolve => {
            may_have_begun = true;
            let marker = "-- neo: no-transaction\n";
            write(&format!("{marker}{first}insert into nowhere values (1);"), "drop table ran_first;");
            refused(scene.run(Goal::Migrate { to: None }).await.map_or(Status::Failed, |run| run.status));
            write(&format!("{marker}{first}{rest}"), "drop table ran_first;");
            let how = Resolution::Continue { from: None };
            if tenants::resolve(platform, who, "mallory", &how, None).await.is_ok() {
                refused(Status::Succeeded);
            }
        }
    }
    if !may_have_begun && has(&file_of(&scene.world, &scene.mallory.database), "ran_first").await {
        faults.push("its first statement was run".into());
    }
    let after = (Eyes.outside(&scene).await, files(), scene.world.dir.path().join("left-behind").exists());
    if before.2 != after.2 {
        faults.push("it has made a file".into());
    }
    if before.0 != after.0 {
        let changed: Vec<_> = after.0.iter().filter(|line| !before.0.contains(line)).collect();
        faults.push(format!("outside the file there is now {changed:?}"));
    }
    faults.extend(refusals.take());
    let new = after.1.iter().filter(|path| !before.1.contains(path));
    faults.extend(new.map(|path| format!("there is a new file {}", path.file_name().unwrap_or_default().display())));
    faults
}
