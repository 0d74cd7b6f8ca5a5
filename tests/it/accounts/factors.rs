//! The second factor: enrolled, asked for, used once, lost.

use neo::Platform;
use neo::actor::{Actor, Role};
use neo::admins::{self, Admin};
use neo::config::Require;
use neo::error::{Error, Kind};
use neo::second_factor::{self, How};
use neo::sessions::{self, Audience, Awaits, SignedIn, Whence};
use secrecy::{ExposeSecret, SecretString};
use totp_rs::{Builder, Secret};

use super::{PASSWORD, admin, number, tamper, worlds};
use crate::world::World;

const CENTRAL: Audience = Audience::Central;
/// A moment in the middle of a step.
const NOON: i64 = 4_000_000_005_000;

/// The central clock stands still, `ms` after noon.
async fn at(platform: &Platform, ms: i64) {
    tamper(platform, "drop view clock").await;
    tamper(platform, &format!("create view clock as select {NOON} + {ms} as now_ms")).await;
}

fn me(admin: &Admin) -> Actor {
    Actor { admin_id: Some(admin.id.clone()), name: admin.email.clone(), ..crate::world::actor(admin.role) }
}

/// Somebody's telephone.
struct Telephone(SecretString);

impl Telephone {
    /// What it shows so many milliseconds after noon.
    fn shows(&self, ms: i64) -> SecretString {
        let base32 = self.0.expose_secret().replace(' ', "");
        let totp = Builder::new().with_secret(Secret::try_from_base32(base32).unwrap()).with_account_name("x");
        totp.build().unwrap().generate(((NOON + ms) / 1000) as u64).to_string().into()
    }
}

/// Sets one up at this moment; with the recovery codes.
async fn enrolled(platform: &Platform, admin: &Admin, ms: i64) -> (Telephone, Vec<SecretString>) {
    let begun = second_factor::begin(platform, &me(admin)).await.unwrap();
    let telephone = Telephone(begun.secret);
    let codes = second_factor::confirm(platform, &me(admin), None, &telephone.shows(ms)).await.unwrap();
    (telephone, codes)
}

/// The same in a test of something else; with the recovery codes.
pub async fn enrolled_now(platform: &Platform, admin: &Admin) -> Vec<SecretString> {
    at(platform, 0).await;
    enrolled(platform, admin, 0).await.1
}

/// Ada has set one up at noon.
struct Scene {
    world: World,
    ada: Admin,
    telephone: Telephone,
    codes: Vec<SecretString>,
}

/// On each kind of central database.
async fn scenes() -> Vec<Scene> {
    let mut scenes = Vec::new();
    for world in worlds().await {
        let ada = admin(&world.platform, "ada@example.com", Role::Admin).await;
        at(&world.platform, 0).await;
        let (telephone, codes) = enrolled(&world.platform, &ada, 0).await;
        scenes.push(Scene { world, ada, telephone, codes });
    }
    scenes
}

async fn password(platform: &Platform, email: &str) -> Result<SignedIn, Error> {
    sessions::sign_in(platform, &CENTRAL, email, &PASSWORD.into(), None).await
}

async fn pend(platform: &Platform, email: &str) -> SecretString {
    sessions::pend(platform, &password(platform, email).await.unwrap()).await.unwrap()
}

async fn prove(platform: &Platform, id: &SecretString, code: &SecretString) -> Result<(SignedIn, How), Error> {
    sessions::prove_code(platform, id.expose_secret(), code, Whence::from(None)).await
}

async fn comes_in(platform: &Platform, email: &str, code: &SecretString) -> Result<How, Error> {
    let id = pend(platform, email).await;
    let (who, how) = prove(platform, &id, code).await?;
    let session = sessions::begin(platform, &CENTRAL, &who, None, None).await?;
    assert!(sessions::resume(platform, &CENTRAL, session.expose_secret()).await?.is_some());
    Ok(how)
}

async fn audited(platform: &Platform, what: &str) -> i64 {
    let sql = format!("select count(*) from audit where subject like 'admin:%' and {what}");
    let mut conn = platform.central.read().await.unwrap();
    sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(&mut *conn).await.unwrap()
}

async fn forget_tries(platform: &Platform) {
    tamper(platform, "delete from throttles").await;
}

#[tokio::test]
async fn after_the_password_a_code_is_asked_for_and_only_with_it_there_is_a_session() {
    for world in worlds().await {
        let platform = &world.platform;
        let ada = admin(platform, "ada@example.com", Role::Admin).await;
        at(platform, 0).await;
        let who = password(platform, "ada@example.com").await.unwrap();
        let before = sessions::begin(platform, &CENTRAL, &who, None, None).await.unwrap();
        // What was begun and not confirmed counts for nothing.
        second_factor::begin(platform, &me(&ada)).await.unwrap();
        assert_eq!(password(platform, "ada@example.com").await.unwrap().awaits(), None);
        let wrong = second_factor::confirm(platform, &me(&ada), None, &"000000".into()).await.unwrap_err();
        assert_eq!((wrong.kind, wrong.field), (Kind::Invalid, Some("code")));
        let (telephone, codes) = enrolled(platform, &ada, 0).await;
        assert_eq!(codes.len(), 10);
        let is_in = sessions::resume(platform, &CENTRAL, before.expose_secret()).await.unwrap().is_some();
        assert!(!is_in, "a session that was begun without it is over");

        let who = password(platform, "ada@example.com").await.unwrap();
        assert_eq!(who.awaits(), Some(Awaits::Code));
        let early = sessions::begin(platform, &CENTRAL, &who, None, None).await.unwrap_err();
        assert_eq!(early.kind, Kind::Unauthenticated);
        let id = sessions::pend(platform, &who).await.unwrap();
        assert!(sessions::resume(platform, &CENTRAL, id.expose_secret()).await.unwrap().is_none(), "it is no session");
        assert_eq!(sessions::awaited(platform, id.expose_secret()).await.unwrap(), Some(Awaits::Code));
        assert_eq!(sessions::enrol(platform, id.expose_secret()).await.err().unwrap().kind, Kind::Unauthenticated);
        // The code that confirmed it was used by that.
        let wrong = prove(platform, &id, &telephone.shows(0)).await.unwrap_err();
        assert_eq!((wrong.kind, wrong.field), (Kind::Invalid, Some("code")));
        at(platform, 30_000).await;
        let (who, how) = prove(platform, &id, &telephone.shows(30_000)).await.unwrap();
        assert_eq!((who.awaits(), how), (None, How::Telephone));
        sessions::begin(platform, &CENTRAL, &who, None, None).await.unwrap();
        let again = prove(platform, &id, &telephone.shows(60_000)).await.unwrap_err();
        assert_eq!(again.kind, Kind::Unauthenticated, "a place is used once");

        for (what, many) in [
            ("action = 'admin.enrol_factor'", 1),
            ("action = 'session.password' and body like '%\"awaits\":\"code\"%'", 1),
            ("action = 'session.sign_in' and outcome = 'failed' and body like '%\"factor\":\"wrong\"%'", 1),
            ("action = 'session.sign_in' and outcome = 'succeeded' and body like '%\"factor\":\"totp\"%'", 1),
        ] {
            assert_eq!(audited(platform, what).await, many, "{what}");
        }
    }
}

#[tokio::test]
async fn a_code_is_worth_one_sign_in_and_a_clock_may_be_one_step_off() {
    for Scene { world, telephone, .. } in scenes().await {
        let platform = &world.platform;
        let minute = 60_000;
        for (now, shown, is_taken) in [
            // Far behind, far ahead, and just so.
            (10 * minute, 10 * minute - 60_000, false),
            (10 * minute, 10 * minute + 60_000, false),
            (10 * minute, 10 * minute - 30_000, true),
            (10 * minute, 10 * minute - 30_000, false),
            (10 * minute, 10 * minute, true),
            (10 * minute, 10 * minute + 30_000, true),
            // What is older than the newest that was used is not taken any more.
            (10 * minute + 30_000, 10 * minute, false),
            (10 * minute + 30_000, 10 * minute + 30_000, false),
            (12 * minute, 12 * minute, true),
        ] {
            at(platform, now).await;
            forget_tries(platform).await;
            let answer = comes_in(platform, "ada@example.com", &telephone.shows(shown)).await;
            assert_eq!(answer.is_ok(), is_taken, "at {now} with that of {shown}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_come_with_one_code_at_once_one_is_let_in() {
    for Scene { world, ada, telephone, codes } in scenes().await {
        let platform = &world.platform;
        for (round, code) in [telephone.shows(30_000), codes[0].clone(), codes[1].clone()].into_iter().enumerate() {
            at(platform, 30_000).await;
            // Each from a browser of its own that is known: what is under test is behind the counters.
            tamper(platform, "delete from known_devices").await;
            let mut places = Vec::new();
            for _ in 0..8 {
                forget_tries(platform).await;
                let cookie = sessions::remember(platform, &CENTRAL, &ada.id, &ada.email, None).await.unwrap();
                places.push((pend(platform, "ada@example.com").await, cookie));
            }
            let tries = places.iter().map(|(id, cookie)| {
                let from = Whence { address: None, device: Some(cookie.expose_secret()) };
                sessions::prove_code(platform, id.expose_secret(), &code, from)
            });
            let answers = futures::future::join_all(tries).await;
            let kinds: Vec<_> = answers.iter().map(|answer| answer.as_ref().err().map(|error| error.kind)).collect();
            assert_eq!(kinds.iter().filter(|kind| kind.is_none()).count(), 1, "round {round}: {kinds:?}");
            assert!(kinds.iter().flatten().all(|kind| *kind == Kind::Invalid), "round {round}: {kinds:?}");
        }
        // One place, and two codes that are right.
        let cookie = sessions::remember(platform, &CENTRAL, &ada.id, &ada.email, None).await.unwrap();
        forget_tries(platform).await;
        let id = pend(platform, "ada@example.com").await;
        let from = |device| Whence { address: None, device };
        let (one, other) = tokio::join!(
            sessions::prove_code(platform, id.expose_secret(), &codes[2], from(None)),
            sessions::prove_code(platform, id.expose_secret(), &codes[3], from(Some(cookie.expose_secret()))),
        );
        assert!(one.is_ok() != other.is_ok(), "a place is one person's");
        assert_eq!(number(platform, "select count(*) from recovery_codes where used_at is not null").await, 3);
    }
}

#[tokio::test]
async fn a_recovery_code_is_worth_one_sign_in_and_new_ones_end_the_old() {
    for Scene { world, ada, codes, .. } in scenes().await {
        let platform = &world.platform;
        let how = comes_in(platform, "ada@example.com", &codes[0]).await.unwrap();
        assert_eq!(how, How::RecoveryCode { left: 9 });
        assert!(comes_in(platform, "ada@example.com", &codes[0]).await.is_err());
        forget_tries(platform).await;
        let loud: SecretString = codes[1].expose_secret().to_uppercase().replace('-', " ").into();
        assert_eq!(comes_in(platform, "ada@example.com", &loud).await.unwrap(), How::RecoveryCode { left: 8 });
        let status = second_factor::status(platform, &me(&ada)).await.unwrap();
        assert_eq!((status.recovery_codes_left, status.recovery_code_used_at), (8, Some(NOON)));
        let told = "select count(*) from audit where action = 'session.sign_in' and body like '%recovery_code%'";
        assert_eq!(number(platform, told).await, 2);

        let new = second_factor::renew_codes(platform, &me(&ada)).await.unwrap();
        assert!(comes_in(platform, "ada@example.com", &codes[2]).await.is_err());
        forget_tries(platform).await;
        comes_in(platform, "ada@example.com", &new[0]).await.unwrap();
        // Another's is nobody else's.
        let grace = admin(platform, "grace@example.com", Role::Admin).await;
        enrolled(platform, &grace, 0).await;
        assert!(comes_in(platform, "grace@example.com", &new[1]).await.is_err());
    }
}

#[tokio::test]
async fn a_stolen_database_is_no_set_of_codes() {
    for Scene { world, telephone, codes, .. } in scenes().await {
        let platform = &world.platform;
        let id = pend(platform, "ada@example.com").await;
        let mut secrets: Vec<String> = vec![telephone.0.expose_secret().replace(' ', ""), id.expose_secret().into()];
        secrets.extend(
            codes.iter().flat_map(|code| [code.expose_secret().to_owned(), code.expose_secret().replace('-', "")]),
        );
        for sql in [
            "select secret from second_factors",
            "select code_hash from recovery_codes",
            "select id_hash from pending_sign_ins",
            "select body from audit",
        ] {
            let mut conn = platform.central.read().await.unwrap();
            let kept: Vec<String> = sqlx::query_scalar(sql).fetch_all(&mut *conn).await.unwrap();
            assert!(!kept.is_empty(), "{sql}");
            let holds = |secret: &String| kept.iter().any(|kept| kept.to_lowercase().contains(&secret.to_lowercase()));
            assert!(!secrets.iter().any(holds), "{sql}: {kept:?}");
        }
        // Sealed for one person, a secret is nobody else's.
        let grace = admin(platform, "grace@example.com", Role::Admin).await;
        enrolled(platform, &grace, 0).await;
        let swap = "update second_factors set secret = (select f.secret from second_factors f where f.admin_id <> second_factors.admin_id)";
        tamper(platform, swap).await;
        at(platform, 60_000).await;
        forget_tries(platform).await;
        assert!(comes_in(platform, "ada@example.com", &telephone.shows(60_000)).await.is_err());
    }
}

#[tokio::test]
async fn a_place_is_kept_for_five_minutes_and_for_an_account_that_stays_as_it_is() {
    for world in worlds().await {
        let (platform, operator) = (&world.platform, Actor::operator());
        admin(platform, "root@example.com", Role::Superadmin).await;
        let ada = admin(platform, "ada@example.com", Role::Admin).await;
        at(platform, 0).await;
        let (telephone, _) = enrolled(platform, &ada, 0).await;
        for (n, how) in ["time", "role", "password", "ended", "disabled", "reset"].into_iter().enumerate() {
            let now = 600_000 * (n as i64 + 1);
            at(platform, now).await;
            forget_tries(platform).await;
            let id = pend(platform, "ada@example.com").await;
            match how {
                "time" => at(platform, now + 300_000).await,
                "role" => drop(admins::set_role(platform, &operator, &ada.id, Role::Support).await.unwrap()),
                "password" => {
                    admins::reset_password(platform, &operator, &ada.id, "quite another long phrase".into())
                        .await
                        .unwrap();
                    admins::reset_password(platform, &operator, &ada.id, PASSWORD.into()).await.unwrap();
                }
                "ended" => drop(admins::end_sessions(platform, &operator, &ada.id).await.unwrap()),
                "disabled" => {
                    admins::disable(platform, &operator, &ada.id).await.unwrap();
                    admins::enable(platform, &operator, &ada.id).await.unwrap();
                }
                _ => drop(second_factor::reset(platform, &operator, &ada.id).await.unwrap()),
            }
            let now = if how == "time" { now + 300_000 } else { now };
            let error = prove(platform, &id, &telephone.shows(now)).await.unwrap_err();
            assert_eq!(error.kind, Kind::Unauthenticated, "{how}");
        }
        at(platform, 86_400_000).await;
        sessions::sweep(platform).await.unwrap();
        assert_eq!(number(platform, "select count(*) from pending_sign_ins").await, 0);
    }
}

#[tokio::test]
async fn guessing_at_codes_is_slowed_and_a_stranger_without_the_password_slows_nobody() {
    for Scene { world, ada, telephone, .. } in scenes().await {
        let platform = &world.platform;
        at(platform, 60_000).await;
        let cookie = sessions::remember(platform, &CENTRAL, &ada.id, &ada.email, None).await.unwrap();
        let id = pend(platform, "ada@example.com").await;
        // Whoever has no password is not in this line, however often they guess at that.
        for _ in 0..5 {
            tamper(platform, "delete from throttles where key like 'account:%'").await;
            sessions::sign_in(platform, &CENTRAL, "ada@example.com", &"a guess".into(), None).await.unwrap_err();
        }
        assert_eq!(number(platform, "select count(*) from throttles where key like 'factor%'").await, 0);
        let mut kinds = Vec::new();
        for _ in 0..3 {
            kinds.push(prove(platform, &id, &"000000".into()).await.unwrap_err().kind);
        }
        assert_eq!(kinds, [Kind::Invalid, Kind::Throttled, Kind::Throttled]);
        // Another place does not begin afresh, and a browser that is known is in its own line.
        tamper(platform, "delete from throttles where key like 'account:%'").await;
        let other = pend(platform, "ada@example.com").await;
        assert_eq!(prove(platform, &other, &telephone.shows(60_000)).await.unwrap_err().kind, Kind::Throttled);
        let from = Whence { address: None, device: Some(cookie.expose_secret()) };
        sessions::prove_code(platform, other.expose_secret(), &telephone.shows(60_000), from).await.unwrap();
    }
}

#[tokio::test]
async fn one_takes_it_away_with_password_and_code_and_proves_both_again_where_it_weighs() {
    for Scene { world, ada, telephone, codes } in scenes().await {
        let platform = &world.platform;
        at(platform, 60_000).await;
        let (who, _) =
            prove(platform, &pend(platform, "ada@example.com").await, &telephone.shows(60_000)).await.unwrap();
        let id = sessions::begin(platform, &CENTRAL, &who, None, None).await.unwrap();
        let this = sessions::resume(platform, &CENTRAL, id.expose_secret()).await.unwrap().unwrap().id_hash;
        let again = async |password: &str, code: Option<&SecretString>| {
            forget_tries(platform).await;
            sessions::reauthenticate(platform, &me(&ada), &this, &password.into(), code, None).await
        };
        at(platform, 120_000).await;
        let right = telephone.shows(120_000);
        for (password, code) in [(PASSWORD, None), (PASSWORD, Some("000000")), ("a guess", Some(right.expose_secret()))]
        {
            let code = code.map(SecretString::from);
            let error = again(password, code.as_ref()).await.unwrap_err();
            assert_eq!((error.kind, error.field), (Kind::Invalid, Some("code")));
        }
        let id = again(PASSWORD, Some(&right)).await.unwrap();
        let this = sessions::resume(platform, &CENTRAL, id.expose_secret()).await.unwrap().unwrap().id_hash;
        let remove = async |password: &str, code: &SecretString| {
            forget_tries(platform).await;
            second_factor::remove(platform, &me(&ada), &this, &password.into(), code).await
        };
        assert_eq!(remove(PASSWORD, &right).await.unwrap_err().field, Some("code"), "that one was used");
        assert_eq!(remove("a guess", &codes[0]).await.unwrap_err().field, Some("code"));
        let taken = second_factor::begin(platform, &me(&ada)).await.err().unwrap();
        assert_eq!(taken.kind, Kind::Conflict, "another does not take its place unasked");
        assert!(!remove(PASSWORD, &codes[0]).await.unwrap());
        assert_eq!(password(platform, "ada@example.com").await.unwrap().awaits(), None);
        assert_eq!(number(platform, "select count(*) from recovery_codes").await, 0);
        assert!(sessions::resume(platform, &CENTRAL, id.expose_secret()).await.unwrap().is_some());
        assert_eq!(audited(platform, "action = 'admin.remove_factor' and outcome = 'failed'").await, 2);
        assert_eq!(audited(platform, "action = 'admin.remove_factor' and outcome = 'succeeded'").await, 1);
    }
}

#[tokio::test]
async fn whoever_needs_one_sets_it_up_before_anything_else() {
    for require in [None, Some(Require::Nobody), Some(Require::Superadmins), Some(Require::Everybody)] {
        let world = World::with(|config| config.require_2fa = require).await;
        let platform = &world.platform;
        let root = admin(platform, "root@example.com", Role::Superadmin).await;
        admin(platform, "boss@example.com", Role::Superadmin).await;
        admin(platform, "ada@example.com", Role::Admin).await;
        at(platform, 0).await;
        let awaits = async |email: &str| password(platform, email).await.unwrap().awaits();
        let before = (awaits("boss@example.com").await, awaits("ada@example.com").await);
        let (none, enrolment) = (None, Some(Awaits::Enrolment));
        let expected = match require {
            None | Some(Require::Nobody) => (none, none),
            Some(Require::Superadmins) => (enrolment, none),
            Some(Require::Everybody) => (enrolment, enrolment),
        };
        assert_eq!(before, expected, "{require:?}");
        // Once one superadmin has one, the others need it as well, unless it was said otherwise.
        enrolled(platform, &root, 0).await;
        let after = (awaits("boss@example.com").await, awaits("ada@example.com").await);
        let expected = if require.is_none() { (enrolment, none) } else { expected };
        assert_eq!(after, expected, "{require:?}");
        if after.0 != enrolment {
            continue;
        }
        let id = pend(platform, "boss@example.com").await;
        let wrong = prove(platform, &id, &"000000".into()).await.unwrap_err();
        assert_eq!(wrong.kind, Kind::Unauthenticated);
        let telephone = Telephone(sessions::enrol(platform, id.expose_secret()).await.unwrap().secret);
        let confirm =
            async |code: &SecretString| sessions::confirm_enrolment(platform, id.expose_secret(), code, None).await;
        assert_eq!(confirm(&"000000".into()).await.err().unwrap().field, Some("code"));
        let (who, codes) = confirm(&telephone.shows(0)).await.unwrap();
        assert_eq!(codes.len(), 10);
        sessions::begin(platform, &CENTRAL, &who, None, None).await.unwrap();
        assert_eq!(confirm(&telephone.shows(0)).await.err().unwrap().kind, Kind::Unauthenticated);
        assert_eq!(awaits("boss@example.com").await, Some(Awaits::Code));
        // To take it away where it is required ends the sessions: the next sign-in asks for another.
        let boss = admins::find(platform, &Actor::operator(), "boss@example.com").await.unwrap();
        forget_tries(platform).await;
        assert!(second_factor::remove(platform, &me(&boss), "x", &PASSWORD.into(), &codes[0]).await.unwrap());
        assert_eq!(number(platform, "select count(*) from sessions").await, 0);
        assert_eq!(awaits("boss@example.com").await, enrolment);
    }
}

#[tokio::test]
async fn one_that_was_lost_is_reset_by_whoever_manages_admins_and_it_is_written_down() {
    for Scene { world, telephone, .. } in scenes().await {
        let platform = &world.platform;
        at(platform, 60_000).await;
        let (who, _) =
            prove(platform, &pend(platform, "ada@example.com").await, &telephone.shows(60_000)).await.unwrap();
        let id = sessions::begin(platform, &CENTRAL, &who, None, None).await.unwrap();
        let listed = admins::find(platform, &Actor::operator(), "ada@example.com").await.unwrap();
        assert!(listed.second_factor);
        // At a session that she has left open nobody takes it away, nor gives her another password.
        let own = Actor { admin_id: Some(listed.id.clone()), ..crate::world::actor(Role::Superadmin) };
        let refused = [
            second_factor::reset(platform, &own, "ada@example.com").await.unwrap_err(),
            admins::reset_password(platform, &own, "ada@example.com", PASSWORD.into()).await.unwrap_err(),
        ];
        assert!(refused.iter().all(|error| error.kind == Kind::Conflict), "{refused:?}");
        let after = second_factor::reset(platform, &Actor::operator(), "Ada@Example.com").await.unwrap();
        assert!(!after.second_factor);
        assert!(sessions::resume(platform, &CENTRAL, id.expose_secret()).await.unwrap().is_none());
        assert_eq!(password(platform, "ada@example.com").await.unwrap().awaits(), None);
        // Nothing changed, nothing happens.
        second_factor::reset(platform, &Actor::operator(), "ada@example.com").await.unwrap();
        assert_eq!(number(platform, "select count(*) from audit where action = 'admin.reset_2fa'").await, 1);
    }
}

#[tokio::test]
async fn a_telephone_goes_on_when_the_key_is_changed() {
    let world = World::new().await;
    let platform = &world.platform;
    let ada = admin(platform, "ada@example.com", Role::Admin).await;
    at(platform, 0).await;
    let (telephone, _) = enrolled(platform, &ada, 0).await;
    let old = platform.config.keys.clone();
    let new = neo::config::Keys { current: crate::world::new_keys().current, old: old.current.into_iter().collect() };
    let renewed = world.reopened(new.clone()).await.unwrap();
    let alone = || neo::config::Keys { old: Vec::new(), ..new.clone() };
    let early = world.reopened(alone()).await.err().unwrap();
    assert!(early.message.contains("1 credential is still sealed"), "{early}");
    let counted = neo::vault::status(&renewed, &Actor::operator()).await.unwrap();
    assert_eq!(counted.keys.iter().map(|key| key.factors).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(neo::vault::rewrap(&renewed, &Actor::operator()).await.unwrap().rewrapped, 1);
    let alone = world.reopened(alone()).await.unwrap();
    at(&alone, 60_000).await;
    comes_in(&alone, "ada@example.com", &telephone.shows(60_000)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_changed_while_they_come_in_is_not_in() {
    for world in worlds().await {
        let (platform, operator) = (&world.platform, Actor::operator());
        let ada = admin(platform, "ada@example.com", Role::Admin).await;
        at(platform, 0).await;
        let (telephone, _) = enrolled(platform, &ada, 0).await;
        let mut outcomes = [0, 0];
        for n in 1..=40 {
            let (now, wait) = (n * 60_000, std::time::Duration::from_millis((n % 6) as u64));
            at(platform, now).await;
            forget_tries(platform).await;
            let id = pend(platform, "ada@example.com").await;
            let code = telephone.shows(now);
            let comes_in = async {
                let (who, _) = prove(platform, &id, &code).await?;
                sessions::begin(platform, &CENTRAL, &who, None, None).await
            };
            let changed = async {
                tokio::time::sleep(wait).await;
                let role = if n % 2 == 0 { Role::Admin } else { Role::Support };
                admins::set_role(platform, &operator, &ada.id, role).await.unwrap();
            };
            let (came_in, ()) = tokio::join!(comes_in, changed);
            outcomes[usize::from(came_in.is_ok())] += 1;
            if let Ok(session) = came_in {
                let is_in = sessions::resume(platform, &CENTRAL, session.expose_secret()).await.unwrap().is_some();
                assert!(!is_in, "round {n}, after {wait:?}");
            }
        }
        assert_eq!(outcomes.iter().sum::<i32>(), 40, "{outcomes:?}");
    }
}
