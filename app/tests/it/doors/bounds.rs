use axum::http::StatusCode;
use neo::actor::Role;

use crate::console::signed_in;
use crate::world::World;

#[tokio::test]
async fn what_is_said_a_thousand_times_is_refused_in_words_or_means_it_once() {
    let world = World::new().await;
    let mut browser = signed_in(&world, Role::Admin).await;
    let many = |name: &str, value: &dyn Fn(usize) -> String| {
        (0..1500).map(|n| format!("{name}={}", value(n))).collect::<Vec<_>>().join("&")
    };
    for (page, name) in
        [("/tenants", "tag"), ("/runs/new", "tag"), ("/tenants", "q"), ("/tenants", "after"), ("/runs", "x")]
    {
        let path = format!("{page}?{}", many(name, &|n| format!("t{n}")));
        let page = browser.get(&path).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}: {}", page.text);
        assert!(page.text.contains("says 1500 things at once, and 200 are the most"), "{name}: {}", page.text);
    }
    let tags: String = (0..150).map(|n| format!("&tag=t{n}")).collect();
    let page = browser.get(&format!("/tenants?server=local{tags}")).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", page.text);
    assert!(page.text.contains("150 tags are asked for at once, and 100 are the most"), "{}", page.text);
    let path = format!("/tenants?{}", many("keys", &|n| format!("nobody{n}")));
    assert_eq!(browser.get(&path).await.status, StatusCode::NOT_FOUND);
    for path in [
        format!("/tenants?{}", many("tag", &|_| "early".into())),
        format!("/tenants?{}", many("status", &|n| ["active", "suspended"][n % 2].into())),
        format!("/tenants?{}", many("state", &|n| ["current", "behind", "unknown"][n % 3].into())),
        format!("/runs?{}", many("kind", &|n| ["migrate", "verify"][n % 2].into())),
    ] {
        let page = browser.get(&path).await;
        let shown: String = path.chars().take(40).collect();
        assert!(
            page.status == StatusCode::OK || page.status.is_client_error(),
            "{shown}: {} {}",
            page.status,
            page.text
        );
    }
}

#[tokio::test]
async fn of_a_large_file_a_page_shows_a_part_and_says_so() {
    let world = World::new().await;
    let row = |n| format!("insert into t values ({n}, '{}');\n", "a row of a seed ".repeat(60));
    let rows: String = (1..=400).map(row).collect();
    std::fs::write(world.migrations().join("20260101000001_seed.up.sql"), rows).unwrap();
    let mut browser = signed_in(&world, Role::Admin).await;
    let page = browser.get("/migrations/20260101000001").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.len() < 200_000, "{} bytes", page.text.len());
    assert!(page.text.contains("400 lines") && page.text.contains("bytes are shown, from line 1 on"));
    let page = browser.get("/migrations/20260101000001?file=20260101000001_seed.up.sql&line=200").await;
    assert!(page.text.len() < 200_000, "{} bytes", page.text.len());
    assert!(page.text.contains("<mark id=\"line\">insert into t values (200,"), "the line that was asked for");
    assert!(page.text.contains("from line 200 on"));
    let page = browser.get("/migrations/20260101000001?file=20260101000001_seed.up.sql&line=99999999").await;
    assert_eq!(page.status, StatusCode::OK);
    let page = browser.get("/migrations").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.len() < 200_000, "{} bytes", page.text.len());
}
