//! The command line as a person or a pipeline meets it: names, streams, exit codes, prompts that never come.

use serde_json::json;

use crate::program::Program;

const JOHN: [(&str, &str); 5] = [
    ("EMAIL", "john@example.com"),
    ("PASSWORD", "correct horse battery staple 7"),
    ("FIRST_NAME", "John"),
    ("LAST_NAME", "Doe"),
    ("ROLE", "superadmin"),
];

#[test]
fn the_commands_are_those_of_the_contract() {
    let help = Program::bare().run("--help").expect(0).out;
    let commands: Vec<&str> = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    insta::assert_snapshot!(commands.join(" "), @"serve work create-central-admin create-tenant-user admin tenant server backup migrate run central key channel window filter token audit prune doctor completions man openapi help");
    assert!(help.contains("Exit codes:") && help.contains("DB_ENCRYPTION_KEY"), "{help}");
}

#[test]
fn serve_explains_every_setting() {
    let help = Program::bare().run("serve --help").expect(0).out;
    for name in [
        "LISTEN",
        "METRICS_LISTEN",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "OTEL_SERVICE_NAME",
        "BASE_DOMAIN",
        "CENTRAL_SUBDOMAINS",
        "TENANT_MIGRATIONS",
        "DATA_DIR",
        "SERVER_SILENT_AFTER",
        "TRUSTED_PROXIES",
        "LOG_FORMAT",
        "RUST_LOG",
        "DATABASE_URL",
    ] {
        assert!(help.contains(name), "{name} is not explained:\n{help}");
    }
    let elsewhere = Program::bare().run("tenant list --help").expect(0).out;
    assert!(!elsewhere.contains("TRUSTED_PROXIES"), "settings crowd the help of every command:\n{elsewhere}");
}

#[test]
fn some_commands_need_neither_key_nor_database() {
    let program = Program::bare();
    let key = program.run("key generate").expect(0).out;
    assert_ne!(key, program.run("key generate").expect(0).out);
    program.run("completions bash").expect(0).says("_neo");
    program.run("man").expect(0).says(".TH");
    program.run("man migrate tenant").expect(0).says("SLUG");
    program.run("openapi").expect(0).says("/api/v1/tenants");
    assert!(!program.dir.path().join("data").exists());
}

#[test]
fn a_generated_key_is_taken() {
    let program = Program::new();
    let key = program.run("key generate").expect(0).out;
    program.with("DB_ENCRYPTION_KEY", key.trim()).run("tenant list").expect(0);
    // As everywhere, and another each time.
    let program = Program::bare();
    for format in ["--json", "--format ndjson"] {
        let made = program.run(&format!("key generate {format}")).expect(0);
        assert_eq!(made.out.lines().count(), if format == "--json" { 3 } else { 1 }, "{}", made.out);
        let made = made.json()["key"].as_str().unwrap().to_owned();
        assert!(made.len() == 64 && made != key.trim(), "{made}");
    }
}

#[test]
fn a_token_alone_goes_to_standard_output_and_is_listed_and_revoked() {
    let program = Program::new();
    let made =
        program.run("token create ci --role admin --for 30d --tag eu --tenant acme --from 10.1.0.0/16").expect(0);
    let token = made.out.trim_end();
    assert!(made.out.lines().count() == 1 && token.len() == 60 && token.starts_with("neo_"), "{}", made.out);
    let id = &token[4..12];
    for word in [id, "admin", "the tag eu or the tenant acme", "10.1.0.0/16", "not shown again"] {
        assert!(made.err.contains(word), "{word}: {}", made.err);
    }
    assert!(!made.err.contains(token));
    let listed = program.run("token list --json").expect(0).json();
    let keys = ["id", "name", "role", "maker", "state", "tags", "tenants", "networks", "allow_destructive", "connect"];
    let times = ["created_at", "expires_at", "revoked_at", "last_used_at", "last_address"];
    for key in keys.iter().chain(&times) {
        assert!(listed[0].get(key).is_some(), "{key}: {listed}");
    }
    assert_eq!(
        (&listed[0]["id"], &listed[0]["state"], &listed[0]["tags"]),
        (&json!(id), &json!("live"), &json!(["eu"]))
    );
    assert!(!listed.to_string().contains(&token[13..]));
    program.run("token list").expect(0).says("the tag eu or the tenant acme");

    let endless = program.run("token create ever --role support --for never --json").expect(0).json();
    assert!(
        endless["token"].as_str().is_some_and(|text| text.len() == 60) && endless["expires_at"].is_null(),
        "{endless}"
    );
    // One that is not known: nothing is done.
    program.run(&format!("token revoke {id} nosuch00")).expect(5);
    assert_eq!(program.run("token list --json").expect(0).json()[1]["state"], "live");
    let revoked = program.run(&format!("token revoke {id}")).expect(0);
    assert!(revoked.out.is_empty() && revoked.err.contains("ci"), "{}", revoked.err);
    assert_eq!(program.run("token list --json").expect(0).json()[1]["state"], "revoked");

    for (line, word) in [
        ("token create two words --role admin", "words"),
        ("token create x --role chief", "chief"),
        ("token create x", "--role"),
        ("token create x --role admin --for 366d", "a year"),
        ("token create x --role admin --for ever", "never"),
        ("token create x --role admin --from 10.0.0.0/33", "10.0.0.0/33"),
        ("token create x/y --role admin", "x/y"),
        ("token revoke", "ID"),
    ] {
        let answer = program.run(line).expect(2);
        assert!(answer.out.is_empty() && answer.err.contains(word), "{line}: {}", answer.err);
    }
}

#[test]
fn make_prints_the_two_paths_and_nothing_else() {
    let program = Program::bare();
    let answer = program.run("migrate make add_status_field_to_contacts").expect(0);
    let lines: Vec<_> = answer.out.lines().collect();
    assert_eq!(lines.len(), 2, "{}", answer.out);
    assert!(lines[0].ends_with("_add_status_field_to_contacts.up.sql"), "{}", lines[0]);
    assert!(lines[1].ends_with("_add_status_field_to_contacts.down.sql"), "{}", lines[1]);
    for line in lines {
        assert!(program.dir.path().join(line).exists(), "{line}");
    }
}

#[test]
fn usage_errors_exit_with_2() {
    let program = Program::bare();
    for line in [
        "",
        "nonsense",
        "tenant",
        "tenant list --format yaml",
        "migrate all-tenants --trust soon",
        "migrate rollback",
        "run show one",
        "server add x --engine oracle",
        "migrate all-tenants --max-failures 200%",
    ] {
        program.run(line).expect(2);
    }
}

#[test]
fn a_mistyped_command_is_json_where_json_is_asked_for() {
    let error = Program::bare().run("tenant lst --json").expect(2).error();
    assert_eq!(error["code"], "invalid");
    assert!(error["message"].as_str().unwrap().contains("lst"), "{error}");
}

#[test]
fn a_missing_or_bad_key_exits_with_2_and_the_way_out() {
    let program = Program::bare();
    program.run("tenant list").expect(2).says("DB_ENCRYPTION_KEY").says("neo key generate");
    let program = program.with("DB_ENCRYPTION_KEY", "your-32-character-secret-key!!");
    let answer = program.run("tenant list").expect(2).says("30").says("neo key generate");
    assert!(!answer.err.contains("your-32"), "{}", answer.err);
    let error = program.run("tenant list --json").expect(2).error();
    assert_eq!(error["code"], "config");
    assert!(error["hint"].as_str().unwrap().contains("neo key generate"));
}

#[test]
fn another_key_than_before_refuses_to_start() {
    let program = Program::new();
    program.run("tenant list").expect(0);
    program.with("DB_ENCRYPTION_KEY", "ffffffffffffffffffffffffffffffff").run("tenant list").expect(2);
}

#[test]
fn an_unreachable_central_database_exits_with_7() {
    Program::new().with("DATABASE_URL", "postgres://neo@127.0.0.1:1/neo").run("tenant list").expect(7);
}

#[test]
fn a_line_of_the_env_file_is_read_and_the_environment_wins() {
    let program = Program::bare();
    std::fs::write(program.dir.path().join(".env"), "DB_ENCRYPTION_KEY=0123456789abcdef0123456789ABCDEF\n").unwrap();
    program.run("tenant list").expect(0);
    program.run_with("tenant list", &[("DB_ENCRYPTION_KEY", "short")], "").expect(2);
}

#[test]
fn a_line_of_the_env_file_that_is_wrong_is_numbered_and_not_repeated() {
    let program = Program::bare();
    let file = program.dir.path().join(".env");
    for (text, number) in [("# the key\n0123456789abcdef\n", 2), ("A=1\nPASSWORD='0123456789abcdef\n", 2)] {
        std::fs::write(&file, text).unwrap();
        let told = program.run("tenant list").expect(2).says(&format!("line {number} is not NAME=value"));
        assert!(!told.err.contains("0123456789abcdef"), "{}", told.err);
        assert_eq!(program.run("tenant list --json").expect(2).error()["code"], "config");
    }
}

#[test]
fn without_a_terminal_nothing_is_asked_for() {
    let program = Program::new();
    let mut given = Vec::new();
    for (name, value) in JOHN {
        program.run_with("create-central-admin", &given, "").expect(2).says(name);
        given.push((name, value));
    }
    program.run("server add pg --engine postgres --host localhost --user postgres").expect(2).says("--password-stdin");
    program.run("server add files --engine sqlite").expect(2).says("--path");
    program.run("server add url").expect(2).says("SERVER_URL");
}

#[test]
fn a_servers_url_and_its_parts_go_together() {
    let program = Program::new();
    let nowhere = [("SERVER_URL", "postgres://neo:canary@127.0.0.1:1/")];
    // All of it is in the URL; what a flag says is the flag's.
    let told = program.run_with("server add pg --engine postgres", &nowhere, "").expect(7).says("127.0.0.1:1");
    assert!(!told.err.contains("canary") && !told.err.contains("missing"), "{}", told.err);
    program.run_with("server add pg --engine postgres --port 2", &nowhere, "").expect(7).says("127.0.0.1:2");
    let other = "--engine says mysql, and SERVER_URL is that of a postgres server";
    program.run_with("server add my --engine mysql", &nowhere, "").expect(2).says(other);
    // Where all is said, the URL is another server's.
    let folder = program.dir.path().join("files");
    std::fs::create_dir(&folder).unwrap();
    let whole = format!("server add files --engine sqlite --path {}", folder.display());
    program.run_with(&whole, &nowhere, "").expect(0);
    let url = format!("sqlite://{}", program.dir.path().join("more").display());
    program.run_with("server add more --engine sqlite", &[("SERVER_URL", url.as_str())], "").expect(0);
}

#[test]
fn an_admin_is_created_changed_and_shown() {
    let program = Program::new();
    let john = program.run_with("create-central-admin --json", &JOHN, "").expect(0).json();
    assert_eq!((john["email"].as_str(), john["role"].as_str()), (Some("john@example.com"), Some("superadmin")));
    program.run_with("create-central-admin", &JOHN, "").expect(6).says("john@example.com");
    let ada = [("EMAIL", "ada@example.com"), ("FIRST_NAME", "Ada"), ("LAST_NAME", "L"), ("ROLE", "support")];
    program.run_with("create-central-admin --password-stdin", &ada, "a long pass phrase of hers\n").expect(0);
    program.run("admin set-role ada@example.com admin").expect(0);
    assert_eq!(program.json("admin show ada@example.com")["role"], "admin");
    program.run("admin disable ada@example.com").expect(0);
    assert_eq!(program.json("admin list").as_array().unwrap().len(), 2);
    assert_eq!(program.json("admin show ada@example.com")["status"], "disabled");
    program.run("admin show nobody@example.com").expect(5).says("nobody@example.com");
    program.run("admin set-role ada@example.com king").expect(2);
    program.run("admin reset-2fa ada@example.com").expect(0).says("ada@example.com is without a second factor");
    program.run("admin reset-2fa nobody@example.com").expect(5).says("nobody@example.com");
    assert_eq!(program.json("admin show ada@example.com")["second_factor"], false);
    let invited = program.run("admin invite joan@example.com --role admin --name Joan").expect(0);
    assert!(invited.out.lines().count() == 1 && invited.out.contains("/password?token="), "{}", invited.out);
    invited.says("joan@example.com chooses a password there, once");
    let joan = program.json("admin show joan@example.com");
    assert_eq!((&joan["status"], &joan["first_name"]), (&"invited".into(), &"Joan".into()), "{joan}");
    let link = program.json("admin link joan@example.com");
    assert_eq!(
        (&link["email"], &link["expires_at"]),
        (&joan["email"], &program.json("admin show joan@example.com")["link_until"])
    );
    program.run("admin invite joan@example.com --role admin").expect(6).says("exists already");
    program.run("admin invite max@example.com").expect(2).says("--role");
    program.run("admin revoke joan@example.com").expect(0).says("joan@example.com is invited no longer");
    program.run("admin link joan@example.com").expect(5);
    program.run("admin revoke ada@example.com").expect(6).says("has no link");
    program.run_with("admin list", &[("REQUIRE_2FA", "most")], "").expect(2).says("require-2fa");
    program
        .run_with("create-central-admin", &[JOHN[0], ("PASSWORD", "short"), JOHN[2], JOHN[3], JOHN[4]], "")
        .expect(2);
    // Somebody has to remain who may do everything.
    program.run("admin disable john@example.com").expect(6);
    let tabs = program.run("admin list --format plain").expect(0).out;
    assert!(tabs.lines().all(|line| line.split('\t').count() == 8), "{tabs}");
    let lines = program.run("admin list --format ndjson").expect(0).out;
    assert_eq!(lines.lines().filter(|l| serde_json::from_str::<serde_json::Value>(l).is_ok()).count(), 2);
    program.run("audit verify").expect(0).says("holds");
}

#[test]
fn an_unknown_tenant_names_the_nearest() {
    let program = Program::new();
    for slug in ["acme-corp", "acme-nl"] {
        program.run(&format!("tenant create {slug}")).expect(0);
    }
    let answer = program.run("tenant show acme").expect(5);
    insta::assert_snapshot!(answer.err, @r#"
    error: tenant "acme" not found
      nearest: acme-nl, acme-corp
      hint: neo tenant list
    "#);
    assert_eq!(answer.out, "");
    let error = program.run("migrate tenant acme --json").expect(5).error();
    assert_eq!(error["code"], "not_found");
    assert_eq!(error["hint"], "neo tenant list");
}

#[test]
fn strange_slugs_are_refused_and_cannot_drive_the_terminal() {
    let program = Program::new();
    for slug in ["a'b", "a;drop", "A", "-", "\u{1b}[2J", &"x".repeat(200)] {
        let answer = program.run(&format!("tenant create {slug}"));
        assert_eq!(answer.code, 2, "{slug}: {}", answer.err);
        assert!(!answer.err.contains('\u{1b}'), "{:?}", answer.err);
    }
}

#[test]
fn nothing_to_do_is_no_failure() {
    let program = Program::new();
    program.run("migrate all-tenants").expect(0).says("no active tenants");
    let empty = program.json("migrate all-tenants");
    assert_eq!((empty["tenants"]["total"].as_i64(), empty["migrations_applied"].as_i64()), (Some(0), Some(0)));
    program.run("migrate rollback --all --yes").expect(0);
    program.run("migrate status --check").expect(0);
    assert_eq!(program.json("tenant list"), serde_json::json!([]));
    assert_eq!(program.json("run list"), serde_json::json!([]));
}

/// A misspelt tag of those that go first would let all others follow at once.
#[test]
fn a_tag_that_nobody_has_is_refused_and_not_nothing_to_do() {
    let program = Program::new();
    program.run("tenant create acme --tag canary").expect(0);
    for line in [
        "migrate all-tenants --tag canaries --on-error stop",
        "migrate all-tenants --tag canaries --backup",
        "migrate verify --tag canaries",
        "migrate rollback --all --tag canaries --yes",
        "tenant backup --tag canaries",
        "migrate status --tag canaries",
    ] {
        program.run(line).expect(5).says("tag \"canaries\" not found");
    }
    // Somebody has it, and none of them is active.
    program.run("tenant suspend acme").expect(0);
    program.run("migrate all-tenants --tag canary").expect(0);
}

#[test]
fn the_keys_of_a_tenant_are_those_of_the_contract() {
    let program = Program::new();
    program.run("tenant create acme-corp --tag eu --tag gold").expect(0);
    let list = program.json("tenant list");
    let tenant = list[0].as_object().unwrap();
    for key in
        ["id", "slug", "name", "status", "server", "engine", "database", "version", "pending", "tags", "created_at"]
    {
        assert!(tenant.contains_key(key), "{key} is missing: {list}");
    }
    assert_eq!(tenant["version"], 20250126000006_i64);
    assert_eq!(tenant["pending"], 0);
    let at = tenant["created_at"].as_str().unwrap();
    assert!(at.len() == 24 && at.ends_with('Z'), "{at}");
    let shown = program.json("tenant show acme-corp");
    assert!(std::path::Path::new(shown["database"].as_str().unwrap()).is_file(), "{shown}");
    for key in ["host", "port", "user"] {
        assert!(shown.get(key).is_some(), "{key} is missing: {shown}");
    }
    program.run("tenant create acme-corp").expect(6);
}

#[test]
fn a_tenant_gets_its_first_admin_and_more_users() {
    let program = Program::new();
    let told = program.run("tenant create acme-corp --admin-email boss@acme.example").expect(2).says("ADMIN_PASSWORD");
    assert!(!told.err.contains("--password-stdin"), "a flag that this command does not have: {}", told.err);
    let password = [("ADMIN_PASSWORD", "correct horse battery staple 7")];
    program.run_with("tenant create acme-corp --admin-email boss@acme.example", &password, "").expect(0);
    let mut jane = JOHN;
    (jane[0].1, jane[4].1) = ("jane@acme.example", "admin");
    program.run_with("create-tenant-user acme-corp", &jane, "").expect(0);
    program.run_with("create-tenant-user acme-corp", &jane, "").expect(6);
    jane[4].1 = "emperor";
    program.run_with("create-tenant-user acme-corp", &jane, "").expect(2);
    let users = program.json("tenant users list acme-corp");
    let emails: Vec<_> = users.as_array().unwrap().iter().filter_map(|u| u["email"].as_str()).collect();
    assert!(emails.contains(&"boss@acme.example") && emails.contains(&"jane@acme.example"), "{users}");
}

#[test]
fn a_fleet_without_neos_users_is_told_so_before_anything_is_made() {
    let program = Program::bare().with("DB_ENCRYPTION_KEY", "0123456789abcdef0123456789ABCDEF");
    program.migration("20260101000001_things.up.sql", "create table users (id int);\ncreate table things (id int);\n");
    let password = [("ADMIN_PASSWORD", "correct horse battery staple 7")];
    let told = program.run_with("tenant create cedar --admin-email boss@acme.example", &password, "").expect(6);
    let told = told.says("no migration makes the tables roles, user_roles").says("docs/migrations.md");
    assert!(!told.err.contains("retry"), "{}", told.err);
    assert_eq!(program.json("tenant list"), json!([]));
    std::fs::write(program.dir.path().join("some.csv"), "slug,admin_email\ncedar,boss@acme.example\n").unwrap();
    program.run_with("tenant create --from-file some.csv", &password, "").says("no migration makes the tables");
    assert_eq!(program.json("tenant list"), json!([]));
    program.run("tenant create cedar").expect(0);
    // It is at the newest version: no run would bring it any.
    let told =
        program.run("tenant users list cedar").expect(6).says("users has no column email").says("docs/migrations.md");
    assert!(!told.err.contains("neo migrate tenant"), "{}", told.err);
}

#[test]
fn a_provisioning_that_fails_says_what_mends_it_before_it_says_how_to_go_on() {
    let program = Program::new();
    program.migration("20270101000001_later.up.sql", "-- to be written\n");
    let told = program.run("tenant create acme").expect(3).says("go on where it failed: neo tenant retry acme");
    let (hint, retry) = (told.err.find("hint: write what it is to do"), told.err.find("go on where it failed"));
    assert!(hint.is_some() && hint < retry, "{}", told.err);
}

#[test]
fn the_certificates_of_an_authority_are_taken_away_as_the_help_says() {
    let program = Program::new();
    let told = program.run("server set local --tls-ca=");
    assert!(!told.err.contains("a value is required"), "{}", told.err);
}

#[test]
fn what_cannot_be_undone_is_confirmed_first() {
    let program = Program::new();
    program.run("tenant create acme-corp").expect(0);
    program.run("tenant delete acme-corp").expect(2).says("--yes");
    program.run("migrate rollback acme-corp --steps 1").expect(2).says("--yes");
    program.run("migrate rollback acme-corp --steps 1 --dry-run").expect(0).says("20250126000006_add_custom_fields");
    assert_eq!(program.json("tenant show acme-corp")["version"], 20250126000006_i64);
    let deleted = program.json("tenant delete acme-corp --no-backup --yes");
    assert_eq!((&deleted["status"], deleted.get("backup")), (&"deleted".into(), Some(&serde_json::Value::Null)));
    program.run("migrate tenant acme-corp").expect(5);
    // What is kept of it is found under its id, which whoever knows the slug is told.
    let id = deleted["id"].as_str().unwrap();
    program.run("tenant show acme-corp").expect(5).says(&format!("neo tenant show {id}"));
    program.run(&format!("tenant show {id}")).expect(0).says("deleted");
}

#[test]
fn a_suspended_tenant_is_not_part_of_all() {
    let program = Program::new();
    program.run("tenant create one").expect(0);
    program.run("tenant create two").expect(0);
    program.run("tenant suspend two").expect(0);
    assert_eq!(program.json("migrate all-tenants --trust 0")["tenants"]["total"], 1);
    program.run("tenant resume two").expect(0);
    assert_eq!(program.json("migrate all-tenants --trust 0")["tenants"]["total"], 2);
}

#[test]
fn a_detached_run_waits_for_a_worker_and_can_be_cancelled() {
    let program = Program::new();
    program.run("tenant create one").expect(0);
    let told = program.run("migrate all-tenants --trust 0 --detach").expect(0);
    let number = told.says("Nobody is at work: run ").out;
    program.run("migrate all-tenants --trust 0").expect(6).says(&format!("run {}", number.trim()));
    program.run(&format!("run cancel {}", number.trim())).expect(0);
    program.run(&format!("run watch {}", number.trim())).expect(9);
    program.run("run show 4711").expect(5);
}

#[test]
fn events_are_numbered_and_can_be_taken_up_again() {
    let program = Program::new();
    program.run("tenant create one").expect(0);
    let out = program.run("migrate all-tenants --trust 0 --format ndjson").expect(0).out;
    let events: Vec<serde_json::Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let seqs: Vec<_> = events.iter().map(|e| e["seq"].as_i64().unwrap()).collect();
    assert_eq!(seqs, (1..=seqs.len() as i64).collect::<Vec<_>>());
    assert_eq!(events[0]["type"], "run.planned");
    assert_eq!(events[events.len() - 1]["type"], "run.finished");
    let number = events[0]["run"].as_i64().unwrap();
    let rest = program.run(&format!("run watch {number} --since 2 --format ndjson")).expect(0).out;
    assert_eq!(rest.lines().count(), events.len() - 2);
}

/// `neo <line>`, once it holds the one place at the SQLite file.
fn at_its_place(program: &Program, line: &str) -> std::process::Child {
    let child = program.start(line);
    let place = program.dir.path().join("data/central.db.replica");
    let since = std::time::Instant::now();
    while std::fs::read_to_string(&place).unwrap_or_default().trim() != child.id().to_string() {
        assert!(since.elapsed().as_secs() < 30, "{line} does not start");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    child
}

#[test]
fn a_second_replica_on_a_sqlite_file_is_refused_in_plain_words() {
    let program = Program::new();
    let mut first = at_its_place(&program, "serve --listen 127.0.0.1:0");
    for line in ["work", "serve --listen 127.0.0.1:0"] {
        let refused = program.run(line).expect(6);
        assert!(
            refused.err.contains(&format!("process {}; a SQLite file has room for one", first.id())),
            "{}",
            refused.err
        );
        assert!(refused.err.contains("move the central database to PostgreSQL"), "{}", refused.err);
    }
    program.run("tenant create acme").expect(0).says("acme is active");
    first.kill().unwrap();
    first.wait().unwrap();
    at_its_place(&program, "work").kill().unwrap();
}

#[test]
fn a_command_that_waits_beside_a_server_uses_no_processor() {
    let program = Program::new();
    program.run("tenant create acme").expect(0);
    program.migration("20991231000001_later.up.sql", "create table later (id int);");
    // With another worker about, a run's room is shared.
    let mut server = at_its_place(&program, "serve --listen 127.0.0.1:0");
    let database = program.json("tenant show acme")["database"].as_str().unwrap().to_owned();
    let lock = std::fs::File::open(format!("{database}.neo-lock")).unwrap();
    lock.lock().unwrap();
    let mut waiting = program.start("migrate tenant acme --yes");
    std::thread::sleep(std::time::Duration::from_secs(5));
    // User and system, in ticks of 10 ms: the fields after the name, which ends with a bracket.
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", waiting.id())).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks: u64 = fields[11..13].iter().map(|ticks| ticks.parse::<u64>().unwrap()).sum();
    drop(lock);
    assert!(waiting.wait().unwrap().success());
    server.kill().unwrap();
    server.wait().unwrap();
    assert!(ticks < 100, "{ticks} ticks to wait for five seconds");
}

#[test]
fn of_two_deployments_at_once_the_second_waits_for_the_first_where_it_is_told_to() {
    let program = Program::new();
    program.run("tenant create acme").expect(0);
    program.migration("20991231000001_later.up.sql", "create table later (id int);");
    let first = program.run("migrate all-tenants --detach").expect(0).out.trim().to_owned();
    program.run("migrate all-tenants --yes").expect(6).says("is at tenant \"acme\" already");
    let mut second = program.start("migrate all-tenants --yes --wait-for-others");
    std::thread::sleep(std::time::Duration::from_secs(2));
    assert!(second.try_wait().unwrap().is_none(), "it waits");
    program.run(&format!("run cancel {first}")).expect(0);
    let ended = second.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(ended.status.success() && told.contains(&format!("Run {first} is at work")), "{told}");
    // Who waits for a person is not waited for.
    program.migration("20991231000002_last.up.sql", "create table last (id int);");
    let paused = program.run("migrate all-tenants --detach").expect(0).out.trim().to_owned();
    program.run(&format!("run pause {paused}")).expect(0);
    program.run("migrate all-tenants --yes --wait-for-others").expect(6);
}

#[test]
fn a_worker_ends_in_order_on_a_signal() {
    let program = Program::new();
    let mut child = at_its_place(&program, "work");
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(143));
}

#[test]
fn what_came_to_its_end_while_it_was_asked_to_stop_is_not_said_to_go_on() {
    let program = Program::new();
    let slow = "create table spent as with recursive c(x) as (select 1 union all select x + 1 from c where x < 3000000) \
                select count(*) as n from c;";
    program.migration("20270101000001_slow.up.sql", slow);
    let child = program.start("tenant create acme");
    std::thread::sleep(std::time::Duration::from_millis(1_500));
    assert!(std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let ended = child.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&ended.stderr).into_owned();
    let is_made = program.json("tenant show acme")["status"] == "active";
    assert_eq!(is_made, !told.contains("Stopped. Go on with"), "{told}");
    if !is_made {
        let (_, run) = told.split_once("neo run resume ").unwrap();
        program.run(&format!("run resume {}", run.split_whitespace().next().unwrap())).expect(0);
    }
}

#[test]
fn a_file_of_tenants_is_made_and_made_again_only_where_something_is_missing() {
    let program = Program::new();
    let file = program.dir.path().join("new.csv");
    std::fs::write(&file, "slug,name,tags\nacme,\"Acme, Inc.\",eu;beta\nBAD,,\nbeta,,\nacme,,\n").unwrap();
    let line = format!("tenant create --from-file {}", file.display());
    let refused = program.run(&line).expect(2);
    assert!(refused.err.contains("5: \"acme\" is named twice"), "{}", refused.err);
    std::fs::write(&file, "slug,name,tags\nacme,\"Acme, Inc.\",eu;beta\nBAD,,\nbeta,,\n").unwrap();
    assert!(program.run(&line).expect(2).err.contains("3: BAD:"));
    assert_eq!(program.json("tenant list").as_array().unwrap().len(), 0, "all or none are begun");
    std::fs::write(&file, "slug,name,tags\nacme,\"Acme, Inc.\",eu;beta\nbeta,,\n").unwrap();
    assert!(program.run(&line).expect(0).err.contains("2 made, 0 were there already, 0 failed"));
    let tenants = program.json("tenant list");
    assert_eq!((&tenants[0]["name"], &tenants[0]["status"]), (&"Acme, Inc.".into(), &"active".into()));
    assert_eq!(tenants[0]["tags"].as_array().unwrap().len(), 2);
    assert!(program.run(&line).expect(0).err.contains("0 made, 2 were there already, 0 failed"));
}

#[test]
fn a_file_of_old_databases_is_looked_at_then_adopted() {
    let program = Program::new();
    let databases: Vec<_> = ["one", "two"].map(|name| program.dir.path().join(format!("{name}.sqlite"))).into();
    databases.iter().for_each(|path| std::fs::write(path, "").unwrap());
    let file = program.dir.path().join("old.csv");
    let missing = program.dir.path().join("three.sqlite");
    let rows = |paths: &[(&str, &std::path::PathBuf)]| {
        let lines: Vec<_> = paths.iter().map(|(slug, path)| format!("{slug},{}", path.display())).collect();
        std::fs::write(&file, format!("slug,database\n{}\n", lines.join("\n"))).unwrap();
    };
    rows(&[("one", &databases[0]), ("two", &databases[1]), ("three", &missing)]);
    let line = format!("tenant adopt --from-file {}", file.display());
    let surveys = program.run(&format!("{line} --dry-run --json")).expect(6).json();
    assert_eq!((&surveys[0]["outcome"], &surveys[0]["pending"]), (&"ready".into(), &6.into()));
    assert_eq!(surveys[2]["outcome"], "refused");
    assert!(program.run(&line).expect(2).err.contains("three: the file of the database does not exist"));
    assert_eq!(program.json("tenant list").as_array().unwrap().len(), 0);
    assert!(
        program.run(&format!("{line} --keep-going")).expect(3).err.contains("2 adopted, 0 were already, 1 refused")
    );
    rows(&[("one", &databases[0]), ("two", &databases[1])]);
    assert!(program.run(&line).expect(0).err.contains("0 adopted, 2 were already, 0 refused"));
    program.run("migrate all-tenants").expect(0);
    let shown = program.json("tenant show one");
    assert_eq!(shown["password_hash"], "argon2id");
    program.run("tenant password-hash one bcrypt").expect(0);
    assert_eq!(program.json("tenant show one")["password_hash"], "bcrypt");
    program.run("tenant password-hash one md5").expect(2);
    assert_eq!(shown["database"], databases[0].canonicalize().unwrap().display().to_string());
    // Nothing of it was made here, and nothing is dropped.
    let told = program.run("tenant delete two").expect(2).says("stays as it is");
    assert!(!told.err.contains("drops"), "{}", told.err);
    program.run("tenant delete two --yes").expect(0).says(&format!("stays as it is: {}", databases[1].display()));
    assert!(databases[1].is_file());
    // What has come since is pending, whatever was last seen.
    program.migration("20991231000001_later.up.sql", "select 1;");
    let shown = program.json("tenant show one");
    assert_eq!((&shown["pending"], &shown["state"]), (&1.into(), &"behind".into()));
    let made = program.json("tenant create fresh");
    assert!(made["steps"][0]["finished_at"].as_str().is_some_and(|at| at.ends_with('Z')), "{made}");
}

#[test]
fn two_entries_that_are_one_database_are_each_told_of_the_other() {
    let program = Program::new();
    let (folder, link) = (program.dir.path().join("theirs"), program.dir.path().join("link"));
    std::fs::create_dir(&folder).unwrap();
    std::os::unix::fs::symlink(&folder, &link).unwrap();
    ["one", "three"].iter().for_each(|name| std::fs::write(folder.join(name), "").unwrap());
    let file = program.dir.path().join("old.csv");
    let places = [("one", folder.join("one")), ("two", link.join("one")), ("three", folder.join("three"))];
    let lines: Vec<_> = places.iter().map(|(slug, path)| format!("{slug},{}", path.display())).collect();
    std::fs::write(&file, format!("slug,database\n{}\n", lines.join("\n"))).unwrap();
    let line = format!("tenant adopt --from-file {}", file.display());
    let told = program.run(&format!("{line} --dry-run --json")).expect(6).json();
    let problem = |n: usize| told[n]["problem"].as_str().unwrap_or_default();
    assert!(problem(0).contains("entry 3, \"two\", is the same database"), "{told}");
    assert!(problem(1).contains("entry 2, \"one\", is the same database"), "{told}");
    assert_eq!([0, 1, 2].map(|n| told[n]["outcome"].as_str().unwrap()), ["refused", "refused", "ready"]);
    program.run(&line).expect(2).says("one: entry 3").says("two: entry 2");
    // Nobody knows whose it is: it is nobody's.
    let made = program.run(&format!("{line} --keep-going --json")).expect(3).json();
    assert_eq!([0, 1, 2].map(|n| made[n]["outcome"].as_str().unwrap()), ["failed", "failed", "active"]);
    assert_eq!(program.json("tenant list").as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_to_be_known_of_each_old_database_is_told_while_they_are_adopted() {
    use sqlx::Connection;
    let program = Program::new();
    let run = |line: &str| tokio::task::block_in_place(|| program.run(line));
    let path = |n: usize| program.dir.path().join(format!("old-{n}.sqlite")).display().to_string();
    for n in 0..60 {
        let sql = match n {
            0 => "create table users (id integer primary key, name text)",
            1 => "create table tale (id integer primary key, name text); create table tale_lock (is_locked integer)",
            _ => continue,
        };
        let mut conn = sqlx::SqliteConnection::connect(&format!("sqlite://{}?mode=rwc", path(n))).await.unwrap();
        sqlx::raw_sql(sql).execute(&mut conn).await.unwrap();
        conn.close().await.unwrap();
    }
    (2..60).for_each(|n| std::fs::write(path(n), "").unwrap());
    let file = program.dir.path().join("old.csv");
    let lines = |zeroth: &str, first: &str| {
        let of = |n| format!("old-{n},{},{}", path(n), [zeroth, first].get(n).unwrap_or(&","));
        let lines: Vec<_> = (0..60).map(of).collect();
        std::fs::write(&file, format!("slug,database,no_record,record_table\n{}\n", lines.join("\n"))).unwrap();
    };
    let line = format!("tenant adopt --from-file {}", file.display());
    lines(",", ",");
    let told = run(&format!("{line} --dry-run --json")).expect(6).json();
    for n in [0, 1] {
        assert!(told[n]["problem"].as_str().unwrap().contains("no record of what has been applied"), "{}", told[n]);
    }
    assert_eq!(told[2]["outcome"], "ready");
    let kept = run(&format!("{line} --keep-going --progress failures")).expect(3).err;
    assert!(
        !kept.contains('✓') && kept.contains("✗ old-0") && kept.contains("58 adopted, 0 were already, 2 refused"),
        "{kept}"
    );
    let kept = run(&format!("{line} --keep-going --json")).expect(3).json();
    let of = |outcome: &str| kept.as_array().unwrap().iter().filter(|made| made["outcome"] == outcome).count();
    assert_eq!((of("there"), of("failed")), (58, 2), "{kept}");
    assert!(kept[0]["tenant"] == "old-0" && kept[0]["problem"].as_str().unwrap().contains("no record"), "{kept}");

    lines("true,", ",tale");
    let told = run(&format!("{line} --dry-run --json")).expect(0).json();
    let notes = told[0]["notes"].to_string();
    assert!(
        notes.contains("not as Neo knows them") && notes.contains("is there although nobody has recorded"),
        "{notes}"
    );
    let told = run(&line).expect(0).err;
    assert!(told.contains("✓ old-0") && told.contains("2 adopted, 58 were already, 0 refused"), "{told}");
    assert!(told.contains("old-0: its users, roles and user_roles are not as Neo knows them"), "{told}");
    assert_eq!(program.json("tenant show old-1")["version"], serde_json::Value::Null);
}

#[test]
fn a_lock_is_shown_and_on_sqlite_never_broken_from_here() {
    let program = Program::new();
    program.run("tenant create acme").expect(0);
    program.run("tenant unlock acme --yes").expect(0).says("Nobody holds the lock of acme");
    let database = program.json("tenant show acme")["database"].as_str().unwrap().to_owned();
    let lock = format!("{database}.neo-lock");
    std::fs::write(&lock, format!("{} somebody", std::process::id())).unwrap();
    let held = std::fs::File::open(&lock).unwrap();
    held.lock().unwrap();
    let pid = format!("pid {}", std::process::id());
    program.run("tenant unlock acme --dry-run").expect(0).says(&pid);
    let refused = program.run("tenant unlock acme --yes --json").expect(6);
    assert!(refused.err.contains(&format!("kill {}", std::process::id())), "{}", refused.err);
    program.run("doctor locks").expect(1).says(&pid);
    drop(held);
    program.run("doctor locks").expect(0);
    program.run("doctor keys").expect(2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_session_that_holds_a_lock_is_broken_from_the_command_line() {
    use sqlx::Connection;
    use sqlx::migrate::Migrate;
    let cluster = crate::support::postgres().await;
    let program = Program::new();
    let run = |line: &str| tokio::task::block_in_place(|| program.run(line));
    program.run_with("server add main", &[("SERVER_URL", &cluster.admin_url())], "").expect(0);
    run("tenant create acme --server main").expect(0);
    let database = program.json("tenant show acme")["database"].as_str().unwrap().to_owned();
    let mut other = sqlx::PgConnection::connect(&cluster.url(&database)).await.unwrap();
    other.lock().await.unwrap();
    run("tenant unlock acme").expect(2).says("--yes").says("held by pid");
    let shown = run("tenant unlock acme --dry-run --json").expect(0).json();
    let session = shown["session"].as_str().unwrap();
    assert_eq!((&shown["broken"], shown["holder"]["user"].as_str()), (&false.into(), Some("postgres")));
    other.close().await.unwrap();
    let mut other = sqlx::PgConnection::connect(&cluster.url(&database)).await.unwrap();
    other.lock().await.unwrap();
    run(&format!("tenant unlock acme --yes --session {session}")).expect(6).says("changed hands");
    run("doctor locks").expect(1).says("neo tenant unlock acme");
    other.ping().await.unwrap();
    run("tenant unlock acme --yes --reason asleep").expect(0).says("That session has ended");
    assert!(other.ping().await.is_err());
    run("doctor locks").expect(0);
    assert!(run("audit list --json").expect(0).out.contains("asleep"));
}

#[test]
fn the_line_that_failed_is_shown_with_the_place_marked() {
    let program = Program::new();
    program.run("tenant create acme").expect(0);
    let up = program.run("migrate make broken").expect(0).out.lines().next().unwrap().to_owned();
    std::fs::write(program.dir.path().join(&up), "-- x\nselect 1;\tinsert into nosuch values ('\u{1b}[2J');\n")
        .unwrap();
    let answer = program.run("migrate all-tenants --yes").expect(3);
    let told = answer.out.replace(&up, "FILE").replace(up.rsplit('/').next().unwrap(), "FILE");
    let shown: Vec<_> = told.lines().skip_while(|line| !line.contains("FILE:2")).take(3).map(str::trim_end).collect();
    insta::assert_snapshot!(shown.join("\n"), @"
    FILE:2:11
      2 | select 1;    insert into nosuch values ('[2J');
        |              ^
    ");
    let logs = program.run("run logs 2").expect(0).out;
    assert!(logs.contains("  2 | select 1;    insert into nosuch"), "{logs}");
    let excerpt = &program.json("run show 2")["failures"][0]["excerpt"];
    assert_eq!(excerpt["mark"], 14, "{excerpt}");
    let events = program.run("run watch 2 --format ndjson").out;
    let events: Vec<serde_json::Value> = events.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(events.iter().any(|event| event["type"] == "tenant.failed" && event["excerpt"] == *excerpt), "{events:?}");
}
