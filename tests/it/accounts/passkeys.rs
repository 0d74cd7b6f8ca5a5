//! Passkeys: made, asked for, used once, copied, lost.

use std::time::{Duration, Instant};

use neo::Platform;
use neo::actor::{Actor, Role};
use neo::admins::{self, Admin};
use neo::config::Require;
use neo::error::{Error, Kind};
use neo::second_factor::{self, How, passkeys};
use neo::sessions::{self, Audience, Awaits, SignedIn, Whence};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::{PASSWORD, admin, number, tamper, worlds};
use crate::authenticator::Device;
use crate::world::World;

const CENTRAL: Audience = Audience::Central;
const FROM: Whence<'static> = Whence { address: None, device: None };

fn me(admin: &Admin) -> Actor {
    Actor { admin_id: Some(admin.id.clone()), name: admin.email.clone(), ..crate::world::actor(admin.role) }
}

fn device(platform: &Platform) -> Device {
    Device::new(&platform.config.central_origin(), &passkeys::domain(platform))
}

/// Makes one, on the page of the account; with the recovery codes where it is the first.
async fn enrolled(platform: &Platform, admin: &Admin, name: &str) -> (Device, Vec<SecretString>) {
    let mut device = device(platform);
    let options = passkeys::begin(platform, &me(admin), "a session").await.unwrap();
    let answer = device.make(&options);
    let codes = passkeys::enrol(platform, &me(admin), "a session", None, name, &answer).await.unwrap();
    (device, codes)
}

async fn forget_tries(platform: &Platform) {
    tamper(platform, "delete from throttles").await;
}

async fn password(platform: &Platform, email: &str) -> SignedIn {
    forget_tries(platform).await;
    sessions::sign_in(platform, &CENTRAL, email, &PASSWORD.into(), None).await.unwrap()
}

async fn pend(platform: &Platform, email: &str) -> SecretString {
    sessions::pend(platform, &password(platform, email).await).await.unwrap()
}

/// The second step, with what this makes of what was asked.
async fn second(
    platform: &Platform,
    id: &SecretString,
    sign: impl FnOnce(&Value) -> String,
) -> Result<(SignedIn, How), Error> {
    forget_tries(platform).await;
    let options = sessions::ask_for_second(platform, id.expose_secret()).await?;
    sessions::prove_passkey(platform, id.expose_secret(), &sign(&options), FROM).await
}

/// The same instead of the password.
async fn alone(platform: &Platform, email: &str, sign: impl FnOnce(&Value) -> String) -> Result<SignedIn, Error> {
    forget_tries(platform).await;
    let (id, options) = sessions::ask_for_passkey(platform, email, FROM).await?;
    sessions::sign_in_by_passkey(platform, id.expose_secret(), &sign(&options), FROM).await
}

async fn is_in(platform: &Platform, who: &SignedIn) -> bool {
    let session = sessions::begin(platform, &CENTRAL, who, None, None).await.unwrap();
    sessions::resume(platform, &CENTRAL, session.expose_secret()).await.unwrap().is_some()
}

async fn audited(platform: &Platform, what: &str) -> i64 {
    let sql = format!("select count(*) from audit where {what}");
    let mut conn = platform.central.read().await.unwrap();
    sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(&mut *conn).await.unwrap()
}

#[tokio::test]
async fn a_passkey_is_a_second_factor_or_stands_in_for_the_password() {
    for world in worlds().await {
        let platform = &world.platform;
        let ada = admin(platform, "ada@example.com", Role::Admin).await;
        let who = password(platform, "ada@example.com").await;
        let before = sessions::begin(platform, &CENTRAL, &who, None, None).await.unwrap();
        let (mut device, codes) = enrolled(platform, &ada, " the laptop ").await;
        assert_eq!(codes.len(), 10);
        let resumed = sessions::resume(platform, &CENTRAL, before.expose_secret()).await.unwrap();
        assert!(resumed.is_none(), "a session that was begun without it is over");
        assert!(admins::find(platform, &Actor::operator(), &ada.id).await.unwrap().second_factor);

        assert_eq!(password(platform, "ada@example.com").await.awaits(), Some(Awaits::Code));
        let id = pend(platform, "ada@example.com").await;
        let has = sessions::has(platform, id.expose_secret()).await.unwrap();
        assert_eq!((has.app, has.passkey), (false, true));
        let (who, how) = second(platform, &id, |asked| device.sign(asked)).await.unwrap();
        assert_eq!((who.awaits(), how), (None, How::Passkey));
        assert!(is_in(platform, &who).await);
        let again = second(platform, &id, |asked| device.sign(asked)).await.err().unwrap();
        assert_eq!(again.kind, Kind::Unauthenticated, "a place is used once");

        let who = alone(platform, " Ada@Example.com ", |asked| device.sign(asked)).await.unwrap();
        assert_eq!((who.awaits(), who.email.as_str()), (None, "ada@example.com"));
        assert!(is_in(platform, &who).await);

        let [mine] = &passkeys::list(platform, &me(&ada)).await.unwrap()[..] else { panic!("one") };
        assert_eq!((mine.name.as_str(), mine.last_used_at.is_some(), mine.stopped_at), ("the laptop", true, None));
        // A device that does not count is taken as often.
        let (mut still, more) = enrolled(platform, &ada, "the telephone").await;
        assert!(more.is_empty(), "those from before go on");
        still.counts = false;
        for _ in 0..2 {
            alone(platform, "ada@example.com", |asked| still.sign(asked)).await.unwrap();
        }
        for (what, many) in [
            ("action = 'admin.enrol_passkey'", 2),
            ("action = 'session.sign_in' and body like '%\"factor\":\"passkey\"%' and body like '%alone%'", 3),
            ("action = 'session.sign_in' and body like '%\"factor\":\"passkey\"%' and body not like '%alone%'", 1),
        ] {
            assert_eq!(audited(platform, what).await, many, "{what}");
        }
    }
}

#[tokio::test]
async fn what_was_signed_for_another_page_another_question_or_by_another_key_is_not_taken() {
    for world in worlds().await {
        let platform = &world.platform;
        let ada = admin(platform, "ada@example.com", Role::Admin).await;
        let grace = admin(platform, "grace@example.com", Role::Admin).await;
        let (mut device, _) = enrolled(platform, &ada, "hers").await;
        let (mut other, _) = enrolled(platform, &grace, "another's").await;
        let (origin, domain) = (device.origin.clone(), device.domain.clone());
        let admin_origin = platform.config.origin("admin");
        let wrongs = [
            ("an address of a tenant", "http://acme.localhost:3000".to_owned(), domain.clone(), true),
            ("another port", origin.replace(":3000", ":3001"), domain.clone(), true),
            ("another scheme", origin.replace("http:", "https:"), domain.clone(), true),
            ("another site", "https://central.localhost.evil.org".to_owned(), domain.clone(), true),
            // With a domain of one label keys are of the first address alone.
            ("the console's other address", admin_origin, domain.clone(), true),
            ("another domain", origin.clone(), "localhost".to_owned(), true),
            ("nobody's finger", origin.clone(), domain.clone(), false),
        ];
        for (what, wrong_origin, wrong_domain, verifies) in wrongs {
            (device.origin, device.domain, device.verifies) = (wrong_origin, wrong_domain, verifies);
            let id = pend(platform, "ada@example.com").await;
            let error = second(platform, &id, |asked| device.sign(asked)).await.err().unwrap();
            assert_eq!((error.kind, error.field), (Kind::Invalid, Some("answer")), "{what}");
            let error = alone(platform, "ada@example.com", |asked| device.sign(asked)).await.err().unwrap();
            assert_eq!(error.kind, Kind::Unauthenticated, "{what}");
            // Nor is one made so.
            let asked = passkeys::begin(platform, &me(&ada), "s").await.unwrap();
            let made = device.make(&asked);
            let error = passkeys::enrol(platform, &me(&ada), "s", None, "x", &made).await.unwrap_err();
            assert_eq!(error.field, Some("answer"), "{what}");
        }
        (device.origin, device.domain, device.verifies) = (origin, domain, true);
        // Another's key, what was asked of another, and what was asked for something else.
        let id = pend(platform, "ada@example.com").await;
        assert!(second(platform, &id, |asked| other.sign(asked)).await.is_err());
        assert!(alone(platform, "ada@example.com", |asked| other.sign(asked)).await.is_err());
        let (_, asked_elsewhere) = sessions::ask_for_passkey(platform, "ada@example.com", FROM).await.unwrap();
        assert!(second(platform, &id, |_| device.sign(&asked_elsewhere)).await.is_err());
        let (elsewhere, _) = sessions::ask_for_passkey(platform, "ada@example.com", FROM).await.unwrap();
        let asked = sessions::ask_for_second(platform, id.expose_secret()).await.unwrap();
        let answer = device.sign(&asked);
        assert!(sessions::sign_in_by_passkey(platform, elsewhere.expose_secret(), &answer, FROM).await.is_err());
        // What was asked before the last question is not asked any more.
        let old = sessions::ask_for_second(platform, id.expose_secret()).await.unwrap();
        assert!(second(platform, &id, |_| device.sign(&old)).await.is_err());
        for nonsense in ["", "{}", "null", "[1]", "\u{0}", &"x".repeat(100_000)] {
            assert!(second(platform, &id, |_| nonsense.to_owned()).await.is_err());
        }
        assert!(second(platform, &id, |asked| device.sign(asked)).await.is_ok(), "and all the while it was right");
        // One that is made for one browser is not another's, and nobody has another's key as well.
        let asked = passkeys::begin(platform, &me(&ada), "one").await.unwrap();
        let answer = device.make(&asked);
        assert!(passkeys::enrol(platform, &me(&ada), "other", None, "x", &answer).await.is_err());
        let asked = passkeys::begin(platform, &me(&grace), "one").await.unwrap();
        let taken = passkeys::enrol(platform, &me(&grace), "one", None, "x", &device.make(&asked)).await.unwrap_err();
        assert_eq!(taken.kind, Kind::Conflict, "{taken}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_come_with_one_answer_at_once_one_is_let_in() {
    for world in worlds().await {
        let platform = &world.platform;
        let ada = admin(platform, "ada@example.com", Role::Admin).await;
        let (mut device, _) = enrolled(platform, &ada, "hers").await;
        // One that does not count, so that the question alone tells one use from another.
        device.counts = false;
        for round in 0..5 {
            forget_tries(platform).await;
            let (id, asked) = sessions::ask_for_passkey(platform, "ada@example.com", FROM).await.unwrap();
            let answer = device.sign(&asked);
            let tries = (0..8).map(|_| sessions::sign_in_by_passkey(platform, id.expose_secret(), &answer, FROM));
            let let_in = futures::future::join_all(tries).await.iter().filter(|answer| answer.is_ok()).count();
            assert_eq!(let_in, 1, "round {round}");
            assert!(sessions::sign_in_by_passkey(platform, id.expose_secret(), &answer, FROM).await.is_err());

            let id = pend(platform, "ada@example.com").await;
            let asked = sessions::ask_for_second(platform, id.expose_secret()).await.unwrap();
            let answer = device.sign(&asked);
            let mut known = Vec::new();
            for _ in 0..6 {
                known.push(sessions::remember(platform, &CENTRAL, &ada.id, &ada.email, None).await.unwrap());
            }
            let tries = known.iter().map(|cookie| {
                let from = Whence { address: None, device: Some(cookie.expose_secret()) };
                sessions::prove_passkey(platform, id.expose_secret(), &answer, from)
            });
            let let_in = futures::future::join_all(tries).await.iter().filter(|answer| answer.is_ok()).count();
            assert_eq!(let_in, 1, "round {round}");
        }
        // Two questions, and two answers with one count: one of them is a copy's.
        device.counts = true;
        let mut both = Vec::new();
        for _ in 0..2 {
            forget_tries(platform).await;
            both.push(sessions::ask_for_passkey(platform, "ada@example.com", FROM).await.unwrap());
        }
        let answers: Vec<_> = both.iter().map(|(_, asked)| device.at(7, |twin| twin.sign(asked))).collect();
        let (one, other) = tokio::join!(
            sessions::sign_in_by_passkey(platform, both[0].0.expose_secret(), &answers[0], FROM),
            sessions::sign_in_by_passkey(platform, both[1].0.expose_secret(), &answers[1], FROM),
        );
        assert!(one.is_ok() != other.is_ok(), "{:?} {:?}", one.err(), other.err());
    }
}

#[tokio::test]
async fn a_key_whose_counter_went_back_is_stopped_written_down_and_told() {
    for world in worlds().await {
        let platform = &world.platform;
        let ada = admin(platform, "ada@example.com", Role::Admin).await;
        let (mut device, codes) = enrolled(platform, &ada, "hers").await;
        device.counter = 40;
        alone(platform, "ada@example.com", |asked| device.sign(asked)).await.unwrap();
        let error = alone(platform, "ada@example.com", |asked| device.at(41, |twin| twin.sign(asked))).await.err();
        assert_eq!(error.unwrap().kind, Kind::Unauthenticated);
        let [mine] = &passkeys::list(platform, &me(&ada)).await.unwrap()[..] else { panic!("one") };
        assert!(mine.stopped_at.is_some());
        assert_eq!(
            audited(platform, "action = 'admin.stop_passkey' and subject like 'admin:%ada@example.com'").await,
            1
        );
        // Who has the copy is not known: neither is taken from here on, and the factor is asked for as before.
        assert!(alone(platform, "ada@example.com", |asked| device.sign(asked)).await.is_err());
        let id = pend(platform, "ada@example.com").await;
        assert!(second(platform, &id, |asked| device.sign(asked)).await.is_err());
        assert_eq!(audited(platform, "action = 'admin.stop_passkey'").await, 1, "told once");
        forget_tries(platform).await;
        let (_, how) = sessions::prove_code(platform, id.expose_secret(), &codes[0], FROM).await.unwrap();
        assert_eq!(how, How::RecoveryCode { left: 9 });

        // A copy that was asked before its owner came, and answers after: what counts is the last use.
        let bob = admin(platform, "bob@example.com", Role::Admin).await;
        let (mut device, _) = enrolled(platform, &bob, "his").await;
        forget_tries(platform).await;
        let (id, asked) = sessions::ask_for_passkey(platform, "bob@example.com", FROM).await.unwrap();
        alone(platform, "bob@example.com", |asked| device.sign(asked)).await.unwrap();
        let answer = device.at(device.counter - 1, |twin| twin.sign(&asked));
        assert!(sessions::sign_in_by_passkey(platform, id.expose_secret(), &answer, FROM).await.is_err());
        let [his] = &passkeys::list(platform, &me(&bob)).await.unwrap()[..] else { panic!("one") };
        assert!(his.stopped_at.is_some());
        assert_eq!(audited(platform, "action = 'admin.stop_passkey'").await, 2);
    }
}

/// What is asked of the browser of this email, without what is new every time.
async fn told(platform: &Platform, email: &str) -> (Value, Duration) {
    forget_tries(platform).await;
    let began = Instant::now();
    let (_, mut asked) = sessions::ask_for_passkey(platform, email, FROM).await.unwrap();
    let took = began.elapsed();
    asked["publicKey"]["challenge"].take();
    (asked, took)
}

#[tokio::test]
async fn whoever_types_an_email_is_not_told_whose_it_is_nor_who_has_passkeys() {
    for world in worlds().await {
        let platform = &world.platform;
        let ada = admin(platform, "ada@example.com", Role::Admin).await;
        admin(platform, "grace@example.com", Role::Admin).await;
        let (first, _) = enrolled(platform, &ada, "one").await;
        let (other, _) = enrolled(platform, &ada, "other").await;
        let mut shapes = Vec::new();
        for email in ["ada@example.com", "grace@example.com", "nobody@example.com", "", "no email at all"] {
            let (asked, took) = told(platform, email).await;
            assert_eq!(asked, told(platform, email).await.0, "{email}: the same every time");
            assert!(took >= Duration::from_millis(150), "{email}: {took:?}");
            let listed = asked["publicKey"]["allowCredentials"].as_array().unwrap().clone();
            assert_eq!(listed.len(), 4, "{email}");
            let mut shape = asked.clone();
            for key in shape["publicKey"]["allowCredentials"].as_array_mut().unwrap() {
                assert!(key["id"].as_str().unwrap().len() >= 22, "{key}");
                key["id"].take();
            }
            shapes.push(shape);
            let hers = listed.iter().filter(|key| [first.id(), other.id()].iter().any(|id| key["id"] == id.as_str()));
            assert_eq!(hers.count(), if email == "ada@example.com" { 2 } else { 0 }, "{email}");
        }
        assert!(shapes.iter().all(|shape| *shape == shapes[0]), "{shapes:#?}");
        // Nor by what is said of an answer that is wrong.
        let mut stranger = device(platform);
        let mut refusals = Vec::new();
        for email in ["ada@example.com", "grace@example.com", "nobody@example.com"] {
            let began = Instant::now();
            let error = alone(platform, email, |asked| stranger.sign(asked)).await.err().unwrap();
            assert!(began.elapsed() >= Duration::from_millis(300), "{email}");
            refusals.push((error.kind, error.message));
        }
        assert!(refusals.iter().all(|refusal| *refusal == refusals[0]), "{refusals:?}");
        // A person who makes their first takes the place of one that nobody has.
        let before = told(platform, "grace@example.com").await.0["publicKey"]["allowCredentials"].clone();
        let grace = admins::find(platform, &Actor::operator(), "grace@example.com").await.unwrap();
        enrolled(platform, &grace, "hers").await;
        let after = told(platform, "grace@example.com").await.0["publicKey"]["allowCredentials"].clone();
        let kept = after.as_array().unwrap().iter().filter(|key| before.as_array().unwrap().contains(key)).count();
        assert_eq!(kept, 3);
        // Strangers who ask are counted as those who guess.
        let mut kinds = Vec::new();
        forget_tries(platform).await;
        for _ in 0..3 {
            kinds.push(sessions::ask_for_passkey(platform, "nobody@example.com", FROM).await.err().map(|e| e.kind));
        }
        // The second is waited for in line.
        assert_eq!((kinds[0], kinds[2]), (None, Some(Kind::Throttled)), "{kinds:?}");
    }
}

#[tokio::test]
async fn recovery_codes_come_with_the_first_factor_and_go_with_the_last() {
    for world in worlds().await {
        let platform = &world.platform;
        let ada = admin(platform, "ada@example.com", Role::Admin).await;
        let (_, codes) = enrolled(platform, &ada, "one").await;
        let app = super::factors::enrolled_now(platform, &ada).await;
        assert!(app.is_empty(), "those from before go on");
        let status = second_factor::status(platform, &me(&ada)).await.unwrap();
        assert_eq!((status.confirmed_at.is_some(), status.passkeys, status.recovery_codes_left), (true, 1, 10));
        // The app goes, the passkey stays, and so do the codes.
        forget_tries(platform).await;
        assert!(!second_factor::remove(platform, &me(&ada), "x", &PASSWORD.into(), &codes[0]).await.unwrap());
        assert_eq!(password(platform, "ada@example.com").await.awaits(), Some(Awaits::Code));
        assert_eq!(number(platform, "select count(*) from recovery_codes").await, 10);
        let gone = second_factor::remove(platform, &me(&ada), "x", &PASSWORD.into(), &codes[1]).await.unwrap_err();
        assert_eq!(gone.kind, Kind::Conflict);
        let id = passkeys::list(platform, &me(&ada)).await.unwrap()[0].id.clone();
        let session =
            sessions::begin(platform, &CENTRAL, &comes_in(platform, &codes[1]).await, None, None).await.unwrap();
        let other =
            sessions::begin(platform, &CENTRAL, &comes_in(platform, &codes[2]).await, None, None).await.unwrap();
        let this = sessions::resume(platform, &CENTRAL, session.expose_secret()).await.unwrap().unwrap().id_hash;
        // Nobody else's, and not by another's name.
        let grace = admin(platform, "grace@example.com", Role::Superadmin).await;
        for error in [
            passkeys::remove(platform, &me(&grace), "x", &id).await.unwrap_err(),
            passkeys::rename(platform, &me(&grace), &id, "mine").await.unwrap_err(),
        ] {
            assert_eq!(error.kind, Kind::NotFound);
        }
        assert_eq!(passkeys::rename(platform, &me(&ada), &id, " the key ").await.unwrap().name, "the key");
        assert_eq!(passkeys::rename(platform, &me(&ada), &id, " ").await.unwrap_err().field, Some("name"));
        assert!(!passkeys::remove(platform, &me(&ada), &this, &id).await.unwrap());
        assert!(sessions::resume(platform, &CENTRAL, session.expose_secret()).await.unwrap().is_some());
        assert!(sessions::resume(platform, &CENTRAL, other.expose_secret()).await.unwrap().is_none());
        assert_eq!(number(platform, "select count(*) from recovery_codes").await, 0);
        assert_eq!(password(platform, "ada@example.com").await.awaits(), None);
        for action in ["admin.rename_passkey", "admin.remove_passkey"] {
            assert_eq!(audited(platform, &format!("action = '{action}'")).await, 1, "{action}");
        }
    }
}

async fn comes_in(platform: &Platform, code: &SecretString) -> SignedIn {
    let id = pend(platform, "ada@example.com").await;
    sessions::prove_code(platform, id.expose_secret(), code, FROM).await.unwrap().0
}

#[tokio::test]
async fn where_a_factor_is_required_a_passkey_is_one() {
    let world = World::with(|config| config.require_2fa = Some(Require::Everybody)).await;
    let platform = &world.platform;
    admin(platform, "ada@example.com", Role::Admin).await;
    assert_eq!(password(platform, "ada@example.com").await.awaits(), Some(Awaits::Enrolment));
    let id = pend(platform, "ada@example.com").await;
    assert_eq!(sessions::ask_for_second(platform, id.expose_secret()).await.unwrap_err().kind, Kind::Unauthenticated);
    let mut device = device(platform);
    let asked = sessions::ask_for_enrolment(platform, id.expose_secret()).await.unwrap();
    let answer = device.make(&asked);
    let (who, codes) =
        sessions::enrol_passkey(platform, id.expose_secret(), "the laptop", &answer, None).await.unwrap();
    assert_eq!((who.awaits(), codes.len()), (None, 10));
    let session = sessions::begin(platform, &CENTRAL, &who, None, None).await.unwrap();
    let again = sessions::enrol_passkey(platform, id.expose_secret(), "the laptop", &answer, None).await;
    assert_eq!(again.err().unwrap().kind, Kind::Unauthenticated);
    let id = pend(platform, "ada@example.com").await;
    second(platform, &id, |asked| device.sign(asked)).await.unwrap();
    // Without it there is no session of hers.
    let ada = admins::find(platform, &Actor::operator(), "ada@example.com").await.unwrap();
    let this = sessions::resume(platform, &CENTRAL, session.expose_secret()).await.unwrap().unwrap().id_hash;
    let key = passkeys::list(platform, &me(&ada)).await.unwrap()[0].id.clone();
    assert!(passkeys::remove(platform, &me(&ada), &this, &key).await.unwrap());
    assert_eq!(number(platform, "select count(*) from sessions").await, 0);
    assert_eq!(password(platform, "ada@example.com").await.awaits(), Some(Awaits::Enrolment));
}

#[tokio::test]
async fn once_a_superadmin_has_a_passkey_the_others_need_a_factor() {
    let world = World::new().await;
    let platform = &world.platform;
    let root = admin(platform, "root@example.com", Role::Superadmin).await;
    admin(platform, "boss@example.com", Role::Superadmin).await;
    assert_eq!(password(platform, "boss@example.com").await.awaits(), None);
    enrolled(platform, &root, "hers").await;
    assert_eq!(password(platform, "boss@example.com").await.awaits(), Some(Awaits::Enrolment));
}

#[tokio::test]
async fn whoever_is_signed_in_proves_themselves_again_by_a_passkey() {
    for world in worlds().await {
        let platform = &world.platform;
        let ada = admin(platform, "ada@example.com", Role::Admin).await;
        let (mut device, _) = enrolled(platform, &ada, "hers").await;
        let who = alone(platform, "ada@example.com", |asked| device.sign(asked)).await.unwrap();
        let session = sessions::begin(platform, &CENTRAL, &who, None, None).await.unwrap();
        let this = sessions::resume(platform, &CENTRAL, session.expose_secret()).await.unwrap().unwrap().id_hash;
        let again = async |answer: &str| {
            forget_tries(platform).await;
            sessions::reauthenticate_by_passkey(platform, &me(&ada), &this, answer, None).await
        };
        let error = again("{}").await.err().unwrap();
        assert_eq!((error.kind, error.field), (Kind::Invalid, Some("answer")));
        // What was signed at the sign-in proves nothing here.
        let (_, elsewhere) = sessions::ask_for_passkey(platform, "ada@example.com", FROM).await.unwrap();
        sessions::ask_again(platform, &me(&ada), &this).await.unwrap();
        assert!(again(&device.sign(&elsewhere)).await.is_err());
        let asked = sessions::ask_again(platform, &me(&ada), &this).await.unwrap();
        let answer = device.sign(&asked);
        let renewed = again(&answer).await.unwrap();
        assert!(sessions::resume(platform, &CENTRAL, session.expose_secret()).await.unwrap().is_none());
        assert!(sessions::resume(platform, &CENTRAL, renewed.expose_secret()).await.unwrap().is_some());
        assert!(again(&answer).await.is_err(), "that one was used");
        assert_eq!(audited(platform, "action = 'session.reauthenticate' and outcome = 'failed'").await, 3);
        assert_eq!(audited(platform, "action = 'session.reauthenticate' and outcome = 'succeeded'").await, 1);
    }
}

#[tokio::test]
async fn what_is_lost_disabled_or_too_late_lets_nobody_in() {
    for world in worlds().await {
        let (platform, operator) = (&world.platform, Actor::operator());
        admin(platform, "root@example.com", Role::Superadmin).await;
        let ada = admin(platform, "ada@example.com", Role::Admin).await;
        let (mut device, _) = enrolled(platform, &ada, "hers").await;
        for how in ["time", "disabled", "reset"] {
            forget_tries(platform).await;
            let (id, asked) = sessions::ask_for_passkey(platform, "ada@example.com", FROM).await.unwrap();
            match how {
                "time" => {
                    let late = "update passkey_challenges set expires_at = expires_at - 300000";
                    assert!(tamper(platform, late).await > 0);
                }
                "disabled" => drop(admins::disable(platform, &operator, &ada.id).await.unwrap()),
                _ => drop(second_factor::reset(platform, &operator, &ada.id).await.unwrap()),
            }
            let answer = device.sign(&asked);
            let error = sessions::sign_in_by_passkey(platform, id.expose_secret(), &answer, FROM).await.err().unwrap();
            assert_eq!(error.kind, Kind::Unauthenticated, "{how}");
            if how == "disabled" {
                admins::enable(platform, &operator, &ada.id).await.unwrap();
            }
        }
        assert_eq!(number(platform, "select count(*) from passkeys").await, 0);
        assert_eq!(number(platform, "select count(*) from recovery_codes").await, 0);
        assert_eq!(password(platform, "ada@example.com").await.awaits(), None);
        assert_eq!(audited(platform, "action = 'admin.reset_2fa'").await, 1);
        sessions::ask_for_passkey(platform, "nobody@example.com", FROM).await.unwrap();
        tamper(platform, "update passkey_challenges set expires_at = 0").await;
        sessions::sweep(platform).await.unwrap();
        assert_eq!(number(platform, "select count(*) from passkey_challenges").await, 0);
    }
}

#[tokio::test]
async fn a_key_works_on_each_of_the_consoles_addresses_and_on_no_other() {
    let world = World::with(|config| config.base_domain = "example.com".into()).await;
    let platform = &world.platform;
    assert_eq!(passkeys::domain(platform), "example.com");
    let ada = admin(platform, "ada@example.com", Role::Admin).await;
    let (mut device, _) = enrolled(platform, &ada, "hers").await;
    for (origin, is_taken) in [
        ("https://central.example.com", true),
        ("https://admin.example.com", true),
        ("https://acme.example.com", false),
        ("https://example.com", false),
        ("https://x.central.example.com", false),
        ("http://central.example.com", false),
        ("https://central.example.com:8443", false),
    ] {
        device.origin = origin.into();
        let answer = alone(platform, "ada@example.com", |asked| device.sign(asked)).await;
        assert_eq!(answer.is_ok(), is_taken, "{origin}");
    }
}

#[tokio::test]
async fn ten_are_enough() {
    let world = World::new().await;
    let platform = &world.platform;
    let ada = admin(platform, "ada@example.com", Role::Admin).await;
    for n in 0..10 {
        enrolled(platform, &ada, &format!("number {n}")).await;
    }
    assert_eq!(passkeys::begin(platform, &me(&ada), "x").await.unwrap_err().kind, Kind::Conflict);
}
