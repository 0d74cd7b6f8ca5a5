use std::path::{Path, PathBuf};

use super::*;

/// Each act once, and what comes after it: a new one finds its place in the list here, or does not compile.
fn after(act: Option<&Do>) -> Option<Do> {
    let tenant = || Some("acme".to_owned());
    let slug = || "acme".to_owned();
    let server = || "eu-1".to_owned();
    let Some(act) = act else { return Some(Do::ListTenants {}) };
    Some(match act {
        Do::ListTenants {} => Do::TenantsOn { server: server() },
        Do::TenantsOn { .. } => Do::TenantsTagged {},
        Do::TenantsTagged {} => Do::TenantsInQuarantine {},
        Do::TenantsInQuarantine {} => Do::ShowTenant { tenant: slug() },
        Do::ShowTenant { .. } => Do::RetryTenant { tenant: tenant() },
        Do::RetryTenant { tenant: Some(_) } => Do::RetryTenant { tenant: None },
        Do::RetryTenant { tenant: None } => Do::CleanUpTenant { tenant: slug() },
        Do::CleanUpTenant { .. } => Do::MoveTenant { tenant: slug(), server: server() },
        Do::MoveTenant { .. } => Do::DropReplaced { tenant: slug() },
        Do::DropReplaced { .. } => Do::DeleteTenant { tenant: slug() },
        Do::DeleteTenant { .. } => Do::RotateTenant { tenant: slug() },
        Do::RotateTenant { .. } => Do::ArchiveTenant {},
        Do::ArchiveTenant {} => Do::ReleaseTenant { tenant: None },
        Do::ReleaseTenant { .. } => Do::AdoptTenant {},
        Do::AdoptTenant {} => Do::UnlockTenant { tenant: slug() },
        Do::UnlockTenant { .. } => Do::TenantUsers { tenant: slug() },
        Do::TenantUsers { .. } => Do::MigrateTenant { tenant: tenant() },
        Do::MigrateTenant { .. } => Do::VerifyTenant { tenant: tenant() },
        Do::VerifyTenant { .. } => Do::ResolveTenant { tenant: tenant(), how: Resolve::Look },
        Do::ResolveTenant { how: Resolve::Look, .. } => Do::ResolveTenant { tenant: None, how: Resolve::DropInvalid },
        Do::ResolveTenant { how: Resolve::DropInvalid, .. } => {
            Do::ResolveTenant { tenant: tenant(), how: Resolve::Forget }
        }
        Do::ResolveTenant { how: Resolve::Forget, .. } => Do::MakeMigration {},
        Do::MakeMigration {} => Do::ListBackups {},
        Do::ListBackups {} => Do::ListServers {},
        Do::ListServers {} => Do::CheckServer { server: server() },
        Do::CheckServer { .. } => Do::SetServer { server: server() },
        Do::SetServer { .. } => Do::RotateServer { server: server() },
        Do::RotateServer { .. } => Do::ListRuns {},
        Do::ListRuns {} => Do::ShowRun { run: 7 },
        Do::ShowRun { .. } => Do::WatchRun { run: 7 },
        Do::WatchRun { .. } => Do::ResumeRun { run: 7 },
        Do::ResumeRun { .. } => Do::CancelRun { run: 7 },
        Do::CancelRun { .. } => Do::ListRequests {},
        Do::ListRequests {} => Do::ShowRequest { request: 7 },
        Do::ShowRequest { .. } => Do::ApproveRequest { request: 7 },
        Do::ApproveRequest { .. } => Do::GoPast {},
        Do::GoPast {} => Do::ListAdmins {},
        Do::ListAdmins {} => Do::CreateCentralAdmin {},
        Do::CreateCentralAdmin {} => Do::Serve {},
        Do::Serve {} => Do::Doctor {},
        Do::Doctor {} => Do::DoctorLocks {},
        Do::DoctorLocks {} => Do::GenerateKey {},
        Do::GenerateKey {} => Do::KeyStatus {},
        Do::KeyStatus {} => Do::RewrapKeys {},
        Do::RewrapKeys {} => Do::AskOperator {},
        Do::AskOperator {} => Say::Host.into(),
        Do::Say { what } => match what {
            Say::Host => Say::User,
            Say::User => Say::Folder,
            Say::Folder => Say::Insecure,
            Say::Insecure => Say::RequireTls,
            Say::RequireTls => Say::TlsCa,
            Say::TlsCa => Say::WithoutBackup,
            Say::WithoutBackup => Say::SayWithoutBackup,
            Say::SayWithoutBackup => Say::Forget,
            Say::Forget => Say::AsTenant,
            Say::AsTenant => Say::Steps,
            Say::Steps => Say::To,
            Say::To => Say::FewerSteps,
            Say::FewerSteps => Say::WhoGoesFirst,
            Say::WhoGoesFirst => Say::Canary,
            Say::Canary => Say::AllFailed,
            Say::AllFailed => Say::Detach,
            Say::Detach => Say::AdminPassword,
            Say::AdminPassword => Say::Applied,
            Say::Applied => Say::NotApplied,
            Say::NotApplied => Say::Continue,
            Say::Continue => Say::ContinueAt,
            Say::ContinueAt => Say::RecordTable,
            Say::RecordTable => Say::NoRecord,
            Say::NoRecord => return None,
        }
        .into(),
    })
}

fn all() -> Vec<Do> {
    std::iter::successors(after(None), |act| after(Some(act))).collect()
}

#[test]
fn every_door_names_an_act_in_its_own_words() {
    // What asks for whoever runs Neo only begins a sentence.
    let acts = all().into_iter().filter(|act| *act != Do::AskOperator {});
    let lines = acts.map(|act| {
        let advice = Advice::from(act);
        format!("{} | {} | {}", advice.command(), advice.plain(), advice.function())
    });
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r#"
    neo tenant list | the list of tenants | GET /api/v1/tenants
    neo tenant list --server eu-1 | the tenants on eu-1 | GET /api/v1/tenants?server=eu-1
    neo tenant list --tag TAG | the list of tenants shows their tags | GET /api/v1/tenants?tag=TAG
    neo tenant list --quarantined | the tenants in quarantine | GET /api/v1/tenants?quarantined=true
    neo tenant show acme | the page of tenant acme | GET /api/v1/tenants/show?tenant=acme
    neo tenant retry acme | retry acme | POST /api/v1/tenants/retry {"tenant":"acme"}
    neo tenant retry SLUG | retry the tenant | POST /api/v1/tenants/retry {"tenant":"SLUG"}
    neo tenant cleanup acme | clean up acme | POST /api/v1/tenants/clean-up {"tenant":"acme"}
    neo tenant move acme --server eu-1 | move acme to eu-1 | POST /api/v1/tenants/move {"tenant":"acme","server":"eu-1"}
    neo tenant drop-replaced acme | drop what acme had before | POST /api/v1/tenants/drop-replaced {"tenant":"acme"}
    neo tenant delete acme | delete acme | POST /api/v1/tenants/delete {"tenant":"acme"}
    neo tenant rotate-password acme | a new password for acme | POST /api/v1/tenants/rotate-password {"tenants":["acme"]}
    neo tenant archive | archive it | POST /api/v1/tenants/archive {"tenant":"SLUG"}
    neo tenant release SLUG | release the tenant | POST /api/v1/tenants/release {"tenant":"SLUG"}
    neo tenant adopt | adopt it as a tenant | POST /api/v1/tenants/adopt
    neo tenant unlock acme | the lock of acme | GET /api/v1/tenants/show?tenant=acme&lock=true
    neo tenant users acme | the users of acme | GET /api/v1/tenants/users?tenant=acme
    neo migrate tenant acme | a run on acme | POST /api/v1/runs/start {"goal":{"migrate":{}},"selection":{"keys":["acme"]}}
    neo migrate verify acme | a verification of acme | POST /api/v1/runs/start {"goal":{"verify":{}},"selection":{"keys":["acme"]}}
    neo migrate resolve acme | resolving acme | POST /api/v1/tenants/resolve {"tenant":"acme"}
    neo migrate resolve SLUG --drop-invalid | resolving the tenant, dropping what is invalid | POST /api/v1/tenants/resolve {"tenant":"SLUG"}
    neo migrate resolve acme --forget | resolving acme, forgetting where it was | POST /api/v1/tenants/resolve {"tenant":"acme"}
    neo migrate make NAME | NUMBER_name.up.sql and NUMBER_name.down.sql | NUMBER_name.up.sql and NUMBER_name.down.sql
    neo backup list | the list of backups | GET /api/v1/backups
    neo server list | the list of servers | GET /api/v1/servers
    neo server check eu-1 | the check of eu-1 | POST /api/v1/servers/check {"server":"eu-1"}
    neo server set eu-1 | the settings of eu-1 | POST /api/v1/servers/set {"server":"eu-1"}
    neo server rotate-password eu-1 | a new password for eu-1 | POST /api/v1/servers/rotate-password {"server":"eu-1"}
    neo run list | the list of runs | GET /api/v1/runs
    neo run show 7 | run 7 | GET /api/v1/runs/show?run=7
    neo run watch 7 | run 7 | GET /api/v1/runs/events?run=7
    neo run resume 7 | resume run 7 | POST /api/v1/runs/resume {"run":7}
    neo run cancel 7 | cancel run 7 | POST /api/v1/runs/cancel {"run":7}
    neo run requests | the list of requests | GET /api/v1/runs/requests
    neo run requests 7 | request 7 | GET /api/v1/runs/requests/show?request=7
    neo run approve 7 | approve request 7 | POST /api/v1/runs/approve {"request":7}
    at the machine, past it: --without-approval | whoever is at the machine can go past it | whoever is at the machine can go past it
    neo admin list | the list of admins | GET /api/v1/admins
    neo create-central-admin | create-central-admin on the command line | create-central-admin on the command line
    neo serve | Neo | Neo
    neo doctor | the doctor | GET /api/v1/doctor
    neo doctor locks | the doctor on locks | GET /api/v1/doctor?locks=true
    neo key generate | key generate on the command line | key generate on the command line
    neo key status | the status of the keys | GET /api/v1/keys
    neo key rewrap | key rewrap on the command line | key rewrap on the command line
    --host HOST | fill in “Host” | "host"
    --user USER | fill in “User” | "username"
    --path DIR | fill in “Folder” | "path"
    --insecure | tick “With TLS off” | "insecure": true
    --tls require | set “TLS” to require | "tls": "require"
    --tls-ca FILE | fill in “Authority” | "tls_ca"
    --no-backup | untick “Take a backup first” | "backup": false
    say --no-backup | untick “Take a backup first” | "backup": false
    --forget | tick “Strike it from the record” | "forget": true
    --as SLUG | fill in another “Slug” | "slug"
    --steps N | more steps | more "steps"
    --to VERSION | an earlier version | another "to"
    --steps or --to | fewer steps, or to a later version | another "steps" or "to"
    --canary 1, or --wave | say who goes first, or let the run go on by itself | "waves"
    --canary 1 | 1, 10%, tag:early | 1, 10%, tag:early
    --failed | rerun what failed | "failed": true
    add --detach | leave it to a server | leave it to a server
    ADMIN_PASSWORD | fill in “Password” | "password" of the "admin"
    --applied | applied | "applied"
    --not-applied | not applied | "not_applied"
    --continue | continue | "continue"
    --continue N | its number | the number of the statement
    --record-table NAME | say the name of the table | "record_table"
    --no-record | say that there is no record | "no_record": true
    "#);
}

#[test]
fn an_act_stands_among_words() {
    let advice = Advice::from("to go on: ")
        .act(Do::RetryTenant { tenant: None })
        .and("; or leave it out: ")
        .act(Say::WithoutBackup)
        .of_tenant("acme");
    assert_eq!(advice.command(), "to go on: neo tenant retry acme; or leave it out: --no-backup");
    assert_eq!(advice.plain(), "to go on: retry acme; or leave it out: untick “Take a backup first”");
    assert_eq!(
        advice.function(),
        "to go on: POST /api/v1/tenants/retry {\"tenant\":\"acme\"}; or leave it out: \"backup\": false"
    );
    let advice = Advice::operator("set LISTEN to a free address");
    assert_eq!(advice.command(), "set LISTEN to a free address");
    assert_eq!(advice.plain(), "ask whoever runs Neo: set LISTEN to a free address");
    assert_eq!(advice.function(), advice.plain());
}

#[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
struct Kept {
    message: String,
    #[serde(flatten, with = "told")]
    hint: Option<Advice>,
    line: Option<u32>,
}

fn kept(hint: Option<Advice>) -> Kept {
    Kept { message: "m".into(), hint, line: Some(3) }
}

#[test]
fn what_is_stored_says_both_the_words_and_the_value() {
    let advice = Advice::from("see ").act(Do::ShowRun { run: 7 });
    let json = serde_json::json!({"message": "m", "hint": "see neo run show 7", "advice": ["see ", {"show_run": {"run": 7}}], "line": 3});
    assert_eq!(serde_json::to_value(kept(Some(advice.clone()))).unwrap(), json);
    assert_eq!(serde_json::from_value::<Kept>(json.clone()).unwrap(), kept(Some(advice)));
    for act in all() {
        let one = kept(Some(act.into()));
        assert_eq!(serde_json::from_str::<Kept>(&serde_json::to_string(&one).unwrap()).unwrap(), one);
    }
    // Of words alone the value would say nothing more.
    let json = serde_json::json!({"message": "m", "hint": "wait", "line": 3});
    assert_eq!(serde_json::to_value(kept(Some("wait".into()))).unwrap(), json);
    assert_eq!(serde_json::from_value::<Kept>(json).unwrap(), kept(Some("wait".into())));
    let json = serde_json::json!({"message": "m", "hint": null, "line": 3});
    assert_eq!(serde_json::to_value(kept(None)).unwrap(), json);
    assert_eq!(serde_json::from_value::<Kept>(json).unwrap(), kept(None));
    assert_eq!(serde_json::from_str::<Kept>(r#"{"message":"m","line":3}"#).unwrap(), kept(None));
}

#[test]
fn an_act_of_a_newer_version_is_told_in_the_words_it_was_stored_with() {
    let stored =
        r#"{"message":"m","hint":"neo tenant move acme","advice":[{"move_tenant":{"tenant":"acme"}}],"line":3}"#;
    assert_eq!(serde_json::from_str::<Kept>(stored).unwrap(), kept(Some("neo tenant move acme".into())));
}

/// A command, or a flag, as somebody would type it.
fn is_typed(text: &str) -> bool {
    let commands =
        ["tenant", "migrate", "run", "server", "key", "admin", "doctor", "serve", "work", "audit", "token", "create-"];
    let begins =
        |at: usize| text[..at].chars().next_back().is_none_or(|c| !c.is_alphanumeric() && c != '-' && c != '_');
    let command =
        text.match_indices("neo ").any(|(at, _)| begins(at) && commands.iter().any(|c| text[at + 4..].starts_with(c)));
    let flag = text
        .match_indices("--")
        .any(|(at, _)| begins(at) && text[at + 2..].starts_with(|c: char| c.is_ascii_lowercase()));
    command || flag
}

#[test]
fn nobody_in_a_browser_or_a_program_reads_a_command_or_a_flag() {
    for act in all() {
        let (command, advice) = (act.command(), Advice::from(act));
        for said in [advice.plain(), advice.function()] {
            assert!(!is_typed(&said), "{said:?} instead of {command}");
        }
    }
    assert!(is_typed("see neo run show 7") && is_typed("--host HOST") && is_typed("add --detach"));
    assert!(!is_typed("-- neo: empty") && !is_typed("beside neo, or"));
}

/// Where texts are for the command line alone: its own files, and those of the doctor, which has no page.
const AT_THE_COMMAND_LINE: [&str; 4] = ["src/cli", "src/doctor", "model/src/advice", "src/main.rs"];
/// What begins so in these files is no advice: what other programs are given and say, and messages of the command line.
const NOT_ADVICE: [(&str, &str); 12] = [
    ("src/engine/backup/mysql.rs", "--"),
    ("src/engine/backup/postgres.rs", "--"),
    ("src/engine/backup/programs.rs", "--version"),
    ("src/engine/sqlite/running.rs", "--nocapture"),
    ("src/engine/failure/hints.rs", "--read-only"),
    ("src/engine/failure/hints.rs", "--super-read-only"),
    ("src/engine/failure/hints.rs", "--innodb-read-only"),
    ("src/engine/failure/hints.rs", "--secure-file-priv"),
    ("src/engine/failure/hints.rs", "--strict-password-validation"),
    ("src/central.rs", "another neo serve or neo work is at"),
    ("src/audit.rs", "a head looks like 1842:9f86d081…"),
    ("src/runs/start.rs", "what is planned for later is done by neo serve"),
];

#[test]
fn no_words_of_the_platform_name_a_command_or_a_flag() {
    let root = root();
    let mut found = Vec::new();
    for file in ["src", "model/src"].iter().flat_map(|folder| rust_files(&root.join(folder))) {
        let name = file.strip_prefix(root).unwrap().display().to_string();
        if AT_THE_COMMAND_LINE.iter().any(|place| name.starts_with(place)) || name.ends_with("tests.rs") {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        let text = text.split("#[cfg(test)]\nmod ").next().unwrap();
        let told = literals(text).into_iter().filter(|words| is_typed(words));
        let told =
            told.filter(|words| !NOT_ADVICE.iter().any(|(file, other)| name == *file && words.starts_with(other)));
        found.extend(told.map(|words| format!("{name}: {words}")));
    }
    assert!(found.is_empty(), "an act is an Advice, not words:\n{}", found.join("\n"));
}

/// But for `far/`, where the command line talks to a console: who reads what it says has typed a command.
#[test]
fn no_advice_of_the_console_names_a_command_or_a_flag() {
    let mut found = Vec::new();
    let far = root().join("app/src/far");
    for file in rust_files(&root().join("app/src")).into_iter().filter(|file| !file.starts_with(&far)) {
        let text = std::fs::read_to_string(&file).unwrap();
        for (at, _) in text.match_indices(".hint(") {
            let end = text[at..].find(";\n").map_or(text.len(), |end| at + end);
            let told = literals(&text[at..end]).into_iter().filter(|words| is_typed(words));
            found.extend(told.map(|words| format!("{}: {words}", file.display())));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Of the whole repository.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files.extend(rust_files(&path)),
            false if path.extension().is_some_and(|ending| ending == "rs") => files.push(path),
            false => {}
        }
    }
    assert!(!files.is_empty(), "{}", folder.display());
    files
}

/// The texts in a file's code, without its comments.
fn literals(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let mut rest = code.as_str();
    while let Some(at) = rest.find(['"', '\'']) {
        let after = &rest[at..];
        // A character or a lifetime.
        if let Some(one) = after.strip_prefix('\'') {
            let skip = if one.starts_with('\\') { 3 } else { 1 + one.chars().next().map_or(0, char::len_utf8) };
            rest = after.get(skip..).unwrap_or_default();
            rest = rest.strip_prefix('\'').unwrap_or(rest);
            continue;
        }
        let mut words = String::new();
        let mut letters = after[1..].char_indices();
        let mut end = after.len();
        while let Some((i, c)) = letters.next() {
            match c {
                '"' => {
                    end = i + 2;
                    break;
                }
                '\\' => {
                    letters.next();
                    words.push(' ');
                }
                c => words.push(c),
            }
        }
        found.push(words.split_whitespace().collect::<Vec<_>>().join(" "));
        rest = &after[end..];
    }
    found
}
