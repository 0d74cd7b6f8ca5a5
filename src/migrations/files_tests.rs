use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::error::Kind;

/// A folder with these files; the path is relative to nothing, so errors are shown with the folder's name taken out.
fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        fs::write(dir.path().join(name), bytes).unwrap();
    }
    dir
}

fn refused(dir: &Path) -> String {
    let error = read(dir).unwrap_err();
    assert_eq!(error.kind, Kind::Config);
    format!("{error}\nhint: {}", error.hint.clone().unwrap().command()).replace(&*dir.to_string_lossy(), "DIR")
}

#[test]
fn the_starter_set_is_read_in_order() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/tenant");
    let set = read(&folder).unwrap();
    let labels: Vec<_> = set.migrations.iter().take(6).map(Migration::label).collect();
    insta::assert_snapshot!(labels.join("\n"), @r"
    20250126000001_create_users_and_rbac
    20250126000002_create_object_definitions
    20250126000003_create_field_definitions
    20250126000004_create_accounts_and_contacts
    20250126000005_create_apps_and_pages
    20250126000006_add_custom_fields
    ");
    for engine in ENGINES {
        assert!(set.on(engine).all(|(_, script)| script.down.is_some()), "{engine:?}");
    }
}

#[test]
fn a_plain_file_has_the_checksum_of_sqlx() {
    let dir = folder(&[("20250101000000_a.up.sql", b"create table a (id int);\n-- \xc3\xa9\n")]);
    let ours = read(dir.path()).unwrap();
    let theirs = sqlx::migrate::resolve_blocking(dir.path()).unwrap();
    assert_eq!(ours.migrations[0].variants[0].up.checksum, &*theirs[0].0.checksum);
    assert_eq!(ours.migrations[0].description(), theirs[0].0.description);
    let windows = folder(&[("20250101000000_a.up.sql", b"\xef\xbb\xbfselect 1;\r\nselect 2;\n")]);
    let theirs = sqlx::migrate::resolve_blocking(windows.path()).unwrap();
    assert_eq!(read(windows.path()).unwrap().migrations[0].variants[0].up.checksum, &*theirs[0].0.checksum);
}

#[test]
fn line_ends_and_a_byte_order_mark_make_no_other_file() {
    let of = |text: &str| source(Path::new("x"), text.into());
    let texts = ["a;\nb;\n", "a;\r\nb;\r\n", "\u{feff}a;\nb;\n", "\u{feff}a;\r\nb;\r\n"].map(of);
    for one in &texts {
        assert_eq!((&one.sql, &one.folded), (&texts[0].sql, &texts[0].folded));
        assert!(texts.iter().all(|other| one.is(&other.checksum) && one.is(&other.folded)));
        assert!(!one.is(&of("a;\nc;\n").checksum));
    }
    let mixed = of("a;\r\nb;\n");
    assert!(mixed.is(&mixed.checksum) && mixed.is(&texts[0].checksum));
}

#[test]
fn what_is_empty_on_purpose_says_so_and_stands_for_what_was_applied_before_it_did() {
    let of = |text: &str| source(Path::new("x"), text.into());
    let marked = of("-- neo: empty\n-- nothing yet\n");
    assert!(marked.empty && of("--neo:empty for now\r\n").empty);
    assert!(!of("-- empty\n").empty && !of("\n-- neo: empty\n").empty && !of("-- neo: emptying\n").empty);
    assert!(marked.is(&of("-- nothing yet\n").checksum) && marked.is(&of("-- nothing yet\r\n").checksum));
    assert!(!of("-- nothing yet\n").is(&marked.checksum));
}

#[test]
fn the_first_line_takes_a_migration_out_of_the_transaction() {
    let marked = |text: &str| source(Path::new("x"), text.into()).no_transaction;
    assert!(marked("-- neo: no-transaction\ncreate index concurrently i on t (a);"));
    assert!(marked("-- no-transaction\r\nselect 1"));
    assert!(!marked("\n-- neo: no-transaction\n"));
    assert!(!marked("-- neo: with a transaction\n"));
    assert!(!marked(""));
}

#[test]
fn a_variant_wins_on_its_engine_and_borrows_the_rest() {
    let dir = folder(&[
        ("20250101000000_a.up.sql", b"plain up"),
        ("20250101000000_a.down.sql", b"plain down"),
        ("20250101000000_a.postgres.up.sql", b"pg up"),
        ("20250101000000_a.sqlite.down.sql", b"sqlite down"),
        ("20250102000000_b.mysql.up.sql", b"mysql up"),
    ]);
    let set = read(dir.path()).unwrap();
    let texts = |engine| {
        let script = set.migrations[0].on(engine).unwrap();
        (script.up.sql.as_str(), script.down.as_ref().unwrap().sql.as_str())
    };
    assert_eq!(texts(Engine::Postgres), ("pg up", "plain down"));
    assert_eq!(texts(Engine::Mysql), ("plain up", "plain down"));
    assert_eq!(texts(Engine::Sqlite), ("plain up", "sqlite down"));
    assert!(set.migrations[1].on(Engine::Postgres).is_none());
    assert_eq!(set.on(Engine::Postgres).count(), 1);
    assert_ne!(set.digest(Engine::Postgres, None), set.digest(Engine::Sqlite, None));
    assert_eq!(set.latest(), Some(20250102000000));
}

#[test]
fn everything_that_is_off_is_named_at_once() {
    let outside = folder(&[("20250104000000_d.up.sql", b"select 1")]);
    let dir = folder(&[
        ("20250101000000_a.up.sql", b"select 1"),
        ("20250101000000_b.up.sql", b"select 1"),
        ("20250102000000_lonely.down.sql", b"select 1"),
        ("20250103000000_latin.up.sql", b"select 1;\n-- caf\xe9"),
        ("20250103000000_latin.down.sql", b"select 1"),
        ("20250105000000_zero.up.sql", b"select '\0'"),
        ("2025_short.up.sql", b"select 1"),
        ("20250106000000_Upper.up.sql", b"select 1"),
        ("20250107000000_e.oracle.up.sql", b"select 1"),
        ("20250108000000_f.sql", b"select 1"),
        ("20250109000000_only.postgres.up.sql", b"select 1"),
        ("20250109000000_only.mysql.down.sql", b"select 1"),
        ("20250110000000_g.up.sql~", b"select 1"),
        (".gitkeep", b""),
        ("README.md", b"notes"),
    ]);
    std::os::unix::fs::symlink(
        outside.path().join("20250104000000_d.up.sql"),
        dir.path().join("20250104000000_d.up.sql"),
    )
    .unwrap();
    std::os::unix::fs::symlink("gone.sql", dir.path().join("20250111000000_h.up.sql")).unwrap();
    fs::create_dir(dir.path().join("20250112000000_i.up.sql")).unwrap();
    fs::create_dir(dir.path().join("old")).unwrap();
    insta::assert_snapshot!(refused(dir.path()).replace("; ", "\n"), @r"
    13 migrations in DIR cannot be used: 20250101000000_b.up.sql: the version 20250101000000 is taken by 20250101000000_a.up.sql
    20250102000000_lonely.down.sql: a down without an up
    20250103000000_latin.up.sql: not UTF-8 (line 2)
    20250104000000_d.up.sql: a link that leads out of the folder
    20250105000000_zero.up.sql: holds a NUL character
    20250106000000_Upper.up.sql: the name is not <14 digits>_<snake_name>.up.sql or .down.sql
    20250107000000_e.oracle.up.sql: the name is not <14 digits>_<snake_name>.up.sql or .down.sql
    20250108000000_f.sql: the name is not <14 digits>_<snake_name>.up.sql or .down.sql
    20250109000000_only.mysql.down.sql: a down without an up
    20250110000000_g.up.sql~: the name is not <14 digits>_<snake_name>.up.sql or .down.sql
    20250111000000_h.up.sql: cannot be read: No such file or directory (os error 2)
    20250112000000_i.up.sql: not a plain file
    2025_short.up.sql: the name is not <14 digits>_<snake_name>.up.sql or .down.sql
    hint: rename, complete or remove what is named
    nothing has been run
    ");
}

#[test]
fn a_link_within_the_folder_is_a_file() {
    let dir = folder(&[(".shared.sql", b"select 1")]);
    std::os::unix::fs::symlink(".shared.sql", dir.path().join("20250101000000_a.up.sql")).unwrap();
    assert_eq!(read(dir.path()).unwrap().migrations[0].variants[0].up.sql.as_str(), "select 1");
}

#[test]
fn a_missing_folder_names_the_setting() {
    insta::assert_snapshot!(refused(&PathBuf::from("/nowhere/migrations")), @r"
    the folder of migrations DIR does not exist
    hint: create it, or set TENANT_MIGRATIONS to the folder that holds the files
    ");
}

#[test]
fn a_migration_is_found_by_version_label_or_name() {
    let dir = folder(&[
        ("20250101000000_create_contacts.up.sql", b"select 1"),
        ("20250102000000_add_status.up.sql", b"select 1"),
        ("20250103000000_add_status.up.sql", b"select 1"),
    ]);
    let set = read(dir.path()).unwrap();
    for text in ["20250101000000", "20250101000000_create_contacts", "create_contacts", " CREATE_contacts "] {
        assert_eq!(set.resolve(text).unwrap().version, 20250101000000, "{text}");
    }
    assert_eq!(set.find(20250102000000).unwrap().name, "add_status");
    assert!(set.find(1).is_none());
    let missing = set.resolve("create_contact").unwrap_err();
    assert_eq!(missing.kind, Kind::NotFound);
    assert_eq!(missing.nearest, ["20250101000000_create_contacts"]);
    insta::assert_snapshot!(set.resolve("add_status").unwrap_err(), @r#""add_status" names 2 migrations: 20250102000000_add_status, 20250103000000_add_status"#);
}

#[test]
fn paths_are_told_as_they_were_configured() {
    let set = read(Path::new("migrations/tenant")).unwrap();
    let path = &set.migrations[0].variants[0].up.path;
    assert_eq!(path, Path::new("migrations/tenant/20250126000001_create_users_and_rbac.up.sql"));
}
