//! The event stream: replay, resume, and its end.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::StatusCode;
use neo::actor::{Actor, Role};

use super::browser::{Browser, Page};
use super::signed_in;
use super::tenant::{provisioned, reserved};
use crate::world::World;

async fn stream(browser: &mut Browser, path: &str, last: Option<&str>) -> Page {
    let mut request = browser.request("GET", path).header("sec-fetch-site", "same-origin");
    if let Some(last) = last {
        request = request.header("last-event-id", last);
    }
    browser.send(request.header("accept-encoding", "br, gzip").body(Body::empty()).unwrap()).await
}

fn ids(page: &Page) -> Vec<i64> {
    page.text
        .lines()
        .filter_map(|line| line.strip_prefix("id: ").or(line.strip_prefix("id:")))
        .map(|id| id.trim().parse().unwrap())
        .collect()
}

#[tokio::test]
async fn who_comes_late_or_again_sees_what_the_others_saw() {
    let world = World::new().await;
    provisioned(&world).await;
    let mut browser = signed_in(&world, Role::Support).await;
    let page = stream(&mut browser, "/events/runs/1", None).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    assert_eq!(page.header("content-type"), "text/event-stream");
    assert_eq!((page.header("x-accel-buffering"), page.header("content-encoding")), ("no", ""));
    let all = ids(&page);
    let run = neo::runs::find(&world.platform, &Actor::operator(), 1).await.unwrap();
    assert_eq!(all, (1..=run.last_seq).collect::<Vec<_>>());
    for line in page.text.lines().filter_map(|line| line.strip_prefix("data:")) {
        let event: serde_json::Value = serde_json::from_str(line.trim()).unwrap();
        assert_eq!((event["v"].as_i64(), event["run"].as_i64()), (Some(1), Some(1)), "{line}");
        assert!(page.text.contains(&format!("event: {}", event["type"].as_str().unwrap())), "{line}");
    }
    let from_three: Vec<i64> = (4..=run.last_seq).collect();
    assert_eq!(ids(&stream(&mut browser, "/events/runs/1", Some("3")).await), from_three);
    assert_eq!(ids(&stream(&mut browser, "/events/runs/1?after=3", None).await), from_three);
    assert_eq!(ids(&stream(&mut browser, "/events/runs/1?after=1", Some("3")).await), from_three);
}

#[tokio::test]
async fn a_stream_from_another_site_is_refused() {
    let world = World::new().await;
    reserved(&world).await;
    let mut browser = signed_in(&world, Role::Support).await;
    let request = browser.request("GET", "/events/runs/1").header("sec-fetch-site", "cross-site");
    let page = browser.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn whoever_is_signed_out_stops_seeing_within_ten_seconds() {
    let world = World::new().await;
    reserved(&world).await;
    let browser = signed_in(&world, Role::Support).await;
    let request = browser.request("GET", "/events/runs/1").header("sec-fetch-site", "same-origin");
    let response = browser.clone().raw(request.body(Body::empty()).unwrap()).await;
    assert_eq!(response.status(), StatusCode::OK);
    browser.clone().post("/sign-out", &[]).await;
    let rest = tokio::time::timeout(Duration::from_secs(10), to_bytes(response.into_body(), 1 << 20)).await;
    rest.expect("the stream ends by itself").unwrap();
}

#[tokio::test]
async fn a_stream_ends_when_the_server_stops() {
    let world = World::new().await;
    reserved(&world).await;
    let browser = signed_in(&world, Role::Support).await;
    let request = browser.request("GET", "/events/runs/1").header("sec-fetch-site", "same-origin");
    let response = browser.clone().raw(request.body(Body::empty()).unwrap()).await;
    world.platform.shutdown.cancel();
    let rest = tokio::time::timeout(Duration::from_secs(2), to_bytes(response.into_body(), 1 << 20)).await;
    rest.expect("the stream ends with the server").unwrap();
}
