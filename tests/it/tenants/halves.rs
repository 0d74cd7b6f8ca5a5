//! Backups of tenants whose ledger nobody can read, and what killed processes leave of others.

use std::fs::File;
use std::time::{Duration, SystemTime};

use neo::runs::Status as RunStatus;
use neo::tenants::{self, Status};

use super::backups::{ROLES, backed_up, newest, of, restored, says};
use super::{Home, made, operator, write_starter};
use crate::world::World;

#[tokio::test]
async fn a_tenant_whose_ledger_is_none_comes_back_from_the_backup_of_its_deletion() {
    let home = Home::Postgres;
    let world = World::new().await;
    write_starter(&world);
    let platform = &world.platform;
    let server = home.server(&world).await;
    let before = made(&world, "acme", &server).await;
    says(home, &world, "alter table _sqlx_migrations rename to m").await;
    let view = format!(
        "create view _sqlx_migrations as select * from m; alter view _sqlx_migrations owner to \"{}\"",
        before.username
    );
    says(home, &world, &view).await;
    tenants::delete(platform, &operator(), "acme", "acme", true).await.unwrap();
    let backup = newest(platform).await;
    assert_eq!((backup.version, backup.applied), (None, 0));
    let (tenant, run) = restored(platform, of(&backup)).await;
    assert_eq!((run.status, tenant.status, tenant.version), (RunStatus::Succeeded, Status::Active, None));
    assert_eq!(says(home, &world, ROLES).await, "admin");
}

#[tokio::test]
async fn half_a_backup_goes_when_nobody_has_written_it_for_a_day() {
    let world = World::new().await;
    write_starter(&world);
    let platform = &world.platform;
    made(&world, "acme", "local").await;
    backed_up(platform, &["acme"]).await;
    let folder = platform.config.data_dir.join("backups");
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(25 * 60 * 60);
    for (name, is_old) in
        [("gone.sql.part", true), ("01.moving.part", true), ("written.dump.part", false), ("kept.sql", true)]
    {
        let file = File::create(folder.join(name)).unwrap();
        if is_old {
            file.set_modified(long_ago).unwrap();
        }
    }
    std::fs::create_dir(folder.join("folder.part")).unwrap();
    File::open(folder.join("folder.part")).unwrap().set_modified(long_ago).unwrap();
    backed_up(platform, &["acme"]).await;
    let entries = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut left: Vec<_> = entries.filter(|name| !name.starts_with("acme-")).collect();
    left.sort();
    assert_eq!(left, ["folder.part", "kept.sql", "written.dump.part"]);
}
