//! Many tenants from a file, as an operator makes them: with mistakes in it, broken off, and begun again.

use std::io::{BufRead, BufReader};
use std::process::Command;

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
