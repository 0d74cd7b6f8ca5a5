//! Where a channel may lead, and who may say so.

use neo::actor::{Actor, Door, Role};
use neo::channels::{self, NewChannel};
use neo::error::Kind;
use neo::notices;
use neo_model::{ChannelKind, NoticeKind, NoticeState};

use super::{Receivers, new};
use crate::world::{World, actor};

fn at(address: &str) -> NewChannel {
    NewChannel { address: address.to_owned().into(), ..new("ops", ChannelKind::Webhook, &[NoticeKind::Failed], None) }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_private_is_named_by_whoever_is_at_the_machine_and_by_nobody_else() {
    let world = World::new().await;
    let platform = &world.platform;
    let program = Actor { door: Door::Api, ..actor(Role::Superadmin) };
    for private in [
        "https://localhost/x",
        "https://a.localhost:8443/x",
        "https://127.0.0.1/x",
        "https://127.1/x",
        "https://2130706433/x",
        "https://0x7f000001/x",
        "https://[::1]/x",
        "https://[::ffff:127.0.0.1]/x",
        "https://[64:ff9b::7f00:1]/x",
        "https://10.0.0.1/x",
        "https://192.168.1.1/x",
        "https://169.254.169.254/latest",
        "https://[fe80::1]/x",
        "https://[fd00::1]/x",
        "https://0.0.0.0/x",
        "http://1.1.1.1/x",
    ] {
        for who in [actor(Role::Superadmin), program.clone()] {
            let error = channels::add(platform, &who, at(private)).await.err().unwrap();
            assert_eq!((error.kind, error.field), (Kind::Invalid, Some("address")), "{private}: {error}");
            assert!(error.hint.is_some() && !format!("{error:?}").contains("latest"), "{error:?}");
        }
        let (row, _) = channels::add(platform, &Actor::operator(), at(private)).await.unwrap();
        assert!(row.anywhere, "{private}");
        channels::remove(platform, &Actor::operator(), "ops").await.unwrap();
    }
    for wrong in ["x", "ftp://1.1.1.1/x", "https://", "https://user:hush@1.1.1.1/x", "mailto:a@example.com"] {
        for who in [actor(Role::Superadmin), Actor::operator()] {
            let error = channels::add(platform, &who, at(wrong)).await.err().unwrap();
            assert!(error.kind == Kind::Invalid && !format!("{error:?}").contains("hush"), "{wrong}: {error:?}");
        }
    }
    // One in everybody's network is asked where it was found, whoever has named it.
    let receivers = Receivers::default();
    for who in [actor(Role::Superadmin), Actor::operator()] {
        let (row, _) = channels::add(platform, &who, at("https://1.1.1.1:8443/x")).await.unwrap();
        assert!(!row.anywhere && row.address == "https://1.1.1.1:8443");
        let fate = notices::test(platform, &actor(Role::Superadmin), &receivers, "ops").await.unwrap();
        assert_eq!(fate.state, NoticeState::Sent);
        channels::remove(platform, &Actor::operator(), "ops").await.unwrap();
    }
    assert!(receivers.all().iter().all(|got| got.pinned) && receivers.all().len() == 2);
    // A name is weighed again whenever something goes there.
    channels::add(platform, &actor(Role::Superadmin), at("https://nowhere.invalid/x")).await.unwrap();
    let fate = notices::test(platform, &actor(Role::Superadmin), &receivers, "ops").await.unwrap();
    assert_eq!((fate.state, receivers.all().len()), (NoticeState::GivenUp, 2));
    assert!(fate.error.unwrap().starts_with("its address cannot be found"));
}

#[tokio::test]
async fn what_a_channel_is_to_be_is_refused_in_words() {
    let world = World::new().await;
    let platform = &world.platform;
    let who = actor(Role::Superadmin);
    let good = || new("ops", ChannelKind::Slack, &[NoticeKind::Failed, NoticeKind::Failed], None);
    for (field, wrong) in [
        ("name", NewChannel { name: "a b".into(), ..good() }),
        ("name", NewChannel { name: "..".into(), ..good() }),
        ("on", NewChannel { on: vec![], ..good() }),
        ("on", NewChannel { on: vec![NoticeKind::Test], ..good() }),
        ("tag", NewChannel { tag: Some("a b!".into()), ..good() }),
        ("address", NewChannel { kind: ChannelKind::Mail, address: "ops@example.com".to_owned().into(), ..good() }),
    ] {
        let error = channels::add(platform, &who, wrong).await.err().unwrap();
        assert_eq!((error.kind, error.field), (Kind::Invalid, Some(field)), "{error}");
    }
    let (row, secret) = channels::add(platform, &who, good()).await.unwrap();
    assert_eq!((row.on, secret.is_none()), (vec![NoticeKind::Failed], true));
    let again = channels::add(platform, &who, good()).await.err().unwrap();
    assert_eq!((again.kind, again.field), (Kind::Conflict, Some("name")));
    let near = channels::find(platform, &who, "opps").await.err().unwrap();
    assert_eq!(near.nearest, ["ops"]);
}
