//! Backups as runs, what a manifest says, and what a backup becomes.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use neo::Platform;
use neo::actor::{Actor, Confinement, Door, Role, Token};
use neo::backups::{self, Backup, BackupReason};
use neo::engine::{Category, Failure};
use neo::error::Kind;
use neo::runs::{self, Goal, Policy, Request, Restore, Status as RunStatus, TaskFilter};
use neo::tenants::provision::{self, Moment, Step};
use neo::tenants::{self, Adopt, AdoptPassword, Filter, State, Status, Tenant};
use secrecy::ExposeSecret;

use super::{Home, made, operator, silent, write_starter};
use crate::support;
use crate::world::{World, actor};

fn request(selection: Filter) -> Request {
    Request {
        goal: Goal::Backup,
        selection,
        policy: Policy::default(),
        reason: None,
        confirm: None,
        expect: None,
        not_before: None,
        detached: false,
    }
}

pub(crate) async fn backed_up(platform: &Platform, keys: &[&str]) -> runs::Run {
    let keys = keys.iter().map(|key| (*key).to_owned()).collect();
    let run = runs::start(platform, &operator(), request(Filter { keys, ..Filter::default() })).await.unwrap();
    runs::work_on(platform, run.number).await.unwrap();
    runs::find(platform, &operator(), run.number).await.unwrap()
}

pub(super) async fn restored(platform: &Platform, asked: Restore) -> (Tenant, runs::Run) {
    let (tenant, run) = runs::restore(platform, &operator(), asked).await.unwrap();
    runs::work_on(platform, run.number).await.unwrap();
    let found = tenants::find(platform, &operator(), &tenant.id).await.unwrap();
    (found, runs::find(platform, &operator(), run.number).await.unwrap())
}

pub(crate) async fn newest(platform: &Platform) -> Backup {
    backups::list(platform, &operator(), None).await.unwrap().remove(0)
}

pub(crate) fn of(backup: &Backup) -> Restore {
    Restore { file: backup.file.clone(), ..Restore::default() }
}

/// What is said to a tenant's database behind Neo's back, and the answer.
pub(super) async fn says(home: Home, world: &World, sql: &str) -> String {
    let tenant = tenants::find(&world.platform, &operator(), "acme").await.unwrap();
    match home {
        Home::Postgres => support::postgres().await.query(&tenant.database, sql).await,
        Home::Mariadb => support::mariadb().await.query(&tenant.database, sql).await,
        Home::Sqlite => {
            use sqlx::{Connection, Row};
            let file = world.platform.config.data_dir.join("tenants").join(format!("{}.db", tenant.database));
            let url = format!("sqlite://{}", file.display());
            let mut conn = sqlx::SqliteConnection::connect(&url).await.unwrap();
            let rows = sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).fetch_all(&mut conn).await.unwrap();
            conn.close().await.unwrap();
            rows.iter().map(|row| row.get::<String, _>(0)).collect::<Vec<_>>().join("\n")
        }
    }
}

pub(super) const ROLES: &str = "select name from roles order by name";

#[tokio::test]
async fn a_backup_says_what_it_is_and_is_its_owners_alone() {
    for home in [Home::Sqlite, Home::Postgres, Home::Mariadb] {
        let world = World::new().await;
        write_starter(&world);
        let platform = &world.platform;
        let server = home.server(&world).await;
        let tenant = made(&world, "acme", &server).await;
        let run = backed_up(platform, &["acme"]).await;
        assert_eq!((run.status, run.tenants.migrated), (RunStatus::Succeeded, 1), "{home:?}");
        let backup = newest(platform).await;
        let ending = match home {
            Home::Sqlite => ".db",
            Home::Postgres => ".dump",
            Home::Mariadb => ".sql",
        };
        assert!(backup.file.ends_with(ending), "{}", backup.file);
        let manifest = Path::new(&backup.file).with_extension("json");
        for path in [Path::new(&backup.file), &manifest] {
            assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600, "{}", path.display());
        }
        let folder = platform.config.data_dir.join("backups");
        assert_eq!(std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
        let said: serde_json::Value = serde_json::from_slice(&std::fs::read(&manifest).unwrap()).unwrap();
        assert_eq!(said["sha256"], sha256(&backup.file), "{said}");
        assert_eq!(said["size"], std::fs::metadata(&backup.file).unwrap().len());
        assert_eq!(
            (&said["slug"], &said["database"], &said["version"], &said["why"]),
            (&"acme".into(), &tenant.database.as_str().into(), &20250126000001_i64.into(), &"asked".into())
        );
        assert_eq!((said["run"].as_i64(), said["by"].as_str()), (Some(run.number), Some(operator().name.as_str())));
        assert!(
            said["fingerprint"].is_string() && said["tool"].is_string() && said["server_version"].is_string(),
            "{said}"
        );
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 2, "nothing half written stays");
    }
}

fn sha256(file: &str) -> String {
    use sha2::Digest;
    hex::encode(sha2::Sha256::digest(std::fs::read(file).unwrap()))
}

#[tokio::test]
async fn a_tenant_that_cannot_be_backed_up_does_not_stop_the_others_and_is_tried_again() {
    let world = World::new().await;
    write_starter(&world);
    let platform = &world.platform;
    for slug in ["one", "two", "three"] {
        made(&world, slug, "local").await;
    }
    tenants::suspend(platform, &operator(), "three").await.unwrap();
    let two = tenants::find(platform, &operator(), "two").await.unwrap();
    let file = platform.config.data_dir.join("tenants").join(format!("{}.db", two.database));
    let aside = file.with_extension("aside");
    std::fs::rename(&file, &aside).unwrap();
    let run = backed_up(platform, &["one", "two", "three"]).await;
    assert_eq!((run.status, run.tenants.migrated, run.tenants.failed), (RunStatus::Failed, 2, 1));
    let tasks = runs::tasks(platform, &operator(), run.number, &TaskFilter { limit: 10, ..TaskFilter::default() })
        .await
        .unwrap();
    assert_eq!(tasks.tasks[0].tenant, "two");
    std::fs::rename(&aside, &file).unwrap();
    runs::rerun(platform, &operator(), run.number, &runs::Rerun::Failed, None).await.unwrap();
    runs::work_on(platform, run.number).await.unwrap();
    assert_eq!(runs::find(platform, &operator(), run.number).await.unwrap().status, RunStatus::Succeeded);
    let found = backups::list(platform, &operator(), None).await.unwrap();
    assert!(found.iter().all(|backup| backup.run == Some(run.number)) && found.len() == 3, "{found:?}");
    // What nobody asked about is as it was.
    let one = tenants::find(platform, &operator(), "one").await.unwrap();
    assert_eq!((one.state, one.last_run, one.verified_at.is_some()), (State::Current, None, true));
}

#[tokio::test]
async fn a_deleted_tenant_comes_back_from_its_backup_and_another_beside_it() {
    for home in [Home::Sqlite, Home::Postgres, Home::Mariadb] {
        let world = World::new().await;
        write_starter(&world);
        let platform = &world.platform;
        let server = home.server(&world).await;
        let before = made(&world, "acme", &server).await;
        says(home, &world, "insert into roles (id, name) values ('r2', 'kept; with ''quotes''')").await;
        tenants::delete(platform, &operator(), "acme", "acme", true).await.unwrap();
        let backup = newest(platform).await;
        assert_eq!((backup.why, backup.tenant_id.as_str()), (BackupReason::Delete, before.id.as_str()));
        let (tenant, run) = restored(platform, of(&backup)).await;
        assert_eq!(run.status, RunStatus::Succeeded, "{home:?}");
        assert_eq!(
            (tenant.slug.as_str(), tenant.status, tenant.version),
            ("acme", Status::Active, Some(20250126000001))
        );
        assert_ne!((&tenant.id, &tenant.database), (&before.id, &before.database));
        assert_eq!((tenant.state, tenant.verified_at), (State::Unknown, None), "nothing is trusted");
        assert_eq!(says(home, &world, ROLES).await, "admin\nkept; with 'quotes'", "{home:?}");
        let (beside, _) = restored(platform, Restore { slug: Some("then".into()), ..of(&backup) }).await;
        assert_eq!((beside.slug.as_str(), beside.status), ("then", Status::Active));
        // The next run looks for itself, and finds it as it is.
        let migrate = Request { goal: Goal::Migrate { to: None }, ..request(Filter::default()) };
        let run = runs::start(platform, &operator(), migrate).await.unwrap();
        assert_eq!(run.tenants.current, 0);
        runs::work_on(platform, run.number).await.unwrap();
        let run = runs::find(platform, &operator(), run.number).await.unwrap();
        assert_eq!((run.status, run.tenants.current), (RunStatus::Succeeded, 2), "{home:?}");
        // A slug that was taken since is not the tenant's.
        let error = runs::restore(platform, &operator(), of(&backup)).await.err().unwrap();
        assert_eq!(error.kind, Kind::Conflict);
        assert!(error.hint.unwrap().command().contains("--as SLUG"));
    }
}

#[tokio::test]
async fn a_backup_takes_the_place_of_what_its_tenant_has() {
    for home in [Home::Sqlite, Home::Postgres, Home::Mariadb] {
        let world = World::new().await;
        write_starter(&world);
        let platform = &world.platform;
        let server = home.server(&world).await;
        let before = made(&world, "acme", &server).await;
        backed_up(platform, &["acme"]).await;
        let backup = newest(platform).await;
        says(home, &world, "delete from roles").await;
        let refused = runs::restore(platform, &operator(), of(&backup)).await.err().unwrap();
        assert_eq!((refused.field, refused.nearest.as_slice()), (Some("confirm"), &["acme".to_owned()][..]));
        assert_eq!(tenants::find(platform, &operator(), "acme").await.unwrap().status, Status::Active);
        tenants::suspend(platform, &operator(), "acme").await.unwrap();

        // What was restored is not what was backed up: what the tenant had is there, and comes back.
        let confirmed = Restore { confirm: Some("acme".into()), ..of(&backup) };
        let (tenant, _) = runs::restore(platform, &operator(), confirmed.clone()).await.unwrap();
        assert_eq!((tenant.id.as_str(), tenant.status), (before.id.as_str(), Status::Provisioning));
        let fault =
            |at: Moment| (at == Moment::After(Step::Restore)).then(|| Failure::new(Category::Other, "not the same"));
        provision::resume_unless(platform, &operator(), "acme", &silent, &fault).await.err().unwrap();
        let undone = provision::undo(platform, &operator(), "acme", &silent).await.unwrap().tenant;
        assert_eq!(
            (undone.status, &undone.database, undone.version),
            (Status::Suspended, &before.database, before.version)
        );
        assert_eq!(says(home, &world, ROLES).await, "", "{home:?}: as it was");
        let run = runs::list(platform, &operator(), &[runs::Kind::Provision], None, 1).await.unwrap().remove(0);
        runs::cancel(platform, &operator(), run.number, false).await.unwrap();

        let (tenant, run) = restored(platform, confirmed).await;
        assert_eq!((run.status, tenant.status), (RunStatus::Succeeded, Status::Suspended), "{home:?}");
        assert_eq!(tenant.id, before.id);
        assert_ne!(tenant.database, before.database);
        assert_eq!(says(home, &world, ROLES).await, "admin", "{home:?}");
        // What it had is kept as a backup, and nowhere else.
        let last = newest(platform).await;
        assert_eq!((last.why, &last.database), (BackupReason::Restore, &before.database));
        let mut found = neo::doctor::examine(platform, &operator()).await.unwrap();
        // Other tests' tenants live on the same servers.
        found.retain(|finding| finding.area == "orphan" && !finding.ok && finding.subject.contains(&before.database));
        assert!(found.is_empty(), "{home:?}: {found:?}");
        // And again: nothing stands in the way of the next.
        let (tenant, run) = restored(platform, Restore { confirm: Some("acme".into()), ..of(&last) }).await;
        assert_eq!((run.status, tenant.status), (RunStatus::Succeeded, Status::Suspended), "{home:?}");
        assert_eq!(says(home, &world, ROLES).await, "");
        tenants::delete(platform, &operator(), "acme", "acme", true).await.unwrap();
    }
}

#[tokio::test]
async fn a_backup_that_is_not_what_its_manifest_says_becomes_nobody() {
    let world = World::new().await;
    write_starter(&world);
    let platform = &world.platform;
    made(&world, "acme", "local").await;
    backed_up(platform, &["acme"]).await;
    let backup = newest(platform).await;
    let whole = std::fs::read(&backup.file).unwrap();
    let asked = Restore { slug: Some("then".into()), ..of(&backup) };
    let refused = async || runs::restore(platform, &operator(), asked.clone()).await.err().unwrap();
    std::fs::write(&backup.file, &whole[..whole.len() - 1]).unwrap();
    let error = refused().await;
    assert!(error.kind == Kind::Conflict && error.message.contains("is not what its manifest says"), "{error:?}");
    std::fs::write(&backup.file, &whole).unwrap();
    let error = runs::restore(platform, &operator(), Restore { server: Some("pg".into()), ..asked.clone() })
        .await
        .err()
        .unwrap();
    assert_eq!(error.kind, Kind::NotFound);
    Home::Postgres.server(&world).await;
    let error = runs::restore(platform, &operator(), Restore { server: Some("pg".into()), ..asked.clone() })
        .await
        .err()
        .unwrap();
    assert_eq!((error.kind, error.field), (Kind::Invalid, Some("server")));
    std::fs::remove_file(Path::new(&backup.file).with_extension("json")).unwrap();
    assert!(refused().await.message.contains("manifest"));
    assert_eq!(tenants::find(platform, &operator(), "then").await.err().unwrap().kind, Kind::NotFound);
}

#[tokio::test]
async fn nobody_is_led_out_of_the_folder_of_backups_or_to_a_tenant_that_is_not_theirs() {
    let world = World::new().await;
    write_starter(&world);
    let platform = &world.platform;
    let of_acme = made(&world, "acme", "local").await;
    made(&world, "beta", "local").await;
    backed_up(platform, &["acme", "beta"]).await;
    let backup = newest(platform).await;
    let elsewhere = world.dir.path().join("elsewhere.db");
    std::fs::copy(&backup.file, &elsewhere).unwrap();
    std::fs::copy(Path::new(&backup.file).with_extension("json"), elsewhere.with_extension("json")).unwrap();
    let path = elsewhere.display().to_string();
    let boss = actor(Role::Superadmin);
    for file in [path.as_str(), "../elsewhere.db", "/etc/passwd"] {
        let error = backups::find(platform, &boss, file).await.err().unwrap();
        assert_eq!((error.kind, error.field), (Kind::Invalid, Some("file")), "{file}");
    }
    let name = Path::new(&backup.file).file_name().unwrap().to_str().unwrap().to_owned();
    backups::find(platform, &boss, &name).await.unwrap();
    backups::find(platform, &operator(), &path).await.unwrap();
    // Nor is one anybody's to work in.
    let adopt =
        |file: &str| Adopt { slug: "thief".into(), server: "local".into(), database: file.into(), ..Adopt::default() };
    let error = tenants::adopt(platform, &boss, adopt(&backup.file)).await.unwrap_err();
    assert!(error.kind == Kind::Conflict && error.message.contains("is a backup"), "{error:?}");
    tenants::adopt(platform, &boss, adopt(&path)).await.unwrap();
    let inside = Confinement { tags: Vec::new(), tenants: vec!["acme".into()] };
    let token = Token { id: "12345678".into(), confinement: inside, allow_destructive: true, connect: false };
    let confined = Actor { door: Door::Api, signed_in_ago: None, token: Some(token), ..actor(Role::Superadmin) };
    let seen = backups::list(platform, &confined, None).await.unwrap();
    assert!(seen.len() == 1 && seen[0].slug == "acme", "{seen:?}");
    let of_beta = backups::list(platform, &operator(), Some("beta")).await.unwrap().remove(0);
    let name = Path::new(&of_beta.file).file_name().unwrap().to_str().unwrap();
    assert_eq!(backups::find(platform, &confined, name).await.err().unwrap().kind, Kind::NotFound);
    // While nobody else has the slug, what is left of a deleted one is its own; whoever gets it next is somebody else.
    tenants::delete(platform, &operator(), "acme", "acme", true).await.unwrap();
    assert_eq!(backups::list(platform, &confined, None).await.unwrap().len(), 2);
    let first = of_acme.id;
    tenants::find(platform, &confined, &first).await.unwrap();
    made(&world, "acme", "local").await;
    // Not by its id either: its slug is another's by now.
    assert_eq!(tenants::find(platform, &confined, &first).await.err().unwrap().kind, Kind::NotFound);
    assert_eq!(tenants::find(platform, &operator(), &first).await.unwrap().status, Status::Deleted);
    let of_the_first = backups::list(platform, &operator(), Some("acme")).await.unwrap().remove(0);
    assert!(backups::list(platform, &confined, None).await.unwrap().is_empty());
    let name = Path::new(&of_the_first.file).file_name().unwrap().to_str().unwrap();
    assert_eq!(backups::find(platform, &confined, name).await.err().unwrap().kind, Kind::NotFound);
    let rows = neo::audit::list(platform, &confined, &neo::audit::Filter::default()).await.unwrap();
    assert!(rows.iter().all(|row| row.action != "tenant.delete"), "{rows:?}");
}

#[tokio::test]
async fn old_backups_go_when_there_are_newer_ones_and_the_last_of_a_deleted_tenant_stays() {
    let world = World::with(|config| (config.backups_kept, config.backups_for) = (2, 0)).await;
    write_starter(&world);
    let platform = &world.platform;
    made(&world, "acme", "local").await;
    made(&world, "beta", "local").await;
    tenants::delete(platform, &operator(), "beta", "beta", true).await.unwrap();
    // A manifest of another name that names the backup of beta as an old one of acme, a pipe, and what has no end.
    let folder = platform.config.data_dir.join("backups");
    let of_beta = newest(platform).await;
    let acme = tenants::find(platform, &operator(), "acme").await.unwrap();
    let forged = Backup { tenant_id: acme.id, slug: "acme".into(), at: 1, ..of_beta };
    std::fs::write(folder.join("zzz.json"), serde_json::to_vec(&forged).unwrap()).unwrap();
    assert!(Command::new("mkfifo").arg(folder.join("pipe.json")).status().unwrap().success());
    std::os::unix::fs::symlink("/dev/zero", folder.join("endless.json")).unwrap();
    for _ in 0..4 {
        backed_up(platform, &["acme"]).await;
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let slugs: Vec<_> = backups::list(platform, &operator(), None).await.unwrap().into_iter().map(|b| b.slug).collect();
    assert_eq!(slugs, ["acme", "acme", "beta"]);
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 6 + 3);
}

/// A grant in another database, where nobody gets in, keeps the role: the database is gone by then, and its backup is made.
#[tokio::test]
async fn a_deletion_that_came_half_way_goes_on_without_a_backup_of_what_is_gone() {
    let world = World::new().await;
    write_starter(&world);
    let platform = &world.platform;
    let server = Home::Postgres.server(&world).await;
    let tenant = made(&world, "acme", &server).await;
    let (cluster, other) = (support::postgres().await, support::unique("elsewhere"));
    cluster.query("", &format!("create database {other}")).await;
    cluster.query(&other, &format!("create table t (id int); grant select on t to {}", tenant.username)).await;
    cluster.query("", &format!("alter database {other} allow_connections false")).await;
    let delete = async || tenants::delete(platform, &operator(), "acme", "acme", true).await;
    let error = delete().await.err().unwrap();
    assert!(error.message.contains("the role"), "{error:?}");
    let first = newest(platform).await;
    cluster.query("", &format!("alter database {other} allow_connections true")).await;
    let deleted = delete().await.unwrap();
    assert_eq!(deleted.tenant.status, Status::Deleted);
    assert_eq!(deleted.backup.unwrap().display().to_string(), first.file);
    assert_eq!(backups::list(platform, &operator(), None).await.unwrap().len(), 1);
}

/// Somebody who may only look sees what there is, and restores nothing.
#[tokio::test]
async fn a_backup_is_restored_by_whoever_may_make_a_tenant() {
    let world = World::new().await;
    write_starter(&world);
    let platform = &world.platform;
    made(&world, "acme", "local").await;
    backed_up(platform, &["acme"]).await;
    let name = Path::new(&newest(platform).await.file).file_name().unwrap().to_str().unwrap().to_owned();
    for (role, may_back_up, may_restore) in
        [(Role::Support, false, false), (Role::Admin, true, false), (Role::Superadmin, true, true)]
    {
        let who: Actor = actor(role);
        assert!(!backups::list(platform, &who, None).await.unwrap().is_empty());
        let keys = Filter { keys: vec!["acme".into()], ..Filter::default() };
        let begun = runs::start(platform, &who, request(keys)).await;
        assert_eq!(begun.is_ok(), may_back_up, "{role}");
        if let Ok(run) = begun {
            runs::work_on(platform, run.number).await.unwrap();
        }
        let asked = Restore { file: name.clone(), slug: Some("then".into()), ..Restore::default() };
        assert_eq!(runs::restore(platform, &who, asked).await.is_ok(), may_restore, "{role}");
    }
}

/// MariaDB writes a FLOAT with six digits into whatever is made of it: what is only a backup says so, and nothing takes its place. An event
/// that is over by then is no part of it.
#[tokio::test(flavor = "multi_thread")]
async fn on_mariadb_no_number_is_lost_in_silence_and_no_event_that_is_over_keeps_a_backup_from_being_restored() {
    let world = World::new().await;
    write_starter(&world);
    let platform = &world.platform;
    let server = Home::Mariadb.server(&world).await;
    let acme = made(&world, "acme", &server).await;
    let name = &acme.database;
    let say = async |sql: &str| support::mariadb().await.query(name, sql).await;
    // As the tenant itself, whose the routines are then.
    let known = tenants::credentials(platform, &operator(), "acme").await.unwrap();
    let login = (known.user.as_deref().unwrap(), known.password.as_ref().unwrap().expose_secret());
    let own = async |sql: &str| support::mariadb().await.query_as(login, &format!("use {name}; {sql}")).await;
    say("create table m (id int primary key, f float, d double, s float(10, 2), g float as (f * 2) virtual)").await;
    say("insert into m (id, f, d, s) values (1, 1.5, 0.1, 12345.25), (2, 0.1, 1e300, 0.01), (3, -123456, 1/3, 1), (4, 3.4e38, 1, 1)").await;
    say("insert into m (id, f) values (5, 1.17549e-38), (6, null), (7, 0), (8, 1.1), (9, 0.3), (11, 65536)").await;
    say("create event once on schedule at now() + interval 3 second do set @once = 1").await;
    backed_up(platform, &["acme"]).await;
    let backup = newest(platform).await;
    assert_eq!(backup.rounded, [""; 0]);
    tokio::time::sleep(std::time::Duration::from_secs(4)).await;
    let (beside, run) = restored(platform, Restore { slug: Some("beside".into()), ..of(&backup) }).await;
    assert_eq!((run.status, beside.status), (RunStatus::Succeeded, Status::Active));
    let sums = "select concat_ws(' ', sum(f + 0e0), sum(d)) from m";
    assert_eq!(support::mariadb().await.query(&beside.database, sums).await, say(sums).await);

    // What was made while the database had another character set is made so again, and no other database is touched.
    let collation =
        |of: &str| format!("select default_collation_name from information_schema.schemata where schema_name = '{of}'");
    say("alter database character set latin1 collate latin1_german2_ci").await;
    own("create function old() returns varchar(60) return 'x'").await;
    own("create trigger old before insert on m for each row set new.d = new.d").await;
    say("alter database collate utf8mb4_spanish_ci").await;
    backed_up(platform, &["acme"]).await;
    let (again, run) = restored(platform, Restore { slug: Some("again".into()), ..of(&newest(platform).await) }).await;
    assert_eq!(run.status, RunStatus::Succeeded);
    let under = |of: &str| {
        format!(
            "select concat_ws(' ', (select database_collation from information_schema.routines where routine_schema = '{of}'), \
             (select database_collation from information_schema.triggers where trigger_schema = '{of}'))"
        )
    };
    assert_eq!(say(&under(&again.database)).await, "latin1_german2_ci latin1_german2_ci");
    for database in [&again.database, name] {
        assert_eq!(say(&collation(database)).await, "utf8mb4_spanish_ci");
    }
    say("drop function old; drop trigger old").await;

    say("insert into m (id, f) values (10, pow(2, 88))").await;
    assert_eq!(backed_up(platform, &["acme"]).await.status, RunStatus::Succeeded);
    assert_eq!(newest(platform).await.rounded, ["m.f"]);
    let told = |failure: Option<String>| assert!(failure.as_ref().is_some_and(|f| f.contains("m.f")), "{failure:?}");
    let error = tenants::delete(platform, &operator(), "acme", "acme", true).await.err().unwrap();
    told(error.cause.clone().or(Some(format!("{error:?}"))));
    let asked = Restore { confirm: Some("acme".into()), ..of(&newest(platform).await) };
    let error = runs::restore(platform, &operator(), asked).await.err().unwrap();
    told(error.cause.clone().or(Some(format!("{error:?}"))));
    assert_eq!(tenants::find(platform, &operator(), "acme").await.unwrap().status, Status::Active);
    say("alter table m drop column g, modify f double").await;
    // Nor is what no script of UTF-8 can hold.
    for (what, made) in [
        ("view old", "create view old as select 'é' as f from m"),
        ("view old", "create view old as select 1 as `é`"),
        ("procedure old", "create procedure old() select 'é'"),
        ("procedure old", "create procedure old(`é` int) select 1"),
        ("procedure old", "create procedure old(a enum('é')) select 1"),
        ("procedure old", "create procedure old() comment 'é' select 1"),
        ("function old", "create function old() returns enum('é') deterministic return null"),
        ("trigger old", "create trigger old before insert on m for each row set new.d = length('é')"),
        ("event old", "create event old on schedule every 1 year do select 'é'"),
        ("event old", "create event old on schedule every 1 year comment 'é' do select 1"),
        ("event é", "create event `é` on schedule every 1 year do select 1"),
    ] {
        own(&format!("set names latin1; {made}")).await;
        if what == "event é" {
            // One that somebody asks for is made all the same, and says so.
            assert_eq!(backed_up(platform, &["acme"]).await.status, RunStatus::Succeeded);
            let flaw = newest(platform).await.flaw().unwrap();
            assert!(flaw.contains("own client alone restores it (event "), "{flaw}");
        }
        let error = tenants::delete(platform, &operator(), "acme", "acme", true).await.err().unwrap();
        let (kind, name) = what.split_once(' ').unwrap();
        // By its own name, as whoever looks finds it.
        let name = name.replace('é', "Ã©");
        assert!(format!("{error:?}").contains(&format!("{kind} {name}: letters of it")), "{made}: {error:?}");
        say(&format!("drop {kind} `{name}`")).await;
    }
    tenants::delete(platform, &operator(), "acme", "acme", true).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_is_restored_in_the_encoding_and_order_that_it_had() {
    let world = World::new().await;
    let platform = &world.platform;
    let server = Home::Postgres.server(&world).await;
    let (cluster, name) = (support::postgres().await, support::unique("adopted"));
    cluster.query("", &format!("create role {name} login password 'canary-adopted'")).await;
    let made = "template template0 encoding 'LATIN1' lc_collate 'C' lc_ctype 'C'";
    cluster.query("", &format!("create database {name} owner {name} {made}")).await;
    let adopt = Adopt {
        slug: "acme".into(),
        name: None,
        server,
        database: name.clone(),
        username: name.clone(),
        password: AdoptPassword::Plain("canary-adopted".into()),
        password_hash: Default::default(),
        past: Default::default(),
    };
    tenants::adopt(platform, &operator(), adopt).await.unwrap();
    cluster.query(&name, "create table words (word text); insert into words values ('zo' || chr(235))").await;
    cluster.query(&name, &format!("alter table words owner to {name}")).await;
    backed_up(platform, &["acme"]).await;
    let (beside, run) =
        restored(platform, Restore { slug: Some("beside".into()), ..of(&newest(platform).await) }).await;
    assert_eq!(run.status, RunStatus::Succeeded);
    let nature = |of: &str| {
        format!(
            "select concat_ws(' ', pg_encoding_to_char(encoding), datcollate, datctype) from pg_database where datname = '{of}'"
        )
    };
    assert_eq!(cluster.query("", &nature(&beside.database)).await, "LATIN1 C C");
    assert_eq!(cluster.query(&beside.database, "select octet_length(word) from words").await, "3");
}
