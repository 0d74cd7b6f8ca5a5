//! Who may sign in to the console.

use neo::actor::{Actor, Role};
use neo::admins::{self, NewAdmin};
use neo::error::Kind;
use neo::sessions::{self, Audience};
use secrecy::ExposeSecret;

use super::{PASSWORD, admin, number, tamper, worlds};

fn new(email: &str, password: &str, first_name: &str, last_name: &str) -> NewAdmin {
    NewAdmin {
        email: email.into(),
        password: password.into(),
        first_name: first_name.into(),
        last_name: last_name.into(),
        role: Role::Support,
    }
}

#[tokio::test]
async fn an_admin_is_created_once_and_found_by_id_and_by_any_spelling_of_the_email() {
    for world in worlds().await {
        let (platform, operator) = (&world.platform, Actor::operator());
        let ada = admin(platform, " Ada@Example.com", Role::Admin).await;
        assert_eq!((ada.email.as_str(), ada.role, ada.disabled), ("Ada@Example.com", Role::Admin, false));
        for key in [ada.id.as_str(), "ada@example.com", "ADA@EXAMPLE.COM "] {
            assert_eq!(admins::find(platform, &operator, key).await.unwrap().id, ada.id);
        }
        let again = new("ada@example.COM", PASSWORD, "Ada", "Again");
        let error = admins::create(platform, &operator, again).await.unwrap_err();
        assert_eq!((error.kind, error.field), (Kind::Conflict, Some("email")));
        assert!(error.message.contains("ada@example.COM"), "{error}");
        let error = admins::find(platform, &operator, "adda@example.com").await.unwrap_err();
        assert_eq!((error.kind, error.nearest), (Kind::NotFound, vec!["Ada@Example.com".to_owned()]));
        assert_eq!(admins::list(platform, &operator).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn what_is_wrong_is_said_by_its_field_and_nothing_is_kept() {
    let world = crate::world::World::new().await;
    let (platform, operator) = (&world.platform, Actor::operator());
    let tries = [
        ("email", new("ada", PASSWORD, "Ada", "Lovelace")),
        ("first_name", new("ada@example.com", PASSWORD, " ", "Lovelace")),
        ("last_name", new("ada@example.com", PASSWORD, "Ada", "")),
        ("password", new("ada@example.com", "short", "Ada", "Lovelace")),
        ("password", new("ada@example.com", "ada@example.com", "Ada", "Lovelace")),
    ];
    for (field, new) in tries {
        let error = admins::create(platform, &operator, new).await.unwrap_err();
        assert_eq!((error.kind, error.field), (Kind::Invalid, Some(field)));
    }
    assert!(admins::none_yet(platform).await.unwrap());
}

#[tokio::test]
async fn the_last_superadmin_stays() {
    for world in worlds().await {
        let (platform, operator) = (&world.platform, Actor::operator());
        admin(platform, "ada@example.com", Role::Superadmin).await;
        admin(platform, "sue@example.com", Role::Superadmin).await;
        admins::disable(platform, &operator, "sue@example.com").await.unwrap();
        let demote = admins::set_role(platform, &operator, "ada@example.com", Role::Admin).await.unwrap_err();
        let disable = admins::disable(platform, &operator, "ada@example.com").await.unwrap_err();
        assert_eq!((demote.kind, disable.kind), (Kind::Conflict, Kind::Conflict), "a disabled one does not count");
        assert_eq!(demote.message, "ada@example.com is the last superadmin");
        admins::enable(platform, &operator, "sue@example.com").await.unwrap();
        let ada = admins::set_role(platform, &operator, "ada@example.com", Role::Admin).await.unwrap();
        assert_eq!(ada.role, Role::Admin);
    }
}

#[tokio::test]
async fn two_superadmins_who_demote_each_other_at_once_do_not_both_succeed() {
    for world in worlds().await {
        let operator = Actor::operator();
        for round in 0..10 {
            let (ada, sue) = (format!("ada{round}@example.com"), format!("sue{round}@example.com"));
            admin(&world.platform, &ada, Role::Superadmin).await;
            admin(&world.platform, &sue, Role::Superadmin).await;
            let (one, other) = tokio::join!(
                admins::set_role(&world.platform, &operator, &sue, Role::Admin),
                admins::disable(&world.platform, &operator, &ada),
            );
            assert!(one.is_ok() != other.is_ok(), "round {round}: {one:?} {other:?}");
            let left = "select count(*) from admins where role = 'superadmin' and status = 'active'";
            assert_eq!(number(&world.platform, left).await, 1);
            tamper(&world.platform, "update admins set role = 'support'").await;
        }
    }
}

#[tokio::test]
async fn a_change_of_role_status_or_password_ends_the_sessions() {
    for world in worlds().await {
        let (platform, operator) = (&world.platform, Actor::operator());
        admin(platform, "root@example.com", Role::Superadmin).await;
        admin(platform, "ada@example.com", Role::Support).await;
        let mut password = PASSWORD.to_owned();
        for change in ["role", "status", "password", "end"] {
            let who =
                sessions::sign_in(platform, &Audience::Central, "ada@example.com", &password.clone().into(), None)
                    .await
                    .unwrap();
            let id = sessions::begin(platform, &Audience::Central, &who, None, None).await.unwrap();
            let alive =
                async || sessions::resume(platform, &Audience::Central, id.expose_secret()).await.unwrap().is_some();
            assert!(alive().await);
            match change {
                "role" => drop(admins::set_role(platform, &operator, "ada@example.com", Role::Admin).await.unwrap()),
                "status" => {
                    admins::disable(platform, &operator, "ada@example.com").await.unwrap();
                    admins::enable(platform, &operator, "ada@example.com").await.unwrap();
                }
                "password" => {
                    password = "quite another long phrase".into();
                    let new = password.clone().into();
                    admins::reset_password(platform, &operator, "ada@example.com", new).await.unwrap();
                }
                _ => assert_eq!(admins::end_sessions(platform, &operator, "ada@example.com").await.unwrap(), 1),
            }
            assert!(!alive().await, "after a change of {change}");
            // A sign-in verified before the change gives no session after it.
            let late = sessions::begin(platform, &Audience::Central, &who, None, None).await.unwrap_err();
            assert_eq!(late.kind, Kind::Unauthenticated, "{change}");
        }
    }
}

#[tokio::test]
async fn the_set_up_link_makes_the_first_superadmin_once() {
    for world in worlds().await {
        let platform = &world.platform;
        assert!(admins::none_yet(platform).await.unwrap());
        let earlier = admins::new_setup_token(platform).await.unwrap();
        let token = admins::new_setup_token(platform).await.unwrap();
        assert!(
            !admins::setup_token_is_valid(platform, earlier.expose_secret()).await.unwrap(),
            "there is a newer one"
        );
        assert!(admins::setup_token_is_valid(platform, token.expose_secret()).await.unwrap());
        assert!(!admins::setup_token_is_valid(platform, "another").await.unwrap());
        let wanted = || new("ada@example.com", PASSWORD, "Ada", "Lovelace");
        let error = admins::redeem_setup(platform, "another", wanted()).await.unwrap_err();
        assert_eq!(error.kind, Kind::Denied);
        let weak = new("ada@example.com", "weak", "Ada", "Lovelace");
        assert_eq!(admins::redeem_setup(platform, token.expose_secret(), weak).await.unwrap_err().kind, Kind::Invalid);

        let at_once = futures::future::join_all(
            [&token, &token, &earlier].map(|token| admins::redeem_setup(platform, token.expose_secret(), wanted())),
        );
        let made: Vec<_> = at_once.await.into_iter().filter_map(Result::ok).collect();
        assert_eq!(made.len(), 1);
        assert_eq!(made[0].role, Role::Superadmin, "whatever was asked for");
        assert!(!admins::setup_token_is_valid(platform, token.expose_secret()).await.unwrap());
        assert!(admins::redeem_setup(platform, token.expose_secret(), wanted()).await.is_err());
        assert_eq!(admins::new_setup_token(platform).await.unwrap_err().kind, Kind::Conflict);
        assert_eq!(number(platform, "select count(*) from admins").await, 1);
    }
}

#[tokio::test]
async fn a_set_up_link_lasts_half_an_hour() {
    for world in worlds().await {
        let token = admins::new_setup_token(&world.platform).await.unwrap();
        let left = "select expires_at - (select now_ms from clock) from setup_links";
        assert!((29 * 60_000..=30 * 60_000).contains(&number(&world.platform, left).await));
        tamper(&world.platform, "update setup_links set expires_at = expires_at - 1800000").await;
        assert!(!admins::setup_token_is_valid(&world.platform, token.expose_secret()).await.unwrap());
    }
}
