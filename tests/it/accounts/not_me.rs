//! Somebody else was in: what one does about it, and what it ends.

use neo::actor::{Actor, Role};
use neo::error::Kind;
use neo::sessions::{self, Audience, Whence};
use secrecy::{ExposeSecret, SecretString};
use std::time::Duration;

use super::{PASSWORD, admin, number, worlds};
use crate::world::actor;

const CENTRAL: Audience = Audience::Central;

#[tokio::test]
async fn whoever_says_that_it_was_not_them_goes_on_alone_with_the_session_they_said_it_in() {
    for world in worlds().await {
        let platform = &world.platform;
        let ada = admin(platform, "ada@example.com", Role::Support).await;
        let other = admin(platform, "sue@example.com", Role::Support).await;
        let sign_in =
            async |email: &str| sessions::sign_in(platform, &CENTRAL, email, &PASSWORD.into(), None).await.unwrap();
        let begin = async |email: &str| {
            let who = sign_in(email).await;
            sessions::begin(platform, &CENTRAL, &who, None, Some("curl/8.5.0")).await.unwrap()
        };
        let (mine, theirs, sues) =
            (begin("ada@example.com").await, begin("ada@example.com").await, begin("sue@example.com").await);
        let known = sessions::remember(platform, &CENTRAL, &ada.id, &ada.email, None).await.unwrap();
        let found =
            async |cookie: &SecretString| sessions::resume(platform, &CENTRAL, cookie.expose_secret()).await.unwrap();
        let this = found(&mine).await.unwrap();
        assert_eq!(sessions::device(this.user_agent.as_deref()), "curl 8");
        let me = Actor { admin_id: Some(ada.id.clone()), name: ada.email.clone(), ..actor(Role::Support) };

        assert_eq!(sessions::not_me(platform, &me, &this.id_hash).await.unwrap(), 1);
        let kept = found(&mine).await.expect("the session that says so goes on");
        assert!(kept.signed_in_ago >= this.signed_in_ago, "and is no younger for it");
        assert!(found(&theirs).await.is_none());
        assert!(found(&sues).await.is_some(), "others are not concerned: {}", other.email);
        let from = Whence { address: None, device: Some(known.expose_secret()) };
        sessions::sign_in(platform, &CENTRAL, "ada@example.com", &"wrong".into(), from).await.unwrap_err();
        let counted = "select count(*) from throttles where key like 'account:%' and failures > 0";
        assert_eq!(number(platform, counted).await, 1, "no browser is known any more");
        let written = "select count(*) from audit where action = 'session.not_me' and body like '%\"sessions\":1%'";
        assert_eq!(number(platform, written).await, 1);
        // Also where there was nobody else: that it was said is in the record.
        assert_eq!(sessions::not_me(platform, &me, &this.id_hash).await.unwrap(), 0);
        assert_eq!(number(platform, "select count(*) from audit where action = 'session.not_me'").await, 2);
        assert!(found(&mine).await.is_some());
        sessions::change_password(platform, &me, &this.id_hash, &PASSWORD.into(), &"seven small boats at noon".into())
            .await
            .unwrap();
        assert!(found(&mine).await.is_some());
    }
}

#[tokio::test]
async fn whoever_has_a_second_factor_has_proven_it_lately_before_they_choose_a_password() {
    for world in worlds().await {
        let platform = &world.platform;
        let ada = admin(platform, "ada@example.com", Role::Support).await;
        let who = sessions::sign_in(platform, &CENTRAL, "ada@example.com", &PASSWORD.into(), None).await.unwrap();
        let cookie = sessions::begin(platform, &CENTRAL, &who, None, None).await.unwrap();
        let this = sessions::resume(platform, &CENTRAL, cookie.expose_secret()).await.unwrap().unwrap();
        let fresh = Actor { admin_id: Some(ada.id.clone()), name: ada.email.clone(), ..actor(Role::Support) };
        let stale = Actor { signed_in_ago: Some(Duration::from_secs(601)), ..fresh.clone() };
        let (first, second, third) =
            ("seven small boats at noon", "nine large ships at dusk", "four quiet carts at dawn");
        let change = async |me: &Actor, old: &str, new: &str| {
            sessions::change_password(platform, me, &this.id_hash, &old.into(), &new.into()).await
        };
        change(&stale, PASSWORD, first).await.unwrap();
        let begun = neo::second_factor::begin(platform, &fresh).await.unwrap();
        let secret = totp_rs::Secret::try_from_base32(begun.secret.expose_secret().replace(' ', "")).unwrap();
        let telephone = totp_rs::Builder::new().with_secret(secret).with_account_name("x").build().unwrap();
        let code = telephone.generate(std::time::UNIX_EPOCH.elapsed().unwrap().as_secs()).to_string();
        neo::second_factor::confirm(platform, &fresh, Some(&this.id_hash), &code.into()).await.unwrap();
        assert_eq!(change(&stale, first, second).await.unwrap_err().kind, Kind::Reauthenticate);
        let half = sessions::sign_in(platform, &CENTRAL, "ada@example.com", &first.into(), None).await.unwrap();
        let half = sessions::pend(platform, &half).await.unwrap();
        assert!(sessions::awaited(platform, half.expose_secret()).await.unwrap().is_some());
        sessions::not_me(platform, &stale, &this.id_hash).await.unwrap();
        assert!(
            sessions::awaited(platform, half.expose_secret()).await.unwrap().is_none(),
            "it is half done no longer"
        );
        change(&fresh, first, third).await.unwrap();
    }
}
