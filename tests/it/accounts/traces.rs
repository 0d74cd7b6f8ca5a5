//! What leaves a row in the audit although nothing came of it, or somebody just left; and how many rows at most.

use neo::actor::{Actor, Permission, Role};
use neo::audit::{self, Filter, Row};
use neo::config::Keys;
use neo::sessions::{self, Audience};
use neo::{Platform, admins};
use secrecy::ExposeSecret;
use serde_json::json;

use super::{PASSWORD, admin, tamper, worlds};
use crate::world::{actor, new_keys};

const CENTRAL: Audience = Audience::Central;

/// Newest first.
async fn rows(platform: &Platform, action: &str) -> Vec<Row> {
    let filter = Filter { action: Some(action.to_owned()), limit: 1000, ..Filter::default() };
    audit::list(platform, &Actor::operator(), &filter).await.unwrap()
}

async fn guess(platform: &Platform, email: &str, address: &str) {
    sessions::sign_in(platform, &CENTRAL, email, &"a guess".into(), Some(address)).await.unwrap_err();
}

#[tokio::test]
async fn throttled_tries_are_written_once_a_window_for_each_account_and_each_address() {
    for world in worlds().await {
        let platform = &world.platform;
        let ada = admin(platform, "ada@example.com", Role::Superadmin).await;
        tamper(platform, "delete from throttles").await;
        let all_day = "update throttles set day_count = 100, day = (select now_ms from clock) / 86400000";
        guess(platform, "ada@example.com", "192.0.2.1").await;
        tamper(platform, all_day).await;
        for n in 0..50 {
            guess(platform, "ada@example.com", &format!("198.51.100.{n}")).await;
        }
        let told = rows(platform, "session.throttle").await;
        assert_eq!(told.len(), 1);
        let row = &told[0];
        assert_eq!(
            (row.actor.as_str(), row.address.as_deref(), row.outcome.as_str()),
            ("unknown", Some("198.51.100.0"), "failed")
        );
        assert_eq!(row.subject, format!("admin:{} ada@example.com", ada.id));
        assert_eq!((&row.body["by"], &row.body["audience"]), (&json!("account"), &json!("central")));
        // One address at many accounts.
        for n in 0..50 {
            guess(platform, &format!("user{n}@example.com"), "203.0.113.7").await;
        }
        let told = rows(platform, "session.throttle").await;
        assert_eq!(told.len(), 2);
        assert_eq!((told[0].subject.as_str(), &told[0].body["by"]), ("nobody", &json!("address")));
        assert!(told[0].body.get("unwritten_before").is_none() && !told[0].body.to_string().contains("user"));
        // When the window is over the next says how many there were.
        tamper(platform, "update audit_windows set ends_at = 0").await;
        tamper(platform, all_day).await;
        guess(platform, "ada@example.com", "192.0.2.9").await;
        guess(platform, "ada@example.com", "192.0.2.10").await;
        let told = rows(platform, "session.throttle").await;
        assert_eq!((told.len(), &told[0].body["unwritten_before"]), (3, &json!(49)));
        assert_eq!(audit::verify(platform, &Actor::operator()).await.unwrap().first_bad, None);
    }
}

#[tokio::test]
async fn refused_acts_are_written_with_who_and_what_and_not_without_end() {
    for world in worlds().await {
        let platform = &world.platform;
        let eve = Actor { admin_id: Some("eve".into()), ..actor(Role::Support) };
        let denied = eve.authorise(Permission::ManageAdmins).unwrap_err();
        for n in 0..40 {
            audit::refused(platform, &eve, &format!("POST /admins/{n}/role"), &denied).await.unwrap();
        }
        let bob = Actor { admin_id: Some("bob".into()), name: "bob@example.com".into(), ..actor(Role::Admin) };
        audit::refused(platform, &bob, "POST /tenants/acme/delete", &denied).await.unwrap();
        let told = rows(platform, "access.refuse").await;
        assert_eq!(told.len(), 31);
        assert_eq!(
            (told[0].actor.as_str(), told[0].subject.as_str()),
            ("bob@example.com", "POST /tenants/acme/delete")
        );
        assert_eq!(
            told[30].body,
            json!({"role": "support", "error": "your role (support) may not manage central admins"})
        );
        assert_eq!((told[30].door.as_str(), &told[30].request_id), ("browser", &eve.request_id));
    }
}

#[tokio::test]
async fn whoever_leaves_or_is_made_to_leave_is_written_down() {
    for world in worlds().await {
        let platform = &world.platform;
        let ada = admin(platform, "ada@example.com", Role::Superadmin).await;
        let me = Actor { admin_id: Some(ada.id.clone()), name: ada.email.clone(), ..actor(Role::Superadmin) };
        let mut hashes = Vec::new();
        for _ in 0..4 {
            let who = sessions::sign_in(platform, &CENTRAL, &ada.email, &PASSWORD.into(), None).await.unwrap();
            let id = sessions::begin(platform, &CENTRAL, &who, None, None).await.unwrap();
            hashes.push(sessions::resume(platform, &CENTRAL, id.expose_secret()).await.unwrap().unwrap());
        }
        let subject = format!("admin:{} ada@example.com", ada.id);
        sessions::sign_out(platform, &hashes[0], Some("192.0.2.7")).await.unwrap();
        sessions::sign_out(platform, &hashes[0], Some("192.0.2.7")).await.unwrap();
        let told = rows(platform, "session.sign_out").await;
        assert_eq!(told.len(), 1, "once");
        assert_eq!((told[0].actor.as_str(), told[0].subject.as_str()), ("ada@example.com", subject.as_str()));
        assert_eq!(told[0].address.as_deref(), Some("192.0.2.7"));

        sessions::end_own(platform, &me, &hashes[1].id_hash).await.unwrap();
        sessions::end_others(platform, &me, &hashes[2].id_hash).await.unwrap();
        sessions::end_others(platform, &me, &hashes[2].id_hash).await.unwrap();
        let told = rows(platform, "session.end").await;
        assert_eq!(told.len(), 2, "of nothing there is nothing to say");
        assert!(told.iter().all(|row| row.subject == subject && row.body["sessions"] == 1 && row.actor == ada.email));

        assert_eq!(admins::end_sessions(platform, &Actor::operator(), &ada.email).await.unwrap(), 1);
        assert_eq!(rows(platform, "admin.end_sessions").await[0].body, json!({"sessions": 1}));
    }
}

#[tokio::test]
async fn the_first_use_of_each_key_is_written_down_once() {
    for world in worlds().await {
        let first = world.platform.vault.kid().to_owned();
        world.reopened(world.platform.config.keys.clone()).await.unwrap();
        let old = vec![world.platform.config.keys.current.clone().unwrap()];
        let keys = Keys { old, ..new_keys() };
        let rotated = world.reopened(keys.clone()).await.unwrap();
        world.reopened(keys).await.unwrap();
        let told = rows(&rotated, "key.introduce").await;
        let subjects: Vec<_> = told.iter().map(|row| row.subject.clone()).collect();
        assert_eq!(subjects, [format!("key:{}", rotated.vault.kid()), format!("key:{first}")]);
        assert_eq!((&told[0].body, &told[1].body), (&json!({"former": first}), &json!({"former": null})));
        assert!(told.iter().all(|row| row.actor.starts_with("cli:")), "whoever started the process");
        assert_eq!(audit::verify(&rotated, &Actor::operator()).await.unwrap().first_bad, None);
    }
}
