//! The doctor names what is wrong, and the way out.

use neo::doctor::{self, Finding};
use neo::engine::{Category, Failure};
use neo::tenants;
use neo::tenants::provision::{self, Moment, Step};

use super::{Home, made, new_tenant, operator, silent, write_starter};
use crate::world::World;

async fn bad(world: &World) -> Vec<Finding> {
    let findings = doctor::examine(&world.platform, &operator()).await.unwrap();
    assert!(findings.iter().filter(|f| !f.ok).all(|f| f.remedy.is_some()), "{findings:?}");
    findings.into_iter().filter(|f| !f.ok).collect()
}

#[tokio::test]
async fn a_healthy_fleet_has_nothing_wrong() {
    let world = World::new().await;
    write_starter(&world);
    let pg = Home::Postgres.server(&world).await;
    made(&world, "acme", "local").await;
    made(&world, "bolt", &pg).await;
    // The cluster is shared with other tests, whose databases this installation does not know.
    let findings: Vec<_> = bad(&world).await.into_iter().filter(|f| f.area != "orphan").collect();
    assert!(findings.is_empty(), "{findings:?}");
}

#[tokio::test]
async fn what_is_half_made_damaged_orphaned_or_gone_is_named() {
    let world = World::new().await;
    write_starter(&world);
    let platform = &world.platform;
    let pg = Home::Postgres.server(&world).await;
    let folder = platform.config.data_dir.join("tenants");
    let file = |t: &tenants::Tenant| folder.join(format!("{}.db", t.database));

    tenants::reserve(platform, &operator(), new_tenant("stuck", "local")).await.unwrap();
    tenants::reserve(platform, &operator(), new_tenant("broken", "local")).await.unwrap();
    let fault = |at: Moment| (at == Moment::Before(Step::Migrate)).then(|| Failure::new(Category::Disk, "disk full"));
    provision::resume_unless(platform, &operator(), "broken", &silent, &fault).await.unwrap_err();
    let gone = made(&world, "gone", "local").await;
    std::fs::remove_file(file(&gone)).unwrap();
    let deleted = made(&world, "deleted", "local").await;
    std::fs::copy(file(&deleted), world.dir.path().join("kept")).unwrap();
    tenants::delete(platform, &operator(), "deleted", "deleted", false).await.unwrap();
    std::fs::copy(world.dir.path().join("kept"), file(&deleted)).unwrap();
    made(&world, "damaged", &pg).await;
    let fine = made(&world, "fine", &pg).await;
    let mut tx = platform.central.write().await.unwrap();
    sqlx::query("update tenants set credential = 'v1:00:00:00:00' where slug = 'damaged'")
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();

    let findings = bad(&world).await;
    let named = |area: &str, subject: &str| findings.iter().any(|f| f.area == area && f.subject.contains(subject));
    assert!(named("tenant", "stuck"), "{findings:?}");
    assert!(named("tenant", "broken"), "{findings:?}");
    assert!(named("tenant", "damaged"), "{findings:?}");
    assert!(named("orphan", "gone"), "{findings:?}");
    assert!(named("orphan", &deleted.database), "{findings:?}");
    assert!(!named("tenant", "fine") && !named("orphan", &fine.database), "{findings:?}");
}

/// Every file under a folder that not only its owner may have.
fn open_files(folder: &std::path::Path) -> Vec<String> {
    use std::os::unix::fs::PermissionsExt as _;
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let (path, mode) = (entry.path(), entry.metadata().unwrap().permissions().mode());
        if path.is_dir() {
            found.extend(open_files(&path));
        }
        if mode & 0o077 != 0 {
            found.push(format!("{:o} {}", mode & 0o777, path.display()));
        }
    }
    found
}

#[tokio::test]
async fn files_are_born_for_their_owner_and_what_is_wider_is_told_and_left() {
    use std::os::unix::fs::PermissionsExt as _;

    // In a process that gives everything away.
    const UMASK: &str = "NEO_TEST_UMASK";
    if std::env::var_os(UMASK).is_none() {
        let name = "tenants::doctor::files_are_born_for_their_owner_and_what_is_wider_is_told_and_left";
        let mut again = std::process::Command::new("sh");
        again.args(["-c", "umask 000; exec \"$0\" \"$@\""]).arg(std::env::current_exe().unwrap());
        let told = again.args(["--exact", name]).env(UMASK, "000").output().unwrap();
        let text = String::from_utf8_lossy(&told.stdout);
        assert!(told.status.success() && text.contains("1 passed"), "{text}");
        return;
    }
    let world = World::new().await;
    write_starter(&world);
    let platform = &world.platform;
    let _place = platform.central.take_place().unwrap();
    let acme = made(&world, "acme", "local").await;
    made(&world, "bolt", "local").await;
    tenants::delete(platform, &operator(), "bolt", "bolt", true).await.unwrap();
    std::fs::remove_dir_all(world.migrations()).unwrap();
    assert_eq!(open_files(world.dir.path()), Vec::<String>::new());
    assert!(!bad(&world).await.iter().any(|f| f.message.contains("open to others")));

    let file = platform.config.data_dir.join("tenants").join(format!("{}.db", acme.database));
    let wide = [(world.dir.path().join("central.db"), 0o644), (platform.config.data_dir.clone(), 0o755), (file, 0o640)];
    for (path, mode) in &wide {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(*mode)).unwrap();
    }
    let told: Vec<_> = bad(&world).await.into_iter().filter(|f| f.message.contains("open to others")).collect();
    let subjects: Vec<_> = told.iter().map(|f| f.subject.as_str()).collect();
    assert_eq!(subjects, ["DATA_DIR", "database", "acme"], "{told:?}");
    for (path, mode) in &wide {
        assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, *mode);
    }
}

#[tokio::test]
async fn a_server_that_is_registered_twice_is_told_once_and_nobodys_database_is_to_be_dropped() {
    let world = World::new().await;
    write_starter(&world);
    let cluster = crate::support::own_postgres("");
    let add = async |name: &str, host: &str| {
        let new = neo::servers::NewServer::from_url(name, &cluster.url("").replace("127.0.0.1", host).into()).unwrap();
        neo::servers::add(&world.platform, &operator(), new).await.unwrap();
    };
    add("one", "127.0.0.1").await;
    made(&world, "acme", "one").await;
    add("two", "localhost").await;
    let told: Vec<_> = bad(&world).await.into_iter().filter(|f| f.area == "orphan").collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].subject == "two" && told[0].message.contains("the very databases that server one shows"),
        "{told:?}"
    );
    assert!(told[0].remedy.as_deref().unwrap().contains("drop nothing"));
    // With one more on it, which is on the other as well.
    made(&world, "bolt", "two").await;
    let told: Vec<_> = bad(&world).await.into_iter().filter(|f| f.area == "orphan").collect();
    assert_eq!(told.len(), 1, "{told:?}");
}
