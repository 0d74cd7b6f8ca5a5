//! Servers, and tenants that are there.

use serde_json::{Value, json};

use super::Tale;

pub fn servers(tale: &mut Tale) {
    let files = tale.place("files");
    tale.run(&format!("server add files --engine sqlite --path {files}"), 0).says("Added files");
    let spare = tale.json(&format!("server add spare --engine sqlite --path {}", tale.place("spare")));
    assert_eq!((&spare["name"], spare.get("tenants")), (&"spare".into(), None), "{spare}");
    tale.run(&format!("server add files --engine sqlite --path {files}"), 6);
    tale.run("server list", 0).says("files");
    assert_eq!(tale.json("server list").as_array().unwrap().len(), 3);
    tale.run("server check files", 0).says("latency");
    tale.run("server check fils --json", 5);
    tale.run("server set files --max-connections 7", 0).says("Changed files");
    tale.run("server set spare --rename shed", 0).says("Changed shed");
    assert_eq!(tale.json("server set shed --rename spare")["name"], "spare");
    tale.run("server set files --host db.example.com", 2).says("SQLite has no address");
    tale.run("server set local --rename home", 6).says("keeps its name");
    tale.run("server set spare --rename files", 6).says("exists already");
    tale.run("server set fils --port 1", 5).says("nearest: files");
    tale.run("server set files", 2);
    tale.run("server rotate-password files", 6).says("nobody signs in to");
    tale.run("server harden spare --dry-run", 0).says("is hardened");
    tale.run("server remove spare", 0).says("Removed spare");
    tale.run("server remove spare", 5).says("hint: neo server list");
    tale.run("server remove local --json", 6);
}

pub fn tenants(tale: &mut Tale) {
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
        ("--search acme", vec!["acme"]),
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

pub fn acts(tale: &mut Tale) {
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
    assert_eq!((&tagged["tags"], &tagged["name"]), (&json!(["early", "eu"]), &"Corp".into()));
    tale.run("tenant tag acme no,tag", 2);
    assert_eq!(tale.json("tenant tag acme --add late --remove eu --remove none")["tags"], json!(["early", "late"]));
    tale.run("tenant tag acme eu --add late", 2).says("cannot be used with");
    tale.run("tenant tag acme --add no,tag", 2);
    tale.run("tenant tag acme", 0).says("acme is tagged");
    tale.run("tenant archive beta", 0).says("beta is archived");
    tale.run("tenant resume beta", 0);
    tale.run("tenant unlock acme", 0).says("Nobody holds the lock of acme");
    assert_eq!(tale.json("tenant unlock acme --dry-run")["broken"], false);
    tale.run("tenant suspend acne", 5).says("nearest: acme");
    let told = tale.run("tenant credentials acme --format json", 0).json();
    assert!(told["engine"] == "sqlite" && told["database"].as_str().unwrap().ends_with(".db"), "{told}");
    tale.run("tenant credentials acne", 5).says("nearest: acme");
    tale.run("tenant rotate-password acme beta", 0).says("a SQLite file has no password").says("2 skipped");
    tale.run("tenant rotate-password --all", 2).says("--yes is missing");
    tale.run("tenant rotate-password --all --older-than 90d --yes", 0).says("nothing to do");
    tale.run("tenant rotate-password acme --older-than soon", 2);
}
