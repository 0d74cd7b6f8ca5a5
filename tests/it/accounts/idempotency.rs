//! What is asked again with its key is done once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use neo::Platform;
use neo::actor::{Actor, Role};
use neo::error::{Error, Kind};
use neo::idempotency::{Answer, once};
use serde_json::json;

use super::{tamper, worlds};
use crate::world::actor;

/// How often something was done.
#[derive(Clone, Default)]
struct Done(Arc<AtomicU16>);

impl Done {
    /// Takes a moment, and answers the how manieth it was.
    async fn again(self) -> Result<Answer, Error> {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let n = self.0.fetch_add(1, Ordering::SeqCst) + 1;
        Ok(Answer { status: 202, body: json!({ "run": n, "words": "ünï" }) })
    }

    fn times(&self) -> u16 {
        self.0.load(Ordering::SeqCst)
    }
}

async fn ask(platform: &Platform, who: &Actor, key: &str, body: &str, done: &Done) -> Result<Answer, Error> {
    once(platform, who, "runs/start", key, body, done.clone().again()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_answers_what_the_first_did_also_when_both_come_at_once() {
    for world in worlds().await {
        let (platform, done, who) = (&world.platform, &Done::default(), actor(Role::Admin));
        let first = Answer { status: 202, body: json!({ "run": 1, "words": "ünï" }) };
        let asked = || ask(platform, &who, "a", "body", done);
        let (one, two, three) = tokio::join!(asked(), asked(), asked());
        assert_eq!([one.unwrap(), two.unwrap(), three.unwrap()], [first.clone(), first.clone(), first.clone()]);
        assert_eq!(ask(platform, &who, "a", "body", done).await.unwrap(), first);
        assert_eq!(done.times(), 1);
        let error = ask(platform, &who, "a", "another", done).await.err().unwrap();
        assert_eq!((error.kind, error.field), (Kind::Invalid, Some("Idempotency-Key")));
        // Another key, another function and somebody else have nothing to do with it.
        ask(platform, &who, "b", "another", done).await.unwrap();
        once(platform, &who, "tenants/create", "a", "another", done.clone().again()).await.unwrap();
        ask(platform, &actor(Role::Superadmin), "a", "another", done).await.unwrap();
        assert_eq!(done.times(), 4);
        // A day later it is forgotten.
        tamper(platform, "update idempotency set created_at = created_at - 24 * 3600000").await;
        assert_eq!(ask(platform, &who, "a", "another", done).await.unwrap().body["run"], 5);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_begun_goes_on_when_whoever_asked_has_gone() {
    for world in worlds().await {
        let (platform, done, who) = (&world.platform, &Done::default(), actor(Role::Admin));
        let gone = tokio::time::timeout(Duration::from_millis(100), ask(platform, &who, "a", "body", done)).await;
        assert!(gone.is_err());
        assert_eq!(ask(platform, &who, "a", "body", done).await.unwrap().body["run"], 1);
        assert_eq!(done.times(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_not_kept_and_a_crash_holds_nobody_back() {
    for world in worlds().await {
        let (platform, done, who) = (&world.platform, &Done::default(), actor(Role::Admin));
        let refused = async { Err(Error::conflict("not now")) };
        let error = once(platform, &who, "runs/start", "a", "body", refused).await.err().unwrap();
        assert_eq!(error.message, "not now");
        ask(platform, &who, "a", "body", done).await.unwrap();
        assert_eq!(done.times(), 1);
        // Somebody who was at it has died: as long as they may live nobody else does it.
        let crash = "update idempotency set status = null, answer = null, holder = 'dead', until = ";
        tamper(platform, &format!("{crash} (select now_ms from clock) + 1000")).await;
        let began = tokio::time::Instant::now();
        assert_eq!(ask(platform, &who, "a", "body", done).await.unwrap().body["run"], 2);
        assert!(began.elapsed() >= Duration::from_secs(1), "{:?}", began.elapsed());
    }
}

#[tokio::test]
async fn a_key_is_a_short_text() {
    let world = crate::world::World::new().await;
    let (platform, done, who) = (&world.platform, &Done::default(), actor(Role::Admin));
    for key in [String::new(), "x".repeat(129)] {
        let error = ask(platform, &who, &key, "body", done).await.err().unwrap();
        assert_eq!((error.kind, error.field), (Kind::Invalid, Some("Idempotency-Key")), "{key}");
    }
    ask(platform, &who, &"ü".repeat(128), "body", done).await.unwrap();
    assert_eq!(done.times(), 1);
}
