//! One story of tenants, their users, servers and people, told by a command line beside the database and by one that asks a
//! console: what is printed and how each command ends are the same.

use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::program::{Answer, Program};
use crate::support;

const PASSWORD: &str = "seven small boats at noon";
const BROKEN: &str = "20990101000000_broken.up.sql";

/// Where the fleet is, and who is asked about it.
struct Side {
    home: Program,
    afar: Option<(Program, Child)>,
}

impl Drop for Side {
    fn drop(&mut self) {
        if let Some((_, server)) = &mut self.afar {
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}

impl Side {
    fn near() -> Self {
        Self { home: Program::new().with("QUARANTINE_AFTER", "0"), afar: None }
    }

    /// From a folder that holds nothing, with a token that was made with these words.
    fn far(token: &str) -> Self {
        let home = Program::new().with("QUARANTINE_AFTER", "0");
        let port = support::free_port();
        let log = std::fs::File::create(home.dir.path().join("log")).unwrap();
        let server = home.start_logged(&format!("serve --listen 127.0.0.1:{port} --workers 4"), &[], log);
        let mut side = Self { home, afar: None };
        let asking = side.asking(port, token);
        side.afar = Some((asking, server));
        let since = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(since.elapsed() < Duration::from_secs(60), "the server does not start");
            std::thread::sleep(Duration::from_millis(50));
        }
        side
    }

    fn asking(&self, port: u16, token: &str) -> Program {
        let made = self.home.run(&format!("token create story {token}")).expect(0).out;
        Program::bare().with("NEO_URL", &format!("http://central.localhost:{port}")).with("NEO_TOKEN", made.trim())
    }

    /// Whoever asks the same console with another token.
    fn with_token(&self, token: &str) -> Program {
        let made = self.home.run(&format!("token create other {token}")).expect(0).out;
        let (asking, _) = self.afar.as_ref().unwrap();
        asking.also("NEO_TOKEN", made.trim())
    }

    fn program(&self) -> &Program {
        self.afar.as_ref().map_or(&self.home, |(program, _)| program)
    }

    fn place(&self, name: &str) -> String {
        self.home.dir.path().join(name).display().to_string()
    }

    /// A file beside whoever asks.
    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.program().dir.path().join(name), text).unwrap();
    }
}

/// What was said, command by command, without what is another each time.
struct Tale<'a> {
    side: &'a Side,
    told: Vec<String>,
}

impl Tale<'_> {
    #[track_caller]
    fn run(&mut self, line: &str, code: i32) -> Answer {
        self.run_with(line, &[], code)
    }

    #[track_caller]
    fn run_with(&mut self, line: &str, env: &[(&str, &str)], code: i32) -> Answer {
        let answer = self.side.program().run_with(line, env, "");
        let home = self.side.place("");
        let told = format!("$ neo {line} -> {}\n{}--\n{}", answer.code, answer.out, answer.err);
        self.told.push(steady(&told.replace(home.trim_end_matches('/'), "HOME")));
        assert_eq!(answer.code, code, "{line}\n{}\n{}", answer.out, answer.err);
        answer
    }

    #[track_caller]
    fn json(&mut self, line: &str) -> Value {
        self.run(&format!("{line} --json"), 0).json()
    }
}

/// Numbers, ids and times put aside; and by which door somebody came.
fn steady(text: &str) -> String {
    let text = text.replace("token:story of ", "");
    let word = |word: &str| match word {
        word if word.len() >= 20 && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()) => {
            "ID".to_owned()
        }
        word if word.starts_with("t_") => "DATABASE".to_owned(),
        word => {
            let digits = word.replace(|c: char| c.is_ascii_digit(), "#");
            let mut short = String::new();
            digits.chars().filter(|c| *c != '#' || !short.ends_with('#')).collect::<Vec<_>>().into_iter().for_each(
                |c| {
                    if c != '#' || !short.ends_with('#') {
                        short.push(c);
                    }
                },
            );
            short
        }
    };
    let mut out = String::new();
    let mut current = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() || c == '_' {
            current.push(c);
        } else {
            out.push_str(&word(&std::mem::take(&mut current)));
            out.push(c);
        }
    }
    out.push_str(&word(&current));
    // How wide a column is hangs on what is in it.
    let squeezed = out.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>();
    ["#.# s", "# ms", "# s"].iter().fold(squeezed.join("\n"), |text, time| text.replace(time, "TIME"))
}

fn servers(tale: &mut Tale) {
    let files = tale.side.place("files");
    tale.run(&format!("server add files --engine sqlite --path {files}"), 0).says("Added files");
    let spare = tale.json(&format!("server add spare --engine sqlite --path {}", tale.side.place("spare")));
    assert_eq!((&spare["name"], spare.get("tenants")), (&"spare".into(), None), "{spare}");
    tale.run(&format!("server add files --engine sqlite --path {files}"), 6);
    tale.run("server list", 0).says("files");
    assert_eq!(tale.json("server list").as_array().unwrap().len(), 3);
    tale.run("server check files", 0).says("latency");
    tale.run("server check fils --json", 5);
    tale.run("server harden spare --dry-run", 0).says("is hardened");
    tale.run("server remove spare", 0).says("Removed spare");
    tale.run("server remove spare", 5).says("hint: neo server list");
    tale.run("server remove local --json", 6);
}

fn tenants(tale: &mut Tale) {
    tale.run("tenant list", 0).says("No tenants. The first one: neo tenant create SLUG");
    let made = tale.run("tenant create acme --name Acme --tag eu", 0);
    assert!(made.err.contains("✓ database") && made.err.contains("acme is active"), "{}", made.err);
    let beta = tale.json("tenant create beta --server files");
    assert_eq!((&beta["status"], &beta["server"]), (&"active".into(), &"files".into()), "{beta}");
    assert!(beta["run"].is_i64() && beta["steps"].is_array(), "{beta}");
    tale.run("tenant create acme", 6).says("exists already");
    tale.run("tenant create Bad --json", 2);
    tale.run("tenant create gamma --server fils", 5).says("nearest: files");
    tale.run("tenant list", 0).says("acme");
    assert_eq!(tale.json("tenant list").as_array().unwrap().len(), 2);
    for (narrow, slugs) in [
        ("--tag eu", vec!["acme"]),
        ("--server files", vec!["beta"]),
        ("--search cm", vec!["acme"]),
        ("--behind", vec![]),
        ("--behind=20250126000001", vec![]),
        ("--status suspended --status deleted", vec![]),
    ] {
        let found = tale.json(&format!("tenant list {narrow}"));
        let found: Vec<_> = found.as_array().unwrap().iter().map(|row| row["slug"].as_str().unwrap()).collect();
        assert_eq!(found, slugs, "{narrow}");
    }
    tale.run("tenant list --status suspended", 0).says("None of 2 tenants is meant");
    tale.run("tenant list --format plain", 0);
    tale.run("tenant list --server fils", 5);
    tale.run("tenant show acme", 0).says("the same on");
    tale.run("tenant show acme --lock", 0).says("free");
    assert_eq!(tale.json("tenant show acme --lock").get("lock"), Some(&Value::Null));
    tale.run("tenant show acne", 5).says("nearest: acme").says("hint: neo tenant list");
    tale.run("tenant show acne --json", 5);
}

fn acts(tale: &mut Tale) {
    tale.run("tenant suspend acme", 0).says("acme is suspended");
    tale.run("tenant suspend acme", 6);
    assert_eq!(tale.json("tenant resume acme")["status"], "active");
    let away = tale.json("tenant quarantine acme --reason moving --for 90d --owner ops");
    assert_eq!((&away["quarantine"]["reason"], &away["quarantine"]["owner"]), (&"moving".into(), &"ops".into()));
    tale.run("tenant quarantine beta --reason mending", 0).says("beta is in quarantine");
    tale.run("tenant list --quarantined", 0).says("moving");
    tale.run("tenant release acme", 0).says("acme is out of quarantine");
    tale.run("tenant release acme", 6);
    assert_eq!(tale.json("tenant rename acme Corp")["name"], "Corp");
    let tagged = tale.json("tenant tag acme eu early");
    assert_eq!((&tagged["tags"], &tagged["name"]), (&serde_json::json!(["early", "eu"]), &"Corp".into()));
    tale.run("tenant tag acme no,tag", 2);
    tale.run("tenant tag acme", 0).says("acme is tagged");
    tale.run("tenant archive beta", 0).says("beta is archived");
    tale.run("tenant resume beta", 0);
    tale.run("tenant unlock acme", 0).says("Nobody holds the lock of acme");
    assert_eq!(tale.json("tenant unlock acme --dry-run")["broken"], false);
    tale.run("tenant suspend acne", 5).says("nearest: acme");
}

fn users(tale: &mut Tale) {
    let ada = [
        ("EMAIL", "ada@acme.example"),
        ("PASSWORD", PASSWORD),
        ("FIRST_NAME", "Ada"),
        ("LAST_NAME", "Lovelace"),
        ("ROLE", "admin"),
    ];
    tale.run("tenant users list acme", 0).says("No users yet. The first one: neo create-tenant-user acme");
    tale.run_with("create-tenant-user acme", &ada, 0).says("Created ada@acme.example in acme");
    tale.run_with("tenant users create acme --json", &ada, 6);
    tale.run_with("create-tenant-user acme --role chief --email x@acme.example", &ada, 2).says("one of: ");
    tale.run("tenant users list acme", 0).says("ada@acme.example");
    assert_eq!(tale.json("tenant users list acme --search love --limit 1")[0]["roles"], serde_json::json!(["admin"]));
    tale.run("tenant users list acme --search nobody", 0).says("No user of acme has \"nobody\"");
    let user = "acme ada@acme.example";
    assert_eq!(tale.json(&format!("tenant users set-role {user} member"))["roles"], serde_json::json!(["member"]));
    tale.run(&format!("tenant users set-role {user} chief"), 2).says("one of: ");
    tale.run(&format!("tenant users disable {user}"), 0).says("ada@acme.example is disabled");
    assert_eq!(tale.json("tenant users list acme")[0]["disabled"], true);
    tale.run(&format!("tenant users enable {user}"), 0).says("ada@acme.example is enabled");
    let reset = format!("tenant users reset-password {user}");
    tale.run_with(&reset, &[("PASSWORD", "another seven boats at noon")], 0).says("is given a new password");
    tale.run_with(&reset, &[("PASSWORD", "short")], 2);
    tale.run(&reset, 2).says("--password-stdin or PASSWORD is missing");
    tale.run("tenant users disable acme ada@acme.exampl", 5).says("nearest: ada@acme.example");
}

fn failures(tale: &mut Tale) {
    tale.side.home.migration(BROKEN, "create table broken (\n");
    let failed = tale.run("tenant create delta", 3);
    for said in ["✗ migrate", "delta is not provisioned; done so far: reserve, database", "neo tenant retry delta"] {
        assert!(failed.err.contains(said), "{said}: {}", failed.err);
    }
    tale.run("tenant create delta", 6).says("neo tenant cleanup delta");
    assert_eq!(tale.run("tenant retry delta --json", 3).json()["status"], "failed");
    tale.run("tenant create echo --progress none", 3);
    tale.run("tenant cleanup echo", 2).says("--yes");
    let cleaned = tale.run("tenant cleanup echo --yes", 0);
    let undone: Vec<_> = cleaned.err.lines().filter(|line| line.starts_with('↶')).collect();
    assert!(undone.len() > 1 && undone[undone.len() - 1] == "↶ reserve undone", "{undone:?}");
    tale.run("tenant create echo --detach --json --server nosuch", 5);
    std::fs::remove_file(tale.side.home.migrations().join(BROKEN)).unwrap();
    tale.run("tenant retry delta", 0).says("delta is active");
    tale.run("tenant retry delta", 6).says("is provisioned already");
    tale.run("tenant cleanup delta --yes", 6).says("hint: neo tenant delete delta");
}

fn many(tale: &mut Tale) {
    let line = "tenant create --from-file list.csv";
    tale.side.write("list.csv", "slug,server,tags\nfox,,eu\nBad,,\nlost,nosuch,\nacme,files,\nfox,,\n");
    let refused = tale.run(line, 2);
    for said in ["3: Bad", "4: lost", "5: acme: it exists already, on server \"local\"", "6: \"fox\" is named twice"] {
        assert!(refused.err.contains(said), "{said}: {}", refused.err);
    }
    tale.run("tenant show fox", 5);
    tale.side.write("list.csv", "slug,server,tags\nfox,,eu\nacme,,\n");
    tale.run(line, 0).says("1 made, 1 were there already, 0 failed");
    tale.run(&format!("{line} --json"), 0).says("there");
    // An archived one is neither there nor to be made.
    tale.run("tenant archive fox", 0);
    tale.run(line, 2).says("it exists, and is archived");
}

fn adoption(tale: &mut Tale) {
    let file = tale.json("tenant show beta")["database"].as_str().unwrap().to_owned();
    for name in ["old.db", "older.db", "oldest.db"] {
        std::fs::copy(&file, tale.side.place(name)).unwrap();
    }
    let [old, older, oldest] = ["old.db", "older.db", "oldest.db"].map(|name| tale.side.place(name));
    let survey = tale.json(&format!("tenant adopt old --database {old} --dry-run"));
    assert_eq!(survey[0]["outcome"], "ready", "{survey}");
    tale.run(&format!("tenant adopt old --database {old}"), 0).says("old is adopted");
    tale.run(&format!("tenant adopt old --database {old}"), 6);
    tale.run(&format!("tenant adopt other --database {old}.not --dry-run"), 6).says("does not exist");
    tale.run(&format!("tenant adopt other --server fils --database {old}"), 5).says("nearest: files");
    let line = "tenant adopt --from-file adopt.csv";
    tale.side
        .write("adopt.csv", &format!("slug,database\nold,{old}\nolder,{older}\nnone,{older}.not\noldest,{oldest}\n"));
    tale.run(&format!("{line} --dry-run"), 6).says("1 of them refused; nothing was touched");
    tale.run(line, 2).says("--keep-going");
    let told = tale.run(&format!("{line} --keep-going --json"), 3).json();
    assert_eq!((&told["adopted"], &told["already"]), (&2.into(), &1.into()), "{told}");
}

fn endings(tale: &mut Tale) {
    tale.run("tenant delete delta", 2).says("--yes");
    let gone = tale.run("tenant delete delta --yes --json", 0).json();
    let backup = gone["backup"].as_str().unwrap();
    assert!(Path::new(backup).starts_with(tale.side.home.dir.path()) || Path::new(backup).is_relative(), "{backup}");
    assert_eq!(gone["status"], "deleted");
    tale.run("tenant show delta", 5);
    tale.run(&format!("tenant show {}", gone["id"].as_str().unwrap()), 0).says("deleted");
    tale.run("tenant delete fox --yes --no-backup", 0).says("fox is deleted");
    tale.run("tenant delete fox --yes", 5);
    let ends = tale.run("audit list --action tenant.delete --limit 3", 0).out;
    assert_eq!(ends.lines().count(), 4, "{ends}");
    let rows = tale.side.program().json("audit list --action tenant.delete --subject delta");
    assert_eq!((&rows[0]["outcome"], &rows[0]["body"]["backup"]), (&"succeeded".into(), &gone["backup"]), "{rows}");
}

fn people(tale: &mut Tale) {
    tale.run("admin list", 0).says("No admin yet");
    let grace = [
        ("EMAIL", "grace@example.com"),
        ("PASSWORD", PASSWORD),
        ("FIRST_NAME", "Grace"),
        ("LAST_NAME", "Hopper"),
        ("ROLE", "admin"),
    ];
    tale.side.home.run_with("create-central-admin", &grace, "").expect(0);
    tale.run("admin list", 0).says("Grace Hopper");
    assert_eq!(tale.json("admin list").as_array().unwrap().len(), 1);
    tale.run("admin show Grace@example.com", 0).says("never");
    tale.run("admin show grace@example.co", 5).says("nearest: grace@example.com");
    tale.run("token revoke nosuch00", 5).says("neo token list");
}

fn tell(side: &Side) -> Vec<String> {
    let mut tale = Tale { side, told: Vec::new() };
    servers(&mut tale);
    tenants(&mut tale);
    acts(&mut tale);
    users(&mut tale);
    failures(&mut tale);
    many(&mut tale);
    adoption(&mut tale);
    endings(&mut tale);
    people(&mut tale);
    tale.told
}

#[test]
fn beside_the_database_and_from_afar_the_same_is_said() {
    let near = tell(&Side::near());
    let far = tell(&Side::far("--role superadmin --allow-destructive"));
    for (near, far) in near.iter().zip(&far) {
        assert_eq!(near, far);
    }
}

#[test]
fn a_token_is_told_what_it_may_not_and_what_does_not_exist_for_it() {
    let side = Side::far("--role superadmin");
    let boss = side.program();
    boss.run("tenant create acme --tag eu").expect(0);
    boss.run("tenant create beta").expect(0);
    boss.run("tenant delete acme --yes").expect(4).says("made to destroy");
    for line in ["token create x --role support", "token create x --role admin --json"] {
        assert!(boss.run(line).expect(4).out.is_empty());
    }

    let support = side.with_token("--role support");
    support.run("tenant list").expect(0).says("acme");
    for line in [
        "tenant suspend acme",
        "tenant create corp",
        "tenant rename acme Corp",
        "tenant users list acme",
        "server add x --engine sqlite --path /tmp/x",
        "admin list",
        "audit list",
    ] {
        assert_eq!(support.run(&format!("{line} --json")).expect(4).error()["code"], "denied", "{line}");
    }

    let inside = side.with_token("--role superadmin --tag eu --allow-destructive");
    assert_eq!(inside.json("tenant list").as_array().unwrap().len(), 1);
    for line in ["tenant show beta", "tenant suspend beta", "tenant delete beta --yes", "tenant users list beta"] {
        let error = inside.run(&format!("{line} --json")).expect(5).error();
        assert!(error["nearest"].is_null(), "{error}");
    }
    inside.run("tenant tag acme us").expect(4).says("confined to the tag eu");
    inside.run("tenant rename acme Corp").expect(0);
    inside.run("tenant create corp").expect(4).says("confined to the tag eu");
    inside.run("tenant create corp --tag eu").expect(0);
    inside.run("server remove local").expect(4);
    inside.run("tenant delete corp --yes").expect(0).says("corp is deleted");

    let own = inside.json("token list")[0]["id"].as_str().unwrap().to_owned();
    inside.run(&format!("token revoke {own}")).expect(0).says("is revoked");
    inside.run("tenant list").expect(4);
}

#[test]
fn what_needs_the_machine_says_so_before_it_asks_anything() {
    let side = Side::far("--role superadmin");
    for line in [
        "create-central-admin",
        "admin set-role grace@example.com admin",
        "admin reset-password grace@example.com",
        "audit verify",
        "doctor",
        "key status",
        "serve",
        "work",
    ] {
        let said = side.program().run(line).expect(2);
        assert!(said.out.is_empty() && said.err.contains("needs the machine"), "{line}: {}", said.err);
    }
    let refused = side.program().run("server add files --engine sqlite --path files").expect(2);
    assert!(refused.err.contains("on the machine of the console"), "{}", refused.err);
}
