use std::time::{Duration, Instant};

use super::*;

fn short() -> Limits {
    Limits {
        head: Duration::from_millis(400),
        idle: Duration::from_millis(1200),
        body: Duration::from_millis(400),
        stall: Duration::from_millis(700),
        ..Limits::default()
    }
}

/// How long until the other side closes, and what it said.
async fn end(line: &mut Line) -> (Duration, String) {
    let began = Instant::now();
    let text = line.rest().await;
    (began.elapsed(), text)
}

#[track_caller]
fn assert_about(after: Duration, expected: u64) {
    let millis = u64::try_from(after.as_millis()).unwrap();
    assert!((expected - 50..expected + 600).contains(&millis), "{millis} ms, not {expected}");
}

#[tokio::test]
async fn a_head_that_does_not_come_is_not_waited_for() {
    let server = Server::start(short(), |_| {}).await;
    let mut silent = server.connect().await;
    let (after, text) = end(&mut silent).await;
    assert_about(after, 400);
    assert_eq!(text, "");

    let mut half = server.connect().await;
    half.say("GET / HTTP/1.1\r\nhost: central.localhost\r\n").await;
    let (after, text) = end(&mut half).await;
    assert_about(after, 400);
    assert!(text.starts_with("HTTP/1.1 408 Request Timeout\r\n"), "{text}");
    assert_guarded(&text);

    // A byte now and then does not put it off.
    let mut drops = server.connect().await;
    let began = Instant::now();
    for letter in "GET / HTTP/1.1".chars() {
        let _ = drops.0.write_all(letter.to_string().as_bytes()).await;
        tokio::time::sleep(Duration::from_millis(60)).await;
    }
    drops.rest().await;
    assert!(began.elapsed() < Duration::from_millis(1200), "{:?}", began.elapsed());
}

#[tokio::test]
async fn between_requests_a_connection_may_be_idle_but_not_half_way() {
    let server = Server::start(short(), |_| {}).await;
    let good = "GET /healthz HTTP/1.1\r\nhost: central.localhost\r\n\r\n";
    let mut idle = server.connect().await;
    idle.say(good).await;
    idle.until("ok\n").await;
    // Longer than a head may take.
    tokio::time::sleep(Duration::from_millis(700)).await;
    idle.say(good).await;
    idle.until("ok\n").await;
    let (after, text) = end(&mut idle).await;
    assert_about(after, 1200);
    assert_eq!(text, "");

    let mut half = server.connect().await;
    half.say(good).await;
    half.until("ok\n").await;
    half.say("GET").await;
    let (after, text) = end(&mut half).await;
    assert_about(after, 400);
    assert!(text.starts_with("HTTP/1.1 408"), "{text}");
}

#[tokio::test]
async fn a_body_comes_at_its_pace_or_is_told_so() {
    let server = Server::start(short(), |_| {}).await;
    let head = |length: usize| {
        format!(
            "POST /sign-in HTTP/1.1\r\nhost: {HOST}\r\norigin: http://central.localhost:3000\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {length}\r\n\r\n"
        )
    };
    let mut stuck = server.connect().await;
    stuck.say(&head(5000)).await;
    stuck.say("email=").await;
    let (after, text) = end(&mut stuck).await;
    assert_about(after, 400);
    assert!(text.starts_with("HTTP/1.1 408 Request Timeout\r\n") && text.contains("did not arrive in time"), "{text}");
    assert_guarded(&text);

    // 2 kB a second, for longer than the time of grace.
    let body = format!("email=nobody%40example.com&password=wrong&next={}", "a".repeat(3000));
    let mut steady = server.connect().await;
    steady.say(&head(body.len())).await;
    for piece in body.as_bytes().chunks(200) {
        steady.0.write_all(piece).await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let text = steady.until("</html>").await;
    assert!(text.starts_with("HTTP/1.1 401"), "{text}");
}

#[tokio::test]
async fn who_does_not_take_their_answers_is_left() {
    let server = Server::start(short(), |_| {}).await;
    let mut greedy = server.connect().await;
    let many = format!("GET /sign-in HTTP/1.1\r\nhost: {HOST}\r\n\r\n").repeat(500);
    let began = Instant::now();
    // It asks without ever reading, until the console has had enough.
    while greedy.0.write_all(many.as_bytes()).await.is_ok() {
        assert!(began.elapsed() < Duration::from_secs(60), "still listened to");
    }
    let text = server.ask("GET /healthz HTTP/1.1", "").await;
    assert!(text.ends_with("ok\n"), "{text}");
}
