use std::path::PathBuf;
use std::time::Instant;

use super::dump::{Dump, Lines};
use super::programs::program;
use super::rewrite::Rewrite;
use super::*;
use crate::engine::Tls;

/// A program that does what this shell script says.
fn script(folder: &Path, name: &str, text: &str) -> PathBuf {
    let file = folder.join(name);
    std::fs::write(&file, format!("#!/bin/sh\n{text}\n")).unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    file
}

fn tenant(engine: Engine) -> Target {
    Target {
        engine,
        host: "127.0.0.1".into(),
        port: 1,
        database: "t_acme".into(),
        username: "t_acme".into(),
        password: Some("canary".to_owned().into()),
        second: None,
        tls: Tls::Off,
        path: PathBuf::new(),
        application_name: "neo:test".into(),
        connect_timeout: std::time::Duration::from_secs(5),
        lock_timeout: std::time::Duration::from_secs(5),
        tls_ca: None,
    }
}

#[tokio::test]
async fn a_program_that_makes_a_backup_gets_what_it_needs_of_the_environment_and_nothing_else() {
    // As every process started by cargo has it: a stand-in for the key.
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
    let folder = tempfile::tempdir().unwrap();
    let dump_program = script(folder.path(), "pg_dump", "tr '\\0' '\\n' < /proc/self/environ");
    let (of_postgres, of_mysql) = (tenant(Engine::Postgres), tenant(Engine::Mysql));
    for (engine, dump) in [
        (Engine::Postgres, postgres::dump(&of_postgres, &Authority::usual())),
        (Engine::Mysql, mysql::dump_with(&of_mysql, &Authority::usual(), None)),
    ] {
        let arguments = dump.arguments.join(" ");
        assert!(!arguments.contains("canary"), "{arguments}");
        let file = folder.path().join("seen");
        dump.run(&dump_program, &file, File::create(&file).unwrap()).await.unwrap();
        let seen = std::fs::read_to_string(&file).unwrap();
        let names: Vec<_> = seen.lines().filter_map(|line| line.split('=').next()).collect();
        let is_ours = |name: &&str| *name == "LANG" || name.starts_with("PG") || *name == "MYSQL_PWD";
        // What a shell sets by itself.
        let others: Vec<_> =
            names.iter().filter(|n| !is_ours(n) && !["PWD", "OLDPWD", "SHLVL", "_"].contains(n)).collect();
        assert!(others.is_empty() && seen.contains("canary"), "{engine}: {seen}");
        // An amount of money is written as it is read, whatever the server says of either.
        assert_eq!(seen.contains("PGOPTIONS=-c array_nulls=on -c lc_monetary=C"), engine == Engine::Postgres, "{seen}");
    }
}

#[tokio::test]
async fn a_program_that_writes_nothing_any_more_is_ended_and_one_that_writes_slowly_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let run = async |text: &str| {
        let program = script(folder.path(), "mariadb-dump", text);
        let lines = Some(Lines { rewrite: Rewrite::new("t_acme"), silence: Duration::from_secs(1), longest: 100 });
        let dump = Dump { lines, ..mysql::dump_with(&tenant(Engine::Mysql), &Authority::usual(), None) };
        let written = folder.path().join("written");
        dump.run(&program, &written, File::create(&written).unwrap()).await
    };
    run("for n in 1 2 3 4 5 6; do echo $n; /bin/sleep 0.4; done").await.unwrap();
    let began = Instant::now();
    let failure = run("echo begun; exec /bin/sleep 60").await.unwrap_err();
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    assert_eq!(failure.message, "mariadb-dump has written nothing for 1 s");
    assert!(failure.detail.is_some_and(|detail| detail.contains("locked")));
    // One that is not UTF-8 is written, and told.
    let strange = run("echo begun; printf 'gr\\366sse\\n'; printf '\\366\\n'").await.unwrap();
    assert_eq!(strange, Some(2));
    // A line that no server would take is not written at all.
    let failure = run(&format!("echo \"INSERT INTO \\`notes\\` VALUES ('{}');\"", "x".repeat(100))).await.unwrap_err();
    assert_eq!(failure.message, "a row of table notes is too long to be restored");
    assert!(failure.detail.is_some_and(|detail| detail.contains("100 bytes")));
}

#[test]
fn a_program_is_looked_for_where_the_process_may_not_happen_to_be() {
    let folder = tempfile::tempdir().unwrap();
    let found = script(folder.path(), "pg_dump", "true");
    let absolute = folder.path().display().to_string();
    assert_eq!(program("pg_dump", &format!(".:bin::/nowhere:{absolute}")), Some(found));
    assert_eq!(program("mysqldump", &absolute), None);
    assert_eq!(program("src", ".:"), None);
    std::fs::create_dir(folder.path().join("mariadb-dump")).unwrap();
    assert_eq!(program("mariadb-dump", &absolute), None);
}

#[tokio::test]
async fn a_program_that_fails_is_told_by_its_own_words() {
    let folder = tempfile::tempdir().unwrap();
    let words = "pg_dump: error: aborting because of server version mismatch\npg_dump: detail: server version: 18.6; pg_dump version: 15.18";
    let program = script(folder.path(), "pg_dump", &format!("echo '{words}' >&2; exit 1"));
    let written = folder.path().join("written");
    let run = postgres::dump(&tenant(Engine::Postgres), &Authority::usual()).run(
        &program,
        &written,
        File::create(&written).unwrap(),
    );
    let failure = run.await.unwrap_err();
    assert_eq!(failure.message, "pg_dump failed: aborting because of server version mismatch");
    assert_eq!(failure.detail.as_deref(), Some("pg_dump: detail: server version: 18.6; pg_dump version: 15.18"));
}

#[test]
fn authorities_are_told_where_somebody_is_to_be_verified_and_nowhere_else() {
    let folder = tempfile::tempdir().unwrap();
    for (tls, is_told) in [(Tls::Off, false), (Tls::Require, false), (Tls::VerifyFull, true)] {
        let tenant = Target { tls, tls_ca: Some("a certificate".into()), ..tenant(Engine::Postgres) };
        let authority = Authority::beside(&tenant, &folder.path().join("dump")).unwrap();
        let told = postgres::dump(&tenant, &authority).environment;
        assert_eq!(told.iter().any(|(name, _)| *name == "PGSSLROOTCERT"), is_told, "{tls:?}");
    }
}
