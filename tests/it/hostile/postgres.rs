//! PostgreSQL: with a superuser's login and a managed one, as it is installed and in its newest version.

use std::path::PathBuf;

use neo::engine::{Connection, Target};
use neo::servers::NewServer;
use secrecy::ExposeSecret;

use super::commands::{Command, EVERY};
use super::{Scene, Watch, file, on_a_large_stack, run_file};
use crate::support::{self, ADMIN, Cluster};
use crate::world::World;

/// What providers give: it may make roles and databases, and is no superuser.
pub const MANAGED: &str = "neo_managed";

/// Everything on the server that has a name and belongs to no single database. Of roles and databases the name comes second.
const OUTSIDE: &str = "\
select 'role', r.rolname, r::text, a.rolpassword, pg_catalog.shobj_description(r.oid, 'pg_authid')
  from pg_catalog.pg_roles r join pg_catalog.pg_authid a on a.oid = r.oid order by 2;
select 'member', m.roleid::regrole, m.member::regrole, m.admin_option from pg_catalog.pg_auth_members m order by 2, 3;
select 'setting', case when s.setdatabase = 0 then s.setrole::regrole::text else d.datname end, s.setconfig
  from pg_catalog.pg_db_role_setting s left join pg_catalog.pg_database d on d.oid = s.setdatabase order by 2;
select 'database', d.datname, d.datdba::regrole, d.datacl, d.datistemplate, d.datallowconn, d.datconnlimit,
       pg_catalog.shobj_description(d.oid, 'pg_database') from pg_catalog.pg_database d order by 2;
select 'tablespace', t.spcname, t.spcacl from pg_catalog.pg_tablespace t order by 2;
select 'parameter', p.parname, p.paracl from pg_catalog.pg_parameter_acl p order by 2;
select 'object', c.relname, c.relowner::regrole from pg_catalog.pg_class c where c.oid >= 16384 order by 2;
select 'function', p.proname, p.proowner::regrole from pg_catalog.pg_proc p where p.oid >= 16384 order by 2;";

struct Eyes {
    cluster: Cluster,
    /// How much of the log was read.
    read: usize,
}

impl Watch for Eyes {
    async fn strangers(&mut self, scene: &Scene) -> Vec<String> {
        let log = self.cluster.log();
        let new: Vec<&str> = log.get(self.read..).unwrap_or_default().lines().collect();
        self.read = log.len();
        let mut found = std::collections::BTreeSet::new();
        for (n, line) in new.iter().enumerate() {
            let Some((prefix, told)) = line.split_once(":LOG:  witness: ") else { continue };
            let mut prefix = prefix.split(':').skip(1);
            let (user, database) = (prefix.next().unwrap_or_default(), prefix.next().unwrap_or_default());
            let (what, by) = told.rsplit_once(" as ").unwrap();
            let (who, session) = by.trim_end_matches(')').split_once(" (").unwrap();
            // The test's own look at things.
            if user == self.cluster.user {
                continue;
            }
            // The attacker itself runs what it has made wherever it gets in.
            let is_own = database.starts_with(who) || who == scene.mallory.username;
            if who != session || who != user || !is_own {
                let statement = new[n..].iter().take(12).find_map(|line| line.split_once(":STATEMENT:  "));
                let statement: String = statement.map_or("", |(_, sql)| sql).chars().take(90).collect();
                found.insert(format!("in {} {what} was run by {who} ({session}): {statement}", shown(database)));
            }
        }
        found.into_iter().collect()
    }

    async fn outside(&self, scene: &Scene) -> Vec<String> {
        let all = self.cluster.query("", OUTSIDE).await;
        let ours = |name: &str| {
            let is_made = name.starts_with("t_") && name != scene.victim.username;
            is_made || name.starts_with("neo_template_") || name.starts_with("neo_rehearsal_")
        };
        // What it has left elsewhere goes with it.
        let left = format!("|{}", scene.mallory.username);
        let named = |line: &&str| line.split('|').nth(1).is_none_or(|name| !ours(name)) && !line.ends_with(&left);
        let mut lines: Vec<String> = all.lines().filter(named).map(str::to_owned).collect();
        lines.push(self.dump(&scene.victim.database).await);
        lines
    }

    async fn has(&self, scene: &Scene, table: &str) -> bool {
        // The tenant's search path decides where.
        let sql = format!("select count(*) from pg_catalog.pg_class where relname = '{table}'");
        self.cluster.query(&scene.mallory.database, &sql).await == "1"
    }
}

/// Without what is another in each run.
fn shown(database: &str) -> &str {
    let made = ["neo_template", "neo_rehearsal"].into_iter().find(|made| database.starts_with(made));
    made.unwrap_or_else(|| database.rsplit_once('_').map_or(database, |(stem, _)| stem))
}

impl Eyes {
    /// All that is in a database, as one line.
    async fn dump(&self, database: &str) -> String {
        let mut command = self.cluster.dump(database);
        let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        // Newer programs guard a dump with a word that is another each time.
        text.lines().filter(|line| !line.contains("restrict ")).collect::<Vec<_>>().join("\\n")
    }

    async fn attack(&self, scene: &Scene, database: &str, name: &str) {
        self.say(scene, database, file(name)).await;
    }

    /// With the attacker's own login.
    async fn say(&self, scene: &Scene, database: &str, sql: String) {
        let target = scene.target().await;
        let login = (target.username.as_str(), target.password.as_ref().unwrap().expose_secret());
        run_file(self.cluster.client_of(login, database), sql).await;
    }
}

impl Eyes {
    /// A session of the attacker's in the middle of a transaction.
    async fn session(&self, scene: &Scene, database: &str, sql: &str) -> Connection {
        let target = Target { database: database.to_owned(), ..scene.target().await };
        // What stood in the way of the act before is taken away when it has ended; on a busy machine a moment later.
        let mut tried = 0;
        let mut conn = loop {
            match Connection::open(&target).await {
                Err(failure) if failure.is_crowded() && tried < 100 => tried += 1,
                opened => break opened.unwrap(),
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        };
        conn.execute(sql).await.unwrap();
        conn
    }
}

async fn play(cluster: Cluster, login: &str) {
    let mut eyes = Eyes { cluster, read: 0 };
    let create = format!(
        "create role {MANAGED} login createdb createrole password '{}'; alter role {MANAGED} set log_statement = 'all'",
        eyes.cluster.password
    );
    eyes.cluster.query("", &create).await;
    // As it is by default before 15, and stays where a server was upgraded.
    for database in ["postgres", "template1"] {
        eyes.cluster.query(database, "grant create on schema public to public").await;
    }
    let url = eyes.cluster.url_of(login, &eyes.cluster.password, "");
    let mut new = NewServer::from_url("pg", &url.into()).unwrap();
    new.max_connections = Some(8);
    let hostile = (file("postgres/migration.sql"), file("postgres/migration.down.sql"));
    let mut scene = Scene::new(&mut eyes, World::new().await, Some(new), (&hostile.0, &hostile.1)).await;

    let own = scene.mallory.database.clone();
    eyes.attack(&scene, &own, "postgres/tenant.sql").await;
    for database in ["postgres", "template1"] {
        eyes.attack(&scene, database, "postgres/elsewhere.sql").await;
    }
    scene.judge_witnesses(&mut eyes, "the attacker's own preparations").await;
    scene.walk(&mut eyes, &EVERY, "triggers, rules, checks, shadows").await;
    // The owner of a database may write its comment: an advice, or somebody else's mark.
    for (comment, how) in [
        ("neo:template:x;drop/**/database/**/postgres;--".to_owned(), "a comment with a command in it"),
        (format!("neo:tenant:{}", scene.victim.id), "the victim's mark"),
    ] {
        eyes.say(&scene, &own, format!("comment on database {own} is '{comment}'")).await;
        scene.walk(&mut eyes, &[Command::Doctor, Command::Create], how).await;
    }
    for code in ["57P03", "40001", "P0001"] {
        let sql = file("postgres/refusing.sql").replace("{code}", code);
        eyes.say(&scene, &own, sql).await;
        scene.the_fleet_goes_on(code).await;
    }
    eyes.say(&scene, &own, "drop trigger refusing on public._sqlx_migrations".into()).await;
    scene.judge_witnesses(&mut eyes, "the fleet").await;
    eyes.attack(&scene, &own, "postgres/views.sql").await;
    scene.walk(&mut eyes, &EVERY, "the ledger and the users are views").await;
    for database in [own.as_str(), "postgres"] {
        eyes.attack(&scene, database, "postgres/grants.sql").await;
    }
    scene.delete(&mut eyes, "next-2").await;
    eyes.attack(&scene, &own, "postgres/staying.sql").await;
    if login == MANAGED {
        // Nobody else may end it but a superuser, who is told of it.
        eyes.cluster.query(&own, "rollback prepared 'mallory'").await;
    }
    // Two sessions that stay: one where the database is, and one where it is not, in a transaction.
    let held = [
        eyes.session(&scene, &own, "begin; lock table public.users").await,
        eyes.session(&scene, "postgres", &file("postgres/held.sql")).await,
    ];
    scene.delete(&mut eyes, "mallory").await;
    drop(held);
    let left = format!(
        "select 'role', rolname from pg_catalog.pg_roles where rolname = '{own}' \
         union all select 'database', datname from pg_catalog.pg_database where datname = '{own}'"
    );
    let left = eyes.cluster.query("", &left).await;
    if !left.is_empty() {
        scene.faults.push(format!("Delete: there is still {left}"));
    }
    scene.judge();
}

/// Nothing but Neo and the tenants is at work there.
const QUIET: &str = "-c autovacuum=off -c max_prepared_transactions=10";

async fn installed() -> Cluster {
    tokio::task::spawn_blocking(|| support::own_postgres(QUIET)).await.unwrap()
}

/// `NEO_POSTGRES_18` names the folder of its programs; the set-up brings them (`tools/postgres-18.sh`).
async fn newest() -> Option<Cluster> {
    let Some(programs) = std::env::var_os("NEO_POSTGRES_18").filter(|folder| !folder.is_empty()) else {
        eprintln!("SKIPPED: NEO_POSTGRES_18 does not say where PostgreSQL 18 is (make hostile brings it)");
        return None;
    };
    let start = move || support::postgres_of(&PathBuf::from(programs), QUIET);
    Some(tokio::task::spawn_blocking(start).await.unwrap())
}

#[test]
fn a_tenant_is_nobody_else_with_a_superusers_login() {
    on_a_large_stack(|| async {
        play(installed().await, ADMIN).await;
    });
}

#[test]
fn a_tenant_is_nobody_else_with_a_managed_login() {
    on_a_large_stack(|| async {
        play(installed().await, MANAGED).await;
    });
}

#[test]
fn a_tenant_is_nobody_else_on_postgres_18_with_a_superusers_login() {
    on_a_large_stack(|| async {
        if let Some(cluster) = newest().await {
            play(cluster, ADMIN).await;
        }
    });
}

#[test]
fn a_tenant_is_nobody_else_on_postgres_18_with_a_managed_login() {
    on_a_large_stack(|| async {
        if let Some(cluster) = newest().await {
            play(cluster, MANAGED).await;
        }
    });
}
