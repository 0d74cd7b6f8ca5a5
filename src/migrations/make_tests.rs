use super::*;
use crate::error::Kind;
use crate::migrations::Set;

/// 2026-11-22 10:20:30 UTC.
const NOW: i64 = 1_795_342_830_123;

fn made(dir: &Path, name: &str) -> Vec<String> {
    let (up, down) = make(dir, name, NOW).unwrap();
    [up, down].map(|p| p.file_name().unwrap().to_str().unwrap().to_owned()).to_vec()
}

#[test]
fn a_pair_is_written_with_a_utc_timestamp_and_what_to_fill_in() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("migrations/tenant");
    assert_eq!(
        made(&folder, "add_status_field_to_contacts"),
        ["20261122102030_add_status_field_to_contacts.up.sql", "20261122102030_add_status_field_to_contacts.down.sql"]
    );
    let set = Set::read(&folder).unwrap();
    let script = &set.migrations[0].variants[0];
    assert!(!script.up.no_transaction && !script.up.empty);
    for source in [&script.up, script.down.as_ref().unwrap()] {
        assert!(crate::engine::statements(crate::engine::Engine::Sqlite, &source.sql).is_empty());
    }
    insta::assert_snapshot!(script.up.sql, @r"
    -- add_status_field_to_contacts
    -- Purpose: what this is for, in a sentence.
    -- Locks:   which tables it locks, how, and for how long on the largest tenant.
    -- Phase:   expand (old and new code both work afterwards) or contract (only new code does). Expand first, deploy, then
    --          contract in a migration of its own.
    -- For CREATE INDEX CONCURRENTLY and its like, make this the first line of the file:  -- neo: no-transaction
    -- Nothing is here yet: until a statement is, this file is refused. One that is to do nothing has this as its first line:  -- neo: empty
    ");
    insta::assert_snapshot!(script.down.as_ref().unwrap().sql, @r"
    -- Reverses add_status_field_to_contacts
    -- Purpose: brings back exactly what was there before. Without a way back, remove this file: a rollback is then refused.
    -- Locks:   as for the up file.
    -- Loses:   what data is gone afterwards, or nothing.
    -- Nothing is here yet: until a statement is, a rollback is refused. One that is to do nothing has this as its first line:  -- neo: empty
    ");
}

#[test]
fn a_name_may_be_typed_as_words() {
    for typed in ["Add status field", "add-status-field", "AddStatusField", " add_status__field ", "add_status_field"] {
        assert_eq!(snake(typed).unwrap(), "add_status_field", "{typed}");
    }
}

#[test]
fn a_name_cannot_leave_the_folder() {
    let dir = tempfile::tempdir().unwrap();
    for typed in ["", " ", "___", "../x", "a/b", "a\\b", "a.b", "x;drop", "é", "a\0b", "a\nb", &"a".repeat(101)] {
        let error = make(dir.path(), typed, NOW).unwrap_err();
        assert_eq!((error.kind, error.field), (Kind::Invalid, Some("name")), "{typed:?}");
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn a_new_migration_is_later_than_every_other_and_overwrites_none() {
    let dir = tempfile::tempdir().unwrap();
    let first = made(dir.path(), "a");
    fs::write(dir.path().join(&first[0]), "kept").unwrap();
    assert_eq!(made(dir.path(), "a")[0], "20261122102031_a.up.sql");
    assert_eq!(fs::read_to_string(dir.path().join(&first[0])).unwrap(), "kept");

    fs::write(dir.path().join("20990101000000_Broken.sql"), "").unwrap();
    assert_eq!(made(dir.path(), "b")[0], "20990101000001_b.up.sql");
}

#[test]
fn many_made_at_once_have_versions_of_their_own() {
    let dir = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for n in 0..8 {
            let path = dir.path();
            scope.spawn(move || make(path, &format!("number_{n}"), NOW).unwrap());
        }
    });
    assert_eq!(Set::read(dir.path()).unwrap().migrations.len(), 8);
}
