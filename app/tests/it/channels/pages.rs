//! The pages of channels, as a browser without scripts sees them, and the functions beside them.

use axum::http::StatusCode;
use neo::actor::{Actor, Role};
use neo::channels::{self, NewChannel};
use neo_model::{ChannelKind, NoticeKind};

use super::receiver::{Manner, Receiver};
use crate::console::signed_in;
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_is_added_tested_switched_and_removed_without_scripts() {
    let world = World::new().await;
    let mut ada = signed_in(&world, Role::Superadmin).await;
    let page = ada.get("/channels").await;
    assert!(page.text.contains("Nobody is told yet") && page.text.contains("href=\"/channels/new\""), "{}", page.text);
    let page = ada.get("/channels/new").await;
    assert!(page.text.contains("A run failed") && page.text.contains("Microsoft Teams"), "{}", page.text);
    let fields = [
        ("name", "ops"),
        ("kind", "webhook"),
        ("address", "https://127.0.0.1/hush-hush"),
        ("on", "failed"),
        ("on", "halted"),
    ];
    let page = ada.post("/channels/new", &fields).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        page.text.contains("on this machine, or in a private network") && !page.text.contains("hush-hush"),
        "{}",
        page.text
    );
    // What was ticked stays ticked.
    assert!(
        page.text.contains("value=\"halted\" checked") || page.text.contains("checked value=\"halted\""),
        "{}",
        page.text
    );
    let fields =
        [("name", "ops"), ("kind", "webhook"), ("address", "https://hooks.example.com/hush-hush"), ("on", "failed")];
    let page = ada.post("/channels/new", &fields).await;
    assert!(page.status == StatusCode::OK && page.text.contains("whsec_"), "{}", page.text);
    assert_eq!(page.headers["cache-control"], "no-store");
    for path in ["/channels", "/channels/ops"] {
        let page = ada.get(path).await;
        assert!(
            page.text.contains("https://hooks.example.com")
                && !page.text.contains("hush")
                && !page.text.contains("whsec"),
            "{}",
            page.text
        );
    }
    let page = ada.post("/channels/ops/off", &[]).await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/channels/ops"), "{}", page.text);
    assert!(ada.get("/channels/ops").await.text.contains("Switch on"));
    ada.post("/channels/ops/on", &[]).await;
    let page = ada.get("/channels/ops/remove").await;
    assert!(page.text.contains("Remove ops?"), "{}", page.text);
    ada.post("/channels/ops/remove", &[]).await;
    assert_eq!(ada.get("/channels/ops").await.status, StatusCode::NOT_FOUND);

    // One on this machine is there to be used, once whoever is at the machine has named it.
    let receiver = Receiver::new(Manner::Takes).await;
    let address = receiver.url("http", "x").into();
    let new =
        NewChannel { name: "near".into(), kind: ChannelKind::Slack, address, on: vec![NoticeKind::Failed], tag: None };
    channels::add(&world.platform, &Actor::operator(), new).await.unwrap();
    let page = ada.post("/channels/near/test", &[]).await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/channels/near"), "{}", page.text);
    let page = ada.get("/channels/near").await;
    assert!(page.text.contains("A test of the channel near") && page.text.contains("Sent"), "{}", page.text);
    assert!(receiver.all()[0].body.contains("A test of the channel near"));

    let mut grace = signed_in(&world, Role::Support).await;
    let page = grace.get("/channels/near").await;
    assert!(page.text.contains("ask somebody with the role superadmin"), "{}", page.text);
    for path in ["/channels/new", "/channels/near/remove"] {
        assert_eq!(grace.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    for path in ["/channels/new", "/channels/near/test", "/channels/near/off", "/channels/near/remove"] {
        assert_eq!(grace.post(path, &fields).await.status, StatusCode::FORBIDDEN, "{path}");
    }
}
