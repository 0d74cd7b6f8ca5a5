//! A thousand tamperings at random, with the rows and with the files that leave: all are found.

use std::collections::BTreeSet;

use neo::actor::Actor;
use neo::audit::{self, Filter};
use neo_model::AuditFormat;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::exports::{DAY, act, acts, exported, later, proven, things};
use super::tamper;
use crate::world::World;

/// Bytes that are no longer those of the export.
fn edited(file: &[u8], other: &[u8], dice: &mut StdRng) -> (&'static str, Vec<u8>) {
    let lines: Vec<&[u8]> = file.split_inclusive(|byte| *byte == b'\n').collect();
    let rows = 1..lines.len() - 1;
    let at = dice.random_range(rows.clone());
    let joined = |lines: &[&[u8]]| lines.concat();
    let mut bytes = file.to_vec();
    match dice.random_range(0..11) {
        0 => {
            let at = dice.random_range(0..bytes.len());
            bytes[at] ^= 1 << dice.random_range(0..8);
            ("a bit", bytes)
        }
        1 => {
            let at = dice.random_range(0..bytes.len());
            bytes.remove(at);
            ("a byte left out", bytes)
        }
        2 => {
            let at = dice.random_range(0..=bytes.len());
            bytes.insert(at, dice.random_range(b' '..=b'~'));
            ("a byte put in", bytes)
        }
        3 => {
            let (from, count) = (at, dice.random_range(1..=lines.len() - at));
            ("lines left out", joined(&[&lines[..from], &lines[from + count..]].concat()))
        }
        4 => {
            let with = dice.random_range(rows);
            let mut swapped = lines.clone();
            swapped.swap(at, if with == at { lines.len() - 1 } else { with });
            ("lines swapped", joined(&swapped))
        }
        5 => {
            let mut more = lines.clone();
            more.insert(dice.random_range(0..=lines.len()), lines[at]);
            ("a line twice", joined(&more))
        }
        6 => {
            bytes.truncate(dice.random_range(0..bytes.len()));
            ("cut", bytes)
        }
        7 => {
            let head = other.split_inclusive(|byte| *byte == b'\n').next_back().unwrap();
            ("another's head", joined(&[&lines[..lines.len() - 1], &[head]].concat()))
        }
        8 => {
            let foreign: Vec<&[u8]> = other.split_inclusive(|byte| *byte == b'\n').collect();
            let mut changed = lines.clone();
            changed[at] = foreign[dice.random_range(1..foreign.len() - 1)];
            if changed[at] == lines[at] {
                ("cut", file[..file.len() - 1].to_vec())
            } else {
                ("another's line", joined(&changed))
            }
        }
        9 => {
            let text = String::from_utf8_lossy(lines[at]).into_owned();
            let line = text
                .replace("make", "fake")
                .replace("audit.export", "audit.report")
                .replace("key.introduce", "key.forget");
            let mut changed = lines.clone();
            changed[at] = line.as_bytes();
            ("a word", joined(&changed))
        }
        _ => ("more at the end", joined(&[lines.as_slice(), &[lines[at]]].concat())),
    }
}

#[tokio::test]
async fn five_hundred_edits_of_exports_are_all_found() {
    let world = World::new().await;
    let platform = &world.platform;
    acts(platform, 12).await;
    let seed = rand::random();
    let mut dice = StdRng::seed_from_u64(seed);
    let mut kinds = BTreeSet::new();
    for format in AuditFormat::ALL {
        for filter in [Filter::default(), things()] {
            let file = exported(platform, &filter, format).await;
            act(platform, "thing.make", "thing:again").await;
            // Of the same key, and later.
            let other = exported(platform, &filter, format).await;
            assert!(proven(platform, &file).holds() && proven(platform, &other).holds());
            let mut found = 0;
            while found < 125 {
                let (how, bytes) = edited(file.as_bytes(), other.as_bytes(), &mut dice);
                if bytes == file.as_bytes() {
                    continue;
                }
                let proof = proven(platform, &bytes);
                let told = String::from_utf8_lossy(&bytes);
                assert!(proof.first_bad.is_some_and(|fault| !fault.reason.is_empty()), "seed {seed}, {how}:\n{told}");
                kinds.insert(how);
                found += 1;
            }
        }
    }
    assert!(kinds.len() >= 10, "{kinds:?}");
}

/// What whoever may write the central database, and has no key, can do to the rows.
fn tampering(rows: i64, gone: i64, dice: &mut StdRng) -> Vec<String> {
    let any = |dice: &mut StdRng| dice.random_range(gone + 1..=rows);
    let (one, two) = (any(dice), any(dice));
    let column =
        ["actor", "door", "action", "subject", "outcome", "request_id", "body", "kid", "mac"][dice.random_range(0..9)];
    match dice.random_range(0..12) {
        0 => vec![format!("update audit set {column} = {column} || 'x' where seq = {one}")],
        1 => vec![format!("update audit set {column} = substr({column}, 2) where seq = {one}")],
        2 => vec![format!("update audit set at = at + {} where seq = {one}", dice.random_range(1..DAY))],
        3 => vec![format!("update audit set address = '192.0.2.{}' where seq = {one}", dice.random_range(0..256))],
        4 => vec![format!("delete from audit where seq = {one}")],
        5 => vec![format!("delete from audit where seq between {} and {}", one.min(two), one.max(two))],
        6 if one != two => vec![
            format!("update audit set seq = -{one} where seq = {one}"),
            format!("update audit set seq = {one} where seq = {two}"),
            format!("update audit set seq = {two} where seq = -{one}"),
        ],
        7 => {
            let to = [rows + 1, rows + 5, 0, -1, gone][dice.random_range(0..5)];
            vec![format!(
                "insert into audit select {to}, at, actor, door, address, action, subject, outcome, request_id, body, kid, mac from audit where seq = {one}"
            )]
        }
        // With a kept head, setting the counter back is of no use.
        8 => vec![
            format!("delete from audit where seq >= {one}"),
            format!("update counters set value = {} where name = 'audit'", one - 1),
        ],
        9 => {
            let column = ["first_seq", "row_count", "first_at", "last_at", "at"][dice.random_range(0..5)];
            vec![format!("update audit_stubs set {column} = {column} + {}", dice.random_range(1..1000))]
        }
        10 => {
            let column = ["mac_after", "actor", "kid", "mac"][dice.random_range(0..4)];
            vec![format!("update audit_stubs set {column} = {column} || 'x'")]
        }
        _ => vec!["delete from audit_stubs".to_owned()],
    }
}

#[tokio::test]
async fn five_hundred_tamperings_with_the_rows_are_all_found() {
    let world = World::new().await;
    let (platform, operator) = (&world.platform, Actor::operator());
    acts(platform, 6).await;
    later(platform, 200 * DAY).await;
    acts(platform, 12).await;
    let gone = audit::prune(platform, &operator, 100 * DAY).await.unwrap().unwrap().last;
    let whole = audit::verify(platform, &operator).await.unwrap();
    assert_eq!(whole.first_bad, None);
    let (rows, head) = (gone + whole.rows, whole.head.unwrap());
    for table in ["audit", "audit_stubs", "counters"] {
        tamper(platform, &format!("create table whole_{table} as select * from {table}")).await;
    }
    let seed = rand::random();
    let mut dice = StdRng::seed_from_u64(seed);
    for n in 0..500 {
        let done = tampering(rows, gone, &mut dice);
        let mut changed = 0;
        for sql in &done {
            changed += tamper(platform, sql).await;
        }
        let found = audit::verify_against(platform, &operator, &head).await.unwrap();
        assert!(changed == 0 || found.first_bad.is_some(), "seed {seed}, {n}: {done:?}");
        for table in ["audit", "audit_stubs", "counters"] {
            tamper(platform, &format!("delete from {table}")).await;
            tamper(platform, &format!("insert into {table} select * from whole_{table}")).await;
        }
    }
    assert_eq!(audit::verify_against(platform, &operator, &head).await.unwrap().first_bad, None);
}
