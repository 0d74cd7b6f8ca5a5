//! Whoever's session is ended, or whose password is another, while what they ask for is on its way.

use neo::Platform;
use neo::actor::{Actor, Confinement, Role};
use neo::admins::{self, Admin, Invitation, NewAdmin};
use neo::config::Require;
use neo::error::Kind;
use neo::second_factor::{self, passkeys};
use neo::sessions::{self, Audience, Whence};
use neo::tokens::{self, Lifetime, NewToken};
use secrecy::ExposeSecret;
use totp_rs::{Builder, Secret};

use super::{PASSWORD, admin, number, tamper, worlds};
use crate::authenticator::Device;
use crate::world::World;

const CENTRAL: Audience = Audience::Central;
const RESET: &str = "nine lanterns over the bay";
const CHOSEN: &str = "seven small boats at noon";

/// As the console knows somebody who has just signed in.
async fn signed_in(platform: &Platform, who: &Admin) -> Actor {
    tamper(platform, "delete from throttles").await;
    let known = sessions::sign_in(platform, &CENTRAL, &who.email, &PASSWORD.into(), None).await.unwrap();
    let id = sessions::begin(platform, &CENTRAL, &known, None, None).await.unwrap();
    let session = sessions::resume(platform, &CENTRAL, id.expose_secret()).await.unwrap().unwrap();
    Actor {
        admin_id: Some(who.id.clone()),
        name: who.email.clone(),
        session: Some(session.id_hash),
        ..crate::world::actor(who.role)
    }
}

fn token(name: &str) -> NewToken {
    NewToken {
        name: name.into(),
        role: Role::Admin,
        lifetime: Lifetime::For(86_400_000),
        confinement: Confinement::default(),
        networks: Vec::new(),
        allow_destructive: false,
        connect: false,
    }
}

#[tokio::test]
async fn whoever_was_signed_out_meanwhile_changes_nobody() {
    for world in worlds().await {
        let platform = &world.platform;
        let ada = admin(platform, "ada@example.com", Role::Superadmin).await;
        admin(platform, "bob@example.com", Role::Support).await;
        let me = signed_in(platform, &ada).await;
        let this = me.session.clone().unwrap();
        // Begun while the session was there.
        second_factor::begin(platform, &me).await.unwrap();
        let asked = passkeys::begin(platform, &me, &this).await.unwrap();
        let made = Device::new(&platform.config.central_origin(), &passkeys::domain(platform)).make(&asked);
        let people = number(platform, "select count(*) from admins").await;
        let operator = Actor::operator();
        let kept = crate::windows::add(platform, crate::windows::window(platform, "kept", 0, 60_000).await).await;
        admins::link(platform, &operator, "bob@example.com").await.unwrap();
        let (bobs, _) = tokens::create(platform, &operator, token("bobs")).await.unwrap();

        sessions::end_own(platform, &me, &this).await.unwrap();
        tamper(platform, "delete from throttles").await;
        let new = NewAdmin {
            email: "eve@example.com".into(),
            first_name: "Eve".into(),
            last_name: "Late".into(),
            role: Role::Superadmin,
            password: CHOSEN.into(),
        };
        let invitation = Invitation {
            email: "mallory@example.com".into(),
            role: Role::Superadmin,
            first_name: None,
            last_name: None,
        };
        let refused = [
            sessions::change_password(platform, &me, &this, &PASSWORD.into(), &CHOSEN.into()).await.err(),
            second_factor::confirm(platform, &me, Some(&this), &"000000".into()).await.err(),
            second_factor::renew_codes(platform, &me).await.err(),
            passkeys::enrol(platform, &me, &this, Some(&this), "late", &made).await.err(),
            admins::create(platform, &me, new).await.err(),
            admins::invite(platform, &me, invitation).await.err(),
            admins::link(platform, &me, "bob@example.com").await.err(),
            admins::set_role(platform, &me, "bob@example.com", Role::Superadmin).await.err(),
            admins::reset_password(platform, &me, "bob@example.com", CHOSEN.into()).await.err(),
            second_factor::reset(platform, &me, "bob@example.com").await.err(),
            tokens::create(platform, &me, token("late")).await.err(),
            tokens::revoke(platform, &me, &bobs.id).await.err(),
            admins::revoke(platform, &me, "bob@example.com").await.err(),
            admins::end_sessions(platform, &me, "bob@example.com").await.err(),
            admins::end_all_sessions(platform, &me, None).await.err(),
            neo::windows::set_enabled(platform, &me, &kept.id, false).await.err(),
            neo::windows::remove(platform, &me, &kept.id).await.err(),
        ];
        for (at, error) in refused.into_iter().enumerate() {
            let error = error.unwrap_or_else(|| panic!("{at}: was done"));
            assert_eq!(error.kind, Kind::Unauthenticated, "{at}: {error}");
        }
        for left in [
            "select count(*) from passkeys",
            "select count(*) from recovery_codes",
            "select count(*) from tokens where name <> 'bobs' or revoked_at is not null",
        ] {
            assert_eq!(number(platform, left).await, 0, "{left}");
        }
        for kept in ["select count(*) from admin_links", "select count(*) from windows where enabled = 1"] {
            assert_eq!(number(platform, kept).await, 1, "{kept}");
        }
        assert_eq!(number(platform, "select count(*) from admins").await, people);
        assert_eq!(number(platform, "select count(*) from admins where role = 'superadmin'").await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_was_under_way_never_comes_after_a_reset() {
    for world in worlds().await {
        let platform = &world.platform;
        let ada = admin(platform, "ada@example.com", Role::Admin).await;
        let operator = Actor::operator();
        for round in 0..20 {
            admins::reset_password(platform, &operator, &ada.id, PASSWORD.into()).await.unwrap();
            let me = signed_in(platform, &ada).await;
            let this = me.session.clone().unwrap();
            let change = {
                let platform = platform.clone();
                tokio::spawn(async move {
                    sessions::change_password(&platform, &me, &this, &PASSWORD.into(), &CHOSEN.into()).await
                })
            };
            tokio::time::sleep(std::time::Duration::from_millis(round)).await;
            admins::reset_password(platform, &operator, &ada.id, RESET.into()).await.unwrap();
            drop(change.await.unwrap());
            tamper(platform, "delete from throttles").await;
            let counts = sessions::sign_in(platform, &CENTRAL, &ada.email, &RESET.into(), None).await;
            assert!(counts.is_ok(), "{round}: the password of before the reset is the one that counts");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_factor_that_was_being_set_up_lets_nobody_in_after_a_reset() {
    let world = World::with(|config| config.require_2fa = Some(Require::Everybody)).await;
    let (platform, operator) = (&world.platform, Actor::operator());
    let ada = admin(platform, "ada@example.com", Role::Admin).await;
    for round in 0..20 {
        admins::reset_password(platform, &operator, &ada.id, PASSWORD.into()).await.unwrap();
        second_factor::reset(platform, &operator, &ada.id).await.unwrap();
        tamper(platform, "delete from throttles").await;
        let known = sessions::sign_in(platform, &CENTRAL, &ada.email, &PASSWORD.into(), None).await.unwrap();
        let id = sessions::pend(platform, &known).await.unwrap();
        let secret = sessions::enrol(platform, id.expose_secret()).await.unwrap().secret;
        let base32 = secret.expose_secret().replace(' ', "");
        let totp = Builder::new().with_secret(Secret::try_from_base32(base32).unwrap()).with_account_name("x");
        let now = number(platform, "select now_ms / 1000 from clock").await as u64;
        let code = totp.build().unwrap().generate(now).to_string().into();
        let confirmed = {
            let platform = platform.clone();
            tokio::spawn(async move { sessions::confirm_enrolment(&platform, id.expose_secret(), &code, None).await })
        };
        tokio::time::sleep(std::time::Duration::from_micros(200 * round)).await;
        admins::reset_password(platform, &operator, &ada.id, RESET.into()).await.unwrap();
        if let Ok((who, _)) = confirmed.await.unwrap() {
            let begun = sessions::begin(platform, &CENTRAL, &who, None, None).await;
            assert!(begun.is_err(), "{round}: let in after the reset");
        }
    }
}

#[tokio::test]
async fn of_answers_to_nothing_that_was_asked_nothing_is_written() {
    for world in worlds().await {
        let platform = &world.platform;
        admin(platform, "ada@example.com", Role::Admin).await;
        let rows = number(platform, "select count(*) from audit").await;
        let from = Whence { address: Some("192.0.2.1"), device: None };
        for answer in ["{}", "", "what is this"] {
            let error = sessions::sign_in_by_passkey(platform, "made up", answer, from).await.err().unwrap();
            assert_eq!(error.kind, Kind::Unauthenticated);
        }
        assert_eq!(number(platform, "select count(*) from audit").await, rows);
        // What was asked is counted when it is, and its one answer is written down.
        let (id, _) = sessions::ask_for_passkey(platform, "nobody@example.com", from).await.unwrap();
        for _ in 0..3 {
            sessions::sign_in_by_passkey(platform, id.expose_secret(), "{}", from).await.err().unwrap();
        }
        assert_eq!(number(platform, "select count(*) from audit").await, rows + 1);
    }
}
