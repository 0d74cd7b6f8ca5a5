//! Many tenants from a file, as an operator makes them: with mistakes in it, broken off, and begun again.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::process::Command;
use std::time::{Duration, Instant};

use sqlx::{Connection, SqliteConnection};

use crate::program::Program;
use crate::support;

fn write(program: &Program, text: &str) -> String {
    std::fs::write(program.dir.path().join("list.csv"), text).unwrap();
    "tenant create --from-file list.csv".into()
}

fn count(program: &Program, status: &str) -> usize {
    program.json(&format!("tenant list --status {status}")).as_array().unwrap().len()
}

#[test]
fn every_mistake_of_a_file_is_named_at_once_and_nothing_is_made() {
    let program = Program::new().with("ADMIN_PASSWORD", "correct horse battery staple 7");
    program.run("tenant create there").expect(0);
    let line = write(
        &program,
        "slug,server,tags,admin_email\nfine,,,\nBad Slug,,,\nlost,nowhere,,\nfine,,,\ntagged,,Not A Tag,\nadmin,,,no-email\n\
         short,,\nthere,,,\n",
    );
    let answer = program.run(&line).expect(2);
    for named in ["3: Bad Slug", "4: lost", "5: \"fine\" is named twice", "6: tagged", "7: admin", "8: "] {
        assert!(answer.err.contains(named), "{named} is not named:\n{}", answer.err);
    }
    assert_eq!(count(&program, "active"), 1);
    assert_eq!(count(&program, "provisioning"), 0);
    // A slug that lives on another server than the file says is another tenant.
    program.run("server add files --engine sqlite --path files").expect(0);
    program.run(&write(&program, "slug,server\nthere,files\n")).expect(2).says("on server \"local\"");
}

#[test]
fn an_interrupt_ends_what_is_begun_begins_nothing_more_and_the_same_command_goes_on() {
    let program = Program::new();
    let slugs: Vec<String> = (0..160).map(|n| format!("t{n}")).collect();
    let line = write(&program, &format!("slug\n{}\n", slugs.join("\n")));
    let mut child = program.start(&line);
    let mut told = BufReader::new(child.stderr.take().unwrap()).lines();
    told.by_ref().find(|l| l.as_ref().unwrap().contains("active")).unwrap().unwrap();
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let rest: Vec<String> = told.map(Result::unwrap).collect();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{rest:?}");
    let there = program.json("tenant list").as_array().unwrap().len();
    assert!(there < 160, "all {there} were begun after the interrupt");
    program.run(&line).expect(0).says("0 failed");
    assert_eq!(count(&program, "active"), 160);
}

#[test]
fn a_server_that_fails_stops_none_of_the_others_and_a_killed_command_is_simply_run_again() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let cluster = runtime.block_on(support::postgres());
    let query = |sql: &str| runtime.block_on(cluster.query("", sql));
    let login = support::unique("failing");
    query(&format!("create role {login} login createdb createrole password 'p'"));
    let program = Program::new();
    for (name, user, password) in [("pg", cluster.user.as_str(), cluster.password.as_str()), ("failing", &login, "p")] {
        let url = format!("postgres://{user}:{password}@{}:{}", cluster.host, cluster.port);
        program.run_with(&format!("server add {name} --max-connections 3"), &[("SERVER_URL", &url)], "").expect(0);
    }
    query(&format!("alter role {login} nologin"));
    let rows: Vec<String> = (0..8).map(|n| format!("p{n},pg\nl{n},local")).collect();
    let line = write(&program, &format!("slug,server\n{}\nf0,failing\nf1,failing\n", rows.join("\n")));
    let mut child = program.start(&line);
    let mut told = BufReader::new(child.stderr.take().unwrap()).lines();
    told.by_ref().find(|l| l.as_ref().unwrap().contains("active")).unwrap().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    program.run(&line).expect(3).says("2 failed").says("neo tenant retry f0");
    assert_eq!(count(&program, "active"), 16);
    query(&format!("alter role {login} login"));
    program.run(&line).expect(0).says("2 made, 16 were there already, 0 failed");
}

/// One writer is waited for by both: 150 new tenants beside a console took four times as long as alone.
#[tokio::test(flavor = "multi_thread")]
async fn on_a_sqlite_file_a_run_is_left_to_the_command_that_works_it_until_that_one_dies() {
    let program = Program::bare().with("DB_ENCRYPTION_KEY", "0123456789abcdef0123456789ABCDEF");
    std::fs::create_dir_all(program.migrations()).unwrap();
    program.migration(
        "20260101000001_first.up.sql",
        "create table counts (n integer not null);\ninsert into counts values (0);",
    );
    let rows: String = (0..60).map(|n| format!("t-{n:03}\n")).collect();
    program.run(&write(&program, &format!("slug\n{rows}"))).expect(0);
    program.migration(
        "20260101000002_slow.up.sql",
        "update counts set n = n + 1;\ncreate table burnt as with recursive c(i) as \
         (select 1 union all select i + 1 from c where i < 300000) select count(*) as n from c;",
    );
    let log = program.dir.path().join("log");
    let mut beside = program.start_logged("work", &[], File::create(&log).unwrap());
    let url = format!("sqlite://{}?mode=ro", program.dir.path().join("data/central.db").display());
    let mut conn = SqliteConnection::connect(&url).await.unwrap();
    let mut until = async |what: &str, sql: &'static str| {
        let since = Instant::now();
        loop {
            let found: Vec<i64> = sqlx::query_scalar(sql).fetch_all(&mut conn).await.unwrap();
            if !found.is_empty() {
                return found;
            }
            assert!(since.elapsed().as_secs() < 60, "{what}: {}", std::fs::read_to_string(&log).unwrap());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    until("no worker", "select pid from workers where role = 'server'").await;
    let mut command = program.start("migrate all-tenants --yes --concurrency 4");
    let held = "select distinct w.pid from tasks t join workers w on w.id = t.worker_id where t.status = 'running'";
    let mut seen = BTreeSet::new();
    // Longer than the worker beside it rests between two looks.
    let since = Instant::now();
    while since.elapsed() < Duration::from_millis(1500) {
        seen.extend(until("nobody works", held).await);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(seen, BTreeSet::from([i64::from(command.id())]), "beside it is {}", beside.id());
    command.kill().unwrap();
    command.wait().unwrap();
    until(
        "the run never ended",
        "select number from runs where status in ('succeeded', 'failed') and kind = 'migrate'",
    )
    .await;
    let left = "select 1 from tasks t join runs r on r.id = t.run_id where r.kind = 'migrate' group by r.id \
                having sum(t.status in ('queued', 'running')) = 0";
    until("something is left", left).await;
    beside.kill().unwrap();
    beside.wait().unwrap();
    assert!(std::fs::read_to_string(&log).unwrap().contains("a worker died; its tasks were taken back"));
}
