//! Three nodes of a Galera cluster (Debian's, which comes with MariaDB), and two installations of Neo at them.

use std::time::Duration;

use neo::engine::Category;
use neo::error::Kind;
use neo::runs::{self, Goal, Policy, Restore, Run, Status};
use neo::servers::{self, Changes, NewServer};
use neo::tenants::{self, Adopt, AdoptPassword, Filter};

use crate::runs::{all, finish, start};
use crate::support::{self, Cluster, Way};
use crate::tenants::backups::{backed_up, newest, of};
use crate::tenants::{made, new_tenant, operator};
use crate::world::World;

/// A node of the cluster that talks at these ports; the first makes it.
fn node(ports: &[u16], n: usize) -> Cluster {
    let (port, [sst, ist]) = (ports[n], [support::free_port(), support::free_port()]);
    let all = ports.iter().map(|port| format!("127.0.0.1:{port}")).collect::<Vec<_>>().join(",");
    let first = if n == 0 { "--wsrep-new-cluster" } else { "" };
    let node = support::own_mariadb(&format!(
        "--wsrep-on=on --wsrep-provider=/usr/lib/galera/libgalera_smm.so --wsrep-cluster-name=neo \
         --wsrep-cluster-address=gcomm://{all} --wsrep-node-name=node{} --wsrep-node-address=127.0.0.1:{port} \
         --wsrep-sst-method=rsync --wsrep-sst-receive-address=127.0.0.1:{sst} --binlog-format=row \
         --innodb-autoinc-lock-mode=2 \
         '--wsrep-provider-options=base_port={port};gmcast.listen_addr=tcp://127.0.0.1:{port};ist.recv_addr=127.0.0.1:{ist};\
         gcache.size=16M' {first}",
        n + 1
    ));
    // It answers before it is one of them.
    let is_there = || node.log().contains("WSREP: Synchronized with group");
    let since = std::time::Instant::now();
    while !is_there() && since.elapsed().as_secs() < 30 {
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    assert!(is_there(), "is galera-4 installed? {}", node.log());
    node
}

/// Each that comes later copies what is there.
fn three() -> [Cluster; 3] {
    let ports = [(); 3].map(|()| support::free_port());
    [node(&ports, 0), node(&ports, 1), node(&ports, 2)]
}

/// An installation that knows the cluster as `maria`, by this port, and has adopted a database there.
async fn installation(cluster: &Cluster, port: u16, database: &str) -> World {
    let world = World::with(|config| config.quarantine_after = 1).await;
    let mut new = NewServer::from_url("maria", &cluster.admin_url().into()).unwrap();
    new.port = port;
    servers::add(&world.platform, &operator(), new).await.unwrap();
    let adopt = Adopt {
        slug: "acme".into(),
        name: None,
        server: "maria".into(),
        database: database.into(),
        username: cluster.user.clone(),
        password: AdoptPassword::Plain(cluster.password.clone().into()),
        password_hash: Default::default(),
        past: Default::default(),
    };
    tenants::adopt(&world.platform, &operator(), adopt).await.unwrap();
    world
}

fn write(worlds: &[&World], n: u32, up: &str, down: &str) {
    for world in worlds {
        let stem = world.migrations().join(format!("202601010000{n:02}_file.up.sql"));
        std::fs::write(&stem, up).unwrap();
        std::fs::write(stem.with_file_name(format!("202601010000{n:02}_file.down.sql")), down).unwrap();
    }
}

async fn migrated(world: &World) -> Run {
    let run = start(world, all(Goal::Migrate { to: None })).await;
    finish(world, run.number).await
}

async fn words(world: &World, run: &Run) -> (Category, String) {
    let causes = runs::causes(&world.platform, &operator(), run.number).await.unwrap();
    (causes[0].failure.category, causes[0].failure.message.clone())
}

#[tokio::test]
async fn a_node_is_entered_by_whoever_migrates_there_and_struck_out_with_the_server() {
    let node = tokio::task::spawn_blocking(|| node(&[support::free_port()], 0)).await.unwrap();
    let world = World::new().await;
    let add = |name: &'static str, user: &'static str, password: String| {
        NewServer::from_url(name, &node.url_of(user, &password, "").into()).unwrap()
    };
    let platform = &world.platform;
    servers::add(platform, &operator(), add("maria", support::ADMIN, node.password.clone())).await.unwrap();
    let entered = "select name from _neo.nodes where server_id <> ''";
    assert!(node.try_query("", entered).await.is_err(), "nobody has migrated yet");
    let file = world.migrations().join("20260101000001_one.up.sql");
    std::fs::write(&file, "create table one (id int primary key);").unwrap();
    let (_, run) = runs::provision(platform, &operator(), new_tenant("acme", "maria")).await.unwrap();
    assert_eq!(finish(&world, run.number).await.status, Status::Succeeded);
    assert_eq!(node.query("", entered).await, "node1");
    std::fs::write(file.with_file_name("20260101000002_two.up.sql"), "alter table one add column n int;").unwrap();
    let plan = runs::plan(platform, &operator(), &Filter::default(), None, &Policy::default()).await.unwrap();
    assert_eq!(plan.clusters, ["maria"]);

    // Others are entered at a node that is not among the members: one who sees that goes on, one who does not see it is refused.
    node.query("", "insert into _neo.nodes values ('others', 'elsewhere', 'node9', 0)").await;
    servers::check(platform, &operator(), "maria").await.unwrap();
    let rights = "create user lim@'%' identified by 'lim-9'; grant create user on *.* to lim@'%'; \
                  grant all privileges on `t\\_%`.* to lim@'%' with grant option; grant all privileges on `_neo`.* to lim@'%'";
    node.query("", rights).await;
    let error = servers::add(platform, &operator(), add("lim", "lim", "lim-9".into())).await.unwrap_err();
    let said = "this is node node1 of a Galera cluster that is migrated at node node9: ";
    assert!(error.cause.as_ref().is_some_and(|cause| cause.starts_with(said)), "{error}");
    let way_out = "delete from `_neo`.nodes where server_id = 'others'";
    assert!(error.hint.unwrap().command().ends_with(way_out));
    node.query("", way_out).await;
    servers::add(platform, &operator(), add("lim", "lim", "lim-9".into())).await.unwrap();
    // Nor is anything deleted, backed up or copied at another node than the one where all migrate: a lock taken here excludes none of them.
    let by = |user: &str, password: &str| Changes {
        username: Some(user.to_owned()),
        password: Some(password.to_owned().into()),
        ..Changes::default()
    };
    servers::set(platform, &operator(), "maria", by("lim", "lim-9")).await.unwrap();
    let others = "delete from _neo.nodes where server_id <> ''; \
                  insert into _neo.nodes values ('others', 'elsewhere', 'node9', 0)";
    node.query("", others).await;
    for backup in [true, false] {
        let error = tenants::delete(platform, &operator(), "acme", "acme", backup).await.unwrap_err();
        assert_eq!(error.kind, Kind::Conflict, "{error}");
        assert!(error.cause.as_ref().is_some_and(|cause| cause.contains("is migrated at node node9")), "{error}");
        assert!(error.hint.unwrap().command().ends_with(way_out));
    }
    let run = start(&world, all(Goal::Backup)).await;
    let run = finish(&world, run.number).await;
    assert_eq!(run.status, Status::Failed);
    let (category, message) = words(&world, &run).await;
    assert!(category == Category::Connect && message.contains("is migrated at node node9"), "{message}");
    assert!(neo::backups::list(platform, &operator(), None).await.unwrap().is_empty());
    node.query("", way_out).await;
    servers::set(platform, &operator(), "maria", by(support::ADMIN, &node.password)).await.unwrap();
    let run = start(&world, all(Goal::Backup)).await;
    assert_eq!(finish(&world, run.number).await.status, Status::Succeeded);
    assert_eq!(node.query("", entered).await, "node1", "whoever backs up is entered as well");

    tenants::delete(platform, &operator(), "acme", "acme", false).await.unwrap();
    servers::remove(platform, &operator(), "maria").await.unwrap();
    assert_eq!(node.query("", entered).await, "");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes a minute: make worlds"]
async fn two_who_migrate_a_cluster_are_at_one_node_of_it() {
    let nodes: &'static [Cluster; 3] = Box::leak(Box::new(tokio::task::spawn_blocking(three).await.unwrap()));
    let [one, two, three] = nodes;
    one.create_database("shared").await;
    // Both know the first node at first; the second one's address leads elsewhere later, as a balancer's may.
    let way = Way::to(&[one.port]).await;
    let (here, there) = (installation(one, one.port, "shared").await, installation(one, way.port, "shared").await);
    let both = [&here, &there];
    one.query("shared", "create table journal (n int auto_increment primary key, what varchar(40))").await;

    // At two nodes at the same moment: one of them migrates, whoever that is.
    way.lead_to(two.port);
    let mut refused = 0;
    for n in 1..=6 {
        // Nobody is entered at either.
        let _ = one.try_query("_neo", "delete from nodes").await;
        // It takes a while, and nothing takes it back.
        let up =
            format!("insert into journal (what) values ('up {n}'); do sleep(0.5); create table slow_{n} (id int);");
        write(&both, n, &up, &format!("drop table slow_{n};"));
        let (first, second) = tokio::join!(migrated(&here), migrated(&there));
        let ups = format!("set wsrep_sync_wait = 1; select count(*) from journal where what = 'up {n}'");
        let ups = one.query("shared", &ups).await;
        for (world, run) in [(&here, &first), (&there, &second)] {
            if run.status == Status::Failed {
                let (category, message) = words(world, run).await;
                assert_eq!(category, Category::Connect, "{message}");
                assert!(message.contains("of a Galera cluster that is migrated at node node"), "{message}");
                refused += 1;
            }
        }
        assert_eq!(ups, "1", "round {n}");
        assert!(first.status == Status::Succeeded || second.status == Status::Succeeded, "round {n}: nobody migrated");
    }
    assert!(refused > 0, "they never met");

    // One is entered: whoever comes at another node is told, and so is a balancer that leads to several.
    one.query("_neo", "delete from nodes").await;
    write(&[&here], 7, "insert into journal (what) values ('up 7');", "delete from journal;");
    assert_eq!(migrated(&here).await.status, Status::Succeeded);
    let elsewhere = || NewServer::from_url("elsewhere", &two.admin_url().into()).unwrap();
    let error = servers::add(&there.platform, &operator(), elsewhere()).await.unwrap_err();
    assert_eq!(error.kind, Kind::Conflict, "{error}");
    let said = "this is node node2 of a Galera cluster that is migrated at node node1: ";
    assert!(error.cause.as_ref().is_some_and(|cause| cause.starts_with(said)), "{error}");
    assert!(error.hint.unwrap().command().starts_with("give the address of node node1 here as well; or, "));
    let error = servers::check(&there.platform, &operator(), "maria").await.unwrap_err();
    assert!(error.to_string().contains(said), "{error}");
    let mut new = elsewhere();
    new.port = Way::to(&[one.port, two.port]).await.port;
    let error = servers::add(&there.platform, &operator(), new).await.unwrap_err();
    assert!(error.cause.is_some_and(|cause| cause.starts_with("this address leads to several servers: ")));

    // What alters a table ends the transactions that are at it, and the plan says so before.
    write(&[&here], 8, "alter table journal add column extra int;", "alter table journal drop column extra;");
    let (filter, policy) = (Filter::default(), Policy::default());
    let plan = runs::plan(&here.platform, &operator(), &filter, None, &policy).await.unwrap();
    assert_eq!(plan.clusters, ["maria"]);
    assert!(plan.of_clusters().unwrap().starts_with("maria is a node of a Galera cluster: there "));
    let open = "begin; update journal set what = 'held'; do sleep(5); update journal set what = 'more'; commit";
    let (ended, run) = tokio::join!(two.try_query("shared", open), async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        migrated(&here).await
    });
    assert!(ended.as_ref().is_err_and(|error| error.contains("1213")), "{ended:?}");
    assert_eq!(run.status, Status::Succeeded);

    // A node that is gone holds no lock any more.
    write(&[&there], 7, "insert into journal (what) values ('up 7');", "delete from journal;");
    write(&[&there], 8, "alter table journal add column extra int;", "alter table journal drop column extra;");
    write(&[&there], 9, "insert into journal (what) values ('up 9');", "delete from journal;");
    assert_eq!(words(&there, &migrated(&there).await).await.1, said.trim_end_matches(": "));
    crash(one).await;
    until(two, "2").await;
    assert_eq!(migrated(&there).await.status, Status::Succeeded);
    assert_eq!(two.query("shared", "select count(*) from journal where what = 'up 9'").await, "1");

    // One that is left alone may decide nothing: no failure of a tenant's own.
    write(&[&there], 10, "insert into journal (what) values ('up 10');", "delete from journal;");
    crash(three).await;
    until(two, "WSREP has not yet prepared").await;
    let run = migrated(&there).await;
    let (category, message) = words(&there, &run).await;
    assert_eq!((run.status, category), (Status::Failed, Category::Connect), "{message}");
    let tenant = tenants::find(&there.platform, &operator(), "acme").await.unwrap();
    assert!(tenant.quarantine.is_none() && message.contains("WSREP has not yet prepared"), "{message}");
}

/// At another node an application may be signed in whom nobody sees from here.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes half a minute: make worlds"]
async fn a_tenant_of_a_cluster_of_several_nodes_is_closed_by_nobody() {
    let start = || {
        let ports = [(); 2].map(|()| support::free_port());
        [node(&ports, 0), node(&ports, 1)]
    };
    let [one, two] = tokio::task::spawn_blocking(start).await.unwrap();
    let world = World::new().await;
    let platform = &world.platform;
    for (name, cluster) in [("maria", &one), ("there", support::mariadb().await)] {
        servers::add(platform, &operator(), NewServer::from_url(name, &cluster.admin_url().into()).unwrap())
            .await
            .unwrap();
    }
    let tenant = made(&world, "acme", "maria").await;
    backed_up(platform, &["acme"]).await;
    let error = runs::move_tenant(platform, &operator(), "acme", "there", "acme").await.err().unwrap();
    assert!(error.cause.as_ref().is_some_and(|c| c.contains("one of 2 nodes of a Galera cluster")), "{error:?}");
    let asked = Restore { confirm: Some("acme".into()), ..of(&newest(platform).await) };
    let error = runs::restore(platform, &operator(), asked).await.err().unwrap();
    assert!(error.hint.unwrap().command().contains("--no-backup"));
    let now = tenants::find(platform, &operator(), "acme").await.unwrap();
    assert_eq!((now.status, &now.database), (tenants::Status::Active, &tenant.database));
    // The last one alone is a server like any other.
    let _ = two.try_query("", "shutdown").await;
    until(&one, "1").await;
    let (_, run) = runs::move_tenant(platform, &operator(), "acme", "there", "acme").await.unwrap();
    assert_eq!(finish(&world, run.number).await.status, Status::Succeeded);
}

async fn crash(node: &'static Cluster) {
    tokio::task::spawn_blocking(|| node.crash()).await.unwrap();
}

/// Until a node tells how many there are, or what it says instead.
async fn until(node: &Cluster, said: &str) {
    let size = "select variable_value from information_schema.global_status where variable_name = 'wsrep_cluster_size'";
    for _ in 0..120 {
        let answer = node.try_query("", &format!("{size}; select 1 from mysql.user limit 1")).await;
        let told = match &answer {
            Ok(rows) => rows.lines().next().unwrap_or_default() == said,
            Err(error) => error.contains(said),
        };
        if told {
            return;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    panic!("never {said}");
}
