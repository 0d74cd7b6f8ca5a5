//! The console goes away in the middle of a run, or whoever follows it does.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use super::{Console, token};
use crate::program::Program;

const TENANTS: usize = 6;

/// Each takes a while.
fn fleet() -> Program {
    let home = Program::new();
    for n in 0..TENANTS {
        home.run(&format!("tenant create t{n}")).expect(0);
    }
    home.migration(
        "20990101000000_slow.up.sql",
        "create table slow as with recursive c(x) as (select 1 union all select x + 1 from c where x < 1500000) \
         select count(*) as n from c;\n",
    );
    home
}

/// Standard error up to a line with this in it.
fn until(child: &mut Child, word: &str) -> (String, BufReader<std::process::ChildStderr>) {
    let mut lines = BufReader::new(child.stderr.take().unwrap());
    let mut said = String::new();
    while !said.contains(word) {
        assert!(lines.read_line(&mut said).unwrap() > 0, "no {word:?} in {said}");
    }
    (said, lines)
}

fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
}

#[test]
fn a_console_that_is_killed_and_started_again_in_the_middle_of_a_run_costs_nobody_their_answer() {
    let home = fleet();
    let token = token(&home, "far --role admin");
    let mut console = Console::of(&home);
    let afar = console.afar(&token);
    let mut child = afar.start("migrate all-tenants --concurrency 1");
    let (mut said, mut lines) = until(&mut child, "✓ t");
    console.kill();
    std::thread::sleep(Duration::from_secs(2));
    console.again(&home);
    lines.read_to_string(&mut said).unwrap();
    let code = child.wait().unwrap().code().unwrap();
    let mut out = String::new();
    child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    assert_eq!(said.matches("asking again until it answers").count(), 1, "told once: {said}");
    assert_eq!(said.matches("The console answers again").count(), 1, "{said}");
    let run = home.json("run list")[0]["run"].as_i64().unwrap();
    // The run's own end, whatever became of the tenant that was being worked on; nobody is told of twice.
    let watched = afar.run(&format!("run watch {run}"));
    assert_eq!((code, out.as_str()), (watched.code, watched.out.as_str()), "{said}");
    for n in 0..TENANTS {
        let ends = said.lines().filter(|line| line.contains(&format!("✓ t{n} "))).count();
        assert!(ends <= 1, "{said}");
    }
    let counts = &home.json(&format!("run show {run}"))["tenants"];
    assert_eq!(counts["queued"].as_i64().unwrap_or(0) + counts["running"].as_i64().unwrap_or(0), 0, "{counts}");
}

#[test]
fn who_stops_following_is_told_that_the_run_goes_on_and_how_to_end_it() {
    let home = fleet();
    let token = token(&home, "far --role admin");
    let console = Console::of(&home);
    let afar = console.afar(&token);
    for (name, code) in [("-INT", 130), ("-TERM", 143)] {
        let mut child = afar.start("migrate all-tenants --concurrency 1 --trust 0");
        let (mut said, mut lines) = until(&mut child, "✓ t");
        signal(&child, name);
        lines.read_to_string(&mut said).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(code), "{said}");
        let run = home.json("run list")[0]["run"].as_i64().unwrap();
        assert!(said.contains(&format!("run {run} goes on at http://central.localhost:{}", console.port)), "{said}");
        assert!(
            said.contains(&format!("neo run cancel {run}")) && said.contains(&format!("neo run watch {run}")),
            "{said}"
        );
        let since = Instant::now();
        while home.json(&format!("run show {run}"))["status"] != "succeeded" {
            assert!(since.elapsed() < Duration::from_secs(60), "it does not go on");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

#[test]
fn what_is_left_to_the_console_is_done_there() {
    let home = fleet();
    let token = token(&home, "far --role admin");
    let console = Console::of(&home);
    let afar = console.afar(&token);
    let run: i64 = afar.run("migrate tenant t0 --detach").expect(0).out.trim().parse().unwrap();
    afar.run(&format!("run watch {run}")).expect(0).says("1 migrated");
    let later = afar.run("migrate all-tenants --at +90m").expect(0).says("done by neo serve or neo work");
    let run: i64 = later.out.trim().parse().unwrap();
    let planned = home.json(&format!("run show {run}"))["planned_for"].as_str().unwrap().to_owned();
    assert!(later.err.contains(&planned), "{}", later.err);
    afar.run(&format!("run resume {run} --detach")).expect(0);
    afar.run(&format!("run cancel {run} --now")).expect(0);
    afar.run(&format!("run watch {run}")).expect(9);
}
