//! What happens to a tenant after it was made.

use std::time::Duration;

use neo::error::Kind;
use neo::servers::NewServer;
use neo::tenants::{self, Adopt, AdoptPassword, Edit, Filter, PasswordHash, State, Status};

use super::{Home, made, operator, write_starter};
use crate::support;
use crate::world::World;

fn owned(tags: &[&str]) -> Vec<String> {
    tags.iter().map(|tag| (*tag).to_owned()).collect()
}

/// Of two who each add a tag none takes the other's away: neither has to say what he has seen.
#[tokio::test(flavor = "multi_thread")]
async fn a_tag_is_added_and_removed_beside_whatever_others_do_meanwhile() {
    let world = World::new().await;
    write_starter(&world);
    made(&world, "acme", "local").await;
    let (platform, who) = (&world.platform, &operator());
    let edit = async |add: &[&str], remove: &[&str]| {
        let edit = Edit { add: owned(add), remove: owned(remove), ..Edit::default() };
        tenants::edit(platform, who, "acme", &edit).await
    };
    let many: Vec<String> = (0..20).map(|n| format!("t{n:02}")).collect();
    let all = futures::future::join_all(many.iter().map(|tag| async { edit(&[tag], &[]).await.unwrap() })).await;
    assert_eq!(all.len(), 20);
    assert_eq!(tenants::find(platform, who, "acme").await.unwrap().tags, many);
    let left = edit(&["eu", "t00"], &["t01", "none"]).await.unwrap();
    assert!(left.tags.len() == 20 && left.tags[0] == "eu" && !left.tags.contains(&"t01".to_owned()), "{left:?}");
    let replaced = Edit { tags: Some(owned(&["a", "b"])), remove: owned(&["b"]), ..Edit::default() };
    assert_eq!(tenants::edit(platform, who, "acme", &replaced).await.unwrap().tags, ["a"]);
    for (add, remove, field) in
        [(&["No"][..], &[][..], "add"), (&[], &["No"], "remove"), (&["x"], &["x"], "remove"), (&[], &[], "name")]
    {
        assert_eq!(edit(add, remove).await.err().unwrap().field, Some(field), "{add:?} {remove:?}");
    }
    assert_eq!(tenants::find(platform, who, "acme").await.unwrap().tags, ["a"]);
}

#[tokio::test]
async fn a_tenant_is_suspended_resumed_archived_renamed_and_tagged() {
    let world = World::new().await;
    write_starter(&world);
    let platform = &world.platform;
    made(&world, "acme", "local").await;
    let who = &operator();
    assert_eq!(tenants::suspend(platform, who, "acme").await.unwrap().status, Status::Suspended);
    assert_eq!(tenants::suspend(platform, who, "acme").await.err().unwrap().kind, Kind::Conflict);
    let active = Filter { statuses: vec![Status::Active], ..Filter::default() };
    assert!(tenants::all(platform, who, &active).await.unwrap().is_empty());
    assert_eq!(tenants::resume(platform, who, "acme").await.unwrap().status, Status::Active);
    assert_eq!(tenants::archive(platform, who, "acme").await.unwrap().status, Status::Archived);
    assert_eq!(tenants::resume(platform, who, "acme").await.unwrap().status, Status::Active);
    let edit = async |edit: Edit| tenants::edit(platform, who, "acme", &edit).await;
    let name = |name: &str| Edit { name: Some(name.to_owned()), ..Edit::default() };
    let tags = |tags: &[&str]| Edit { tags: Some(owned(tags)), ..Edit::default() };
    assert_eq!(edit(name(" Acme \"Corp\" ")).await.unwrap().name, "Acme \"Corp\"");
    assert_eq!(edit(name("a\nb")).await.err().unwrap().field, Some("name"));
    assert_eq!(edit(tags(&["eu", "beta"])).await.unwrap().tags, ["beta", "eu"]);
    assert!(edit(tags(&[])).await.unwrap().tags.is_empty());
    let acts = async || neo::audit::list(platform, who, &neo::audit::Filter::default()).await.unwrap().len();
    let before = acts().await;
    let wrong = edit(Edit { tags: Some(owned(&["No"])), ..name("Acme") }).await.err().unwrap();
    assert_eq!((wrong.field, acts().await), (Some("tags"), before), "nothing of it was done");
    assert_eq!(tenants::find(platform, who, "acme").await.unwrap().name, "Acme \"Corp\"");
    let edited = edit(Edit { tags: Some(owned(&["eu", "beta"])), ..name("Acme") }).await.unwrap();
    assert_eq!(
        (edited.name.as_str(), edited.tags, acts().await),
        ("Acme", vec!["beta".into(), "eu".into()], before + 2)
    );
    let hashed = |kind| Edit { password_hash: Some(kind), ..Edit::default() };
    edit(Edit { tags: Some(owned(&["beta", "eu"])), name: Some(" Acme ".into()), ..hashed(PasswordHash::Argon2id) })
        .await
        .unwrap();
    assert_eq!(acts().await, before + 2, "what stays as it is is no act");
    let edited = edit(hashed(PasswordHash::Bcrypt)).await.unwrap();
    assert_eq!((edited.name.as_str(), edited.tags), ("Acme", owned(&["beta", "eu"])), "what is not said stays");
    assert_eq!((edited.password_hash, acts().await), (PasswordHash::Bcrypt, before + 3));
    let back = edit(hashed(PasswordHash::Argon2id)).await.unwrap();
    assert_eq!((back.password_hash, acts().await), (PasswordHash::Argon2id, before + 4));
    let verified = neo::audit::verify(platform, who).await.unwrap();
    assert!(verified.first_bad.is_none() && verified.rows >= 8, "{verified:?}");
}

#[tokio::test]
async fn a_deleted_tenant_leaves_a_backup_and_nothing_else() {
    for home in [Home::Sqlite, Home::Postgres, Home::Mariadb] {
        let world = World::new().await;
        write_starter(&world);
        let platform = &world.platform;
        let server = home.server(&world).await;
        let tenant = made(&world, "acme", &server).await;
        let who = &operator();
        let error = tenants::delete(platform, who, "acme", "acne", true).await.err().unwrap();
        assert_eq!((error.kind, error.field), (Kind::Invalid, Some("confirm")));
        let deleted = tenants::delete(platform, who, "acme", "acme", true).await.unwrap();
        assert_eq!((deleted.tenant.status, deleted.tenant.id.as_str()), (Status::Deleted, tenant.id.as_str()));
        let backup = std::fs::read(deleted.backup.unwrap()).unwrap();
        let contains = |word: &str| backup.windows(word.len()).any(|w| w.eq_ignore_ascii_case(word.as_bytes()));
        assert!(contains("user_roles"), "{home:?}");
        assert_eq!(tenants::find(platform, who, "acme").await.err().unwrap().kind, Kind::NotFound);
        assert_eq!(tenants::delete(platform, who, &tenant.id, "acme", true).await.err().unwrap().kind, Kind::Conflict);
        let left = match home {
            Home::Sqlite => {
                let folder = platform.config.data_dir.join("tenants");
                std::fs::read_dir(folder).unwrap().count().to_string()
            }
            Home::Postgres => {
                let sql = format!("select count(*) from pg_database where datname = '{}'", tenant.database);
                support::postgres().await.query("", &sql).await
            }
            Home::Mariadb => {
                let sql = format!("select count(*) from mysql.user where user = '{}'", tenant.database);
                support::mariadb().await.query("", &sql).await
            }
        };
        assert_eq!(left, "0", "{home:?}");
    }
}

#[tokio::test]
async fn a_backup_that_fails_refuses_the_deletion() {
    let world = World::new().await;
    write_starter(&world);
    let platform = &world.platform;
    let tenant = made(&world, "acme", "local").await;
    // A file where the folder of backups should be.
    std::fs::write(platform.config.data_dir.join("backups"), "in the way").unwrap();
    tenants::delete(platform, &operator(), "acme", "acme", true).await.err().unwrap();
    assert_eq!(tenants::find(platform, &operator(), "acme").await.unwrap().status, Status::Active);
    assert!(platform.config.data_dir.join("tenants").join(format!("{}.db", tenant.database)).is_file());
    tenants::delete(platform, &operator(), "acme", "acme", false).await.unwrap();
}

#[tokio::test]
async fn a_database_that_exists_is_adopted_with_the_password_that_node_has_sealed_and_never_dropped() {
    let world = World::new().await;
    write_starter(&world);
    let platform = &world.platform;
    let server = Home::Postgres.server(&world).await;
    let cluster = support::postgres().await;
    let name = support::unique("adopted");
    cluster.query("", &format!("create role {name} login password 'pa$$w0rd'")).await;
    cluster.query("", &format!("create database {name} owner {name}")).await;
    let adopt = |password| Adopt {
        slug: "old".into(),
        name: None,
        server: server.clone(),
        database: name.clone(),
        username: name.clone(),
        password,
        ..Adopt::default()
    };
    let wrong = tenants::adopt(platform, &operator(), adopt(AdoptPassword::Plain("wrong".into()))).await.err().unwrap();
    assert!(!format!("{wrong:?}").contains("pa$$w0rd"));
    let garbage = AdoptPassword::Legacy(format!("{}:{}", "00".repeat(16), "00".repeat(16)));
    tenants::adopt(platform, &operator(), adopt(garbage)).await.err().unwrap();
    let sealed = platform.vault.legacy_seal(&"pa$$w0rd".into());
    let tenant = tenants::adopt(platform, &operator(), adopt(AdoptPassword::Legacy(sealed))).await.unwrap().tenant;
    assert_eq!((tenant.status, tenant.state, tenant.version), (Status::Active, State::Unknown, None));
    tenants::delete(platform, &operator(), "old", "old", true).await.unwrap();
    let sql = format!("select count(*) from pg_database where datname = '{name}'");
    assert_eq!(cluster.query("", &sql).await, "1");
    tenants::adopt(platform, &operator(), adopt(AdoptPassword::Plain("pa$$w0rd".into()))).await.unwrap();
}

#[tokio::test]
async fn a_deletion_that_nobody_waits_for_comes_to_its_end() {
    let world = World::new().await;
    write_starter(&world);
    let platform = &world.platform;
    let tenant = made(&world, "acme", "local").await;
    let who = &operator();
    let delete =
        async |confirm: &str, patience| tenants::delete_within(platform, who, "acme", confirm, true, patience).await;
    let error = delete("acne", Duration::from_secs(60)).await.err().unwrap();
    assert_eq!((error.kind, error.field), (Kind::Invalid, Some("confirm")));
    assert!(delete("acme", Duration::ZERO).await.unwrap().is_none(), "not done yet");
    let status = async || tenants::find(platform, who, &tenant.id).await.unwrap().status;
    for _ in 0..600 {
        if status().await == Status::Deleted {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(status().await, Status::Deleted);
    // With its manifest.
    assert_eq!(std::fs::read_dir(platform.config.data_dir.join("backups")).unwrap().count(), 2);
}

/// A server that has lost what Neo wrote down there looks as if the database were gone already; its own login knows better.
#[tokio::test(flavor = "multi_thread")]
async fn what_an_earlier_try_backed_up_is_not_the_last_of_a_database_that_is_still_there() {
    let world = World::new().await;
    let (platform, who) = (&world.platform, &operator());
    // What is prepared there is told of to whoever deletes another's.
    let cluster = tokio::task::spawn_blocking(|| support::own_mariadb("")).await.unwrap();
    let new = NewServer::from_url("own", &cluster.admin_url().into()).unwrap();
    neo::servers::add(platform, who, new).await.unwrap();
    let tenant = made(&world, "acme", "own").await;
    let says = async |sql: &str| cluster.query(&tenant.database, sql).await;
    says("create table kept (id int)").await;
    // It is backed up, and then something holds its table.
    says("xa start 'held'; insert into kept values (1); xa end 'held'; xa prepare 'held'").await;
    tenants::delete(platform, who, "acme", "acme", true).await.err().unwrap();
    cluster.query("", "xa rollback 'held'").await;
    assert_eq!(tenants::find(platform, who, "acme").await.unwrap().status, Status::Archived);
    let earlier = neo::backups::list(platform, who, None).await.unwrap().remove(0);
    tenants::resume(platform, who, "acme").await.unwrap();
    says("insert into kept values (4711)").await;
    tenants::archive(platform, who, "acme").await.unwrap();
    cluster.query("_neo", &format!("delete from marks where tenant_id = '{}'", tenant.id)).await;

    let deleted = tenants::delete(platform, who, "acme", "acme", true).await.unwrap();
    let last = deleted.backup.unwrap();
    assert_ne!(last.file_name().unwrap().to_str().unwrap(), earlier.file);
    assert!(std::fs::read_to_string(last).unwrap().contains("4711"));
}
