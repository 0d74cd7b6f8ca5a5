//! What leaves the audit, and what stays of it: an export is proven elsewhere, the head is kept outside, and what was pruned has left
//! a stub.

use std::path::Path;

use neo::Platform;
use neo::actor::{Actor, Role};
use neo::audit::{self, Export, Filter, Proof};
use neo::error::Kind;
use neo_model::AuditFormat;
use serde_json::json;

use super::{tamper, worlds};
use crate::world::World;

pub const DAY: i64 = 86_400_000;

pub async fn act(platform: &Platform, action: &str, subject: &str) {
    let mut tx = platform.central.write().await.unwrap();
    let body = json!({ "name": { "from": "=1+1", "to": "a\n\"b\" \u{202e}" } });
    audit::record(platform, &mut tx, &Actor::operator(), action, subject, &body).await.unwrap();
    tx.commit().await.unwrap();
}

/// So many acts, two kinds by turns.
pub async fn acts(platform: &Platform, count: usize) {
    for n in 0..count {
        act(platform, if n % 2 == 0 { "thing.make" } else { "other.make" }, &format!("thing:{n} =cmd()")).await;
    }
}

pub async fn exported(platform: &Platform, filter: &Filter, format: AuditFormat) -> String {
    let mut export = Export::begin(platform, &Actor::operator(), filter, format).await.unwrap();
    let mut file = String::new();
    while let Some(lines) = export.next().await.unwrap() {
        file.push_str(&lines);
    }
    file
}

pub fn proven(platform: &Platform, file: impl AsRef<[u8]>) -> Proof {
    audit::prove(file.as_ref(), Some(&platform.vault.public_key())).unwrap()
}

pub fn things() -> Filter {
    Filter { action: Some("thing".into()), ..Filter::default() }
}

/// The central clock goes on from this much later.
pub async fn later(platform: &Platform, ms: i64) {
    tamper(platform, "drop view clock").await;
    let postgres = "(extract(epoch from clock_timestamp()) * 1000)::bigint";
    let now = match platform.central.engine {
        neo::central::CentralEngine::Sqlite => "cast(unixepoch('subsec') * 1000 as integer)",
        neo::central::CentralEngine::Postgres => postgres,
    };
    tamper(platform, &format!("create view clock as select {now} + {ms} as now_ms")).await;
}

#[tokio::test]
async fn an_export_is_proven_without_a_secret_and_says_what_it_is() {
    for world in worlds().await {
        let platform = &world.platform;
        acts(platform, 6).await;
        for format in AuditFormat::ALL {
            let newest = audit::list(platform, &Actor::operator(), &Filter::default()).await.unwrap()[0].seq;
            let file = exported(platform, &Filter::default(), format).await;
            let proof = proven(platform, &file);
            assert!(proof.holds() && proof.is_known, "{proof:?}");
            // The export itself is the last of its rows.
            assert_eq!((proof.rows, proof.filter, proof.pruned_through), (newest + 1, None, None));
            let head = proof.head.unwrap();
            assert!(head.starts_with(&format!("{}:", newest + 1)), "{head}");
            let against = audit::verify_against(platform, &Actor::operator(), &head).await.unwrap();
            assert_eq!(against.first_bad, None);

            let some = exported(platform, &things(), format).await;
            let proof = proven(platform, &some);
            assert!(proof.holds(), "{proof:?}");
            assert_eq!((proof.rows, proof.filter.unwrap()["action"].as_str()), (3, Some("thing")));
            let none = Filter { action: Some("nothing".into()), ..Filter::default() };
            let proof = proven(platform, exported(platform, &none, format).await);
            assert!(proof.holds() && proof.rows == 0, "{proof:?}");

            // Whoever has no key to compare with is told that the file vouches for itself alone.
            let alone = audit::prove(file.as_bytes(), None).unwrap();
            assert!(alone.holds() && !alone.is_known);
            let other = World::new().await;
            let proof = proven(&other.platform, &file);
            let reason = proof.first_bad.unwrap().reason;
            assert!(reason.contains(&other.platform.vault.public_key().fingerprint()), "{reason}");
        }
    }
}

async fn many(platform: &Platform, count: usize) {
    let mut tx = platform.central.write().await.unwrap();
    for n in 0..count {
        let body = json!({ "name": { "from": n, "to": n + 1 }, "reason": "as it was said in the change of this week" });
        let subject = format!("tenant:{n:024} tenant-{n}");
        audit::record(platform, &mut tx, &Actor::operator(), "tenant.rename", &subject, &body).await.unwrap();
    }
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn an_export_comes_a_batch_at_a_time() {
    let world = World::new().await;
    many(&world.platform, 2_500).await;
    let mut export =
        Export::begin(&world.platform, &Actor::operator(), &Filter::default(), AuditFormat::Ndjson).await.unwrap();
    let mut parts = Vec::new();
    while let Some(lines) = export.next().await.unwrap() {
        parts.push(lines.lines().count());
    }
    // The key's row and its own are among them, and the head comes by itself.
    assert_eq!(parts, [1_000, 1_000, 502, 1]);
}

/// `NEO_AUDIT_ROWS` of them, a million unless it is said: how much memory an export and its proof take, in a process of their own.
#[tokio::test]
#[ignore = "a measurement: minutes"]
async fn a_million_rows_leave_in_the_memory_of_a_thousand() {
    let resident = |what: &str| -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find(|line| line.starts_with(what)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    };
    let rows = std::env::var("NEO_AUDIT_ROWS").map_or(1_000_000, |rows| rows.parse().unwrap());
    let world = World::new().await;
    let platform = &world.platform;
    let took = async |what: &str, began: std::time::Instant| {
        println!("{what}: {:?}, {} kB resident, {} kB at most", began.elapsed(), resident("VmRSS"), resident("VmHWM"));
    };
    let began = std::time::Instant::now();
    many(platform, rows).await;
    took("written", began).await;
    std::fs::write("/proc/self/clear_refs", "5").ok();
    for format in AuditFormat::ALL {
        let (before, began) = (resident("VmRSS"), std::time::Instant::now());
        let path = world.dir.path().join("export");
        let mut file = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
        let mut export = Export::begin(platform, &Actor::operator(), &Filter::default(), format).await.unwrap();
        while let Some(lines) = export.next().await.unwrap() {
            std::io::Write::write_all(&mut file, lines.as_bytes()).unwrap();
        }
        drop(file);
        took(&format!("exported as {format}"), began).await;
        let began = std::time::Instant::now();
        let opened = std::io::BufReader::new(std::fs::File::open(&path).unwrap());
        let proof = audit::prove(opened, Some(&platform.vault.public_key())).unwrap();
        took("proven", began).await;
        assert!(proof.holds() && proof.rows > rows as i64, "{proof:?}");
        let most = resident("VmHWM");
        assert!(most < before + 64 * 1024, "{before} kB before, {most} kB at most");
    }
    let began = std::time::Instant::now();
    assert_eq!(audit::verify(platform, &Actor::operator()).await.unwrap().first_bad, None);
    took("verified", began).await;
    for filter in [Filter::default(), things(), Filter { tenant: Some("acme".into()), ..Filter::default() }] {
        let began = std::time::Instant::now();
        audit::list(platform, &Actor::operator(), &Filter { limit: 51, ..filter.clone() }).await.unwrap();
        let listed = began.elapsed();
        audit::count(platform, &Actor::operator(), &filter).await.unwrap();
        println!("{:?}: listed in {listed:?}, listed and counted in {:?}", filter.said(), began.elapsed());
    }
}

#[tokio::test]
async fn rows_have_one_hash_whichever_way_they_are_written() {
    let world = World::new().await;
    acts(&world.platform, 4).await;
    let hashes = async |format| -> Vec<String> {
        let file = exported(&world.platform, &things(), format).await;
        let digits = |part: &str| part.len() == 64 && part.bytes().all(|b| b.is_ascii_hexdigit());
        file.lines()
            .filter_map(|line| line.split([',', '"']).rev().find(|part| digits(part)).map(str::to_owned))
            .collect()
    };
    let (json, csv) = (hashes(AuditFormat::Ndjson).await, hashes(AuditFormat::Csv).await);
    assert_eq!(json[..2], csv[..2]);
    let file = exported(&world.platform, &Filter::default(), AuditFormat::Csv).await;
    assert!(file.contains(",thing:0 =cmd(),") && !file.contains('\u{202e}'), "{file}");
}

/// A database that was tampered with is exported all the same, and its head says so.
#[tokio::test]
async fn what_was_tampered_with_before_is_signed_as_what_it_is() {
    for (sql, whole, some) in [
        ("update audit set actor = 'nobody' where subject like 'thing:2 %'", true, true),
        ("delete from audit where subject like 'thing:3 %'", true, true),
        ("delete from audit where subject like 'thing:1 %'", true, true),
    ] {
        let world = World::new().await;
        let platform = &world.platform;
        acts(platform, 6).await;
        tamper(platform, sql).await;
        for (filter, is_found) in [(Filter::default(), whole), (things(), some)] {
            let proof = proven(platform, exported(platform, &filter, AuditFormat::Ndjson).await);
            assert_eq!(proof.first_bad, None, "{sql}");
            assert_eq!(!proof.holds(), is_found, "{sql}: {:?}", proof.chain);
        }
    }
}

#[tokio::test]
async fn only_superadmins_of_the_whole_fleet_export_and_it_is_written_down() {
    let world = World::new().await;
    let platform = &world.platform;
    for role in [Role::Support, Role::Admin] {
        let begun = Export::begin(platform, &crate::world::actor(role), &Filter::default(), AuditFormat::Csv).await;
        assert_eq!(begun.err().unwrap().kind, Kind::Denied);
    }
    exported(platform, &things(), AuditFormat::Csv).await;
    let row = audit::list(platform, &Actor::operator(), &Filter::default()).await.unwrap().remove(0);
    assert_eq!(row.action, "audit.export");
    assert_eq!(row.body, json!({ "format": "csv", "filter": { "action": "thing" } }));
}

#[tokio::test]
async fn rows_are_found_by_door_tenant_text_and_time() {
    for world in worlds().await {
        let (platform, operator) = (&world.platform, Actor::operator());
        crate::accounts::admin(platform, "ada@example.com", Role::Superadmin).await;
        let tenant = neo::tenants::NewTenant { slug: "acme".into(), ..Default::default() };
        let tenant = neo::tenants::reserve(platform, &operator, tenant).await.unwrap();
        let edit = neo::tenants::Edit { tags: Some(vec!["eu".into()]), ..Default::default() };
        neo::tenants::edit(platform, &crate::world::actor(Role::Superadmin), "acme", &edit).await.unwrap();
        let of = async |filter: Filter| -> Vec<String> {
            let rows = audit::list(platform, &operator, &filter).await.unwrap();
            assert_eq!(audit::count(platform, &operator, &filter).await.unwrap(), rows.len() as i64);
            rows.into_iter().map(|row| row.action).collect()
        };
        for key in ["acme", tenant.id.as_str()] {
            let filter = Filter { tenant: Some(key.into()), ..Filter::default() };
            assert_eq!(of(filter).await, ["tenant.tag", "tenant.reserve"], "{key}");
        }
        let said = |name: &str, text: &str| Filter::read(|n| (n == name).then(|| text.to_owned())).unwrap();
        assert_eq!(of(said("door", "browser")).await, ["tenant.tag"]);
        assert_eq!(of(said("text", "ADA@")).await, ["admin.create"]);
        assert_eq!(of(said("text", "\"eu\"")).await, ["tenant.tag"]);
        assert_eq!(of(said("until", "2020-01-01")).await, [""; 0]);
        assert!(of(said("from", "2020-01-01")).await.len() >= 4);
        let tag = audit::list(platform, &operator, &said("action", "tenant.tag")).await.unwrap().remove(0);
        assert_eq!(tag.body, json!({ "tags": { "from": [], "to": ["eu"] } }));
    }
}

#[tokio::test]
async fn the_oldest_rows_go_and_the_chain_proves_the_rest() {
    for world in worlds().await {
        let (platform, operator) = (&world.platform, Actor::operator());
        acts(platform, 5).await;
        let old = audit::verify(platform, &operator).await.unwrap();
        let head = old.head.unwrap();
        assert_eq!(audit::prune(platform, &operator, 100 * DAY).await.unwrap(), None, "nothing is that old");
        let error = audit::prune(platform, &operator, 29 * DAY).await.unwrap_err();
        assert_eq!((error.kind, error.field), (Kind::Invalid, Some("older-than")));

        later(platform, 200 * DAY).await;
        acts(platform, 3).await;
        let would = audit::prunable(platform, &operator, 100 * DAY).await.unwrap().unwrap();
        assert_eq!((would.first, would.last, would.rows, would.at), (1, old.rows, old.rows, None));
        assert_eq!(audit::verify(platform, &operator).await.unwrap().rows, old.rows + 3, "nothing went");
        let gone = audit::prune(platform, &operator, 100 * DAY).await.unwrap().unwrap();
        assert_eq!((gone.last, gone.by.as_str()), (old.rows, operator.name.as_str()));
        let found = audit::verify(platform, &operator).await.unwrap();
        assert_eq!((found.rows, found.first_bad), (4, None));
        assert_eq!(found.pruned, [gone]);
        // The head of what went last is known of the stub; those before it can be held against nothing.
        assert_eq!(audit::verify_against(platform, &operator, &head).await.unwrap().first_bad, None);
        let forged = format!("{}:{}", old.rows, "0".repeat(64));
        assert!(audit::verify_against(platform, &operator, &forged).await.unwrap().first_bad.is_some());
        // It goes on, and once more.
        acts(platform, 2).await;
        later(platform, 400 * DAY).await;
        acts(platform, 2).await;
        audit::prune(platform, &operator, 100 * DAY).await.unwrap().unwrap();
        let found = audit::verify(platform, &operator).await.unwrap();
        assert_eq!((found.rows, found.pruned.len(), found.first_bad), (3, 2, None));
        let proof = proven(platform, exported(platform, &Filter::default(), AuditFormat::Csv).await);
        assert!(proof.holds(), "{proof:?}");
        assert_eq!(proof.pruned_through, Some(found.pruned[1].last));
        let proof = proven(platform, exported(platform, &things(), AuditFormat::Csv).await);
        assert!(proof.holds() && proof.rows == 1, "{proof:?}");
        let row =
            audit::list(platform, &operator, &Filter { action: Some("audit.prune".into()), ..Filter::default() }).await;
        let row = row.unwrap().remove(0);
        assert_eq!(
            (row.body["first"].as_i64(), row.body["last"].as_i64()),
            (Some(old.rows + 1), Some(found.pruned[1].last))
        );
    }
}

/// Retention takes rows away from under whoever reads them: nothing is signed then that is not all there, and nobody is accused of it.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_pruned_while_it_is_read_is_never_told_as_whole_nor_as_broken() {
    for world in worlds().await {
        let (platform, operator) = (&world.platform, Actor::operator());
        for round in 1..=3 {
            many(platform, 1_500).await;
            later(platform, round * 200 * DAY).await;
            let renamed = Filter { action: Some("tenant.rename".into()), ..Filter::default() };
            let mut exports = Vec::new();
            for filter in [Filter::default(), renamed] {
                let mut export = Export::begin(platform, &operator, &filter, AuditFormat::Ndjson).await.unwrap();
                export.next().await.unwrap();
                exports.push(export);
            }
            let (found, gone) =
                tokio::join!(audit::verify(platform, &operator), audit::prune(platform, &operator, 100 * DAY));
            assert_eq!((found.unwrap().first_bad, gone.unwrap().unwrap().rows > 1_000), (None, true), "round {round}");
            for mut export in exports {
                let error = export.next().await.unwrap_err();
                assert!(error.kind == Kind::Conflict && error.message.contains("pruned"), "{error:?}");
            }
            assert!(proven(platform, exported(platform, &Filter::default(), AuditFormat::Csv).await).holds());
        }
    }
}

/// What was tampered with is evidence.
#[tokio::test]
async fn a_chain_that_does_not_hold_is_not_pruned() {
    let world = World::new().await;
    let (platform, operator) = (&world.platform, Actor::operator());
    acts(platform, 5).await;
    later(platform, 200 * DAY).await;
    tamper(platform, "update audit set actor = 'nobody' where seq = 3").await;
    let error = audit::prune(platform, &operator, 100 * DAY).await.unwrap_err();
    assert!(error.kind == Kind::Conflict && error.message.contains("row 3"), "{error}");
    assert_eq!(audit::verify(platform, &operator).await.unwrap().rows, 6);
    for (who, kind) in [
        (crate::world::actor(Role::Admin), Kind::Denied),
        (
            Actor { signed_in_ago: Some(std::time::Duration::from_secs(601)), ..crate::world::actor(Role::Superadmin) },
            Kind::Reauthenticate,
        ),
    ] {
        assert_eq!(audit::prune(platform, &who, 100 * DAY).await.unwrap_err().kind, kind);
    }
}

fn head_file(folder: &Path) -> std::path::PathBuf {
    folder.join("audit.head")
}

#[tokio::test]
async fn a_head_in_a_file_tells_what_is_missing_since() {
    let folder = tempfile::tempdir().unwrap();
    let file = head_file(folder.path());
    let world = World::with(|config| config.audit_head_file = Some(file.clone())).await;
    let (platform, operator) = (&world.platform, Actor::operator());
    acts(platform, 5).await;
    audit::keep_head(platform).await.unwrap();
    let kept = std::fs::read_to_string(&file).unwrap();
    let head = audit::verify(platform, &operator).await.unwrap().head.unwrap();
    assert!(kept.starts_with(&format!("{head} ")) && kept.ends_with('\n'), "{kept}");
    tamper(platform, "create table audit_whole as select * from audit").await;

    // Cut, with the counter set back: the chain alone knows nothing of it.
    tamper(platform, "delete from audit where seq > 4").await;
    tamper(platform, "update counters set value = 4 where name = 'audit'").await;
    let bad = audit::verify(platform, &operator).await.unwrap().first_bad.unwrap();
    assert!(bad.seq == 5 && bad.reason.contains("rows up to 6") && bad.reason.contains("audit.head"), "{bad:?}");
    // What is kept is not given up for less, nor for another row under the same number.
    assert_eq!(audit::keep_head(platform).await.unwrap_err().kind, Kind::Conflict);
    acts(platform, 4).await;
    let bad = audit::verify(platform, &operator).await.unwrap().first_bad.unwrap();
    assert!(bad.seq == 6 && bad.reason.contains("audit.head"), "{bad:?}");
    assert_eq!(audit::keep_head(platform).await.unwrap_err().kind, Kind::Conflict);
    // Nor for a word of retention that nobody has sealed.
    let made_up = "insert into audit_stubs (first_seq, last_seq, row_count, first_at, last_at, mac_before, mac_after, at, actor, kid, mac)
                   values (1, 1000, 1, 1, 1, null, 'x', 1, 'x', (select max(kid) from audit), 'x')";
    tamper(platform, made_up).await;
    assert_eq!(audit::keep_head(platform).await.unwrap_err().kind, Kind::Conflict);
    tamper(platform, "delete from audit_stubs").await;
    assert_eq!(std::fs::read_to_string(&file).unwrap(), kept);

    // As it was, it goes on.
    tamper(platform, "delete from audit").await;
    tamper(platform, "insert into audit select * from audit_whole").await;
    tamper(platform, "update counters set value = 6 where name = 'audit'").await;
    act(platform, "thing.make", "thing:9").await;
    audit::keep_head(platform).await.unwrap();
    assert!(std::fs::read_to_string(&file).unwrap().starts_with("7:"));
    // What went by retention is not missing.
    later(platform, 200 * DAY).await;
    audit::prune(platform, &operator, 100 * DAY).await.unwrap().unwrap();
    assert_eq!(audit::verify(platform, &operator).await.unwrap().first_bad, None);
    audit::keep_head(platform).await.unwrap();
    assert!(std::fs::read_to_string(&file).unwrap().starts_with("8:"));
    std::fs::write(&file, "what is this\n").unwrap();
    assert_eq!(audit::verify(platform, &operator).await.unwrap_err().kind, Kind::Config);
}
