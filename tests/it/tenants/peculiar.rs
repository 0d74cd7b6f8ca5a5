//! Servers that are set up in a way of their own: each works, or is refused in words that end it.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use neo::actor::Role;
use neo::error::Error;
use neo::runs::{self, Goal, Status};
use neo::servers::{self, NewServer};
use neo::tenants::{self, Adopt, AdoptPassword};

use super::locks::outsider;
use super::{made, operator};
use crate::runs::{all, finish, start};
use crate::support::{self, Cluster};
use crate::world::{World, actor};

async fn added(world: &World, cluster: &Cluster, user: &str, password: &str) -> Result<(), Error> {
    let new = NewServer::from_url("odd", &cluster.url_of(user, password, "").into()).unwrap();
    servers::add(&world.platform, &operator(), new).await.map(drop)
}

fn told(error: &Error) -> String {
    let hint = error.hint.as_ref().map(|hint| hint.command()).unwrap_or_default();
    format!("{}\n{hint}", error.cause.as_deref().unwrap_or_default())
}

async fn own_mariadb() -> Cluster {
    tokio::task::spawn_blocking(|| support::own_mariadb("")).await.unwrap()
}

#[tokio::test]
async fn a_server_that_checks_passwords_is_told_them_and_finds_them_good() {
    let cluster = own_mariadb().await;
    cluster.query("", "install soname 'simple_password_check'").await;
    let world = World::new().await;
    added(&world, &cluster, support::ADMIN, &cluster.password).await.unwrap();
    for slug in ["acme", "beta"] {
        made(&world, slug, "odd").await;
    }
    // And that of its own login, which it would not take as a hash.
    servers::rotate_password(&world.platform, &operator(), "odd").await.unwrap();
    let mut old = cluster.client_of((support::ADMIN, &cluster.password), "mysql");
    assert!(!old.args(["-e", "select 1"]).output().unwrap().status.success());
    servers::check(&world.platform, &operator(), "odd").await.unwrap();
    made(&world, "corp", "odd").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_says_of_a_password_is_told_in_its_words_and_changes_nothing() {
    let cluster = own_mariadb().await;
    cluster.query("", "install soname 'simple_password_check'").await;
    let world = World::new().await;
    added(&world, &cluster, support::ADMIN, &cluster.password).await.unwrap();
    made(&world, "acme", "odd").await;
    let sealed = tenants::find(&world.platform, &operator(), "acme").await.unwrap();
    cluster.query("", "set global simple_password_check_minimal_length = 60").await;
    const SAID: &str = "Your password does not satisfy the current policy requirements (simple_password_check)";

    let error = servers::rotate_password(&world.platform, &operator(), "odd").await.unwrap_err();
    assert!(error.message.contains("keeps the password that it has"), "{error}");
    assert!(told(&error).starts_with(SAID) && told(&error).contains("strict_password_validation"), "{}", told(&error));
    let run = start(&world, all(Goal::RotatePassword { older_than_ms: None })).await;
    assert_eq!(finish(&world, run.number).await.tenants.failed, 1);
    let failure = runs::failures(&world.platform, &operator(), run.number).await.unwrap().remove(0).2;
    assert_eq!((failure.code.as_deref(), failure.message.as_str()), (Some("1819"), SAID));
    assert!(failure.detail.unwrap().contains("Too short password (< 60)"));
    assert!(failure.hint.unwrap().command().contains("strict_password_validation"));
    let beta = tenants::reserve(&world.platform, &operator(), super::new_tenant("beta", "odd")).await.unwrap();
    let error =
        neo::tenants::provision::resume(&world.platform, &operator(), &beta.id, &super::silent).await.unwrap_err();
    assert!(told(&error).starts_with(SAID), "{}", told(&error));

    // As it was, and as the way out says.
    tenants::unresolved(&world.platform, &operator(), "acme").await.unwrap();
    let now = tenants::find(&world.platform, &operator(), "acme").await.unwrap();
    assert_eq!(now.updated_at, sealed.updated_at);
    cluster.query("", "set global strict_password_validation = off").await;
    servers::rotate_password(&world.platform, &operator(), "odd").await.unwrap();
    let run = start(&world, all(Goal::RotatePassword { older_than_ms: None })).await;
    assert_eq!(finish(&world, run.number).await.tenants.migrated, 1);

    // Somebody has dropped the login: the server's number for it is the same as for a password that it refuses.
    let login = tenants::find(&world.platform, &operator(), "acme").await.unwrap().username;
    cluster.query("", &format!("drop user '{login}'@'%'")).await;
    let run = start(&world, all(Goal::RotatePassword { older_than_ms: None })).await;
    finish(&world, run.number).await;
    let failure = runs::failures(&world.platform, &operator(), run.number).await.unwrap().remove(0).2;
    assert_eq!(failure.code.as_deref(), Some("1396"));
    assert!(failure.message.starts_with("Operation ALTER USER failed"), "{failure}");
    assert!(failure.hint.unwrap().command().contains("is gone"), "{}", failure.message);
}

#[tokio::test]
async fn what_stands_in_the_way_of_a_login_on_mariadb_is_named_with_what_ends_it() {
    let cluster = own_mariadb().await;
    let world = World::new().await;
    // The server's own login is of this host, as `root` is where it is installed.
    cluster.query("", "create user here@'127.0.0.1' identified by 'here-9'").await;
    cluster
        .query("", "grant all privileges on *.* to here@'127.0.0.1' with grant option; create user ''@'127.0.0.1'")
        .await;
    let said = told(&added(&world, &cluster, "here", "here-9").await.unwrap_err());
    assert!(said.starts_with("the anonymous user ''@'127.0.0.1' stands before a tenant's login\n"), "{said}");
    assert!(said.ends_with("have somebody who may run: drop user ''@'127.0.0.1'"), "{said}");
    cluster.query_as(("here", "here-9"), "drop user ''@'127.0.0.1'").await;

    // One that somebody makes later: who is not let in with a new password is told why.
    added(&world, &cluster, "here", "here-9").await.unwrap();
    made(&world, "acme", "odd").await;
    cluster.query_as(("here", "here-9"), "create user ''@'127.0.0.1'").await;
    let run = start(&world, all(Goal::RotatePassword { older_than_ms: None })).await;
    finish(&world, run.number).await;
    let failure = runs::failures(&world.platform, &operator(), run.number).await.unwrap().remove(0).2;
    assert_eq!(failure.message, "the anonymous user ''@'127.0.0.1' stands before a tenant's login");
    assert!(failure.hint.unwrap().command().ends_with("drop user ''@'127.0.0.1'"));
    cluster.query_as(("here", "here-9"), "drop user ''@'127.0.0.1'").await;

    let world = World::new().await;
    cluster.query("", "create user lim@'%' identified by 'lim-9'; grant create user on *.* to lim@'%'").await;
    cluster.query("", "grant all privileges on `t\\_%`.* to lim@'%'").await;
    cluster.query("", "grant all privileges on `_neo`.* to lim@'%'").await;
    let said = told(&added(&world, &cluster, "lim", "lim-9").await.unwrap_err());
    assert!(said.contains("grant all privileges on `t\\_%`.* to 'lim'@'%' with grant option"), "{said}");
    cluster.query("", "revoke all privileges on `_neo`.* from lim@'%'").await;
    cluster.query("", "grant all privileges on `t\\_%`.* to lim@'%' with grant option").await;
    let said = told(&added(&world, &cluster, "lim", "lim-9").await.unwrap_err());
    let way_out = "have somebody who may run: grant all privileges on `_neo`.* to 'lim'@";
    assert!(said.contains(way_out), "{said}");
    cluster.query("", "grant all privileges on `_neo`.* to lim@'%'").await;
    added(&world, &cluster, "lim", "lim-9").await.unwrap();
    made(&world, "acme", "odd").await;

    // Two see of each other what a run relies on.
    cluster.query("", "alter user lim@'%' with max_user_connections 1").await;
    let error = servers::check(&world.platform, &operator(), "odd").await.unwrap_err();
    let said = told(&error);
    assert!(said.contains("max_user_connections") && said.contains("raise what its account may"), "{said}");

    cluster
        .query("", "install soname 'auth_ed25519'; create user ed@'%' identified via ed25519 using password('ed-9')")
        .await;
    let world = World::new().await;
    let said = told(&added(&world, &cluster, "ed", "ed-9").await.unwrap_err());
    assert!(said.contains("signs in by a plugin that Neo does not speak"), "{said}");
    let left = "select (select count(*) from information_schema.schemata where schema_name like 't\\_probe%') \
                + (select count(*) from mysql.user where user like 't\\_probe%')";
    assert_eq!(cluster.query("", left).await, "0");
}

#[tokio::test]
async fn a_login_that_is_let_in_over_tls_alone_is_told_so_where_tls_is_off() {
    let cluster = support::mariadb().await;
    let login = support::unique("sealed");
    cluster.query("", &format!("create user {login}@'%' identified by 'sealed-9' require ssl")).await;
    cluster.query("", &format!("grant all privileges on *.* to {login}@'%' with grant option")).await;
    // The server's words are those for a wrong password.
    let error = added(&World::new().await, cluster, &login, "sealed-9").await.unwrap_err();
    let said = told(&error);
    assert!(said.contains("Access denied for user"), "{error}: {said}");
    assert!(said.contains("where the password is right, the server or login takes nobody without TLS"), "{said}");

    // One that was let in once may have another password as well.
    let world = World::new().await;
    cluster.query("", &format!("alter user {login}@'%' require none")).await;
    added(&world, cluster, &login, "sealed-9").await.unwrap();
    cluster.query("", &format!("alter user {login}@'%' require ssl")).await;
    let said = told(&servers::check(&world.platform, &operator(), "odd").await.unwrap_err());
    assert!(said.contains("its login may have another password by now"), "{said}");
    assert!(said.contains("takes nobody without TLS, which is off for this server"), "{said}");
}

#[tokio::test]
async fn where_names_are_one_in_large_letters_and_small_a_tenant_has_a_whole_life() {
    let cluster = tokio::task::spawn_blocking(|| support::own_mariadb("--lower-case-table-names=1")).await.unwrap();
    let world = World::new().await;
    added(&world, &cluster, support::ADMIN, &cluster.password).await.unwrap();
    let file = world.migrations().join("20260101000001_one.up.sql");
    std::fs::write(&file, "create table OneTable (Id int primary key); insert into onetable values (1);").unwrap();
    std::fs::write(file.with_file_name("20260101000001_one.down.sql"), "drop table ONETABLE;").unwrap();
    for slug in ["acme", "beta"] {
        made(&world, slug, "odd").await;
    }
    for (n, goal) in [Goal::Verify, Goal::RollbackLast, Goal::Migrate { to: None }].into_iter().enumerate() {
        let run = start(&world, all(goal)).await;
        let run = finish(&world, run.number).await;
        assert_eq!((run.status, run.tenants.failed), (Status::Succeeded, 0), "{n}");
    }
    tenants::delete(&world.platform, &operator(), "acme", "acme", false).await.unwrap();
    let left = "select count(*) from information_schema.schemata where schema_name like 't\\_acme%'";
    assert_eq!(cluster.query("", left).await, "0");
}

/// A cluster whose locale is of another encoding, as older ones have it; none where there is no locale to make it of.
fn latin() -> Option<Cluster> {
    let programs = support::postgres_bin("postgres");
    let folder = tempfile::tempdir().unwrap();
    let locale = folder.path().join("share/latin");
    std::fs::create_dir_all(folder.path().join("share")).unwrap();
    // It warns of what a locale usually has besides.
    let _ = Command::new("localedef").args(["-c", "-i", "POSIX", "-f", "ISO-8859-1"]).arg(&locale).output();
    locale.exists().then_some(())?;
    let bin = folder.path().join("bin");
    std::fs::create_dir_all(&bin).unwrap();
    for (program, more) in
        [("initdb", "--encoding=LATIN1 --locale=latin"), ("postgres", ""), ("psql", ""), ("pg_isready", "")]
    {
        let real = programs.with_file_name(program);
        let script = format!(
            "#!/bin/sh\nexport LOCPATH=\"$(dirname \"$0\")/../share\"\nexec {} \"$@\" {more}\n",
            real.display()
        );
        std::fs::write(bin.join(program), script).unwrap();
        std::fs::set_permissions(bin.join(program), std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    Some(support::postgres_of(&bin, ""))
}

#[tokio::test]
async fn a_cluster_of_another_encoding_is_refused_with_what_to_do_about_it() {
    let Some(cluster) = tokio::task::spawn_blocking(latin).await.unwrap() else {
        eprintln!("SKIPPED: there is nothing to make a locale of (Debian: apt-get install locales)");
        return;
    };
    let said = told(&added(&World::new().await, &cluster, support::ADMIN, &cluster.password).await.unwrap_err());
    assert!(said.contains("does not match locale"), "{said}");
    assert!(said.ends_with("make one in UTF8, with the locale C.UTF-8, and move to it"), "{said}");
    let left = "select count(*) from pg_database where datname like 't\\_probe%'";
    assert_eq!(cluster.query("", left).await, "0");
}

/// Whose session it is that a login may not end, in the server's words.
async fn not_ended(cluster: &Cluster) -> String {
    let login = support::unique("unlocker");
    cluster.query("", &format!("create role {login} login createdb createrole password 'canary-9'")).await;
    cluster.query("", &format!("grant pg_read_all_stats, pg_signal_backend to {login}")).await;
    let world = World::new().await;
    added(&world, cluster, &login, "canary-9").await.unwrap();
    let tenant = made(&world, "acme", "odd").await;
    let platform = &world.platform;
    let _held = outsider(cluster, &tenant).await;
    let boss = actor(Role::Superadmin);
    let shown = tenants::lock_holder(platform, &boss, "acme").await.unwrap().unwrap();
    told(&tenants::unlock(platform, &boss, "acme", "acme", &shown.session, None).await.unwrap_err())
}

#[tokio::test]
async fn a_superusers_session_is_not_ended_and_why_is_said() {
    let said = not_ended(support::postgres().await).await;
    assert!(said.contains("must be a superuser to terminate superuser process"), "{said}");
    let Some(programs) = std::env::var_os("NEO_POSTGRES_18").filter(|folder| !folder.is_empty()) else {
        eprintln!("SKIPPED: NEO_POSTGRES_18 does not say where PostgreSQL 18 is (make worlds brings it)");
        return;
    };
    // There it is said in the detail.
    let cluster = tokio::task::spawn_blocking(move || support::postgres_of(programs.as_ref(), "")).await.unwrap();
    let said = not_ended(&cluster).await;
    assert!(said.contains("permission denied to terminate process; Only roles with the SUPERUSER attribute"), "{said}");
}

#[tokio::test]
async fn a_login_that_inherits_nothing_is_refused_before_anything_is_made() {
    let cluster = support::postgres().await;
    let login = support::unique("noinherit");
    cluster.query("", &format!("create role {login} login createdb createrole noinherit password 'canary-9'")).await;
    let world = World::new().await;
    let before = cluster.query("", "select count(*) from pg_roles").await;
    let said = told(&added(&world, cluster, &login, "canary-9").await.unwrap_err());
    assert!(said.starts_with(&format!("the login \"{login}\" is NOINHERIT\n")), "{said}");
    let way_out = format!("have somebody who may run: alter role \"{login}\" inherit");
    assert!(said.contains(&way_out), "{said}");
    let left = format!(
        "select (select count(*) from pg_database d join pg_roles r on r.oid = d.datdba where pg_has_role('{login}', r.oid, 'member')) \
         + (select count(*) from pg_auth_members m join pg_roles r on r.oid = m.member where r.rolname = '{login}')"
    );
    assert_eq!(cluster.query("", &left).await, "0", "of {before} roles");
    cluster.query("", &format!("alter role {login} inherit")).await;
    added(&world, cluster, &login, "canary-9").await.unwrap();
}

#[tokio::test]
async fn a_login_without_inheritance_makes_tenants_on_postgres_18() {
    let Some(programs) = std::env::var_os("NEO_POSTGRES_18").filter(|folder| !folder.is_empty()) else {
        eprintln!("SKIPPED: NEO_POSTGRES_18 does not say where PostgreSQL 18 is (make worlds brings it)");
        return;
    };
    let cluster = tokio::task::spawn_blocking(move || support::postgres_of(programs.as_ref(), "")).await.unwrap();
    cluster.query("", "create role apart login createdb createrole noinherit password 'canary-9'").await;
    let world = World::new().await;
    added(&world, &cluster, "apart", "canary-9").await.unwrap();
    let left = "select count(*) from pg_database where datname like 't\\_probe%'";
    assert_eq!(cluster.query("", left).await, "0");
    made(&world, "acme", "odd").await;
    tenants::delete(&world.platform, &operator(), "acme", "acme", false).await.unwrap();
    assert_eq!(cluster.query("", "select count(*) from pg_roles where rolname like 't\\_%'").await, "0");
}

/// From 16 on no superuser is needed to read past policies that bind a table's owner; before, the same is refused in words.
#[tokio::test]
async fn a_login_that_may_read_past_policies_backs_up_what_they_hide_on_postgres_18() {
    let folder = std::env::var_os("NEO_POSTGRES_18").filter(|folder| !folder.is_empty());
    let is_found = |folder: &std::ffi::OsString| {
        std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).any(|path| path.as_os_str() == folder)
    };
    let Some(programs) = folder.filter(is_found) else {
        eprintln!(
            "SKIPPED: NEO_POSTGRES_18 does not say where PostgreSQL 18 is, or PATH does not (make worlds brings both)"
        );
        return;
    };
    let cluster = tokio::task::spawn_blocking(move || support::postgres_of(programs.as_ref(), "")).await.unwrap();
    cluster.query("", "create role apart login createdb createrole password 'canary-9'").await;
    let world = World::new().await;
    let platform = &world.platform;
    added(&world, &cluster, "apart", "canary-9").await.unwrap();
    let tenant = made(&world, "acme", "odd").await;
    let hidden = "create table hidden (id int); insert into hidden values (1); \
                  alter table hidden enable row level security; alter table hidden force row level security";
    cluster.query(&tenant.database, &format!("set role {}; {hidden}", tenant.username)).await;
    let selection = tenants::Filter { keys: vec!["acme".into()], ..Default::default() };
    let run = runs::start(platform, &operator(), runs::Request { selection, ..crate::runs::all(runs::Goal::Backup) })
        .await
        .unwrap();
    runs::work_on(platform, run.number).await.unwrap();
    let attempts = runs::attempts(platform, &operator(), run.number, Some("acme"), None).await.unwrap();
    let failure = attempts.into_iter().find_map(|attempt| attempt.failure).unwrap();
    let hint = failure.hint.unwrap().command();
    assert!(hint.contains("have a superuser of the server run: alter role \"apart\" bypassrls"), "{hint}");
    cluster.query("", "alter role apart bypassrls").await;
    runs::rerun(platform, &operator(), run.number, &runs::Rerun::Failed, None).await.unwrap();
    runs::work_on(platform, run.number).await.unwrap();
    assert_eq!(runs::find(platform, &operator(), run.number).await.unwrap().status, runs::Status::Succeeded);
    assert_eq!(cluster.query("", "select count(*) from pg_roles where rolname like 'neo\\_backup%'").await, "0");
    let file = neo::backups::list(platform, &operator(), None).await.unwrap().remove(0).file;
    runs::restore(platform, &operator(), runs::Restore { file, slug: Some("then".into()), ..Default::default() })
        .await
        .unwrap();
    runs::work_on(platform, run.number + 1).await.unwrap();
    let then = tenants::find(platform, &operator(), "then").await.unwrap();
    assert_eq!(cluster.query(&then.database, "select id from hidden").await, "1");
}

#[tokio::test]
async fn a_rehearsal_on_an_adopted_tenant_says_which_membership_it_wants() {
    let cluster = support::postgres().await;
    let (login, owner) = (support::unique("managed"), support::unique("owner"));
    cluster.query("", &format!("create role {login} login createdb createrole password 'canary-9'")).await;
    cluster.query("", &format!("create role {owner} login password 'canary-8'")).await;
    cluster.query("", &format!("create database {owner} owner {owner}")).await;
    let world = World::new().await;
    added(&world, cluster, &login, "canary-9").await.unwrap();
    let adopt = Adopt {
        slug: "acme".into(),
        name: None,
        server: "odd".into(),
        database: owner.clone(),
        username: owner.clone(),
        password: AdoptPassword::Plain("canary-8".to_owned().into()),
        password_hash: Default::default(),
        past: Default::default(),
    };
    tenants::adopt(&world.platform, &operator(), adopt).await.unwrap();
    let file = world.migrations().join("20260101000001_one.up.sql");
    std::fs::write(file, "create table one (id int primary key);").unwrap();
    let said = told(&runs::rehearse(&world.platform, &operator(), "acme", None).await.unwrap_err());
    let way_out = format!("have somebody who may run: grant \"{owner}\" to \"{login}\"; then rehearse again");
    assert!(said.ends_with(&way_out), "{said}");
    cluster.query("", &format!("grant {owner} to {login}")).await;
    let rehearsed = runs::rehearse(&world.platform, &operator(), "acme", None).await.unwrap();
    assert_eq!(rehearsed.failure, None);
}
