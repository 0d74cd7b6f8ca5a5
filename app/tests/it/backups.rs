//! Backups at the command line and in the console: made, listed, restored; and the drill of a machine that is gone.

use std::path::Path;

use axum::http::StatusCode;
use neo::actor::{Actor, Role};
use neo::runs::{self, Goal, Policy, Request};
use neo::tenants::Filter;
use serde_json::{Value, json};

use crate::console::{signed_in, tenant};
use crate::functions::{act, answered, refused};
use crate::program::Program;
use crate::support;
use crate::world::World;

/// A backup of the tenant `acme`, by the name of its file.
pub async fn backed_up(world: &World) -> String {
    // What another has queued is done first.
    for run in runs::list(&world.platform, &Actor::operator(), &[runs::Kind::Backup], None, 10).await.unwrap() {
        runs::work_on(&world.platform, run.number).await.unwrap();
    }
    // Of one that was deleted its last is there.
    if neo::tenants::find(&world.platform, &Actor::operator(), "acme").await.is_err() {
        return newest(world).await;
    }
    let request = Request {
        goal: Goal::Backup,
        selection: Filter { keys: vec!["acme".into()], ..Filter::default() },
        policy: Policy::default(),
        reason: None,
        confirm: None,
        expect: None,
        not_before: None,
        detached: false,
    };
    let run = runs::start(&world.platform, &Actor::operator(), request).await.unwrap();
    runs::work_on(&world.platform, run.number).await.unwrap();
    newest(world).await
}

async fn newest(world: &World) -> String {
    let found = neo::backups::list(&world.platform, &Actor::operator(), None).await.unwrap().remove(0);
    Path::new(&found.file).file_name().unwrap().to_str().unwrap().to_owned()
}

fn lines(text: &str) -> Vec<&str> {
    text.lines().collect()
}

#[test]
fn backups_are_made_listed_and_restored_at_the_command_line() {
    let program = Program::new();
    for slug in ["one", "two", "three"] {
        program.run(&format!("tenant create {slug} --tag eu")).expect(0);
    }
    program.run("tenant tag three").expect(0);
    program.run("tenant backup").expect(2);
    program.run("tenant backup one --all").expect(2);
    program.run("tenant backup nobody").expect(5);
    let made = program.run("tenant backup --tag eu").expect(0).says("2 backed up");
    let files = lines(&made.out);
    assert_eq!(files.len(), 2, "the paths and nothing else: {}", made.out);
    for file in &files {
        assert!(program.dir.path().join(file).is_file() && file.ends_with(".db"), "{file}");
        assert!(program.dir.path().join(file).with_extension("json").is_file(), "{file}");
    }
    assert_eq!(lines(&program.run("tenant backup --all").expect(0).out).len(), 3);
    let run = program.json("tenant backup one");
    assert_eq!((&run["kind"], &run["tenants"]["migrated"]), (&json!("backup"), &json!(1)), "{run}");
    let listed = program.json("backup list");
    let listed = listed.as_array().unwrap();
    assert_eq!(listed.len(), 6);
    for key in [
        "file",
        "slug",
        "engine",
        "server_version",
        "tool",
        "database",
        "size",
        "sha256",
        "version",
        "fingerprint",
        "at",
        "by",
        "why",
    ] {
        assert!(!listed[0][key].is_null(), "{key}: {}", listed[0]);
    }
    assert_eq!(program.json("backup list two").as_array().unwrap().len(), 2);
    program.run("backup list").expect(0).says(files[0]);
    let shown = program.json("run list");
    assert!(shown.as_array().unwrap().iter().all(|run| run["kind"] == "backup"), "{shown}");

    // One that fails stops nobody, and the code says so.
    let two = program.json("tenant show two")["database"].as_str().unwrap().to_owned();
    let (file, aside) = (program.dir.path().join(&two), program.dir.path().join("aside"));
    std::fs::rename(&file, &aside).unwrap();
    let failed = program.run("tenant backup --all").expect(3).says("✗ two");
    assert_eq!(lines(&failed.out).len(), 2, "{}", failed.out);
    std::fs::rename(&aside, &file).unwrap();
    let number = program.json("run list")[0]["run"].as_i64().unwrap();
    let again = program.run(&format!("run rerun {number} --failed")).expect(0);
    assert_eq!(lines(&again.out).len(), 3, "{}", again.out);

    // In the place of what is there only when its slug is typed.
    let file = lines(&program.run("tenant backup one").expect(0).out)[0].to_owned();
    program.run(&format!("tenant restore {file}")).expect(2).says("--yes");
    let before = program.json("tenant show one");
    program.run("tenant suspend one").expect(0);
    program.run(&format!("tenant restore {file} --yes")).expect(0).says("one is suspended");
    let after = program.json("tenant show one");
    assert_eq!((&before["id"], &before["version"]), (&after["id"], &after["version"]));
    assert_ne!(before["database"], after["database"]);
    program.run(&format!("tenant restore {file} --as beside")).expect(0).says("beside is active");
    program.run(&format!("tenant restore {file} --as beside")).expect(6);
    program.run(&format!("tenant restore {file} --as other --server nosuch")).expect(5);
    program.run("tenant restore nosuch.db").expect(5);
    program.run("migrate all-tenants").expect(0);
    // Before a run on request: who is behind, and nobody else.
    program.migration("20990101000001_more.up.sql", "create table more (id int);");
    let count = |program: &Program| program.json("backup list").as_array().unwrap().len();
    let there = count(&program);
    program.run("migrate tenant beside --backup").expect(0).says("1 tenant backed up by run");
    program.run("migrate tenant beside --backup").expect(0);
    assert_eq!(count(&program), there + 1);
    // From the folder of backups by its name.
    let gone = program.json("tenant delete two --yes");
    let name = Path::new(gone["backup"].as_str().unwrap()).file_name().unwrap().to_str().unwrap().to_owned();
    program.run(&format!("tenant restore {name}")).expect(0).says("two is active");
    let mut whole = std::fs::read(program.dir.path().join("data/backups").join(&name)).unwrap();
    whole[100] ^= 1;
    std::fs::write(program.dir.path().join("data/backups").join(&name), whole).unwrap();
    program.run(&format!("tenant restore {name} --as third")).expect(6).says("is not what its manifest says");
    program.run("tenant show third").expect(5);
}

/// As docs/operations.md has it.
#[test]
fn the_machine_is_gone_and_a_stranger_brings_it_back() {
    let before = Program::new();
    before.run("tenant create acme").expect(0);
    let away = tempfile::tempdir().unwrap();
    let file = away.path().join("central.db");
    let line = format!("central backup {}", file.display());
    // Where nothing is mounted nothing is written instead.
    let nowhere = away.path().join("not/mounted");
    before.run(&format!("central backup {}/central.db", nowhere.display())).expect(2).says("there is no folder");
    assert!(!nowhere.exists() && !away.path().join("not").exists());
    let made = before.run(&line).expect(0);
    assert_eq!(made.out.trim(), file.display().to_string());
    before.run(&line).expect(6).says("is there already");
    let manifest: Value = serde_json::from_slice(&std::fs::read(file.with_extension("json")).unwrap()).unwrap();
    let key = before.json("key status")["keys"][0]["kid"].clone();
    assert_eq!(manifest["keys"], json!([key]), "{manifest}");
    for path in [&file, &file.with_extension("json")] {
        let bytes = std::fs::read(path).unwrap();
        let secret = b"0123456789abcdef0123456789ABCDEF";
        assert!(!bytes.windows(secret.len()).any(|window| window == secret), "the key is in {}", path.display());
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let tenants = before.dir.path().join("data/tenants");
    let kept = away.path().join("tenants");
    std::fs::create_dir(&kept).unwrap();
    for entry in std::fs::read_dir(&tenants).unwrap().flatten() {
        std::fs::copy(entry.path(), kept.join(entry.file_name())).unwrap();
    }
    drop(before);

    let after = Program::new();
    let line = format!("central restore {}", file.display());
    let other = [("DB_ENCRYPTION_KEY", "abcdef0123456789abcdef0123456789")];
    after.run_with(&line, &other, "").expect(2).says("the key is not one of those");
    assert!(!after.dir.path().join("data/central.db").exists());
    after.run(&line).expect(0).says("neo doctor");
    after.run(&line).expect(6).says("is at");
    std::fs::create_dir_all(after.dir.path().join("data/tenants")).unwrap();
    for entry in std::fs::read_dir(&kept).unwrap().flatten() {
        std::fs::copy(entry.path(), after.dir.path().join("data/tenants").join(entry.file_name())).unwrap();
    }
    assert_eq!(after.json("tenant list")[0]["slug"], "acme");
    let verified = after.run("audit verify").expect(0);
    assert!(!verified.out.is_empty() || !verified.err.is_empty());
    after.run("tenant create beta").expect(0);
    std::fs::write(&file, "damaged").unwrap();
    let fresh = Program::new();
    fresh.run(&line).expect(6).says("is not what its manifest says");
}

/// The same where the central database is on PostgreSQL, and a tenant too.
#[tokio::test(flavor = "multi_thread")]
async fn the_machine_is_gone_and_its_central_database_on_postgres_comes_back() {
    let cluster = support::postgres().await;
    let place = async |name: &str| {
        let name = support::unique(name);
        cluster.create_database(&name).await;
        Program::new().with("DATABASE_URL", &cluster.url(&name))
    };
    let before = place("central").await;
    before.run_with("server add eu", &[("SERVER_URL", &cluster.admin_url())], "").expect(0);
    before.run("tenant create acme --server eu").expect(0);
    let away = tempfile::tempdir().unwrap();
    let file = away.path().join("central.dump");
    before.run(&format!("central backup {}", file.display())).expect(0);
    let manifest: Value = serde_json::from_slice(&std::fs::read(file.with_extension("json")).unwrap()).unwrap();
    let kid = before.json("key status")["keys"][0]["kid"].clone();
    assert_eq!((&manifest["keys"], &manifest["engine"]), (&json!([kid]), &json!("postgres")), "{manifest}");
    let database = before.json("tenant show acme")["database"].clone();
    drop(before);

    let (line, after) = (format!("central restore {}", file.display()), place("again").await);
    let other = [("DB_ENCRYPTION_KEY", "abcdef0123456789abcdef0123456789")];
    after.run_with(&line, &other, "").expect(2).says("the key is not one of those");
    Program::new().run(&line).expect(2).says("restore it on the engine it was made on");
    after.run(&line).expect(0).says("neo doctor");
    after.run(&line).expect(6).says("is not empty");
    assert_eq!(after.json("tenant show acme")["database"], database);
    // What was sealed opens, and the record is whole.
    after.run("migrate verify acme").expect(0);
    after.run("audit verify").expect(0);
    after.run("tenant create beta --server eu").expect(0);
    // Others work on that server as well: what is theirs is nobody's here.
    let (found, own) = (after.run("doctor"), database.as_str().unwrap());
    assert!(!found.out.lines().any(|line| line.contains("orphan") && line.contains(own)), "{}", found.out);
}

/// As docs/operations.md has it: an older Neo does not open what a newer one has changed, and comes back with a backup of then.
#[test]
fn a_newer_neo_is_gone_back_from_with_the_backup_that_was_made_before_it() {
    let program = Program::new();
    program.run("tenant create acme").expect(0);
    let file = program.dir.path().join("kept/central.db");
    std::fs::create_dir(file.parent().unwrap()).unwrap();
    program.run(&format!("central backup {}", file.display())).expect(0);
    let central = program.dir.path().join("data/central.db");
    let newer = "insert into _sqlx_migrations (version, description, success, checksum, execution_time) \
                 values (29990101000001, 'of a newer one', 1, x'00', 0)";
    let said = std::process::Command::new("sqlite3").arg(&central).arg(newer).status();
    assert!(said.unwrap().success());
    program.run("tenant list").expect(2).says("of a newer Neo than this one");
    let restore = format!("central restore {}", file.display());
    program.run(&restore).expect(6).says("move it away first");
    std::fs::create_dir(program.dir.path().join("aside")).unwrap();
    for end in ["", "-wal", "-shm"] {
        let from = central.with_file_name(format!("central.db{end}"));
        let _ = std::fs::rename(&from, program.dir.path().join("aside").join(from.file_name().unwrap()));
    }
    program.run(&restore).expect(0);
    assert_eq!(program.json("tenant list")[0]["slug"], "acme");
    program.run("migrate verify acme").expect(0);
}

#[tokio::test]
async fn a_program_backs_up_lists_and_restores() {
    let world = World::new().await;
    tenant::provisioned(&world).await;
    let name = backed_up(&world).await;
    let mut boss = signed_in(&world, Role::Superadmin).await;
    let begun = answered(&act(&mut boss, "tenants/backup", &json!({ "tenant": "acme" })).await, StatusCode::ACCEPTED);
    runs::work_on(&world.platform, begun["run"].as_i64().unwrap()).await.unwrap();
    let listed = answered(&boss.get("/api/v1/backups?tenant=acme").await, StatusCode::OK);
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["run"]), (2, &begun["run"]), "{listed}");
    let over = json!({ "file": name });
    let error = refused(&act(&mut boss, "tenants/restore", &over).await, StatusCode::UNPROCESSABLE_ENTITY, "invalid");
    assert_eq!((&error["field"], &error["nearest"]), (&json!("confirm"), &json!(["acme"])), "{error}");
    let beside = json!({ "file": name, "slug": "then" });
    let begun = answered(&act(&mut boss, "tenants/restore", &beside).await, StatusCode::ACCEPTED);
    runs::work_on(&world.platform, begun["run"].as_i64().unwrap()).await.unwrap();
    let then = answered(&boss.get("/api/v1/tenants/show?tenant=then").await, StatusCode::OK);
    assert_eq!(then["status"], "active");
    let error = refused(
        &act(&mut boss, "tenants/restore", &json!({ "file": "/etc/passwd" })).await,
        StatusCode::UNPROCESSABLE_ENTITY,
        "invalid",
    );
    assert!(error["hint"].as_str().unwrap().contains("GET /api/v1/backups"), "{error}");
}

#[tokio::test]
async fn the_page_of_a_deleted_tenant_says_where_its_backup_lies_and_how_it_comes_back() {
    let world = World::new().await;
    let gone = tenant::provisioned(&world).await;
    let mut boss = signed_in(&world, Role::Superadmin).await;
    assert!(boss.get("/backups").await.text.contains("No backups yet"));
    assert!(boss.get("/tenants/acme").await.text.contains("Back up now"));
    let page = boss.post("/tenants/acme/delete", &[("confirm", "acme"), ("backup", "1")]).await;
    let here = format!("/tenants/{}", gone.id);
    assert_eq!(page.location(), here, "{}", page.text);
    let name = newest(&world).await;
    let page = boss.get(&here).await;
    assert_eq!(page.status, StatusCode::OK);
    for said in ["acme is deleted", &gone.database, &name, &format!("neo tenant restore {name}"), "Restore…"] {
        assert!(page.text.contains(said), "{said}: {}", page.text);
    }
    // Another has the slug by now: the list of deleted ones leads to the one that is meant.
    let new = neo::tenants::NewTenant {
        slug: "acme".into(),
        name: None,
        server: None,
        tags: Vec::new(),
        admin: None,
        password_hash: Default::default(),
        detached: false,
    };
    let (_, run) = runs::provision(&world.platform, &Actor::operator(), new).await.unwrap();
    runs::work_on(&world.platform, run.number).await.unwrap();
    let listed = boss.get("/tenants?status=deleted").await;
    assert!(
        listed.text.contains(&format!("href=\"{here}\"")) && !listed.text.contains("href=\"/tenants/acme\""),
        "{}",
        listed.text
    );
    assert!(boss.get("/backups").await.text.contains(&name));
    let ask = format!("/backups/restore?file={name}");
    assert!(boss.get(&ask).await.text.contains("A new tenant is made"));
    // As itself it cannot come back, under another slug it does.
    let refused = boss.post("/backups/restore", &[("file", &name)]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text);
    assert!(refused.text.contains("is of another tenant than the"), "{}", refused.text);
    let page = boss.post("/backups/restore", &[("file", &name), ("slug", "again")]).await;
    assert_eq!(page.location(), "/tenants/again", "{}", page.text);
    assert!(boss.get("/tenants/again").await.text.contains("Restore the backup"));
}
