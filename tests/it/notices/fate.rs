//! Once, whoever runs; again rather than lost; for a day.

use std::sync::Arc;
use std::time::Duration;

use neo::actor::{Actor, Role};
use neo::channels;
use neo::error::Kind;
use neo::notices;
use neo::tenants;
use neo::vault;
use neo_model::{ChannelKind, NoticeKind, NoticeState};
use secrecy::ExposeSecret;

use super::Manner::{Answers, Hangs, Unreached};
use super::{Receivers, Sender, channel, new, told};
use crate::accounts::{tamper, worlds};
use crate::runs::{fleet, provisioned};
use crate::world::{World, actor, new_keys};

/// Something that is told.
async fn happens(world: &World, slug: &str) {
    tenants::quarantine(&world.platform, &Actor::operator(), slug, "odd", None, None).await.unwrap();
}

async fn again_now(world: &World) {
    tamper(&world.platform, "update deliveries set next_at = 0, until = null where state = 'waiting'").await;
    tamper(&world.platform, "update channels set rest_until = 0").await;
    world.platform.bell.notify_waiters();
}

/// What became of the newest, once it was tried so often.
async fn tried(world: &World, times: i64) -> neo_model::NoticeRow {
    loop {
        let newest = told(world, "ops").await.remove(0);
        if newest.tries == times
            && (newest.error.is_some() || newest.sent_at.is_some())
            && newest.next_at.is_none_or(|at| at > 0)
        {
            return newest;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_who_send_each_notice_is_sent_once() {
    for world in worlds().await {
        let slugs: Vec<String> = (0..12).map(|n| format!("t-{n:02}")).collect();
        let world = provisioned(world, &slugs.iter().map(String::as_str).collect::<Vec<_>>()).await;
        channel(&world.platform, "ops", &[NoticeKind::Quarantine], None).await;
        let other = world.reopened(world.platform.config.keys.clone()).await.unwrap();
        let receivers = Receivers::default();
        let _senders = [Sender::of(&world.platform, &receivers), Sender::of(&other, &receivers)];
        for slug in &slugs {
            happens(&world, slug).await;
        }
        receivers.wait(slugs.len()).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        let mut ids: Vec<_> = receivers.all().iter().map(|got| got.header("webhook-id").to_owned()).collect();
        ids.sort();
        ids.dedup();
        assert_eq!((ids.len(), receivers.all().len()), (slugs.len(), slugs.len()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_whose_sender_has_died_is_sent_again_with_the_same_id_and_body() {
    for world in worlds().await {
        let world = provisioned(world, &["acme"]).await;
        channel(&world.platform, "ops", &[NoticeKind::Quarantine], None).await;
        let receivers = Receivers::default();
        receivers.will([Hangs]);
        let dies = Sender::of(&world.platform, &receivers);
        happens(&world, "acme").await;
        receivers.wait(1).await;
        // It is in the hands of one who has died. Nobody takes it while they may live.
        drop(dies);
        let other = world.reopened(world.platform.config.keys.clone()).await.unwrap();
        let _sender = Sender::of(&other, &receivers);
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(receivers.all().len(), 1);
        let moved = tamper(&world.platform, "update deliveries set until = (select now_ms from clock) - 1").await;
        assert_eq!(moved, 1);
        let got = receivers.wait(2).await;
        assert_eq!((got[0].header("webhook-id"), &got[0].body), (got[1].header("webhook-id"), &got[1].body));
        assert_eq!(tried(&world, 2).await.state, NoticeState::Sent);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_takes_nothing_is_tried_for_a_day_and_its_fate_is_told() {
    let world = fleet(&["acme"]).await;
    let platform = &world.platform;
    channel(platform, "ops", &[NoticeKind::Quarantine], None).await;
    let receivers = Receivers::default();
    receivers.will([
        Answers(500, None, "out of order"),
        Answers(429, Some("600"), "slow down"),
        Answers(302, None, "elsewhere"),
        Unreached,
        Answers(404, None, "no such thing as ops-hush-hush"),
        Answers(503, None, ""),
    ]);
    let _sender = Sender::of(platform, &receivers);
    happens(&world, "acme").await;
    for (tries, why, pause) in [
        (1, "it answered 500: out of order", 5_000),
        (2, "it has had too many messages (429): slow down", 600_000),
        (3, "it sends elsewhere (302), and that is not followed", 120_000),
        (4, "the connection was refused", 600_000),
        (5, "it answered 404", 1_800_000),
    ] {
        let fate = tried(&world, tries).await;
        assert_eq!((fate.state, fate.error.as_deref()), (NoticeState::Waiting, Some(why)));
        let now = neo::central::now(&mut platform.central.read().await.unwrap()).await.unwrap();
        let left = fate.next_at.unwrap() - now;
        assert!((pause - 4_000..=pause).contains(&left), "{tries}: {left}");
        let row = channels::find(platform, &Actor::operator(), "ops").await.unwrap();
        assert_eq!((row.waiting, row.sent, row.last.unwrap().tries), (1, 0, tries));
        again_now(&world).await;
    }
    assert_eq!(tried(&world, 6).await.state, NoticeState::Waiting);
    tamper(platform, "update notices set made_at = made_at - 24 * 3600000").await;
    receivers.will([Answers(500, None, "still")]);
    again_now(&world).await;
    let fate = tried(&world, 7).await;
    assert_eq!(
        (fate.state, fate.error.as_deref(), fate.next_at),
        (NoticeState::GivenUp, Some("it answered 500: still"), None)
    );
    let found = async || {
        let all = neo::doctor::examine(platform, &Actor::operator()).await.unwrap();
        let finding = all.into_iter().find(|finding| finding.area == "channel").unwrap();
        (finding.ok, finding.message, finding.remedy)
    };
    let remedy = "see whether it is mended: neo channel test ops";
    assert_eq!(
        found().await,
        (false, "the last notice was given up: it answered 500: still".into(), Some(remedy.into()))
    );
    // Another is taken, and what is old is forgotten in the end.
    tenants::release(platform, &Actor::operator(), "acme").await.unwrap();
    happens(&world, "acme").await;
    assert_eq!(tried(&world, 1).await.state, NoticeState::Sent);
    assert!(found().await.0);
    let ids: std::collections::BTreeSet<_> =
        receivers.all().iter().map(|got| got.header("webhook-id").to_owned()).collect();
    assert_eq!((receivers.all().len(), ids.len()), (8, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_hangs_keeps_no_other_waiting() {
    let world = fleet(&["acme"]).await;
    let platform = &world.platform;
    for name in ["first", "second", "third"] {
        channel(platform, name, &[NoticeKind::Quarantine], None).await;
    }
    let receivers = Receivers::default();
    receivers.will([Hangs]);
    let _sender = Sender::of(platform, &receivers);
    let since = std::time::Instant::now();
    happens(&world, "acme").await;
    receivers.wait(3).await;
    assert!(since.elapsed() < Duration::from_secs(3), "{:?}", since.elapsed());
    // And is given up after ten seconds.
    let fate = async {
        loop {
            for name in ["first", "second", "third"] {
                if let Some(error) = told(&world, name).await.remove(0).error {
                    return error;
                }
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    assert_eq!(fate.await, "nothing came within 10 s");
    assert!((9..14).contains(&since.elapsed().as_secs()), "{:?}", since.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_switched_off_is_told_nothing_and_one_that_is_removed_has_nothing_left() {
    let world = fleet(&["acme", "beta"]).await;
    let (platform, operator) = (&world.platform, Actor::operator());
    channel(platform, "ops", &[NoticeKind::Quarantine], None).await;
    happens(&world, "acme").await;
    assert!(!channels::set_enabled(platform, &operator, "ops", false).await.unwrap().enabled);
    happens(&world, "beta").await;
    let receivers = Receivers::default();
    let _sender = Sender::of(platform, &receivers);
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert_eq!((receivers.all().len(), told(&world, "ops").await.len()), (0, 1));
    // A test comes all the same, and is not tried again.
    receivers.will([Answers(500, None, "no")]);
    let fate = notices::test(platform, &operator, &receivers, "ops").await.unwrap();
    assert_eq!(
        (fate.state, fate.kind, fate.error.as_deref()),
        (NoticeState::GivenUp, NoticeKind::Test, Some("it answered 500: no"))
    );
    let fate = notices::test(platform, &operator, &receivers, "ops").await.unwrap();
    assert_eq!((fate.state, fate.tries), (NoticeState::Sent, 1));
    channels::set_enabled(platform, &operator, "ops", true).await.unwrap();
    assert_eq!(receivers.wait(3).await[2].notice().title, "Tenant acme is in quarantine");
    channels::remove(platform, &operator, "ops").await.unwrap();
    let error = channels::find(platform, &operator, "ops").await.unwrap_err();
    assert_eq!(error.kind, Kind::NotFound);
    let acts: Vec<_> = neo::audit::list(platform, &operator, &Default::default()).await.unwrap();
    let acts: Vec<_> = acts.iter().map(|row| row.action.as_str()).filter(|act| act.starts_with("channel.")).collect();
    assert_eq!(acts, ["channel.remove", "channel.set", "channel.test", "channel.test", "channel.set", "channel.add"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_sends_what_it_has_caused_and_nothing_where_it_has_caused_nothing() {
    let world = fleet(&["acme"]).await;
    let platform = &world.platform;
    channel(platform, "ops", &[NoticeKind::Quarantine], None).await;
    let receivers = Receivers::default();
    let left = notices::send_own(platform, Arc::new(receivers.clone()), Duration::from_secs(1)).await.unwrap();
    assert_eq!((left.waiting, left.why, receivers.all().len()), (0, None, 0));
    happens(&world, "acme").await;
    receivers.will([Answers(500, None, "no")]);
    let left = notices::send_own(platform, Arc::new(receivers.clone()), Duration::from_secs(5)).await.unwrap();
    assert_eq!((left.waiting, left.why.as_deref()), (1, Some("it answered 500: no")));
    // What it did not cause waits for whoever comes.
    again_now(&world).await;
    tamper(platform, "update notices set made_at = made_at - 60000").await;
    notices::send_own(platform, Arc::new(receivers.clone()), Duration::from_secs(5)).await.unwrap();
    assert_eq!(receivers.all().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_secret_of_a_channel_is_sealed_and_changes_keys_with_everything_else() {
    for world in worlds().await {
        let (platform, operator) = (&world.platform, Actor::operator());
        let (row, key) = channel(platform, "ops", &[NoticeKind::Quarantine], None).await;
        let kept: String = sqlx::query_scalar("select sealed || shown || kinds from channels")
            .fetch_one(&mut *platform.central.read().await.unwrap())
            .await
            .unwrap();
        assert!(!kept.contains("hush") && kept.starts_with("v1:"), "{kept}");
        assert!(!serde_json::to_string(&row).unwrap().contains("hush"));
        let first = platform.config.keys.clone();
        let second = neo::config::Keys { old: vec![first.current.clone().unwrap()], ..new_keys() };
        let rotated = world.reopened(second.clone()).await.unwrap();
        let count = async |platform: &neo::Platform| {
            let status = vault::status(platform, &operator).await.unwrap();
            status.keys.iter().map(|key| (key.current, key.channels)).collect::<Vec<_>>()
        };
        assert_eq!(count(&rotated).await, [(true, 0), (false, 1)]);
        assert_eq!(vault::rewrap(&rotated, &operator).await.unwrap().rewrapped, 1);
        assert_eq!(count(&rotated).await, [(true, 1), (false, 0)]);
        let receivers = Receivers::default();
        notices::test(&rotated, &operator, &receivers, "ops").await.unwrap();
        let got = receivers.all().remove(0);
        let signed = ["webhook-id", "webhook-timestamp", "webhook-signature"].map(|name| got.header(name));
        assert!(notices::verify(&key, signed, &got.body, signed[1].parse().unwrap()));
        // A row that somebody has changed opens nothing.
        tamper(&rotated, "update channels set anywhere = 1").await;
        let fate = notices::test(&rotated, &operator, &receivers, "ops").await.unwrap();
        assert_eq!((fate.state, receivers.all().len()), (NoticeState::GivenUp, 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_goes_by_the_mail_server_and_is_known_by_the_same_id() {
    let letterbox = crate::accounts::mail::letterbox(crate::accounts::mail::Manner::Takes).await;
    let url = letterbox.url.clone();
    let world = World::with(|config| {
        config.smtp_url = Some(url.into());
        config.smtp_from = Some("Neo <neo@example.com>".into());
    })
    .await;
    let world = provisioned(world, &["acme"]).await;
    let platform = &world.platform;
    let mail = new("ops", ChannelKind::Mail, &[NoticeKind::Quarantine], None);
    let (row, secret) = channels::add(platform, &actor(Role::Superadmin), mail).await.unwrap();
    assert!(secret.is_none() && row.address == "ops@example.com");
    let _sender = Sender::of(platform, &Receivers::default());
    let reason = "odd\r\nBcc: evil@example.com\nhttps://evil.example";
    tenants::quarantine(platform, &Actor::operator(), "acme", reason, None, None).await.unwrap();
    let fate = tried(&world, 1).await;
    assert_eq!(fate.state, NoticeState::Sent, "{fate:?}");
    let letters = letterbox.letters.lock().unwrap().clone();
    let letter = letters[0].replace("=\n", "").replace("=3D", "=");
    for part in [
        "To: ops@example.com",
        "Subject: [development] Tenant acme is in quarantine",
        &format!("Message-ID: <{}@example.com>", fate.id),
        "Auto-Submitted: auto-generated",
        "http://central.localhost:3000/tenants/acme",
    ] {
        assert!(letter.contains(part), "{part}: {letter}");
    }
    assert!(!letter.contains("\nBcc:") && !letter.contains("https://evil"), "{letter}");
    assert!(!platform.config.database_url.expose_secret().is_empty());
}

/// What else there is to tell is not told to whoever has just asked to be left alone.
#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_asks_for_patience_is_left_alone_by_everything() {
    for world in worlds().await {
        let world = provisioned(world, &["acme", "beta"]).await;
        let platform = &world.platform;
        channel(platform, "ops", &[NoticeKind::Quarantine], None).await;
        let receivers = Receivers::default();
        receivers.will([Answers(429, Some("600"), "slow down")]);
        let _sender = Sender::of(platform, &receivers);
        happens(&world, "acme").await;
        tried(&world, 1).await;
        happens(&world, "beta").await;
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert_eq!(receivers.all().len(), 1);
        again_now(&world).await;
        receivers.wait(3).await;
    }
}
