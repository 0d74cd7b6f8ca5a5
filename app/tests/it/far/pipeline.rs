//! The pipeline of docs/ci in a plain shell, on a runner that has a checkout of the files and no key.

use std::path::Path;
use std::process::Command;

use super::{Console, token};
use crate::program::{Answer, Program};

#[test]
fn a_pipeline_without_keys_deploys_what_the_console_has() {
    let home = Program::new();
    ["acme", "beta"].iter().for_each(|slug| drop(home.run(&format!("tenant create {slug}")).expect(0)));
    let token = token(&home, "pipeline --role admin");
    let console = Console::of(&home);
    let checkout = Program::bare();
    let to_the_checkout = || {
        for file in std::fs::read_dir(home.migrations()).unwrap().flatten() {
            checkout.migration(file.file_name().to_str().unwrap(), &std::fs::read_to_string(file.path()).unwrap());
        }
    };
    to_the_checkout();
    let folder = Path::new(env!("CARGO_BIN_EXE_neo")).parent().unwrap();
    let run = |step: &str| {
        let output = Command::new("sh")
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/ci/pipeline.sh"))
            .arg(step)
            .current_dir(checkout.dir.path())
            .env_clear()
            .env("PATH", format!("{}:{}", folder.display(), std::env::var("PATH").unwrap()))
            .env("NEO_URL", format!("http://central.localhost:{}", console.port))
            .env("NEO_TOKEN", &token)
            .output()
            .unwrap();
        let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        Answer { code: output.status.code().unwrap(), out, err }
    };
    checkout.migration("20270101000001_more.up.sql", "create table more (id int);\n");
    checkout.migration("20270101000001_more.down.sql", "drop table more;\n");
    run("check").expect(0).says("not in this plan: `20270101000001_more`");
    // The console has yesterday's files, and nobody is migrated with them.
    run("deploy").expect(5).says("20270101000001");
    home.migration("20270101000001_more.up.sql", "create table more (id int);\n");
    run("deploy").expect(6);
    home.migration("20270101000001_more.down.sql", "drop table more;\n");
    let deployed = run("deploy").expect(0).says("2 tenants at 20270101000001 or newer");
    assert!(!deployed.err.contains('✓'), "{}", deployed.err);
    let last = &home.json("run list")[0];
    assert_eq!((&last["tenants"]["migrated"], &last["reason"]), (&2.into(), &"pipeline".into()), "{last}");
    assert!(last["actor"].as_str().unwrap().starts_with("token:pipeline of "), "{last}");
}
