//! The seed story, from an empty directory to a fleet that was broken and mended, on every engine and both central databases.

use crate::program::Program;
use crate::support::{self, Cluster};

/// 18 that are migrated by the fleet's run, one that was before, one that is broken.
const TENANTS: usize = 20;

/// Where the tenants live.
enum Home {
    Sqlite,
    On(&'static Cluster),
}

impl Home {
    /// Runs SQL in a tenant's own database, as a hand from outside would.
    async fn by_hand(&self, program: &Program, slug: &str, sql: &str) -> String {
        let tenant = program.json(&format!("tenant show {slug}"));
        let database = tenant["database"].as_str().unwrap().to_owned();
        match self {
            Home::Sqlite => {
                use sqlx::{ConnectOptions, Connection, Row};
                let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&database);
                let mut conn = options.connect().await.unwrap();
                let rows = sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).fetch_all(&mut conn).await.unwrap();
                conn.close().await.unwrap();
                rows.iter().map(|row| row.get::<i64, _>(0).to_string()).collect::<Vec<_>>().join("\n")
            }
            Home::On(cluster) => cluster.query(&database, sql).await,
        }
    }
}

async fn story(home: Home, central: Option<String>, tenants: usize) {
    let mut program = Program::new();
    if let Some(url) = central {
        program = program.with("DATABASE_URL", &url);
    }
    let john = [
        ("EMAIL", "john@example.com"),
        ("PASSWORD", "correct horse battery staple 7"),
        ("FIRST_NAME", "John"),
        ("LAST_NAME", "Doe"),
        ("ROLE", "superadmin"),
    ];
    program.run_with("create-central-admin", &john, "").expect(0);

    let server = match &home {
        Home::Sqlite => "local",
        Home::On(cluster) => {
            program.run_with("server add fleet", &[("SERVER_URL", &cluster.admin_url())], "").expect(0);
            "fleet"
        }
    };
    program.run(&format!("server check {server}")).expect(0);
    let mut slugs = vec!["acme-corp".to_owned(), "broken".to_owned()];
    slugs.extend((3..=tenants).map(|n| format!("tenant-{n}")));
    for slug in &slugs {
        program.run(&format!("tenant create {slug} --server {server}")).expect(0);
    }
    program
        .run_with("create-tenant-user acme-corp", &[("ROLE", "admin"), john[0], john[1], john[2], john[3]], "")
        .expect(0);
    program.run("migrate status --check").expect(0);

    let made = program.run("migrate make add_status_field_to_contacts").expect(0).out;
    let (up, down) = made.trim().split_once('\n').unwrap();
    let up_file = program.dir.path().join(up);
    std::fs::write(
        &up_file,
        "-- What the sales people asked for.\nalter table contacts\n    add column lead_status varchar(40);\n",
    )
    .unwrap();
    std::fs::write(program.dir.path().join(down), "alter table contacts drop column lead_status;\n").unwrap();
    let migration =
        std::path::Path::new(up).file_name().unwrap().to_str().unwrap().trim_end_matches(".up.sql").to_owned();
    program.run("migrate status --check").expect(8);
    let plan = program.json("migrate plan");
    assert_eq!((plan["tenants"].as_u64(), plan["behind"].as_u64()), (Some(tenants as u64), Some(tenants as u64)));

    // One tenant, by its slug.
    let one = program.json("migrate tenant acme-corp");
    assert_eq!((one["tenants"]["migrated"].as_i64(), one["migrations_applied"].as_i64()), (Some(1), Some(1)));
    // And once more by its id: nothing is left to do.
    let id = program.json("tenant show acme-corp")["id"].as_str().unwrap().to_owned();
    let again = program.json(&format!("migrate tenant {id}"));
    assert_eq!((again["tenants"]["current"].as_i64(), again["migrations_applied"].as_i64()), (Some(1), Some(0)));

    // Somebody was there before.
    home.by_hand(&program, "broken", "alter table contacts add column lead_status varchar(40)").await;
    let fleet = program.run("migrate all-tenants --json").expect(3).json();
    let counts = ["total", "migrated", "current", "failed"].map(|key| fleet["tenants"][key].as_i64().unwrap());
    assert_eq!(counts, [tenants as i64, tenants as i64 - 2, 1, 1]);
    assert_eq!(fleet["migrations_applied"].as_i64(), Some(tenants as i64 - 2));
    assert_eq!(fleet["failures"].as_array().unwrap().len(), 1);
    let failure = &fleet["failures"][0];
    assert_eq!(failure["tenant"], "broken");
    assert_eq!(failure["category"], "exists", "{failure}");
    assert_eq!(failure["migration"], migration.as_str());
    assert!(failure["message"].as_str().unwrap().contains("lead_status"), "{failure}");
    assert!(failure["file"].as_str().unwrap().ends_with(&format!("{migration}.up.sql")), "{failure}");
    assert!(failure["line"].as_i64().unwrap() >= 2 && failure["column"].as_i64().unwrap() >= 1, "{failure}");

    // The run can be read again, with the commands that go on from it.
    let run = fleet["run"].as_i64().unwrap();
    let fingerprint = failure["fingerprint"].as_str().unwrap();
    program.run(&format!("run show {run}")).expect(0).says(&format!("neo run rerun {run} --cause {fingerprint}"));
    program.run(&format!("run logs {run} --cause {fingerprint}")).expect(0).says("broken").says("lead_status");
    program.run(&format!("run rerun {run}")).expect(3);

    // Mended: the one tenant, then the fleet.
    if matches!(home, Home::On(cluster) if cluster.url("").starts_with("mysql")) {
        // Not atomic there: the failed row is dirty, and the way out is part of the refusal.
        let ledger = "delete from _sqlx_migrations where success = false";
        home.by_hand(&program, "broken", &format!("alter table contacts drop column lead_status; {ledger}")).await;
    } else {
        home.by_hand(&program, "broken", "alter table contacts drop column lead_status").await;
    }
    program.run("migrate tenant broken").expect(0);
    program.run("migrate all-tenants").expect(0).says("nothing to do");
    let everywhere = program.json("migrate all-tenants --trust 0");
    assert_eq!(everywhere["tenants"]["current"].as_u64(), Some(tenants as u64));
    assert_eq!(program.json("migrate verify")["tenants"]["failed"], 0);
    for slug in &slugs {
        let sql = format!("select count(*) from _sqlx_migrations where version = {}", &migration[..14]);
        assert_eq!(home.by_hand(&program, slug, &sql).await, "1", "{slug}");
    }

    // Back: one, then all.
    let back = program.json("migrate rollback acme-corp --yes");
    assert_eq!((back["status"].as_str(), back["migrations_applied"].as_i64()), (Some("succeeded"), Some(1)));
    program.run("migrate status --check").expect(8);
    program.run("migrate all-tenants").expect(0).says("1 migrated");
    program.run("migrate rollback --all --steps 1").expect(2).says("--yes");
    let back = program.json("migrate rollback --all --steps 1 --yes");
    assert_eq!(back["tenants"]["migrated"].as_u64(), Some(tenants as u64), "{back}");
    let status = program.json("migrate status");
    assert!(status.as_array().unwrap().iter().all(|t| t["pending"] == 1), "{status}");
    program.run("doctor").expect(1).says("behind");
    program.run("migrate all-tenants").expect(0).says(&format!("{tenants} migrated"));
    program.run("audit verify").expect(0);
    let examined = program.run("doctor");
    // Other tests keep tenants of other installations on the same server, and the doctor is right to name each of those.
    let found = examined.out.lines().filter(|line| line.starts_with("!!") && !line.contains("orphan"));
    assert_eq!(found.collect::<Vec<_>>(), Vec::<&str>::new());
    if matches!(home, Home::Sqlite) {
        examined.expect(0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_seed_story_on_sqlite() {
    story(Home::Sqlite, None, TENANTS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_seed_story_on_postgresql() {
    story(Home::On(support::postgres().await), None, TENANTS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_seed_story_on_mariadb() {
    story(Home::On(support::mariadb().await), None, TENANTS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_seed_story_with_the_central_database_on_postgresql() {
    let cluster = support::postgres().await;
    let central = support::unique("central");
    cluster.create_database(&central).await;
    story(Home::Sqlite, Some(cluster.url(&central)), 6).await;
}

/// What the replaced system keeps: `crypto.createCipheriv('aes-256-cbc', key, iv)`, both parts in hex.
fn sealed_by_node(key: &str, password: &str) -> String {
    let script =
        "const c = require('crypto'), iv = c.randomBytes(16), s = c.createCipheriv('aes-256-cbc', process.argv[1], iv);
                  console.log(iv.toString('hex') + ':' + s.update(process.argv[2], 'utf8', 'hex') + s.final('hex'))";
    let out = std::process::Command::new("node").args(["-e", script, key, password]).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap().trim().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_sealed_by_node_is_read_and_used() {
    const KEY: &str = "0123456789abcdef0123456789ABCDEF";
    let cluster = support::postgres().await;
    let (name, password) = (support::unique("legacy"), "pa$$w0rd-from-node");
    cluster.query("postgres", &format!("create role {name} login password '{password}'")).await;
    cluster.query("postgres", &format!("create database {name} owner {name}")).await;
    let program = Program::new().with("DB_ENCRYPTION_KEY", KEY);
    program.run_with("server add fleet", &[("SERVER_URL", &cluster.admin_url())], "").expect(0);

    let sealed = sealed_by_node(KEY, password);
    let adopt = format!("tenant adopt old-customer --server fleet --database {name} --user {name}");
    program.run_with(&adopt, &[("SEALED_PASSWORD", &sealed)], "").expect(0);
    program.run("migrate tenant old-customer").expect(0).says("1 migrated");
    assert_eq!(cluster.query(&name, "select count(*) from contacts").await, "0");

    let wrong = sealed_by_node("another-key-of-32-bytes-exactly!", password);
    let adopt = adopt.replace("old-customer", "stranger");
    let refused = program.run_with(&adopt, &[("SEALED_PASSWORD", &wrong)], "");
    assert_ne!(refused.code, 0);
    program.run("tenant show stranger").expect(5);
}
