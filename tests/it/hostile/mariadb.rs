//! MariaDB: with a login that may do everything, and with one that a provider gives.

use neo::engine::Connection;
use neo::servers::NewServer;
use secrecy::ExposeSecret;

use super::commands::EVERY;
use super::{Scene, Watch, file, on_a_large_stack, run_file};
use crate::support::{self, ADMIN, Cluster};
use crate::world::World;

/// It may make users, and everything in databases of Neo's names; it is no SUPER.
const MANAGED: &str = "neo_managed";

/// Whoever may do what, what there is, and what Neo has entered. The name comes second.
const OUTSIDE: &str = "\
select 'user', user, host, md5(priv) from mysql.global_priv order by 2, 3;
select 'rights', user, db, concat_ws(',', select_priv, insert_priv, update_priv, delete_priv, create_priv, drop_priv, grant_priv,
       alter_priv, create_view_priv, create_routine_priv, alter_routine_priv, execute_priv, event_priv, trigger_priv) from mysql.db order by 2, 3;
select 'table', user, db, table_name, table_priv from mysql.tables_priv order by 2, 3, 4;
select 'routine right', user, db, routine_name, proc_priv from mysql.procs_priv order by 2, 3, 4;
select 'proxy', user, host, proxied_user from mysql.proxies_priv order by 2, 3;
select 'server', server_name, host from mysql.servers;
select 'plugin', name, dl from mysql.plugin;
select 'database', schema_name, default_collation_name from information_schema.schemata order by 2;
select 'routine', db, name, definer from mysql.proc order by 2, 3;
select 'event', db, name, definer from mysql.event order by 2, 3;
select 'setting', variable_name, variable_value from information_schema.global_variables where variable_name = 'init_connect'";

struct Eyes(Cluster);

impl Watch for Eyes {
    async fn strangers(&mut self, _: &Scene) -> Vec<String> {
        let tables = "select table_schema from information_schema.tables where table_name = 'witness_seen'";
        let mut found = std::collections::BTreeSet::new();
        for database in self.0.query("", tables).await.lines() {
            let sql = format!(
                "set lock_wait_timeout = 5; select what, who, session from `{database}`.witness_seen; delete from `{database}`.witness_seen"
            );
            // It may have gone meanwhile.
            let Ok(seen) = self.0.try_query("", &sql).await else { continue };
            for line in seen.lines() {
                let [what, who, session] = line.split('|').collect::<Vec<_>>()[..] else { continue };
                let name = |account: &str| account.split('@').next().unwrap_or_default().to_owned();
                // An event is run by the server, for whoever has made it.
                let is_own = name(session) == database || what == "event" && name(session) == "event_scheduler";
                if name(who) != database || !is_own {
                    let shown = database.rsplit_once('_').map_or(database, |(stem, _)| stem);
                    found.insert(format!("in {shown} {what} was run by {who} ({session})"));
                }
            }
        }
        found.into_iter().collect()
    }

    async fn outside(&self, scene: &Scene) -> Vec<String> {
        let all = self.0.query("", OUTSIDE).await;
        let ours = |name: &str| name.starts_with("t_") && name != scene.victim.username;
        let named = |line: &&str| line.split('|').nth(1).is_none_or(|name| !ours(name));
        let mut lines: Vec<String> = all.lines().filter(named).map(str::to_owned).collect();
        let marks = "select 'mark', name, tenant_id, kind from _neo.marks order by 2";
        let marks = self.0.try_query("", marks).await.unwrap_or_default();
        lines.extend(marks.lines().filter(named).map(str::to_owned));
        lines.push(self.dump(&scene.victim.database).await);
        lines
    }

    async fn has(&self, scene: &Scene, table: &str) -> bool {
        let database = &scene.mallory.database;
        let sql = format!(
            "select count(*) from information_schema.tables where table_schema = '{database}' and table_name = '{table}'"
        );
        self.0.query("", &sql).await == "1"
    }
}

impl Eyes {
    /// The data of a database's tables.
    async fn dump(&self, database: &str) -> String {
        let tables = format!(
            "select concat('`', table_name, '`') from information_schema.tables where table_schema = '{database}' \
             and table_type = 'BASE TABLE' and table_name <> 'witness_seen' order by 1"
        );
        let tables = self.0.query("", &tables).await.replace('\n', ", ");
        self.0.query(database, &format!("checksum table {tables}")).await.replace('\n', "\\n")
    }

    async fn attack(&self, scene: &Scene, name: &str) {
        let target = scene.target().await;
        let login = (target.username.as_str(), target.password.as_ref().unwrap().expose_secret());
        run_file(self.0.client_of(login, &target.database), file(name)).await;
    }
}

async fn play(login: &str) {
    // Events are run by the server itself.
    let start = || support::own_mariadb("--event-scheduler=on");
    let mut eyes = Eyes(tokio::task::spawn_blocking(start).await.unwrap());
    let managed = format!(
        "create user {MANAGED}@'%' identified by '{}'; grant create user on *.* to {MANAGED}@'%'; \
         grant all privileges on `t\\_%`.* to {MANAGED}@'%' with grant option; \
         grant all privileges on `\\_neo`.* to {MANAGED}@'%'",
        eyes.0.password
    );
    eyes.0.query("", &managed).await;
    let url = eyes.0.url_of(login, &eyes.0.password, "");
    let mut new = NewServer::from_url("maria", &url.into()).unwrap();
    new.max_connections = Some(8);
    let hostile = (file("mariadb/migration.sql"), file("mariadb/migration.down.sql"));
    let mut scene = Scene::new(&mut eyes, World::new().await, Some(new), (&hostile.0, &hostile.1)).await;

    eyes.attack(&scene, "mariadb/tenant.sql").await;
    scene.judge_witnesses(&mut eyes, "the attacker's own preparations").await;
    scene.walk(&mut eyes, &EVERY, "triggers, events, shadows").await;
    eyes.attack(&scene, "mariadb/views.sql").await;
    scene.walk(&mut eyes, &EVERY, "the ledger and the users are views").await;
    let own = scene.mallory.database.clone();
    // A session that stays, with rows and tables of its own. Only some logins may end it.
    let mut held = Connection::open(&scene.target().await).await.unwrap();
    if login == ADMIN {
        held.execute(&file("mariadb/held.sql")).await.unwrap();
    }
    scene.delete(&mut eyes, "mallory").await;
    drop(held);
    let left = format!(
        "select 'user', user from mysql.global_priv where user = '{own}' \
         union all select 'database', schema_name from information_schema.schemata where schema_name = '{own}' \
         union all select 'right', db from mysql.db where user = '{own}'"
    );
    let left = eyes.0.query("", &left).await;
    if !left.is_empty() {
        scene.faults.push(format!("Delete: there is still {left}"));
    }
    scene.judge();
}

#[test]
fn a_tenant_is_nobody_else_with_a_login_that_may_do_everything() {
    on_a_large_stack(|| async {
        play(ADMIN).await;
    });
}

#[test]
fn a_tenant_is_nobody_else_with_a_login_that_a_provider_gives() {
    on_a_large_stack(|| async {
        play(MANAGED).await;
    });
}
