//! The audit on the command line: what leaves it is proven elsewhere, and its head is kept outside.

use std::fs;

use crate::program::Program;

#[test]
fn an_export_is_proven_by_a_program_that_has_neither_key_nor_database() {
    let home = Program::new();
    home.run("tenant create acme").expect(0);
    home.run("tenant rename acme =1+1").expect(0);
    let elsewhere = Program::bare();
    let at = |name: &str| elsewhere.dir.path().join(name);
    let key = home.run("audit key").expect(0);
    assert!(key.out.starts_with("-----BEGIN PUBLIC KEY-----\n") && key.err.contains("in hex"), "{}", key.err);
    fs::write(at("audit.pem"), &key.out).unwrap();
    for (format, more) in
        [("ndjson", ""), ("csv", ""), ("csv", " --action tenant --tenant acme"), ("ndjson", " --text =1+1")]
    {
        let file = home.run(&format!("audit export --format {format}{more}")).expect(0);
        assert!(file.err.is_empty(), "{}", file.err);
        fs::write(at("export"), &file.out).unwrap();
        let proof = elsewhere.json("audit verify --file export --key audit.pem");
        assert_eq!((&proof["is_known"], &proof["first_bad"]), (&true.into(), &serde_json::Value::Null), "{proof}");
        assert_eq!(proof["filter"].is_null(), more.is_empty(), "{proof}");
        let hex = proof["key"].as_str().unwrap();
        elsewhere.run(&format!("audit verify --file export --key {hex}")).expect(0).says("the one that was given");
        elsewhere.run("audit verify --file export").expect(0).says("the file's own");
        let other = "11".repeat(32);
        elsewhere.run(&format!("audit verify --file export --key {other}")).expect(1).says("signed with the key");
        fs::write(at("export"), file.out.replacen("acme", "acmf", 1)).unwrap();
        elsewhere.run("audit verify --file export").expect(1).says("was changed");
        // Broken off.
        let rows: String = file.out.split_inclusive('\n').take(2).collect();
        fs::write(at("export"), rows).unwrap();
        elsewhere.run("audit verify --file export").expect(1).says("no signed head");
    }
    elsewhere.run("audit verify --file nowhere").expect(2).says("nowhere");
    elsewhere.run("audit verify --file export --key nothing").expect(2).says("no public key");
    assert!(!at("data").exists(), "nothing was opened");
    home.run("audit export --from yesterday").expect(2).says("2026-11-28");
    home.run("audit export --door window").expect(2).says("browser, cli");
    assert_eq!(home.json("audit list --action audit.export").as_array().unwrap().len(), 4);
}

#[test]
fn after_each_command_the_head_is_in_the_file_outside() {
    let home = Program::new().with("AUDIT_HEAD_FILE", "head");
    let file = home.dir.path().join("head");
    let kept = || fs::read_to_string(&file).unwrap();
    home.run("tenant create acme").expect(0);
    let made = kept();
    home.run("tenant rename acme Corp").expect(0);
    assert_ne!(kept(), made);
    let verified = home.json("audit verify");
    assert!(kept().starts_with(&format!("{} ", verified["head"].as_str().unwrap())), "{}", kept());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    // As if rows had been cut since.
    let ahead = kept().replacen(verified["head"].as_str().unwrap().split(':').next().unwrap(), "4711", 1);
    fs::write(&file, &ahead).unwrap();
    home.run("audit verify").expect(1).says("the end is missing").says("rows up to 4711").says("head of 20");
    let said = home.run("tenant rename acme Corps").expect(0).err;
    assert!(said.contains("no longer contains row 4711") && kept() == ahead, "{said}");
}

#[test]
fn nothing_young_is_pruned() {
    let home = Program::new();
    home.run("tenant create acme").expect(0);
    home.run("audit prune --older-than 10d --yes").expect(2).says("30 days");
    home.run("audit prune --older-than 400d --dry-run").expect(0).says("Nothing is that old");
    assert_eq!(home.json("audit prune --older-than 400d --yes"), serde_json::Value::Null);
    home.run("audit verify").expect(0).says("holds");
}
