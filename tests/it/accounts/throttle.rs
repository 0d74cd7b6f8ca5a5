//! Strangers who guess are slowed down, and keep nobody out of a browser they have signed in from.

use neo::Platform;
use neo::actor::{Actor, Role};
use neo::admins::{self, Admin};
use neo::error::Kind;
use neo::sessions::{self, Audience, Whence};
use secrecy::{ExposeSecret, SecretString};

use super::{PASSWORD, admin, number, tamper, worlds};

const CENTRAL: Audience = Audience::Central;

async fn try_in(platform: &Platform, email: &str, password: &str, from: Whence<'_>) -> Option<(Kind, Option<u64>)> {
    let tried = sessions::sign_in(platform, &CENTRAL, email, &password.into(), from).await;
    tried.err().map(|error| (error.kind, error.retry_after))
}

fn known<'a>(address: &'a str, cookie: &'a SecretString) -> Whence<'a> {
    Whence { address: Some(address), device: Some(cookie.expose_secret()) }
}

async fn remember(platform: &Platform, admin: &Admin) -> SecretString {
    sessions::remember(platform, &CENTRAL, &admin.id, &admin.email, None).await.unwrap()
}

const DEVICES: &str = "select count(*) from known_devices";

#[tokio::test]
async fn a_thousand_guesses_do_not_keep_an_admin_out_of_a_browser_they_know() {
    for world in worlds().await {
        let platform = &world.platform;
        let ada = admin(platform, "ada@example.com", Role::Superadmin).await;
        let bob = admin(platform, "bob@example.com", Role::Admin).await;
        let (cookie, bobs) = (remember(platform, &ada).await, remember(platform, &bob).await);
        let mut evaluated = 0;
        for n in 0..1000 {
            let address = format!("198.51.{}.{}", n / 250, n % 250 + 1);
            let (kind, _) =
                try_in(platform, "Ada@Example.com", "a guess", Some(address.as_str()).into()).await.unwrap();
            evaluated += i32::from(kind == Kind::Unauthenticated);
            // As patient as it takes: only a day is too long.
            tamper(platform, "update throttles set blocked_until = 0 where key like 'account:%'").await;
        }
        assert_eq!(evaluated, 100, "the daily figure");
        let hour = 3600;
        let refused = async |from: Whence<'_>| {
            let (kind, wait) = try_in(platform, "ada@example.com", PASSWORD, from).await.expect("not let in");
            assert_eq!(kind, Kind::Throttled);
            wait.unwrap()
        };
        let day_left = refused(Some("203.0.113.1").into()).await;
        assert_eq!(try_in(platform, "ada@example.com", PASSWORD, known("203.0.113.2", &cookie)).await, None);
        // Neither did that lend the guesser a try, nor is another's browser known here, nor one that was made up.
        assert!(refused(Some("203.0.113.3").into()).await + hour > day_left);
        refused(known("203.0.113.4", &bobs)).await;
        let mut forged = cookie.expose_secret().to_owned();
        let last = if forged.pop() == Some('0') { '1' } else { '0' };
        forged.push(last);
        refused(known("203.0.113.5", &forged.into())).await;
        for junk in ["", ".", "x.y", "ada"] {
            refused(known("203.0.113.6", &junk.into())).await;
            tamper(platform, "delete from throttles where key like 'address:%'").await;
        }
        // Even beside somebody who has used up what their common address may try.
        for _ in 0..6 {
            let _ = try_in(platform, "nobody@example.com", "a guess", Some("203.0.113.9").into()).await;
            tamper(platform, "delete from throttles where key like 'account:%' and failures = 1").await;
        }
        assert_eq!(refused(Some("203.0.113.9").into()).await, refused(Some("203.0.113.9").into()).await);
        assert_eq!(try_in(platform, "ada@example.com", PASSWORD, known("203.0.113.9", &cookie)).await, None);

        let told = "select count(*) from audit where action = 'session.throttle'";
        assert_eq!(number(platform, told).await, 2, "one for the account, one for the address");
        // What holds nobody back is swept away, and the day's figure stays.
        tamper(platform, "update throttles set blocked_until = 0 where key like 'address:%'").await;
        sessions::sweep(platform).await.unwrap();
        assert_eq!(number(platform, "select count(*) from throttles where key like 'address:%'").await, 0);
        assert!(number(platform, "select count(*) from throttles").await < 5);
        refused(Some("203.0.113.1").into()).await;
    }
}

#[tokio::test]
async fn a_known_browser_that_guesses_keeps_out_itself_alone() {
    for world in worlds().await {
        let platform = &world.platform;
        let ada = admin(platform, "ada@example.com", Role::Admin).await;
        let (stolen, other) = (remember(platform, &ada).await, remember(platform, &ada).await);
        let mut kinds = Vec::new();
        for n in 0..4 {
            let address = format!("192.0.2.{n}");
            kinds.push(try_in(platform, "ada@example.com", "a guess", known(&address, &stolen)).await.unwrap().0);
        }
        assert_eq!(kinds, [Kind::Unauthenticated, Kind::Unauthenticated, Kind::Throttled, Kind::Throttled]);
        assert_eq!(try_in(platform, "ada@example.com", PASSWORD, known("192.0.2.9", &other)).await, None);
        assert_eq!(try_in(platform, "ada@example.com", PASSWORD, Some("192.0.2.9").into()).await, None);
        let by = "select count(*) from audit where action = 'session.throttle' and body like '%\"by\":\"device\"%'";
        assert_eq!(number(platform, by).await, 1);
    }
}

#[tokio::test]
async fn a_new_password_the_end_of_sessions_or_half_a_year_makes_browsers_unknown() {
    for world in worlds().await {
        let (platform, operator) = (&world.platform, Actor::operator());
        admin(platform, "root@example.com", Role::Superadmin).await;
        let ada = admin(platform, "ada@example.com", Role::Admin).await;
        let me = Actor { admin_id: Some(ada.id.clone()), ..crate::world::actor(Role::Admin) };
        for n in 0..12 {
            remember(platform, &ada).await;
            assert_eq!(number(platform, DEVICES).await, (n + 1).min(10), "the latest are kept");
        }
        let cookie = remember(platform, &ada).await;
        let again = sessions::remember(platform, &CENTRAL, &ada.id, &ada.email, Some(cookie.expose_secret())).await;
        let cookie = again.unwrap();
        let stranger = "update throttles set day_count = 100, day = (select now_ms from clock) / 86400000";
        let is_known = async |cookie: &SecretString| {
            let _ = try_in(platform, "ada@example.com", "a guess", None.into()).await;
            tamper(platform, stranger).await;
            tamper(platform, "delete from throttles where key like 'device:%'").await;
            let answer = try_in(platform, "ada@example.com", "a guess", known("192.0.2.1", cookie)).await.unwrap().0;
            tamper(platform, "delete from throttles").await;
            answer == Kind::Unauthenticated
        };
        assert!(is_known(&cookie).await);
        let plain = "select count(*) from known_devices where length(nonce_hash) <> 64 or login like '%@%'";
        assert_eq!(number(platform, plain).await, 0, "a dump of it is no set of cookies");
        tamper(platform, "update known_devices set expires_at = expires_at - 15552000000").await;
        assert!(!is_known(&cookie).await, "after 180 days");
        sessions::sweep(platform).await.unwrap();
        assert_eq!(number(platform, DEVICES).await, 0);

        for act in ["end", "end others", "change", "reset", "role"] {
            let cookie = remember(platform, &ada).await;
            let new: SecretString = format!("quite another long phrase {act}").into();
            match act {
                "end" => drop(admins::end_sessions(platform, &operator, &ada.id).await.unwrap()),
                "end others" => drop(sessions::end_others(platform, &me, "x").await.unwrap()),
                "change" => drop(sessions::change_password(platform, &me, "x", &PASSWORD.into(), &new).await.unwrap()),
                "reset" => drop(admins::reset_password(platform, &operator, &ada.id, new).await.unwrap()),
                _ => drop(admins::set_role(platform, &operator, &ada.id, Role::Support).await.unwrap()),
            }
            assert_eq!(number(platform, DEVICES).await, 0, "{act}");
            assert!(!is_known(&cookie).await, "{act}");
        }
    }
}

/// Somebody has tried at every account all day.
const ALL_DAY: &str =
    "update throttles set day_count = 100, failures = 100, day = (select now_ms from clock) / 86400000,
                       blocked_until = (select now_ms from clock) + 60000";

#[tokio::test]
async fn the_command_line_and_a_right_reauthentication_are_ways_back_in() {
    for world in worlds().await {
        let platform = &world.platform;
        let ada = admin(platform, "ada@example.com", Role::Superadmin).await;
        let me = Actor { admin_id: Some(ada.id.clone()), ..crate::world::actor(Role::Superadmin) };
        let who = sessions::sign_in(platform, &CENTRAL, "ada@example.com", &PASSWORD.into(), None).await.unwrap();
        let id = sessions::begin(platform, &CENTRAL, &who, None, None).await.unwrap();
        let this = sessions::resume(platform, &CENTRAL, id.expose_secret()).await.unwrap().unwrap().id_hash;
        let again = async |this: &str, password: &str| {
            sessions::reauthenticate(platform, &me, this, &password.into(), None, None).await
        };
        let locked_out = async || {
            tamper(platform, ALL_DAY).await;
            let tried = try_in(platform, "ada@example.com", PASSWORD, None.into()).await;
            assert_eq!(tried.unwrap().0, Kind::Throttled);
        };
        // A session's own proof is not in the strangers' line; a right one clears it, a wrong one does not.
        locked_out().await;
        assert_eq!(again(&this, "a guess").await.unwrap_err().field, Some("password"));
        assert_eq!(try_in(platform, "ada@example.com", PASSWORD, None.into()).await.unwrap().0, Kind::Throttled);
        let id = again(&this, PASSWORD).await.unwrap();
        assert_eq!(try_in(platform, "ada@example.com", PASSWORD, None.into()).await, None);
        // Guessing in an open session slows down that session.
        let this = sessions::resume(platform, &CENTRAL, id.expose_secret()).await.unwrap().unwrap().id_hash;
        let mut kinds = Vec::new();
        for _ in 0..3 {
            kinds.push(again(&this, "a guess").await.unwrap_err().kind);
        }
        assert_eq!(kinds, [Kind::Invalid, Kind::Invalid, Kind::Throttled]);

        locked_out().await;
        let new = "quite another long phrase";
        admins::reset_password(platform, &Actor::operator(), "ada@example.com", new.into()).await.unwrap();
        assert_eq!(try_in(platform, "ada@example.com", new, None.into()).await, None, "at once");
    }
}

#[tokio::test]
async fn a_proof_that_comes_after_the_sign_out_gives_no_session() {
    for world in worlds().await {
        let platform = &world.platform;
        let ada = admin(platform, "ada@example.com", Role::Superadmin).await;
        let me = Actor { admin_id: Some(ada.id.clone()), ..crate::world::actor(Role::Superadmin) };
        for how in ["sign-out", "ended", "idle", "expired", "another's"] {
            let who = sessions::sign_in(platform, &CENTRAL, "ada@example.com", &PASSWORD.into(), None).await.unwrap();
            let id = sessions::begin(platform, &CENTRAL, &who, None, None).await.unwrap();
            let session = sessions::resume(platform, &CENTRAL, id.expose_secret()).await.unwrap().unwrap();
            match how {
                "sign-out" => sessions::sign_out(platform, &session, None).await.unwrap(),
                "ended" => drop(admins::end_sessions(platform, &Actor::operator(), &ada.id).await.unwrap()),
                "idle" => drop(tamper(platform, "update sessions set last_seen_at = last_seen_at - 900001").await),
                "expired" => drop(tamper(platform, "update sessions set expires_at = expires_at - 28800001").await),
                _ => drop(tamper(platform, "update sessions set subject_id = 'somebody'").await),
            }
            let error = sessions::reauthenticate(platform, &me, &session.id_hash, &PASSWORD.into(), None, None).await;
            assert_eq!(error.unwrap_err().kind, Kind::Unauthenticated, "{how}");
            assert!(sessions::list_own(platform, &me).await.unwrap().is_empty(), "{how}");
            tamper(platform, "delete from sessions").await;
        }
        // One that lives is rotated, once.
        let who = sessions::sign_in(platform, &CENTRAL, "ada@example.com", &PASSWORD.into(), None).await.unwrap();
        let id = sessions::begin(platform, &CENTRAL, &who, None, None).await.unwrap();
        let this = sessions::resume(platform, &CENTRAL, id.expose_secret()).await.unwrap().unwrap().id_hash;
        let again = async |after: u64| {
            tokio::time::sleep(std::time::Duration::from_millis(after)).await;
            sessions::reauthenticate(platform, &me, &this, &PASSWORD.into(), None, None).await
        };
        let (one, other) = tokio::join!(again(0), again(1200));
        assert!(one.is_ok() && other.is_err());
        assert_eq!(sessions::list_own(platform, &me).await.unwrap().len(), 1);
    }
}
