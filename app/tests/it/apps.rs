//! The applications of docs/apps.md, as they are told there: against a real console, real servers and the real packages.

mod node;
mod rust;
mod shop;

use std::path::Path;
use std::time::{Duration, Instant};

/// As docs/apps.md has it, and one that is never over here.
const USUAL: Duration = Duration::from_secs(5);
const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);

use shop::Shop;

/// How long an application believes what it was told, and some more for a busy machine.
const SOON: Duration = Duration::from_secs(30);

/// An application that says how many users the tenant of a host has, or why it cannot.
trait Application {
    async fn ask(&mut self, host: &str) -> Result<i64, u16>;
}

/// The code of docs/apps.md after ` ```js`, or whatever it is: each block by itself.
fn blocks(language: &str) -> Vec<String> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/apps.md")).unwrap();
    let begin = format!("```{language}\n");
    let blocks = text.split(&begin).skip(1);
    blocks.map(|block| block.split("```\n").next().unwrap().to_owned()).collect()
}

/// Asks until it is answered so.
async fn until(application: &mut impl Application, host: &str, wanted: Result<i64, u16>) {
    let began = Instant::now();
    loop {
        let answer = application.ask(host).await;
        if answer == wanted {
            return;
        }
        assert!(began.elapsed() < SOON, "{host}: {answer:?} instead of {wanted:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// New passwords, for one that believes for a day what it was told: nobody who is let in again is refused.
async fn renewal(shop: &Shop, application: &mut impl Application) {
    for host in ["one.localhost", "two.localhost:8080", "three.localhost"] {
        assert_eq!(application.ask(host).await, Ok(0), "{host}");
    }
    assert_eq!(application.ask("nobody.localhost").await, Err(404));

    let before = shop.password("one");
    let said = shop.program.run("tenant rotate-password one two three --yes").expect(0);
    assert!(said.out.contains("2 renewed, 1 skipped"), "{} {}", said.out, said.err);
    assert_ne!(before, shop.password("one"));
    for host in ["one.localhost", "two.localhost:8080", "three.localhost"] {
        assert_eq!(application.ask(host).await, Ok(0), "{host}: with the sessions that it has");
    }
    shop.end_sessions("one").await;
    shop.end_sessions("two").await;
    for host in ["one.localhost", "two.localhost:8080"] {
        // A session that was ended under one's hands may be handed out once more, whatever the password.
        until(application, host, Ok(0)).await;
    }
}

/// What becomes of its tenants besides, for one that asks again as often as it is told to.
async fn life(shop: &Shop, application: &mut impl Application) {
    assert_eq!(application.ask("one.localhost").await, Ok(0));
    // A tenant that is suspended gets no connection, the others theirs.
    shop.program.run("tenant suspend one").expect(0);
    until(application, "one.localhost", Err(503)).await;
    assert_eq!(shop.sessions("one").await, 0, "its pool is closed");
    assert_eq!(application.ask("two.localhost:8080").await, Ok(0));
    shop.program.run("tenant resume one").expect(0);
    until(application, "one.localhost", Ok(0)).await;

    // Another address.
    let way = shop.moved().await;
    let began = Instant::now();
    while way.taken() == 0 {
        assert!(began.elapsed() < SOON, "the old address is still asked");
        assert_eq!(application.ask("one.localhost").await, Ok(0));
        tokio::time::sleep(Duration::from_millis(200)).await;
    }

    // Another server: where it was it is let in no longer.
    let _there = shop.moved_away().await;
    until(application, "one.localhost", Ok(1)).await;
}
