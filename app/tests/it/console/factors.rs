//! The second factor at the door: the step after the password, its cookie, the pages of the account, and whoever has lost it.

use axum::http::{StatusCode, header};
use neo::Platform;
use neo::actor::{Actor, Role};
use neo::config::Require;
use secrecy::ExposeSecret;
use totp_rs::{Builder, Secret};

use super::browser::{Browser, PASSWORD, Page};
use super::{HOST, admin, signed_in};
use crate::world::World;

/// What a telephone with this secret shows now.
pub fn shown(secret: &str) -> String {
    shown_in(secret, 0)
}

/// The same so many steps from now: no code is taken twice.
fn shown_in(secret: &str, steps: u64) -> String {
    let secret = Secret::try_from_base32(secret.replace(' ', "")).unwrap();
    let telephone = Builder::new().with_secret(secret).with_account_name("x").build().unwrap();
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    telephone.generate(now + 30 * steps).to_string()
}

/// The secret that a page shows to be typed.
fn secret(page: &Page) -> String {
    let groups = page.text.split("<code>").filter_map(|part| part.split("</code>").next());
    let is_secret = |text: &&str| text.len() == 39 && text.split(' ').all(|group| group.len() == 4);
    groups.into_iter().find(is_secret).unwrap_or_else(|| panic!("a secret in {}", page.text)).to_owned()
}

/// The recovery codes that a page shows.
fn codes(page: &Page) -> Vec<String> {
    let parts = page.text.split("<li><code>").skip(1);
    parts.map(|part| part.split("</code>").next().unwrap().to_owned()).collect()
}

async fn forget_tries(platform: &Platform) {
    let mut tx = platform.central.write().await.unwrap();
    sqlx::query("delete from throttles").execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
}

/// Sets one up on the page of the account; the secret, and the codes.
pub async fn enrolled(browser: &mut Browser) -> (String, Vec<String>) {
    let page = browser.post("/account/factor", &[]).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    assert!(page.text.contains("class=\"qr\""), "{}", page.text);
    let secret = secret(&page);
    let wrong = browser.post("/account/factor/confirm", &[("code", "000000")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("not the code of the moment") && !wrong.text.contains("class=\"qr\""), "shown once");
    let page = browser.post("/account/factor/confirm", &[("code", &shown(&secret))]).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    let codes = codes(&page);
    assert_eq!(codes.len(), 10, "{}", page.text);
    (secret, codes)
}

#[tokio::test]
async fn whoever_has_one_signs_in_in_two_steps_and_is_let_in_by_the_second_alone() {
    let world = World::new().await;
    let mut browser = signed_in(&world, Role::Admin).await;
    let (secret, _) = enrolled(&mut browser).await;
    assert_eq!(browser.get("/account").await.status, StatusCode::OK, "the session that set it up goes on");
    let page = browser.get("/account").await;
    assert!(page.text.contains("10 of 10 recovery codes"), "{}", page.text);

    let mut fresh = browser.stranger();
    let fields = [("email", "admin@example.com"), ("password", PASSWORD), ("next", "/runs?status=failed")];
    let page = fresh.post("/sign-in", &fields).await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/sign-in/code?next=%2Fruns%3Fstatus%3Dfailed"));
    let cookies: Vec<_> = page.headers.get_all(header::SET_COOKIE).iter().map(|c| c.to_str().unwrap()).collect();
    let [cookie] = cookies[..] else { panic!("one cookie, and neither a session nor a known browser: {cookies:?}") };
    for part in ["neo_pending=", "HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=300"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    // It opens nothing else, under whichever name it is sent.
    let id = fresh.cookie.clone().unwrap().split_once('=').unwrap().1.to_owned();
    for cookie in [format!("neo_pending={id}"), format!("neo_dev={id}")] {
        let mut thief = Browser { cookie: Some(cookie), ..fresh.clone() };
        for path in ["/", "/account", "/tenants", "/reauthenticate"] {
            let page = thief.clone().get(path).await;
            assert!(page.status == StatusCode::SEE_OTHER && page.location().starts_with("/sign-in"), "{path}");
        }
        assert_eq!(thief.get("/api/v1/me").await.status, StatusCode::UNAUTHORIZED);
    }
    let page = fresh.get("/sign-in/code?next=/runs").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("one-time-code") && !page.text.contains("<script"), "{}", page.text);
    let wrong = fresh.post("/sign-in/code", &[("code", "000000"), ("next", "/runs")]).await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    assert!(wrong.text.contains("This code is wrong, or was used already"), "{}", wrong.text);
    let fast = fresh.post("/sign-in/code", &[("code", "000001"), ("next", "/runs")]).await;
    let fast = if fast.status == StatusCode::UNAUTHORIZED {
        fresh.post("/sign-in/code", &[("code", "000002"), ("next", "/runs")]).await
    } else {
        fast
    };
    assert_eq!(fast.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(!fast.header("retry-after").is_empty());
    forget_tries(&world.platform).await;
    let page = fresh.post("/sign-in/code", &[("code", &shown_in(&secret, 1)), ("next", "/runs")]).await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/runs"), "{}", page.text);
    let told: Vec<_> = page.headers.get_all(header::SET_COOKIE).iter().map(|c| c.to_str().unwrap()).collect();
    for cookie in ["neo_dev=", "neo_known=", "neo_pending=;"] {
        assert!(told.iter().any(|told| told.starts_with(cookie)), "{cookie}: {told:?}");
    }
    assert_eq!(fresh.get("/account").await.status, StatusCode::OK);
    // Without a first step there is no second.
    let mut nobody = fresh.stranger();
    for page in [nobody.get("/sign-in/code").await, nobody.post("/sign-in/code", &[("code", "123456")]).await] {
        assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/sign-in?ended=1&next=%2F"));
    }
}

#[tokio::test]
async fn until_the_password_is_right_nobody_is_told_who_has_a_second_factor() {
    let world = World::new().await;
    let mut browser = signed_in(&world, Role::Admin).await;
    enrolled(&mut browser).await;
    admin(&world.platform, Role::Support).await;
    let mut answers = Vec::new();
    for email in ["admin@example.com", "support@example.com", "nobodyy@example.com"] {
        let fields = [("email", email), ("password", "not this one at all")];
        let page = browser.stranger().post("/sign-in", &fields).await;
        let cookies = page.headers.get_all(header::SET_COOKIE).iter().count();
        answers.push((page.status, cookies, page.same().replace(email, "somebody")));
    }
    assert_eq!(answers[0].0, StatusCode::UNAUTHORIZED);
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
}

#[tokio::test]
async fn whoever_has_lost_the_telephone_comes_in_with_a_recovery_code_and_sets_up_another() {
    let world = World::new().await;
    let mut browser = signed_in(&world, Role::Admin).await;
    let (_, codes) = enrolled(&mut browser).await;
    let mut other = browser.stranger();
    other.sign_in("admin@example.com").await;
    let page = other.post("/sign-in/code", &[("code", &codes[0].to_uppercase()), ("next", "/runs")]).await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/account?recovered=1#second-factor"));
    let page = other.get("/account?recovered=1").await;
    assert!(page.text.contains("You signed in with a recovery code"), "{}", page.text);
    assert!(page.text.contains("9 of 10 recovery codes"), "{}", page.text);
    for (password, code) in [("not this one at all", codes[1].as_str()), (PASSWORD, &codes[0])] {
        let page = other.post("/account/factor/remove", &[("password", password), ("code", code)]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.text.contains("The password or the code is not right") && !page.text.contains(password));
        forget_tries(&world.platform).await;
    }
    let page = other.post("/account/factor/remove", &[("password", PASSWORD), ("code", &codes[1])]).await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/account#second-factor"), "{}", page.text);
    let (_, new) = enrolled(&mut other).await;
    assert!(new.iter().all(|code| !codes.contains(code)));
    let page = other.post("/account/factor/codes", &[]).await;
    assert_eq!(self::codes(&page).len(), 10, "{}", page.text);
}

#[tokio::test]
async fn to_prove_oneself_again_takes_the_code_as_well() {
    let world = World::new().await;
    let mut browser = signed_in(&world, Role::Superadmin).await;
    assert!(!browser.get("/reauthenticate").await.text.contains("one-time-code"));
    let (_, codes) = enrolled(&mut browser).await;
    super::known::age(&world.platform).await;
    assert!(browser.get("/admins/new").await.location().starts_with("/reauthenticate"));
    assert!(browser.get("/reauthenticate").await.text.contains("one-time-code"));
    for fields in [vec![("password", PASSWORD)], vec![("password", PASSWORD), ("code", "000000")]] {
        assert_eq!(browser.post("/reauthenticate", &fields).await.status, StatusCode::UNAUTHORIZED);
        forget_tries(&world.platform).await;
    }
    let fields = [("password", PASSWORD), ("code", codes[0].as_str()), ("next", "/admins/new")];
    let page = browser.post("/reauthenticate", &fields).await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/admins/new"), "{}", page.text);
    assert_eq!(browser.get("/admins/new").await.status, StatusCode::OK);
}

#[tokio::test]
async fn where_one_is_required_it_is_set_up_at_the_sign_in_before_anything_else() {
    let world = World::with(|config| config.require_2fa = Some(Require::Everybody)).await;
    admin(&world.platform, Role::Support).await;
    let mut browser = Browser::at(&world.platform, HOST);
    let fields = [("email", "support@example.com"), ("password", PASSWORD), ("next", "/runs")];
    let page = browser.post("/sign-in", &fields).await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/sign-in/enrol?next=%2Fruns"));
    assert!(page.header("set-cookie").contains("Max-Age=900"), "{}", page.header("set-cookie"));
    assert!(browser.get("/").await.location().starts_with("/sign-in"));
    assert_eq!(browser.get("/sign-in/code?next=/runs").await.location(), "/sign-in/enrol?next=%2Fruns");
    assert!(browser.get("/sign-in/enrol?next=/runs").await.text.contains("Set it up"));
    let page = browser.post("/sign-in/enrol", &[("next", "/runs")]).await;
    assert!(page.text.contains("class=\"qr\"") && !page.text.contains("<script"), "{}", page.text);
    let secret = secret(&page);
    let wrong = browser.post("/sign-in/enrol/confirm", &[("code", "000000"), ("next", "/runs")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = browser.post("/sign-in/enrol/confirm", &[("code", &shown(&secret)), ("next", "/runs")]).await;
    assert_eq!((page.status, codes(&page).len()), (StatusCode::OK, 10), "{}", page.text);
    assert!(page.text.contains("href=\"/runs\""), "{}", page.text);
    assert_eq!(browser.get("/account").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_superadmin_resets_one_that_was_lost() {
    let world = World::new().await;
    let mut boss = signed_in(&world, Role::Superadmin).await;
    let mut ada = signed_in(&world, Role::Admin).await;
    enrolled(&mut ada).await;
    let id = neo::admins::find(&world.platform, &Actor::operator(), "admin@example.com").await.unwrap().id;
    let path = format!("/admins/{id}");
    assert!(boss.get(&path).await.text.contains("Reset second factor"));
    let page = boss.post(&format!("{path}/reset-2fa"), &[]).await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, path.as_str()), "{}", page.text);
    assert!(!boss.get(&path).await.text.contains("Reset second factor"));
    assert!(ada.get("/account").await.location().starts_with("/sign-in"), "their sessions are over");
    assert_eq!(ada.stranger().sign_in("admin@example.com").await.location(), "/");
}

#[tokio::test]
async fn off_this_machine_the_cookie_of_the_second_step_is_secure_and_bound_to_its_host() {
    let world = World::with(|config| config.base_domain = "example.com".into()).await;
    let platform = &world.platform;
    let ada = admin(platform, Role::Admin).await;
    let me = Actor { admin_id: Some(ada.id), signed_in_ago: Some(std::time::Duration::ZERO), ..Actor::operator() };
    let begun = neo::second_factor::begin(platform, &me).await.unwrap();
    let code = shown(begun.secret.expose_secret());
    neo::second_factor::confirm(platform, &me, None, &code.into()).await.unwrap();
    let page = Browser::at(platform, "central.example.com").sign_in("admin@example.com").await;
    let cookie = page.header("set-cookie");
    assert!(cookie.starts_with("__Host-neo-pending=") && cookie.ends_with("; Secure"), "{cookie}");
    assert!(!cookie.contains("Domain"), "{cookie}");
}
