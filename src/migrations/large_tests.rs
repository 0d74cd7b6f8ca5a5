use super::*;
use crate::migrations::{Rule, Set};

const FILE: &str = "20260101000001_a.up.sql";

fn folder(text: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    fs::write(dir.path().join(FILE), text).expect("written");
    dir
}

fn text_of(set: &Set) -> &Arc<String> {
    &set.migrations[0].variants[0].up.sql
}

#[test]
fn a_large_text_is_there_once_however_many_look_at_it() {
    let rows = "insert into t values (1);\n".repeat(50_000);
    let dir = folder(&rows);
    let set = Set::read(dir.path()).expect("a set");
    let again = Set::read(dir.path()).expect("a set");
    assert!(Arc::ptr_eq(text_of(&set), text_of(&again)));
    assert_eq!(set.digest(Engine::Sqlite, None), again.digest(Engine::Sqlite, None));
    // Of the same length, and with the old one still in use.
    fs::write(dir.path().join(FILE), rows.replace('1', "2")).expect("written");
    let changed = Set::read(dir.path()).expect("a set");
    assert!(!Arc::ptr_eq(text_of(&set), text_of(&changed)) && text_of(&changed).contains("(2)"));
    assert_ne!(set.digest(Engine::Sqlite, None), changed.digest(Engine::Sqlite, None));
    let weak = Arc::downgrade(text_of(&changed));
    drop(changed);
    assert!(weak.upgrade().is_none(), "nobody keeps it");
}

#[test]
fn the_files_of_one_engine_share_the_plain_ones() {
    let dir = folder("create table t (a int);");
    fs::write(dir.path().join("20260101000001_a.down.sql"), "drop table t;").expect("written");
    fs::write(dir.path().join("20260101000001_a.mysql.up.sql"), "create table t (a int) engine = innodb;")
        .expect("written");
    let set = Set::read(dir.path()).expect("a set");
    let downs: Vec<_> = set.migrations[0].variants.iter().filter_map(|script| script.down.as_ref()).collect();
    assert!(Arc::ptr_eq(&downs[0].sql, &downs[1].sql));
}

#[test]
fn what_is_too_large_is_refused_in_words() {
    let dir = folder("select 1;");
    fs::File::options()
        .write(true)
        .open(dir.path().join(FILE))
        .and_then(|file| file.set_len(257 << 20))
        .expect("longer");
    let error = Set::read(dir.path()).expect_err("refused");
    assert!(
        error.cause.as_ref().is_some_and(|why| why.contains(FILE) && why.contains("larger than 256 MiB")),
        "{error}"
    );
}

#[test]
fn a_large_file_is_looked_through_up_to_a_bound_and_says_so() {
    let row = format!("insert into t values ('{}');\n", "x".repeat(1000));
    let text = format!("drop table old;\n{}drop table late;\n", row.repeat(2_500));
    let set = Set::read(folder(&text).path()).expect("a set");
    for engine in Engine::ALL {
        let found = set.findings_of(20260101000001, &[engine]);
        assert!(found.iter().any(|f| f.rule == Rule::DropTable && f.message.contains("old")), "{engine}: {found:?}");
        assert!(
            !found.iter().any(|f| f.message.contains("late") || f.rule == Rule::UnclosedQuote),
            "{engine}: {found:?}"
        );
        let cut: Vec<_> = found.iter().filter(|f| f.message.contains("is not looked through")).collect();
        assert!(matches!(cut[..], [one] if one.line.is_some_and(|line| line > 1_900)), "{engine}: {found:?}");
    }
    let script = &set.migrations[0].variants[0];
    assert!(script.is_atomic(Engine::Postgres) && !script.is_atomic(Engine::Mysql), "nobody has looked at all of it");
    let one = format!("insert into t values ('{}');", "x".repeat(3 << 20));
    let found = Set::read(folder(&one).path()).expect("a set").findings_of(20260101000001, &Engine::ALL);
    assert!(found.iter().any(|f| f.message.contains("is not looked through") && f.line == Some(1)), "{found:?}");
    assert!(!found.iter().any(|f| f.rule == Rule::EmptyFile), "{found:?}");
}

#[test]
fn so_much_of_a_text_is_shown_in_whole_lines() {
    let short = crate::migrations::files::source(Path::new(FILE), "select 1;\nselect 2;\n".into());
    assert_eq!(short.shown(), ("select 1;\nselect 2;\n", None));
    let text = "select 'ü';\n".repeat(20_000);
    let long = crate::migrations::files::source(Path::new(FILE), text.clone());
    let (shown, cut) = long.shown();
    assert!(shown.len() <= SHOWN && shown.ends_with(";\n") && text.starts_with(shown));
    assert_eq!(cut.as_deref(), Some("cut: 65533 of 260000 bytes are shown, from line 1 on"));
    let (shown, cut) = long.shown_from(13 * 10_000 + 5);
    assert!(shown.starts_with("select") && shown.len() <= SHOWN && cut.is_some_and(|cut| cut.contains("line 10001")));
    let line = crate::migrations::files::source(Path::new(FILE), "ü".repeat(500_000));
    let (shown, cut) = line.shown_from(300_001);
    assert!(shown.len() <= SHOWN && shown.len() > SHOWN - 4 && cut.is_some());
    assert!(line.shown_from(usize::MAX).0.is_empty());
}
