//! Signing in, and what a session is worth.

use std::time::Duration;

use neo::Platform;
use neo::actor::{Actor, Role};
use neo::admins;
use neo::error::{Error, Kind};
use neo::sessions::{self, Audience, Session};
use secrecy::{ExposeSecret, SecretString};

use super::{PASSWORD, admin, number, tamper, worlds};

const CENTRAL: Audience = Audience::Central;

async fn sign_in(
    platform: &Platform,
    email: &str,
    password: &str,
    address: Option<&str>,
) -> Result<SecretString, Error> {
    let who = sessions::sign_in(platform, &CENTRAL, email, &password.into(), address).await?;
    sessions::begin(platform, &CENTRAL, &who, address, Some("Firefox")).await
}

async fn resume(platform: &Platform, id: &SecretString) -> Option<Session> {
    sessions::resume(platform, &CENTRAL, id.expose_secret()).await.unwrap()
}

/// No throttle stands in the way of what a test is about.
async fn forget_tries(platform: &Platform) {
    tamper(platform, "delete from throttles").await;
}

#[tokio::test]
async fn unknown_wrong_and_disabled_are_answered_alike() {
    for world in worlds().await {
        let platform = &world.platform;
        admin(platform, "ada@example.com", Role::Superadmin).await;
        admin(platform, "off@example.com", Role::Admin).await;
        admins::disable(platform, &Actor::operator(), "off@example.com").await.unwrap();
        let mut answers = Vec::new();
        for (email, password) in [
            ("nobody@example.com", PASSWORD),
            ("ada@example.com", "not her password"),
            ("ada@example.com", " correct horse battery staple"),
            ("off@example.com", PASSWORD),
            ("", ""),
        ] {
            let error = sign_in(platform, email, password, None).await.unwrap_err();
            answers.push((error.kind, error.message, error.cause, error.hint, error.field));
            forget_tries(platform).await;
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
        assert_eq!(answers[0].0, Kind::Unauthenticated);
        let failed = "select count(*) from audit where action = 'session.sign_in' and outcome = 'failed'";
        assert_eq!(number(platform, failed).await, 5);
        let typed = "select count(*) from audit where subject like '%nobody@%' or actor like '%nobody@%'";
        assert_eq!(number(platform, typed).await, 0, "what a stranger typed is not repeated");
    }
}

#[tokio::test]
async fn a_session_says_who_it_is_as_the_database_knows_them_now() {
    for world in worlds().await {
        let platform = &world.platform;
        let ada = admin(platform, "ada@example.com", Role::Admin).await;
        let id = sign_in(platform, "ADA@example.com ", PASSWORD, Some("192.0.2.7")).await.unwrap();
        let session = resume(platform, &id).await.unwrap();
        assert_eq!(session.subject_id.as_deref(), Some(ada.id.as_str()));
        assert_eq!((session.email.as_str(), session.name.as_str()), ("ada@example.com", "Ada Lovelace"));
        assert_eq!((session.role, session.address.as_deref()), (Some(Role::Admin), Some("192.0.2.7")));
        assert!(session.signed_in_ago.unwrap() < Duration::from_secs(60));
        assert!(admins::find(platform, &Actor::operator(), &ada.id).await.unwrap().last_signed_in_at.is_some());

        let kept = "select count(*) from sessions where id_hash = '' or id_hash like '%=%' or length(id_hash) <> 64";
        assert_eq!(number(platform, kept).await, 0, "only a hash is kept");
        let tenant = Audience::Tenant { id: "t1".into() };
        assert!(sessions::resume(platform, &tenant, id.expose_secret()).await.unwrap().is_none(), "another audience");
        assert!(sessions::resume(platform, &CENTRAL, &session.id_hash).await.unwrap().is_none(), "the hash is no key");
        assert!(sessions::resume(platform, &CENTRAL, "").await.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_session_ends_when_idle_and_in_any_case_by_the_databases_clock() {
    for world in worlds().await {
        let platform = &world.platform;
        for (email, role, idle, absolute) in [
            ("ada@example.com", Role::Superadmin, 15, 8 * 60),
            ("bob@example.com", Role::Admin, 30, 12 * 60),
            ("cleo@example.com", Role::Support, 30, 12 * 60),
        ] {
            admin(platform, email, role).await;
            sign_in(platform, email, PASSWORD, None).await.unwrap();
            assert_eq!(number(platform, "select max(idle_ms) from sessions").await, idle * 60_000);
            assert_eq!(number(platform, "select max(expires_at - created_at) from sessions").await, absolute * 60_000);
            tamper(platform, "delete from sessions").await;
        }
        let id = sign_in(platform, "ada@example.com", PASSWORD, None).await.unwrap();
        tamper(platform, "update sessions set last_seen_at = last_seen_at - 870000").await;
        assert!(resume(platform, &id).await.is_some(), "after fourteen and a half idle minutes");
        tamper(platform, "update sessions set last_seen_at = last_seen_at - 870000").await;
        assert!(resume(platform, &id).await.is_some(), "the request before counted");
        tamper(platform, "update sessions set last_seen_at = last_seen_at - 870000").await;
        assert!(sessions::look(platform, &CENTRAL, id.expose_secret()).await.unwrap().is_some());
        tamper(platform, "update sessions set last_seen_at = last_seen_at - 30000").await;
        assert!(resume(platform, &id).await.is_none(), "after fifteen: a look did not count");
        tamper(platform, "update sessions set last_seen_at = last_seen_at + 900000").await;
        assert!(resume(platform, &id).await.is_some());
        tamper(platform, "update sessions set expires_at = expires_at - 28800000").await;
        assert!(resume(platform, &id).await.is_none(), "after eight hours");
        assert_eq!(sessions::sweep(platform).await.unwrap(), 1);
    }
}

#[tokio::test]
async fn a_slow_request_does_not_revive_a_session_that_was_ended() {
    for world in worlds().await {
        let platform = &world.platform;
        admin(platform, "ada@example.com", Role::Admin).await;
        let id = sign_in(platform, "ada@example.com", PASSWORD, None).await.unwrap();
        // Old enough that every request would touch it.
        tamper(platform, "update sessions set last_seen_at = last_seen_at - 60000").await;
        let session = resume(platform, &id).await.unwrap();
        let requests = (0..20).map(|_| resume(platform, &id));
        let (_, ended) =
            tokio::join!(futures::future::join_all(requests), sessions::sign_out(platform, &session, None));
        ended.unwrap();
        assert!(resume(platform, &id).await.is_none());
        assert_eq!(number(platform, "select count(*) from sessions").await, 0);
    }
}

#[tokio::test]
async fn wrong_passwords_make_the_account_wait_wherever_they_come_from() {
    for world in worlds().await {
        let platform = &world.platform;
        admin(platform, "ada@example.com", Role::Admin).await;
        for email in ["ada@example.com", "nobody@example.com"] {
            for n in 0..3 {
                let address = format!("192.0.2.{n}");
                let error = sign_in(platform, email, "wrong password", Some(&address)).await.unwrap_err();
                assert_eq!(
                    error.kind,
                    if n < 2 { Kind::Unauthenticated } else { Kind::Throttled },
                    "try {n} at {email}"
                );
                assert_eq!(error.retry_after.is_some(), n == 2);
            }
            // The right password waits as well: an answer would tell.
            let error = sign_in(platform, &email.to_uppercase(), PASSWORD, Some("192.0.2.9")).await.unwrap_err();
            assert_eq!(error.kind, Kind::Throttled);
        }
        // On a machine that is busy three seconds are over soon.
        tamper(platform, "update throttles set blocked_until = blocked_until + 60000 where key like 'account:%'").await;
        // Another process knows it too; and when the wait is over, so are the failures.
        let other = world.reopened(platform.config.keys.clone()).await.unwrap();
        assert_eq!(sign_in(&other, "ada@example.com", PASSWORD, None).await.unwrap_err().kind, Kind::Throttled);
        tamper(platform, "update throttles set blocked_until = 0").await;
        sign_in(&other, "ada@example.com", PASSWORD, None).await.unwrap();
        sign_in(&other, "ada@example.com", PASSWORD, None).await.unwrap();
    }
}

#[tokio::test]
async fn one_address_may_not_try_many_accounts() {
    for world in worlds().await {
        let platform = &world.platform;
        admin(platform, "ada@example.com", Role::Admin).await;
        for _ in 0..10 {
            sign_in(platform, "ada@example.com", PASSWORD, Some("198.51.100.4")).await.unwrap();
        }
        let mut kinds = Vec::new();
        for n in 0..7 {
            let email = format!("user{n}@example.com");
            kinds.push(sign_in(platform, &email, "wrong password", Some("198.51.100.4")).await.unwrap_err().kind);
        }
        assert_eq!(kinds[..5], [Kind::Unauthenticated; 5], "ten successes are not held against it");
        assert_eq!(kinds[5..], [Kind::Throttled; 2]);
        sign_in(platform, "ada@example.com", PASSWORD, Some("198.51.100.5")).await.unwrap();
    }
}

#[tokio::test]
async fn tries_at_once_are_not_evaluated_at_once() {
    for world in worlds().await {
        let platform = &world.platform;
        admin(platform, "ada@example.com", Role::Admin).await;
        let tries = (0..10).map(|n| {
            let platform = platform.clone();
            tokio::spawn(async move {
                sign_in(&platform, "ada@example.com", "wrong password", Some(&format!("203.0.113.{n}")))
                    .await
                    .unwrap_err()
                    .kind
            })
        });
        let kinds: Vec<_> = futures::future::join_all(tries).await.into_iter().map(Result::unwrap).collect();
        let evaluated = kinds.iter().filter(|kind| **kind == Kind::Unauthenticated).count();
        assert!((1..=2).contains(&evaluated), "one at first, one that waited in line: {kinds:?}");
    }
}

#[tokio::test]
async fn a_weak_old_hash_is_made_anew_at_the_sign_in() {
    use argon2::password_hash::PasswordHasher;
    for world in worlds().await {
        let platform = &world.platform;
        admin(platform, "ada@example.com", Role::Admin).await;
        let params = argon2::Params::new(8192, 1, 1, None).unwrap();
        let weak = argon2::Argon2::from(params).hash_password(PASSWORD.as_bytes()).unwrap().to_string();
        let mut tx = platform.central.write().await.unwrap();
        sqlx::query("update admins set password_hash = $1").bind(weak).execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
        sign_in(platform, "ada@example.com", PASSWORD, None).await.unwrap();
        let strong = "select count(*) from admins where password_hash like '$argon2id$v=19$m=19456,t=2,p=1$%'";
        assert_eq!(number(platform, strong).await, 1);
        sign_in(platform, "ada@example.com", PASSWORD, None).await.unwrap();
    }
}

#[tokio::test]
async fn people_see_and_end_their_own_sessions_and_nobody_elses() {
    for world in worlds().await {
        let platform = &world.platform;
        let ada = admin(platform, "ada@example.com", Role::Support).await;
        let bob = admin(platform, "bob@example.com", Role::Support).await;
        let me = Actor { admin_id: Some(ada.id), ..crate::world::actor(Role::Support) };
        let other = Actor { admin_id: Some(bob.id), ..crate::world::actor(Role::Support) };
        let mut ids = Vec::new();
        for _ in 0..3 {
            ids.push(sign_in(platform, "ada@example.com", PASSWORD, None).await.unwrap());
        }
        let mine = sessions::list_own(platform, &me).await.unwrap();
        assert_eq!(mine.len(), 3);
        assert!(sessions::list_own(platform, &other).await.unwrap().is_empty());
        let first = resume(platform, &ids[0]).await.unwrap().id_hash;
        assert_eq!(sessions::end_own(platform, &other, &first).await.unwrap_err().kind, Kind::NotFound);
        sessions::end_own(platform, &me, &first).await.unwrap();
        assert!(resume(platform, &ids[0]).await.is_none());
        let kept = resume(platform, &ids[1]).await.unwrap().id_hash;
        assert_eq!(sessions::end_others(platform, &me, &kept).await.unwrap(), 1);
        assert!(resume(platform, &ids[1]).await.is_some() && resume(platform, &ids[2]).await.is_none());
        assert!(sessions::list_own(platform, &Actor::operator()).await.is_err(), "the command line has none");
    }
}

#[tokio::test]
async fn changing_ones_password_keeps_this_session_and_ends_the_others() {
    for world in worlds().await {
        let platform = &world.platform;
        let ada = admin(platform, "ada@example.com", Role::Admin).await;
        let me = Actor { admin_id: Some(ada.id), ..crate::world::actor(Role::Admin) };
        let here = sign_in(platform, "ada@example.com", PASSWORD, None).await.unwrap();
        let there = sign_in(platform, "ada@example.com", PASSWORD, None).await.unwrap();
        let keep = resume(platform, &here).await.unwrap().id_hash;
        let new = "quite another long phrase";
        let change = async |old: &str, new: &str| {
            sessions::change_password(platform, &me, &keep, &old.into(), &new.into()).await
        };
        assert_eq!(change("wrong password", new).await.unwrap_err().field, Some("old"));
        assert_eq!(change(PASSWORD, "short").await.unwrap_err().field, Some("new"));
        forget_tries(platform).await;
        change(PASSWORD, new).await.unwrap();
        assert!(resume(platform, &here).await.is_some() && resume(platform, &there).await.is_none());
        assert_eq!(sign_in(platform, "ada@example.com", PASSWORD, None).await.unwrap_err().kind, Kind::Unauthenticated);
        forget_tries(platform).await;
        sign_in(platform, "ada@example.com", new, None).await.unwrap();
    }
}
