//! What a pipeline has of the command line: findings where a change is read, a plan as a comment, little noise, the files of docs/ci.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::program::{Answer, Program};

/// A folder that means harm, in a repository, and a file whose names do.
fn hostile() -> (Program, PathBuf) {
    let program = Program::bare();
    std::fs::create_dir(program.dir.path().join(".git")).unwrap();
    let folder = program.dir.path().join("db, a:b%0A\n::error::x `|` @all");
    std::fs::create_dir(&folder).unwrap();
    let up = "create table a (id int);\n\nalter table \"x\n::error::pwned%0A,`@all`|\" drop column \"y:,%25\r\nz\";\n";
    std::fs::write(folder.join("20260101000001_a.up.sql"), up).unwrap();
    std::fs::write(
        folder.join("20260101000001_a.down.sql"),
        "-- neo: allow drop-column no, it's fine\ndrop table a;\n",
    )
    .unwrap();
    let accepted =
        "-- neo: allow drop-column nobody, says: 100%\nalter table b drop column c;\nalter table b drop column c;\n";
    std::fs::write(folder.join("20260101000002_b.up.sql"), accepted).unwrap();
    (program.with("TENANT_MIGRATIONS", folder.to_str().unwrap()), folder)
}

fn lint(program: &Program, form: &str) -> Answer {
    program.run(&format!("migrate lint --engine postgres --format {form}")).expect(8)
}

/// The folder's name as GitHub unescapes it.
fn unescaped(text: &str) -> String {
    text.replace("%2C", ",").replace("%3A", ":").replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")
}

#[test]
fn findings_are_commands_of_github_that_nothing_in_them_can_break() {
    let (program, folder) = hostile();
    let told = lint(&program, "github").out;
    let folder = folder.file_name().unwrap().to_str().unwrap();
    assert!(!told.is_empty());
    for line in told.lines() {
        let rest = ["::error ", "::warning ", "::notice "].iter().find_map(|level| line.strip_prefix(level));
        let (properties, _) = rest.unwrap_or_else(|| panic!("no command: {line}")).split_once("::").unwrap();
        let mut keys = Vec::new();
        for property in properties.split(',') {
            let (key, value) = property.split_once('=').unwrap();
            keys.push(key);
            if key == "file" {
                assert!(unescaped(value).starts_with(&format!("{folder}/20260101000")), "{value}");
            }
        }
        assert!(keys.starts_with(&["file"]) && keys.ends_with(&["title"]), "{line}");
    }
    let dropped = told.lines().find(|line| line.contains("title=drop-column")).unwrap();
    assert!(dropped.starts_with("::error ") && dropped.contains(",line=4,"), "{dropped}");
    assert!(dropped.contains("::error::pwned%250a"), "{dropped}");
    assert!(!told.contains("20260101000002_b.up.sql,line=2"), "what a file has accepted is not shown: {told}");
}

#[test]
fn findings_are_issues_of_gitlab_each_with_a_fingerprint_of_its_own() {
    let (program, folder) = hostile();
    let issues = lint(&program, "gitlab").json();
    let issues = issues.as_array().unwrap();
    let mut prints: Vec<_> = issues.iter().map(|issue| issue["fingerprint"].as_str().unwrap()).collect();
    let all = prints.len();
    prints.sort_unstable();
    prints.dedup();
    assert!(all > 1 && prints.len() == all, "{issues:?}");
    for issue in issues {
        assert!(issue["description"].is_string() && issue["check_name"].is_string(), "{issue}");
        assert!(["info", "minor", "major", "critical", "blocker"].contains(&issue["severity"].as_str().unwrap()));
        assert!(issue["location"]["lines"]["begin"].as_u64().is_some_and(|line| line > 0), "{issue}");
        let path = issue["location"]["path"].as_str().unwrap();
        assert!(Path::new(path).starts_with(folder.file_name().unwrap()), "{path}");
    }
    // A line that is put before it moves it, and it stays the one it was.
    let file = folder.join("20260101000001_a.up.sql");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("-- a line more\n{text}")).unwrap();
    let moved = lint(&program, "gitlab").json();
    assert!(moved.as_array().unwrap().iter().all(|issue| prints.contains(&issue["fingerprint"].as_str().unwrap())));
}

#[test]
fn findings_are_a_sarif_log_as_its_schema_wants_it() {
    let (program, folder) = hostile();
    let log = lint(&program, "sarif").json();
    assert_eq!((log["version"].as_str(), log["runs"].as_array().unwrap().len()), (Some("2.1.0"), 1));
    assert!(log["$schema"].as_str().unwrap().ends_with("sarif-2.1.0.json"));
    let run = &log["runs"][0];
    let driver = &run["tool"]["driver"];
    assert!(driver["name"].is_string() && run["columnKind"] == "unicodeCodePoints");
    let rules = driver["rules"].as_array().unwrap();
    for rule in rules {
        assert!(rule["id"].is_string() && rule["shortDescription"]["text"].is_string(), "{rule}");
        level(&rule["defaultConfiguration"]["level"]);
    }
    let results = run["results"].as_array().unwrap();
    assert!(!results.is_empty());
    for result in results {
        level(&result["level"]);
        assert!(result["message"]["text"].as_str().is_some_and(|text| !text.is_empty()), "{result}");
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        let place = &result["locations"][0]["physicalLocation"];
        let uri = place["artifactLocation"]["uri"].as_str().unwrap();
        assert_eq!(place["artifactLocation"]["uriBaseId"], "%SRCROOT%");
        // A relative reference: nothing in it is more than a character of the path.
        assert!(uri.chars().all(|c| c.is_ascii_alphanumeric() || "-._~/%".contains(c)), "{uri}");
        assert_eq!(decoded(uri).split('/').next(), folder.file_name().unwrap().to_str());
        if let Some(region) = place.get("region") {
            assert!(region["startLine"].as_u64().unwrap() > 0 && region["startColumn"].as_u64().unwrap() > 0);
        }
    }
    let dropped = results.iter().find(|result| result["ruleId"] == "drop-column").unwrap();
    assert_eq!(dropped["locations"][0]["physicalLocation"]["region"]["startLine"], 4);
    assert!(dropped["message"]["text"].as_str().unwrap().contains("::error::pwned%0a"));
    let accepted: Vec<_> = results.iter().filter(|result| result.get("suppressions").is_some()).collect();
    assert_eq!(accepted.len(), 2);
    assert_eq!(accepted[0]["suppressions"][0]["kind"], "inSource");
    assert_eq!(accepted[0]["suppressions"][0]["justification"], "nobody, says: 100%");
}

fn level(value: &Value) {
    assert!(["none", "note", "warning", "error"].contains(&value.as_str().unwrap()), "{value}");
}

fn decoded(uri: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = uri.bytes();
    while let Some(byte) = rest.next() {
        let mut digit = || char::from(rest.next().unwrap()).to_digit(16).unwrap();
        bytes.push(if byte == b'%' { u8::try_from(digit() * 16 + digit()).unwrap() } else { byte });
    }
    String::from_utf8(bytes).unwrap()
}

#[test]
fn paths_are_those_of_the_repository_wherever_the_command_is_called() {
    let program = Program::bare();
    program.migration("20260101000001_a.up.sql", "create table a (id int);\n");
    let path = |program: &Program| {
        program.run("migrate lint --format gitlab").expect(0).json()[0]["location"]["path"].as_str().unwrap().to_owned()
    };
    assert_eq!(path(&program), "migrations/tenant/20260101000001_a.up.sql");
    std::fs::create_dir(program.dir.path().join("migrations/.git")).unwrap();
    assert_eq!(path(&program), "tenant/20260101000001_a.up.sql", "a repository in the folder of another");
    std::fs::write(program.dir.path().join("migrations/tenant/.git"), "gitdir: elsewhere").unwrap();
    assert_eq!(path(&program), "20260101000001_a.up.sql", "a worktree's .git is a file");
}

#[test]
fn a_form_is_known_to_its_own_command_alone() {
    let program = Program::new();
    for form in ["text", "table", "plain", "json", "ndjson", "github", "gitlab", "sarif"] {
        program.run(&format!("migrate lint --fail-on error --format {form}")).expect(0);
    }
    for (command, form) in [
        ("tenant list", "sarif"),
        ("tenant list", "text"),
        ("migrate status", "github"),
        ("migrate plan", "gitlab"),
        ("migrate lint", "markdown"),
        ("run list", "markdown"),
    ] {
        let told = program.run(&format!("{command} --format {form}")).expect(2);
        assert!(told.err.contains(&format!("invalid value '{form}' for '--format <FORMAT>'")), "{}", told.err);
        assert!(told.err.contains("[possible values: ") && told.out.is_empty(), "{}", told.err);
    }
    program.run("--format json migrate lint").expect(0).json();
    program.run("migrate lint --json --format sarif").expect(2).says("cannot be used with");
    // What goes wrong is told in words beside a form that is no JSON, and in JSON beside one that is.
    program.run("migrate lint nosuch --format sarif").expect(5).says("error: migration \"nosuch\" not found");
    assert_eq!(program.run("migrate lint nosuch --format json").expect(5).error()["code"], "not_found");
}

#[test]
fn a_plan_is_a_comment_in_which_nobody_else_speaks() {
    let program = Program::new();
    program.run("tenant create acme").expect(0);
    program.run("tenant create beta").expect(0);
    program.migration(
        "20270101000001_more.up.sql",
        "create table more (id int); -- ```` </details>\nalter table accounts drop column \"a|b` @all\n# x\";\n",
    );
    let plan = program.run("migrate plan --format markdown").expect(0);
    let text = &plan.out;
    assert!(text.starts_with("### Migration plan\n\n2 tenants: 0 current, 2 behind\n"), "{text}");
    assert!(text.contains("| `20270101000001_more` | 2 | atomic | 1 error"), "{text}");
    assert!(!text.lines().any(|line| line.starts_with("# x")) && !text.contains("</details>"), "{text}");
    let finding = text.lines().find(|line| line.starts_with("- **error** `20270101000001_more.up.sql:2:")).unwrap();
    assert!(finding.ends_with("(drop-column)"), "{finding}");
    assert_eq!(plan.err, "");
    let text = program.run("migrate plan --format markdown --sql").expect(0).out;
    let fences: Vec<_> = text.lines().filter(|line| line.starts_with("``")).collect();
    assert_eq!(fences, ["`````sql", "`````"], "{text}");
    program.run("tenant quarantine beta --reason moves").expect(0);
    program.run("migrate plan --format markdown").expect(0).says("- **in quarantine** `beta` `until ");
    program.run("migrate plan --to 20250126000006 --format markdown").expect(0).says("Nothing to do.");
}

#[test]
fn a_pipelines_log_holds_as_much_of_a_run_as_it_is_told_to() {
    let program = Program::new().with("QUARANTINE_AFTER", "0");
    ["acme", "beta", "corvus"].iter().for_each(|slug| drop(program.run(&format!("tenant create {slug}")).expect(0)));
    program.migration("20270101000001_more.up.sql", "create table more (id int);\n");
    program.run("migrate tenant corvus").expect(0);
    program.migration("20270101000001_more.up.sql", "create table more (id int, n int);\n");
    // The file has changed since it was applied on one of three.
    let lines = |command: &str, code: i32| {
        let err = program.run(command).expect(code).err;
        let of = |mark: &str| err.lines().filter(|line| line.starts_with(mark)).count();
        (of("✓ "), of("✗ "), of("Run "))
    };
    let again = "--trust 0";
    assert_eq!(lines(&format!("migrate all-tenants {again}"), 3), (2, 1, 1));
    assert_eq!(lines(&format!("migrate all-tenants {again} --progress all"), 3), (2, 1, 1));
    assert_eq!(lines(&format!("migrate all-tenants {again} --progress failures"), 3), (0, 1, 1));
    assert_eq!(lines(&format!("migrate all-tenants {again} --progress none"), 3), (0, 0, 1));
    assert_eq!(lines("run rerun 5 --progress none", 3).1, 0);
    assert_eq!(lines("run watch 5 --progress failures", 3), (0, 2, 2), "both tries, and that it went on");
    assert_eq!(lines("migrate verify --progress failures", 3), (0, 1, 1));
    let quiet = program.run("migrate all-tenants --progress none --trust 0").expect(3);
    assert!(quiet.out.contains("1 failed") || quiet.err.contains("1 failed"), "how it ended is told all the same");
    let events = program.run("run watch 5 --progress none --format ndjson").expect(3).out;
    assert!(events.lines().count() > 3, "events are data: {events}");
    assert_eq!(program.run("tenant create dora --progress none").expect(0).err.matches('✓').count(), 0);
    assert!(program.run("tenant create echo").expect(0).err.matches('✓').count() > 1);
    std::fs::write(program.dir.path().join("more.csv"), "slug\nfoxtrot\ngolf\n").unwrap();
    let many = program.run("tenant create --from-file more.csv --progress failures").expect(0).err;
    assert_eq!((many.matches('✓').count(), many.contains("2 made")), (0, true), "{many}");
    program.run("migrate all-tenants --progress some").expect(2).says("[possible values: none, failures, all]");
}

fn ci(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/ci").join(file)
}

#[test]
fn the_pipeline_in_a_plain_shell_runs_as_it_is() {
    let program = Program::new();
    ["acme", "beta"].iter().for_each(|slug| drop(program.run(&format!("tenant create {slug}")).expect(0)));
    let bin = Path::new(env!("CARGO_BIN_EXE_neo")).parent().unwrap();
    let run = |step: &str, env: &[(&str, &str)]| {
        let output = std::process::Command::new("sh")
            .arg(ci("pipeline.sh"))
            .arg(step)
            .current_dir(program.dir.path())
            .env_clear()
            .env("PATH", format!("{}:{}", bin.display(), std::env::var("PATH").unwrap()))
            .env("DB_ENCRYPTION_KEY", "0123456789abcdef0123456789ABCDEF")
            .envs(env.iter().copied())
            .output()
            .unwrap();
        let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        Answer { code: output.status.code().unwrap(), out, err }
    };
    run("", &[]).expect(2).says("usage");
    program.migration("20270101000001_more.up.sql", "create table more (id int);\n");
    program.migration("20270101000001_more.down.sql", "drop table more;\n");
    run("check", &[]).expect(0).says("### Migration plan").says("2 behind");
    assert!(std::fs::read_to_string(program.dir.path().join("plan.md")).unwrap().contains("`20270101000001_more`"));
    let deployed = run("deploy", &[("REASON", "release 7")]).expect(0).says("2 tenants at 20270101000001 or newer");
    assert!(!deployed.err.contains('✓'), "{}", deployed.err);
    let last = &program.json("run list")[0];
    assert_eq!((&last["reason"], &last["tenants"]["migrated"]), (&"release 7".into(), &2.into()));

    program.migration("20270101000002_gone.up.sql", "alter table accounts drop column domain;\n");
    run("check", &[]).expect(8).says("drop-column");
    run("check", &[("SINCE", "20270101000002")]).expect(0);
    program.migration("20270101000002_gone.up.sql", "create tabel gone (id int);\n");
    // The canary fails: nobody else is begun, and the gate is not asked.
    let halted = run("deploy", &[("CANARY", "beta")]).expect(9);
    assert!(!halted.out.contains("or newer"), "{}", halted.out);
    assert_eq!(program.json("migrate status")[0]["state"], "behind");
}

/// Every line of a workflow that calls `neo` does so as the program of today takes it.
#[test]
fn the_pipelines_for_github_and_gitlab_call_what_there_is() {
    let program = Program::bare();
    for file in ["github.yml", "gitlab.yml"] {
        let text = std::fs::read_to_string(ci(file)).unwrap();
        let mut called = Vec::new();
        for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
            for (at, _) in line.match_indices("neo migrate ") {
                let command =
                    line[at..].split([')', '>', '|']).next().unwrap().replace('"', "").replace("$version", "1");
                let words: Vec<_> = command.split_whitespace().skip(1).collect();
                program.run(&format!("{} --help", words.join(" "))).expect(0).says("Usage: neo migrate");
                called.push(words[1].to_owned());
            }
        }
        assert_eq!(called, ["lint", "plan", "all-tenants", "all-tenants", "digest", "status"], "{file}");
    }
}
