//! The key at start, and changing it.

use neo::actor::Actor;
use neo::config::Keys;
use neo::error::Kind;
use neo::servers;
use neo::vault::Binding;
use neo::{audit, vault};

use super::{tamper, worlds};
use crate::world::new_keys;

/// A server row whose credential was sealed under the key of this id.
async fn sealed_server(platform: &neo::Platform, id: &str, kid: &str) {
    let mut tx = platform.central.write().await.unwrap();
    sqlx::query(
        "insert into servers (id, name, engine, host, port, username, credential, generation, tls, path, max_connections,
                              created_at, updated_at)
         values ($1, $1, 'postgres', '127.0.0.1', 1, 'u', $2, 1, 'off', '', 10, 0, 0)",
    )
    .bind(id.to_owned())
    .bind(format!("v1:{kid}:00:00:00"))
    .execute(&mut *tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_wrong_key_refuses_to_start_in_one_clear_sentence() {
    for world in worlds().await {
        let error = world.reopened(new_keys()).await.err().unwrap();
        assert_eq!(error.kind, Kind::Config);
        assert_eq!(error.message, "DB_ENCRYPTION_KEY is not the key this central database was sealed with");
        world.reopened(world.platform.config.keys.clone()).await.unwrap();

        let missing = Keys { current: None, old: vec![] };
        let error = world.reopened(missing).await.err().unwrap();
        assert_eq!(error.message, "DB_ENCRYPTION_KEY is not set");
        let thirty = Keys { current: Some("your-32-character-secret-key!!".into()), old: vec![] };
        let error = world.reopened(thirty).await.err().unwrap();
        assert!(error.message.contains("30 characters"), "{error}");
        let old = Keys { old: vec!["short".into()], ..world.platform.config.keys.clone() };
        let error = world.reopened(old).await.err().unwrap();
        assert!(error.message.starts_with("entry 1 of DB_ENCRYPTION_KEYS_OLD"), "{error}");
    }
}

#[tokio::test]
async fn a_new_key_is_taken_beside_the_old_one_and_the_old_one_may_go_when_nothing_needs_it() {
    for world in worlds().await {
        let operator = Actor::operator();
        super::admin(&world.platform, "ada@example.com", neo::actor::Role::Superadmin).await;
        let first = world.platform.config.keys.clone();
        let first_kid = world.platform.vault.kid().to_owned();
        sealed_server(&world.platform, "old", &first_kid).await;

        let second = Keys { old: vec![first.current.clone().unwrap()], ..new_keys() };
        let rotated = world.reopened(second.clone()).await.unwrap();
        super::admin(&rotated, "grace@example.com", neo::actor::Role::Support).await;
        let status = vault::status(&rotated, &operator).await.unwrap();
        assert_eq!(status.keys.len(), 2);
        assert!(status.keys[0].current && status.keys[1].kid == first_kid && status.keys[1].servers == 1);

        let alone = Keys { old: vec![], ..second.clone() };
        let error = world.reopened(alone.clone()).await.err().unwrap();
        assert_eq!(error.kind, Kind::Config);
        assert!(
            error.message.contains("1 credential is still sealed") && error.message.contains(&first_kid),
            "{error}"
        );

        tamper(&rotated, "delete from servers where id = 'old'").await;
        let alone = world.reopened(alone).await.unwrap();
        let found = audit::verify(&alone, &operator).await.unwrap();
        assert!(found.first_bad.is_none() && found.rows >= 2, "rows of the retired key are verified too: {found:?}");

        // The first key again is no successor of the second, unless the second vouches for it.
        let error = world.reopened(first.clone()).await.err().unwrap();
        assert!(error.kind == Kind::Config && error.message.contains("rotated away"), "{error}");
        let back = Keys { old: vec![second.current.unwrap()], ..first.clone() };
        world.reopened(back).await.unwrap();
        let found = audit::verify(&world.reopened(first).await.unwrap(), &operator).await.unwrap();
        assert_eq!(found.first_bad, None);
    }
}

#[tokio::test]
async fn a_damaged_key_check_is_told_from_a_wrong_key() {
    for world in worlds().await {
        tamper(&world.platform, "update key_checks set envelope = 'v1:00:00:00:00'").await;
        let error = world.reopened(world.platform.config.keys.clone()).await.err().unwrap();
        assert!(error.kind == Kind::Config && error.message.contains("damaged"), "{error}");
    }
}

#[tokio::test]
async fn what_cannot_be_opened_stays_as_it_is_and_is_named() {
    for world in worlds().await {
        let (platform, operator) = (&world.platform, Actor::operator());
        sealed_server(platform, "broken", "0000000000000000").await;
        let status = vault::status(platform, &operator).await.unwrap();
        assert!(status.keys.iter().any(|key| key.kid == "0000000000000000" && !key.in_ring && key.servers == 1));
        let done = vault::rewrap(platform, &operator).await.unwrap();
        assert_eq!(done.rewrapped, 0);
        assert_eq!(done.failed.len(), 1);
        assert_eq!(done.failed[0].0, "server broken");
        assert_eq!(tamper(platform, "delete from servers where credential = 'v1:0000000000000000:00:00:00'").await, 1);
    }
}

#[tokio::test]
async fn a_credential_is_bound_to_the_way_it_is_sent_and_an_older_one_from_its_rewrap_on() {
    for world in worlds().await {
        let (platform, operator) = (&world.platform, Actor::operator());
        let server = async |id: &str, tls: &'static str, bound: bool| {
            sealed_server(platform, id, "").await;
            let binding = Binding {
                purpose: "server_password",
                subject_id: id,
                engine: "postgres",
                host: "127.0.0.1",
                port: 1,
                database: "",
                role: "u",
                generation: 1,
                tls: bound.then_some(tls).filter(|tls| *tls != "off"),
                ca: None,
            };
            let sealed = platform.vault.seal(&"p".into(), &binding);
            let unbound = i32::from(!bound);
            let sql = format!(
                "update servers set credential = '{sealed}', tls = '{tls}', tls_unbound = {unbound} where id = '{id}'"
            );
            assert_eq!(tamper(platform, &sql).await, 1);
        };
        let opens = async |id: &str| {
            let error = servers::check(platform, &operator, id).await.unwrap_err();
            // Nobody listens at port 1.
            assert!(error.kind == Kind::Unavailable || error.message.contains("cannot be opened"), "{error}");
            error.kind == Kind::Unavailable
        };
        let sent = async |id: &str, tls: &str| {
            assert_eq!(tamper(platform, &format!("update servers set tls = '{tls}' where id = '{id}'")).await, 1);
        };
        for (id, tls) in [("plain", "off"), ("encrypted", "require"), ("verified", "verify-full")] {
            server(id, tls, true).await;
            for other in ["off", "require", "verify-full"] {
                sent(id, other).await;
                assert_eq!(opens(id).await, other == tls, "sealed for {tls}, sent by {other}");
            }
            sent(id, tls).await;
        }
        server("older", "verify-full", false).await;
        assert!(opens("older").await);
        assert_eq!(vault::status(platform, &operator).await.unwrap().tls_unbound, 1);
        let done = vault::rewrap(platform, &operator).await.unwrap();
        assert_eq!((done.rewrapped, done.failed.len()), (1, 0), "{:?}", done.failed);
        assert!(opens("older").await);
        assert_eq!(vault::status(platform, &operator).await.unwrap().tls_unbound, 0);
        sent("older", "off").await;
        assert!(!opens("older").await);
    }
}
