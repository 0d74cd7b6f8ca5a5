//! What a tenant had while a backup takes its place: kept until that is whole, known to whoever looks, and taken back with what it
//! was sealed with.

use std::path::Path;

use neo::Platform;
use neo::actor::{Actor, Confinement, Door, Role, Token};
use neo::backups::BackupReason;
use neo::config::Keys;
use neo::engine::{Category, Connection, Failure};
use neo::error::Kind;
use neo::runs::{self, Restore, Status as RunStatus};
use neo::servers::{self, Changes};
use neo::tenants::provision::{self, Moment, Step};
use neo::tenants::{self, Status};
use neo::vault;

use super::backups::{ROLES, backed_up, newest, of, restored, says};
use super::moving::target;
use super::{Home, made, operator, silent, write_starter};
use crate::support;
use crate::world::{World, actor, new_keys};

async fn password_made_at(platform: &Platform) -> Option<i64> {
    let mut conn = platform.central.read().await.unwrap();
    sqlx::query_scalar("select password_made_at from tenants where slug = 'acme'").fetch_one(&mut *conn).await.unwrap()
}

/// What a tenant had waits until the backup is whole in its place: sealed anew with everything else, and known to whoever looks.
#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_a_restore_is_sealed_anew_and_keeps_its_server() {
    for home in [Home::Postgres, Home::Mariadb] {
        let world = World::new().await;
        write_starter(&world);
        let platform = &world.platform;
        let (from, to) = (home.server_called("from", &world).await, home.server_called("to", &world).await);
        let before = made(&world, "acme", &from).await;
        backed_up(platform, &["acme"]).await;
        let asked = Restore { confirm: Some("acme".into()), server: Some(to.clone()), ..of(&newest(platform).await) };
        runs::restore(platform, &operator(), asked).await.unwrap();
        let fault = |at: Moment| (at == Moment::After(Step::Restore)).then(|| Failure::new(Category::Other, "stopped"));
        provision::resume_unless(platform, &operator(), "acme", &silent, &fault).await.err().unwrap();
        // At the end of it what the tenant had is dropped: who goes on has to be one who may delete.
        let token = Token {
            id: "12345678".into(),
            confinement: Confinement::default(),
            allow_destructive: false,
            connect: false,
        };
        let careful = Actor { door: Door::Api, signed_in_ago: None, token: Some(token), ..actor(Role::Superadmin) };
        for run in runs::list(platform, &operator(), &[runs::Kind::Provision], None, 9).await.unwrap() {
            let error = runs::resume(platform, &careful, run.number).await.err().unwrap();
            assert_eq!(error.kind, Kind::Denied, "{home:?}: {error:?}");
            let _ = runs::cancel(platform, &operator(), run.number, false).await;
        }
        let error = runs::provision_again(platform, &careful, "acme").await.err().unwrap();
        assert_eq!(error.kind, Kind::Denied, "{home:?}: {error:?}");

        assert!(password_made_at(platform).await.is_some(), "{home:?}: the new one is new");
        // It is told where people look.
        let tenant = tenants::find(platform, &operator(), "acme").await.unwrap();
        let detail = tenants::detail(platform, &operator(), tenant, false).await.unwrap();
        let waits = detail.before.unwrap();
        assert_eq!((waits.database.as_str(), waits.server.as_str()), (before.database.as_str(), "from"), "{home:?}");
        let found = neo::doctor::examine(platform, &operator()).await.unwrap();
        let said = |area: &str, text: &str| found.iter().any(|f| f.area == area && !f.ok && f.message.contains(text));
        assert!(said("tenant", &format!("is kept: {} on server from", before.database)), "{home:?}: {found:?}");
        // By the name that it waits under: others make databases there between the two looks at the one server.
        let here = format!("from/{}", before.database);
        let is_orphan = |f: &&neo::doctor::Finding| f.area == "orphan" && f.subject == here;
        assert!(!found.iter().any(|f| is_orphan(&f)), "{home:?}: {found:?}");
        // And nobody takes the server away from under it, or the database for another's.
        let error = servers::remove(platform, &operator(), "from").await.err().unwrap();
        assert!(error.kind == Kind::Conflict && error.message.contains("before a backup"), "{home:?}: {error:?}");
        let hint = error.hint.unwrap().command();
        assert!(hint.contains("neo tenant retry acme") && hint.contains("neo tenant cleanup acme"), "{hint}");

        // Another address, and another key: what was sealed to the old ones comes back all the same.
        let changes = Changes { host: Some("localhost".into()), ..Changes::default() };
        servers::set(platform, &operator(), "from", changes).await.unwrap();
        let keys = Keys { old: platform.config.keys.current.iter().cloned().collect(), ..new_keys() };
        let alone = Keys { old: Vec::new(), ..keys.clone() };
        let other = world.reopened(keys).await.unwrap();
        let error = world.reopened(alone.clone()).await.err().unwrap();
        let status = vault::status(&other, &operator()).await.unwrap();
        assert_eq!(status.keys.iter().map(|key| key.tenants).collect::<Vec<_>>(), [0, 2], "{home:?}: {error}");
        let done = vault::rewrap(&other, &operator()).await.unwrap();
        assert_eq!((done.rewrapped, done.failed), (4, vec![]), "{home:?}");
        let other = world.reopened(alone).await.unwrap();
        let back = provision::undo(&other, &operator(), "acme", &silent).await.unwrap().tenant;
        assert_eq!((back.status, &back.database), (Status::Active, &before.database));
        assert_eq!(password_made_at(&other).await, None, "{home:?}: as old as it was");
        let told = tenants::credentials(&other, &operator(), "acme").await.unwrap();
        assert_eq!(told.host.as_deref(), Some("localhost"), "{home:?}");
        assert_eq!(backed_up(&other, &["acme"]).await.status, RunStatus::Succeeded, "{home:?}: it signs in");
    }
}

/// What a tenant had is there until it is being dropped, whatever keeps its last backup from being made.
#[tokio::test(flavor = "multi_thread")]
async fn a_restore_whose_last_backup_fails_is_taken_back_and_made_without_one() {
    for home in [Home::Sqlite, Home::Postgres, Home::Mariadb] {
        let world = World::new().await;
        write_starter(&world);
        let platform = &world.platform;
        let server = home.server(&world).await;
        let before = made(&world, "acme", &server).await;
        backed_up(platform, &["acme"]).await;
        says(home, &world, "delete from roles").await;
        // Where nothing more can be written, and what is restored lies elsewhere.
        let folder = platform.config.data_dir.join("backups");
        let kept = world.dir.path().join("kept");
        std::fs::rename(&folder, &kept).unwrap();
        let file = kept.join(Path::new(&newest_in(&kept)).file_name().unwrap()).display().to_string();
        std::fs::write(&folder, "not a folder").unwrap();
        let asked = Restore { file, confirm: Some("acme".into()), ..Restore::default() };
        let (_, run) = restored(platform, asked.clone()).await;
        assert_eq!(run.status, RunStatus::Failed, "{home:?}");
        let steps = provision::steps(platform, &operator(), "acme").await.unwrap();
        let failure = steps.iter().find(|record| record.step == Step::Retire).unwrap().failure.clone().unwrap();
        let hint = failure.hint.unwrap().command();
        assert!(hint.contains("clean up, and restore again with --no-backup"), "{home:?}: {hint}");
        // To delete it now would not delete it.
        let error = tenants::delete(platform, &operator(), "acme", "acme", true).await.err().unwrap();
        let ways = error.hint.as_ref().unwrap().command();
        assert!(error.kind == Kind::Conflict && ways.contains("neo tenant cleanup acme"), "{home:?}: {error:?}");

        let back = provision::undo(platform, &operator(), "acme", &silent).await.unwrap().tenant;
        assert_eq!((back.status, &back.database), (Status::Active, &before.database), "{home:?}");
        assert_eq!(says(home, &world, ROLES).await, "", "{home:?}: as it was");
        let (tenant, run) = restored(platform, Restore { no_backup: true, ..asked.clone() }).await;
        assert_eq!((run.status, tenant.status), (RunStatus::Succeeded, Status::Active), "{home:?}");
        assert_eq!(says(home, &world, ROLES).await, "admin", "{home:?}");

        // And what is being dropped does not come back, also where that comes half way: a grant in another database keeps the role.
        let (cluster, other) = (support::postgres().await, support::unique("elsewhere"));
        if home == Home::Postgres {
            cluster.query("", &format!("create database {other}")).await;
            let grant = format!("create table t (id int); grant select on t to {}", tenant.username);
            cluster.query(&other, &grant).await;
            cluster.query("", &format!("alter database {other} allow_connections false")).await;
        }
        let (_, run) = runs::restore(platform, &operator(), Restore { no_backup: true, ..asked }).await.unwrap();
        let fault = |at: Moment| {
            let here = at == Moment::After(Step::Retire) && home != Home::Postgres;
            here.then(|| Failure::new(Category::Other, "stopped"))
        };
        provision::resume_unless(platform, &operator(), "acme", &silent, &fault).await.err().unwrap();
        runs::cancel(platform, &operator(), run.number, false).await.unwrap();
        let error = provision::undo(platform, &operator(), "acme", &silent).await.err().unwrap();
        assert!(error.message.contains("is being dropped"), "{home:?}: {error:?}");
        if home == Home::Postgres {
            cluster.query("", &format!("alter database {other} allow_connections true")).await;
        }
        provision::resume(platform, &operator(), "acme", &silent).await.unwrap();
        assert_eq!(says(home, &world, ROLES).await, "admin", "{home:?}");
    }
}

/// The one backup of a folder.
fn newest_in(folder: &Path) -> String {
    let files = std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path());
    files.filter(|path| path.extension().is_some_and(|end| end != "json")).max().unwrap().display().to_string()
}

/// What is acknowledged to an application is in what the tenant has, or in the last backup of what it had.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_an_application_was_told_is_kept_is_lost_when_a_backup_takes_its_place() {
    for home in [Home::Postgres, Home::Mariadb] {
        let world = World::new().await;
        write_starter(&world);
        let platform = &world.platform;
        let server = home.server(&world).await;
        made(&world, "acme", &server).await;
        backed_up(platform, &["acme"]).await;
        let told = tenants::credentials(platform, &operator(), "acme").await.unwrap();
        let mut application = Connection::open(&target(&told)).await.unwrap();
        application.execute("create table written (n integer)").await.unwrap();
        let writing = tokio::spawn(async move {
            let mut acknowledged = 0;
            while application.execute(&format!("insert into written values ({acknowledged})")).await.is_ok() {
                acknowledged += 1;
            }
            // It comes back as applications do.
            (acknowledged, Connection::open(&target(&told)).await.is_ok())
        });
        let asked = Restore { confirm: Some("acme".into()), ..of(&newest(platform).await) };
        let (_, run) = restored(platform, asked).await;
        assert_eq!(run.status, RunStatus::Succeeded, "{home:?}");
        let (acknowledged, came_back) = writing.await.unwrap();
        assert!(acknowledged > 0 && !came_back, "{home:?}");
        let last = newest(platform).await;
        assert_eq!(last.why, BackupReason::Restore, "{home:?}");
        let (then, _) = restored(platform, Restore { slug: Some("then".into()), ..of(&last) }).await;
        let cluster = if home == Home::Postgres { support::postgres().await } else { support::mariadb().await };
        let kept: i64 = cluster.query(&then.database, "select count(*) from written").await.parse().unwrap();
        // The last one may have been kept without the session having been there any more to hear of it.
        assert!([acknowledged, acknowledged + 1].contains(&kept), "{home:?}: {kept} of {acknowledged}");
    }
}
