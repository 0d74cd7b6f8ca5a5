//! The console from outside: hosts, cookies, origins, headers, roles, sessions, streams.

mod adopted;
mod advice;
mod audit;
pub mod browser;
mod examined;
pub mod factors;
mod invited;
pub mod kept;
pub mod known;
mod live;
mod not_me;
pub mod passkeys;
mod people;
mod resolving;
pub mod tenant;

use axum::body::Body;
use axum::http::{StatusCode, header};
use neo::Platform;
use neo::actor::{Actor, Role};
use neo::admins::NewAdmin;
use neo_app::page::assets::{base, has_scripts};

use self::browser::{Browser, PASSWORD, Page};
use crate::world::{World, config, new_keys, sqlite_url};

const HOST: &str = "central.localhost:3000";

async fn admin(platform: &Platform, role: Role) -> neo::admins::Admin {
    let new = NewAdmin {
        email: format!("{role}@example.com"),
        password: PASSWORD.into(),
        first_name: "Ada".into(),
        last_name: "Lovelace".into(),
        role,
    };
    neo::admins::create(platform, &Actor::operator(), new).await.unwrap()
}

/// Somebody with this role at the console, signed in.
pub async fn signed_in(world: &World, role: Role) -> Browser {
    admin(&world.platform, role).await;
    let mut browser = Browser::at(&world.platform, HOST);
    let page = browser.sign_in(&format!("{role}@example.com")).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.text);
    browser
}

fn assert_guarded(page: &Page) {
    let policy = page.header("content-security-policy");
    for part in ["script-src", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"] {
        assert!(policy.contains(part), "{policy}");
    }
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    assert!(!page.header("referrer-policy").is_empty());
    assert!(!page.header("permissions-policy").is_empty());
    assert_eq!(page.header("cache-control"), "no-store");
}

#[tokio::test]
async fn only_hosts_of_ours_are_answered() {
    let world = World::new().await;
    for host in ["central.localhost", "central.localhost:3000", "ADMIN.localhost:3000"] {
        let page = Browser::at(&world.platform, host).get("/sign-in").await;
        assert_eq!(page.status, StatusCode::OK, "{host}");
    }
    let strangers = [
        "localhost",
        "localhost:3000",
        "127.0.0.1:3000",
        "evil.org",
        "central.localhost.evil.org",
        "nobody.localhost:3000",
    ];
    for host in strangers {
        let mut browser = Browser::at(&world.platform, host);
        for path in ["/", "/sign-in", "/assets/x/neo.css", "/nowhere"] {
            let page = browser.get(path).await;
            assert_eq!(page.status, StatusCode::MISDIRECTED_REQUEST, "{host}{path}");
            assert_guarded(&page);
        }
        assert_eq!(browser.get("/healthz").await.status, StatusCode::OK);
        assert_eq!(browser.get("/readyz").await.status, StatusCode::OK);
    }
    // Whatever a proxy that nobody trusts says about the host changes nothing.
    let browser = Browser::at(&world.platform, "evil.org");
    let forwarded = browser.request("GET", "/sign-in").header("x-forwarded-host", HOST).body(Body::empty()).unwrap();
    assert_eq!(browser.clone().send(forwarded).await.status, StatusCode::MISDIRECTED_REQUEST);
}

#[tokio::test]
async fn signing_in_gives_a_cookie_that_no_script_and_no_other_site_can_use() {
    let world = World::new().await;
    admin(&world.platform, Role::Support).await;
    let mut browser = Browser::at(&world.platform, HOST);
    let first = browser.get("/runs/7?status=failed").await;
    assert_eq!(first.status, StatusCode::SEE_OTHER);
    assert_eq!(first.location(), "/sign-in?next=/runs/7%3Fstatus%3Dfailed");

    let fields = [("email", "support@example.com"), ("password", PASSWORD), ("next", "/account")];
    let page = browser.post("/sign-in", &fields).await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/account"));
    let cookie = page.header("set-cookie");
    assert!(cookie.starts_with("neo_dev="), "{cookie}");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict") && cookie.contains("Path=/"), "{cookie}");
    assert!(!cookie.contains("Secure") && !cookie.contains("Domain"), "{cookie}");
    assert_eq!(browser.get("/").await.status, StatusCode::OK);

    let old = browser.clone();
    let page = browser.post("/sign-out", &[]).await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/sign-in"));
    assert_eq!(browser.cookie, None);
    // The id itself is over, not only the cookie.
    assert_eq!(old.clone().get("/").await.location(), "/sign-in?ended=1");
}

#[tokio::test]
async fn off_this_machine_the_cookie_is_secure_and_bound_to_its_host() {
    let dir = tempfile::tempdir().unwrap();
    let mut settings = config(dir.path(), &sqlite_url(dir.path()), new_keys());
    settings.base_domain = "example.com".into();
    let platform = Platform::open(settings).await.unwrap();
    admin(&platform, Role::Support).await;
    let mut browser = Browser::at(&platform, "central.example.com");
    let page = browser.sign_in("support@example.com").await;
    let cookie = page.header("set-cookie");
    assert!(cookie.starts_with("__Host-neo=") && cookie.contains("Secure") && !cookie.contains("Domain"), "{cookie}");
    assert!(page.header("strict-transport-security").starts_with("max-age="));
    let page = browser.post("/sign-out", &[]).await;
    let cookie = page.header("set-cookie");
    assert!(cookie.starts_with("__Host-neo=;") && cookie.contains("Secure"), "a removal browsers take: {cookie}");
}

#[tokio::test]
async fn every_wrong_sign_in_looks_the_same() {
    let world = World::new().await;
    admin(&world.platform, Role::Support).await;
    let mut browser = Browser::at(&world.platform, HOST);
    let wrong = [("email", "support@example.com"), ("password", "not this one at all")];
    let unknown = [("email", "nobody@example.com"), ("password", "not this one at all")];
    let (wrong, unknown) = (browser.post("/sign-in", &wrong).await, browser.post("/sign-in", &unknown).await);
    assert_eq!((wrong.status, unknown.status), (StatusCode::UNAUTHORIZED, StatusCode::UNAUTHORIZED));
    assert_eq!(wrong.same().replace("support@", "nobody@"), unknown.same());
    assert!(!wrong.text.contains("not this one at all"));
    assert_eq!(browser.cookie, None);
}

#[tokio::test]
async fn the_sign_in_leads_nowhere_but_here() {
    let world = World::new().await;
    let mut browser = signed_in(&world, Role::Support).await;
    for next in ["//evil.org", "https://evil.org", "/\\evil.org", "/%0d%0aX:y", "javascript:alert(1)"] {
        let fields = [("email", "support@example.com"), ("password", PASSWORD), ("next", next)];
        let page = browser.post("/sign-in", &fields).await;
        assert!(page.location() == "/" || page.location() == "/%0d%0aX:y", "{next}: {}", page.location());
    }
    let page = browser.stranger().get("/sign-in?__err=%3Cb%3EHello%3C/b%3E&next=//evil.org").await;
    assert!(!page.text.contains("Hello") && !page.text.contains("evil.org"), "{}", page.text);
}

#[tokio::test]
async fn an_act_from_another_site_is_refused() {
    let world = World::new().await;
    let browser = signed_in(&world, Role::Superadmin).await;
    let cases: [(&[(&str, &str)], StatusCode); 6] = [
        (&[], StatusCode::FORBIDDEN),
        (&[("sec-fetch-site", "cross-site")], StatusCode::FORBIDDEN),
        (&[("sec-fetch-site", "same-site")], StatusCode::FORBIDDEN),
        (&[("origin", "http://evil.localhost:3000")], StatusCode::FORBIDDEN),
        (&[("origin", "http://central.localhost:3000")], StatusCode::SEE_OTHER),
        (&[("sec-fetch-site", "same-origin")], StatusCode::SEE_OTHER),
    ];
    for (headers, expected) in cases {
        let mut request = browser.request("POST", "/account/sessions/end-others");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let page = browser.clone().send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(page.status, expected, "{headers:?}");
        assert_guarded(&page);
    }
}

#[tokio::test]
async fn every_answer_bears_the_headers_and_scriptless_pages_allow_no_script() {
    let world = World::new().await;
    let mut browser = Browser::at(&world.platform, HOST);
    for path in
        ["/sign-in/code", "/setup?token=x", "/nowhere", "/events/runs/1", "/api/v1/search?q=a", "/events/runs/x", "/"]
    {
        let page = browser.get(path).await;
        assert_guarded(&page);
        assert!(page.header("content-security-policy").contains("script-src 'none'"), "{path}");
        assert!(!page.text.contains("<script"), "{path}");
    }
    let page = browser.get("/sign-out").await;
    assert_eq!(page.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(page.header("allow"), "POST");
    let large = "x".repeat(300 * 1024);
    let page = browser.post("/sign-in", &[("email", &large)]).await;
    assert_eq!(page.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_guarded(&page);
}

#[tokio::test]
async fn the_set_up_link_works_once() {
    use secrecy::ExposeSecret;
    let world = World::new().await;
    let token = neo::admins::new_setup_token(&world.platform).await.unwrap();
    let token = token.expose_secret();
    let mut browser = Browser::at(&world.platform, HOST);
    assert_eq!(browser.get("/setup?token=guess").await.status, StatusCode::NOT_FOUND);
    let link = format!("/setup?token={token}");
    assert_eq!(browser.get(&link).await.status, StatusCode::OK);

    let mut fields = [
        ("token", token),
        ("email", "ada@example.com"),
        ("first_name", "Ada"),
        ("last_name", "Lovelace"),
        ("password", "short"),
        ("again", "short"),
    ];
    let page = browser.post("/setup", &fields).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", page.text);
    assert!(page.text.contains("ada@example.com") && page.text.contains("f-password-error"), "{}", page.text);
    fields[4].1 = PASSWORD;
    assert_eq!(browser.post("/setup", &fields).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    fields[5].1 = PASSWORD;
    let page = browser.post("/setup", &fields).await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/sign-in?ready=1"), "{}", page.text);

    assert_eq!(browser.get(&link).await.status, StatusCode::NOT_FOUND);
    fields[1].1 = "eve@example.com";
    assert_eq!(browser.post("/setup", &fields).await.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.sign_in("ada@example.com").await.location(), "/");
    let page = browser.get("/admins").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("ada@example.com"));
}

#[tokio::test]
async fn a_person_ends_their_other_sessions() {
    let world = World::new().await;
    let mut here = signed_in(&world, Role::Support).await;
    let mut there = here.stranger();
    there.sign_in("support@example.com").await;
    assert_eq!(there.get("/account").await.status, StatusCode::OK);
    assert!(here.get("/account").await.text.contains("End all other sessions"));
    assert_eq!(here.post("/account/sessions/end-others", &[]).await.location(), "/account");
    // Whoever was in is told why they are out.
    let out = there.clone().get("/account").await;
    assert_eq!(out.location(), "/sign-in?next=/account&ended=1");
    assert!(there.stranger().get(out.location()).await.text.contains("Your session ended; sign in again."));
    assert_eq!(here.get("/account").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_new_password_asks_for_the_old_one_and_for_itself_twice() {
    let world = World::new().await;
    let mut ada = signed_in(&world, Role::Support).await;
    let phrase = "seven small boats at noon";
    for (old, new, again, field, said) in [
        ("wrong", phrase, phrase, "old", "This is not your password"),
        (PASSWORD, phrase, "eight", "again", "The two passwords differ"),
    ] {
        let page = ada.post("/account/password", &[("old", old), ("new", new), ("again", again)]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", page.text);
        assert!(page.text.contains(said) && page.text.contains(&format!("f-{field}-error")), "{}", page.text);
        assert!(!page.text.contains(phrase), "a password is not written back");
    }
    let page = ada.post("/account/password", &[("old", PASSWORD), ("new", phrase), ("again", phrase)]).await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/account"), "{}", page.text);
}

#[tokio::test]
async fn a_changed_role_or_a_disabled_account_is_out_at_the_next_request() {
    let world = World::new().await;
    let mut boss = signed_in(&world, Role::Superadmin).await;
    let mut ada = signed_in(&world, Role::Support).await;
    let id = neo::admins::find(&world.platform, &Actor::operator(), "support@example.com").await.unwrap().id;
    let page = boss.post(&format!("/admins/{id}/role"), &[("role", "admin")]).await;
    assert_eq!(page.location(), format!("/admins/{id}"), "{}", page.text);
    assert_eq!(ada.get("/").await.location(), "/sign-in?ended=1");
    ada.sign_in("support@example.com").await;
    assert_eq!(ada.get("/").await.status, StatusCode::OK);
    boss.post(&format!("/admins/{id}/disable"), &[]).await;
    assert_eq!(ada.get("/").await.location(), "/sign-in?ended=1");
    assert_eq!(ada.sign_in("support@example.com").await.status, StatusCode::UNAUTHORIZED);
    // The last superadmin stays one.
    let own = neo::admins::find(&world.platform, &Actor::operator(), "superadmin@example.com").await.unwrap().id;
    let page = boss.post(&format!("/admins/{own}/role"), &[("role", "support")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", page.text);
}

#[tokio::test]
async fn proving_the_password_again_moves_the_session_to_a_new_id() {
    let world = World::new().await;
    let mut browser = signed_in(&world, Role::Superadmin).await;
    let before = browser.clone();
    let page = browser.post("/reauthenticate", &[("password", "wrong"), ("next", "/admins/new")]).await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED);
    let page = browser.post("/reauthenticate", &[("password", PASSWORD), ("next", "/admins/new")]).await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/admins/new"), "{}", page.text);
    assert_ne!(browser.cookie, before.cookie);
    assert_eq!(browser.get("/admins/new").await.status, StatusCode::OK);
    assert_eq!(before.clone().get("/admins/new").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_page_that_is_not_there_says_so_and_machines_get_json() {
    let world = World::new().await;
    let mut browser = signed_in(&world, Role::Support).await;
    let page = browser.get("/nowhere").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.text.contains("Not found") && page.text.contains("/nowhere"));
    let request = browser.request("GET", "/nowhere").header(header::ACCEPT, "application/json");
    let page = browser.send(request.body(Body::empty()).unwrap()).await;
    let json: serde_json::Value = serde_json::from_str(&page.text).unwrap();
    assert_eq!(json["error"]["code"], "not_found");
    assert_eq!(browser.stranger().get("/api/v1/search?q=a").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(browser.stranger().get("/events/runs/1").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(browser.get("/events/runs/1").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_line_that_failed_is_shown_on_every_page_of_it_and_leads_to_its_file() {
    use neo::runs::{self, Goal, Policy, Request};
    let world = World::new().await;
    tenant::provisioned(&world).await;
    let stem = "20990101000001_broken";
    let text = "-- x\n\tinsert into \"<nosuch>\" values (1); -- & on\nselect 1;\n";
    std::fs::write(world.migrations().join(format!("{stem}.up.sql")), text).unwrap();
    let request = Request {
        goal: Goal::Migrate { to: None },
        selection: Default::default(),
        policy: Policy::default(),
        reason: None,
        confirm: None,
        expect: None,
        not_before: None,
        detached: false,
    };
    let run = runs::start(&world.platform, &Actor::operator(), request).await.unwrap().number;
    runs::work_on(&world.platform, run).await.unwrap();

    let mut ada = signed_in(&world, Role::Support).await;
    let href = format!("/migrations/20990101000001?file={stem}.up.sql&amp;line=2#line");
    let line = "<span>    <mark>insert</mark> into &quot;&lt;nosuch&gt;&quot; values (1); -- &amp; on</span>";
    for path in [format!("/runs/{run}"), format!("/runs/{run}?tenant=acme"), "/tenants/acme".to_owned()] {
        let page = ada.get(&path).await.text;
        assert!(page.contains(&href), "{path}: {page}");
        assert!(page.replace("&quot;", "\"").contains(&line.replace("&quot;", "\"")), "{path}: {page}");
    }
    let page = ada.get(&href.replace("&amp;", "&").replace("#line", "")).await.text;
    assert!(page.contains("-- x\n<mark id=\"line\">\tinsert into") && page.contains("on</mark>\nselect 1;"), "{page}");
    // Of another file, or past its end, there is nothing to mark.
    for query in ["?file=other.up.sql&line=2", &format!("?file={stem}.up.sql&line=99"), "?line=2", "?file=x&line=no"] {
        let page = ada.get(&format!("/migrations/20990101000001{query}")).await;
        assert_eq!(page.status, StatusCode::OK, "{query}");
        assert!(!page.text.contains("<mark"), "{query}");
    }
}

#[tokio::test]
async fn a_folder_of_migrations_that_is_not_there_is_no_failure_of_ours() {
    let world = World::new().await;
    let mut browser = signed_in(&world, Role::Superadmin).await;
    std::fs::remove_dir_all(&world.platform.config.tenant_migrations).unwrap();
    for path in ["/", "/tenants", "/tenants/new", "/runs", "/runs/new", "/migrations", "/servers"] {
        let page = browser.get(path).await;
        assert!(!page.status.is_server_error(), "{path}: {}", page.status);
        assert!(!page.text.contains("Failed on our side"), "{path}");
    }
    let page = browser.get("/runs/new").await;
    assert!(page.text.contains("does not exist"), "{}", page.text);
}

#[tokio::test]
async fn a_file_of_the_site_that_is_not_there_is_not_found() {
    let world = World::new().await;
    for path in ["/assets/", "/assets/x", "/assets/x/", "/assets/x/neo.css"] {
        let page = Browser::at(&world.platform, HOST).get(path).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}: {}", page.text);
    }
}

/// What is text is kept packed alone: by what the client takes, and unpacked for who takes neither.
#[tokio::test]
async fn a_file_of_the_site_is_packed_as_the_client_takes_it() {
    let world = World::new().await;
    let browser = Browser::at(&world.platform, HOST);
    let path = format!("{}/favicon.svg", base());
    for (accepted, packed) in [
        (None, None),
        (Some("br, gzip"), Some("br")),
        (Some("gzip, deflate"), Some("gzip")),
        (Some("br;q=0, gzip;q=0.5"), Some("gzip")),
        (Some("br;q=0.0, gzip;q=0"), None),
        (Some("identity"), None),
    ] {
        let request = browser.request("GET", &path);
        let request = accepted.into_iter().fold(request, |request, words| request.header("accept-encoding", words));
        let page = browser.clone().send(request.body(Body::empty()).unwrap()).await;
        if !has_scripts() {
            assert_eq!(page.status, StatusCode::NOT_FOUND, "the site is not built, and has no such file");
            continue;
        }
        assert_eq!((page.status, page.header("vary")), (StatusCode::OK, "accept-encoding"), "{accepted:?}");
        let encoding = page.headers.get("content-encoding").map(|value| value.to_str().unwrap());
        assert_eq!(encoding, packed, "{accepted:?}");
        assert_eq!(page.text.starts_with("<svg "), packed.is_none(), "{accepted:?}: {}", page.text);
        assert_eq!(page.header("content-type"), "image/svg+xml");
    }
}
