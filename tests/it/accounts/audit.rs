//! The chain finds whatever is done to it.

use neo::actor::{Actor, Role};
use neo::audit::{self, Filter};
use neo::error::Error;
use serde_json::json;

use super::{tamper, worlds};
use crate::world::World;

/// Eight rows: the key's, three done, one intended and succeeded, one of them failed.
async fn story(world: &World) -> String {
    let (platform, operator) = (&world.platform, Actor::operator());
    for n in 1..=3 {
        let mut tx = platform.central.write().await.unwrap();
        let body = json!({ "z": n, "a": { "text": "ünïcode \"quoted\"", "big": 9_007_199_254_740_993_i64 } });
        audit::record(platform, &mut tx, &operator, "thing.make", &format!("thing:{n}"), &body).await.unwrap();
        tx.commit().await.unwrap();
    }
    let intent = audit::intent(platform, &operator, "thing.drop", "thing:1", &json!({})).await.unwrap();
    intent.outcome(platform, &Ok(())).await.unwrap();
    let intent = audit::intent(platform, &operator, "thing.drop", "thing:2", &json!({})).await.unwrap();
    intent.outcome::<()>(platform, &Err(Error::conflict("it is held"))).await.unwrap();
    let found = audit::verify(platform, &operator).await.unwrap();
    assert_eq!((found.rows, found.first_bad), (8, None));
    found.head.unwrap()
}

async fn first_bad(world: &World) -> i64 {
    let found = audit::verify(&world.platform, &Actor::operator()).await.unwrap();
    found.first_bad.expect("something is wrong").seq
}

#[tokio::test]
async fn any_edit_deletion_or_reorder_is_found_where_it_begins() {
    let tries: [(&str, i64); 7] = [
        ("update audit set subject = 'thing:9' where seq = 3", 3),
        ("update audit set outcome = 'succeeded' where seq = 8", 8),
        ("update audit set body = '{}' where seq = 1", 1),
        ("update audit set address = '192.0.2.1' where seq = 2", 2),
        ("delete from audit where seq = 4", 4),
        ("delete from audit where seq = 1", 1),
        ("update audit set seq = case seq when 2 then 5002 else 5003 end where seq in (2, 3)", 2),
    ];
    for (sql, at) in tries {
        let world = World::new().await;
        story(&world).await;
        tamper(&world.platform, sql).await;
        assert_eq!(first_bad(&world).await, at, "{sql}");
    }
    // Swapped under each other's numbers.
    let world = World::new().await;
    story(&world).await;
    tamper(&world.platform, "update audit set seq = -seq where seq in (2, 3)").await;
    tamper(&world.platform, "update audit set seq = 5 + seq where seq in (-2, -3)").await;
    assert_eq!(first_bad(&world).await, 2);
}

#[tokio::test]
async fn a_truncation_is_found_by_the_counter_or_by_a_head_kept_elsewhere() {
    for world in worlds().await {
        let head = story(&world).await;
        let (platform, operator) = (&world.platform, Actor::operator());
        assert_eq!(audit::verify_against(platform, &operator, &head).await.unwrap().first_bad, None);
        tamper(platform, "delete from audit where seq > 5").await;
        assert_eq!(first_bad(&world).await, 6);
        // Whoever can set the counter back as well deceives the plain walk, and not the kept head.
        tamper(platform, "update counters set value = 5 where name = 'audit'").await;
        assert_eq!(audit::verify(platform, &operator).await.unwrap().first_bad, None);
        assert_eq!(audit::verify_against(platform, &operator, &head).await.unwrap().first_bad.unwrap().seq, 6);
    }
}

#[tokio::test]
async fn the_audit_is_read_by_page_and_by_filter_and_only_by_superadmins() {
    for world in worlds().await {
        story(&world).await;
        let (platform, operator) = (&world.platform, Actor::operator());
        let seqs = async |filter: Filter| -> Vec<i64> {
            audit::list(platform, &operator, &filter).await.unwrap().into_iter().map(|row| row.seq).collect()
        };
        assert_eq!(seqs(Filter { limit: 3, ..Filter::default() }).await, [8, 7, 6]);
        assert_eq!(seqs(Filter { limit: 3, before: Some(6), ..Filter::default() }).await, [5, 4, 3]);
        assert_eq!(seqs(Filter { action: Some("thing.make".into()), ..Filter::default() }).await, [4, 3, 2]);
        assert_eq!(seqs(Filter { action: Some("thing".into()), ..Filter::default() }).await.len(), 7);
        assert_eq!(seqs(Filter { action: Some("th_ng".into()), ..Filter::default() }).await.len(), 0);
        assert_eq!(seqs(Filter { subject: Some("THING:2".into()), ..Filter::default() }).await, [8, 7, 3]);
        assert_eq!(seqs(Filter { outcome: Some("failed".into()), ..Filter::default() }).await, [8]);
        let failed = audit::list(platform, &operator, &Filter::default()).await.unwrap().remove(0);
        assert_eq!(failed.body, json!({ "intent": 7, "error": { "code": "conflict", "message": "it is held" } }));
        for role in [Role::Support, Role::Admin] {
            let actor = crate::world::actor(role);
            assert!(audit::list(platform, &actor, &Filter::default()).await.is_err());
            assert!(audit::verify(platform, &actor).await.is_err());
        }
    }
}

#[tokio::test]
async fn writers_at_once_make_one_chain() {
    for world in worlds().await {
        let writers = (0..20).map(|n| {
            let platform = world.platform.clone();
            tokio::spawn(async move {
                let intent =
                    audit::intent(&platform, &Actor::operator(), "thing.make", &n.to_string(), &json!({})).await;
                intent.unwrap().outcome(&platform, &Ok(())).await.unwrap();
            })
        });
        for writer in futures::future::join_all(writers).await {
            writer.unwrap();
        }
        let found = audit::verify(&world.platform, &Actor::operator()).await.unwrap();
        assert_eq!((found.rows, found.first_bad), (41, None));
    }
}
