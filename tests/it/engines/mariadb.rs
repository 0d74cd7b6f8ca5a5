//! What a tenant's login on MariaDB has prepared is run with nobody's rights but its own, and keeps nothing from being dropped.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

/// A tenant's database and login, and beside it a database of the same login's in which its objects write down as whom they ran.
struct Tenant {
    admin: Target,
    name: String,
    seen: String,
}

impl Tenant {
    async fn new(id: &str) -> Self {
        let admin = target(Engine::Mysql, support::mariadb().await, "");
        let (name, seen) = (support::unique("hostile"), support::unique("seen"));
        provision(&admin, &name, "pw", id).await.unwrap();
        let server = support::mariadb().await;
        server.query("", &format!("create database {seen}; create table {seen}.ran (who varchar(200))")).await;
        server.query("", &format!("grant all on {seen}.* to '{name}'@'%'")).await;
        Self { admin, name, seen }
    }

    fn login(&self) -> Target {
        tenant(&self.admin, &self.name, "pw")
    }

    async fn says(&self, sql: &str) {
        let mut conn = open(&self.login()).await;
        conn.execute(sql).await.unwrap();
        conn.close().await;
    }

    async fn ran(&self) -> String {
        support::mariadb().await.query(&self.seen, "select distinct who from ran").await
    }
}

#[tokio::test]
async fn nothing_that_a_tenant_has_made_is_run_by_the_administrator() {
    let tenant = Tenant::new("tenant1-1").await;
    let (admin, name, seen) = (&tenant.admin, &tenant.name, &tenant.seen);
    let spy = format!(
        "create function spy() returns varchar(64) sql security invoker modifies sql data begin \
         insert into {seen}.ran values (current_user()); return 'tenant2'; end"
    );
    tenant.says(&spy).await;
    // Under every name that Neo has ever looked for.
    for view in ["_neo_marker", "marks", "_sqlx_migrations", "schemata", "processlist"] {
        let columns = "spy() as tenant_id, spy() as version, 'database' as kind, spy() as name";
        tenant.says(&format!("create sql security invoker view {view} as select {columns}")).await;
    }
    tenant.says("create table kept (id int)").await;
    for event in ["insert", "update", "delete"] {
        let trigger = format!("create trigger on_{event} after {event} on kept for each row set @a = spy()");
        tenant.says(&trigger).await;
    }

    let pair = (name.clone(), "tenant1-1".to_owned());
    assert!(engine::marked(admin).await.unwrap().contains(&pair));
    provision(admin, name, "pw", "tenant1-1").await.unwrap();
    assert_eq!(provision(admin, name, "pw", "tenant2").await.unwrap_err().category, Category::Exists);
    assert_eq!(engine::drop_database(admin, name, "tenant2").await.unwrap_err().category, Category::Exists);
    engine::probe(admin).await.unwrap();
    let mut conn = open(&tenant.login()).await;
    conn.lock(SHORT).await.unwrap();
    let held = engine::lock_holders(admin, std::slice::from_ref(name)).await.unwrap();
    assert_eq!(held.len(), 1);
    engine::blocked(admin, &held).await.unwrap();
    assert!(engine::break_lock(admin, name, &held[0].1).await.unwrap());
    engine::drop_database(admin, name, "tenant1-1").await.unwrap();
    engine::drop_role(admin, name, "tenant1-1").await.unwrap();
    assert_eq!(tenant.ran().await, "");
    assert!(!engine::marked(admin).await.unwrap().contains(&pair));
    refused(&tenant.login()).await;
}

/// The trap that is set above is one: whoever looks falls into it.
#[tokio::test]
async fn a_view_runs_with_the_rights_of_whoever_reads_it() {
    let tenant = Tenant::new("tenant1-2").await;
    let spy = format!(
        "create function spy() returns int sql security invoker modifies sql data begin \
         insert into {}.ran values (current_user()); return 1; end",
        tenant.seen
    );
    tenant.says(&spy).await;
    tenant.says("create sql security invoker view _neo_marker as select spy() as tenant_id").await;
    support::mariadb().await.query(&tenant.name, "select tenant_id from _neo_marker").await;
    assert_eq!(tenant.ran().await, "admin@%");
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_tenant_leaves_behind_its_database_and_login_are_dropped() {
    let tenant = Tenant::new("tenant1-3").await;
    let (admin, name) = (&tenant.admin, &tenant.name);
    support::mariadb().await.query("", "set global event_scheduler = on").await;
    tenant.says("create table kept (id int) engine = innodb; insert into kept values (1)").await;
    tenant.says("create procedure busy() begin start transaction; update kept set id = 2; do sleep(60); end").await;
    tenant.says("create event again on schedule every 1 second do call busy()").await;
    // Sessions that come back as soon as they are ended, each with a lock.
    let stop = Arc::new(AtomicBool::new(false));
    let mut back = Vec::new();
    for _ in 0..4 {
        let (login, stop) = (tenant.login(), stop.clone());
        back.push(tokio::spawn(async move {
            while !stop.load(Ordering::Relaxed) {
                match Connection::open(&login).await {
                    Ok(mut conn) => {
                        let _ = conn.execute("lock tables kept write; do sleep(60)").await;
                    }
                    Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
                }
            }
        }));
    }
    tokio::time::sleep(Duration::from_millis(1500)).await;
    engine::drop_database(admin, name, "tenant1-3").await.unwrap();
    engine::drop_role(admin, name, "tenant1-3").await.unwrap();
    stop.store(true, Ordering::Relaxed);
    for one in back {
        one.await.unwrap();
    }
    refused(&tenant.login()).await;
    assert!(!engine::marked(admin).await.unwrap().iter().any(|(database, _)| database == name));
}

#[tokio::test]
async fn a_prepared_transaction_that_holds_a_table_is_told_of_and_the_login_opens_again() {
    let tenant = Tenant::new("tenant1-4").await;
    let (admin, name) = (&tenant.admin, &tenant.name);
    tenant.says("create table kept (id int)").await;
    tenant.says("xa start 'left'; insert into kept values (1); xa end 'left'; xa prepare 'left'").await;
    let shut_out = async {
        tokio::time::sleep(Duration::from_millis(800)).await;
        refused(&tenant.login()).await
    };
    let (dropped, meanwhile) = tokio::join!(engine::drop_database(admin, name, "tenant1-4"), shut_out);
    assert!(meanwhile.message.contains("locked"), "{meanwhile:?}");
    let failure = dropped.unwrap_err();
    assert!(failure.hint.as_ref().is_some_and(|hint| hint.command().contains("xa recover")), "{failure:?}");
    tenant.says("xa rollback 'left'").await;
    engine::drop_database(admin, name, "tenant1-4").await.unwrap();
    engine::drop_role(admin, name, "tenant1-4").await.unwrap();
}

#[tokio::test]
async fn what_a_restored_server_knows_nothing_of_is_entered_by_whom_it_lets_in() {
    let tenant = Tenant::new("tenant1-5").await;
    let (admin, name) = (&tenant.admin, &tenant.name);
    let server = support::mariadb().await;
    let forget = format!("delete from marks where name = '{name}'");
    server.query("_neo", &forget).await;
    assert_eq!(engine::drop_database(admin, name, "tenant1-5").await.unwrap_err().category, Category::Exists);
    engine::enter_anew(admin, name, name, "tenant1-5").await.unwrap();
    // What is somebody's stays his.
    engine::enter_anew(admin, name, name, "tenant2").await.unwrap();
    assert!(engine::drop_database(admin, name, "tenant2").await.is_err());
    engine::drop_database(admin, name, "tenant1-5").await.unwrap();
    engine::drop_role(admin, name, "tenant1-5").await.unwrap();
}

#[tokio::test]
async fn a_tenants_own_login_backs_up_all_that_is_in_its_database() {
    let tenant = Tenant::new("tenant1-6").await;
    tenant.says("create table kept (id int); create view seen_of as select id from kept").await;
    tenant.says("create procedure proc_of() select 1").await;
    tenant.says("create event event_of on schedule every 1 day do insert into kept values (2)").await;
    tenant.says("create trigger trigger_of after insert on kept for each row set @a = 1").await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup.sql");
    engine::backup(&tenant.login(), &file).await.unwrap();
    let text = std::fs::read_to_string(&file).unwrap();
    for name in ["kept", "seen_of", "proc_of", "event_of", "trigger_of"] {
        assert!(text.contains(name), "{name} is not in the backup");
    }
}
