//! What the doctor says of the provider: whether somebody could come in by it, before anybody tries.

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use neo::Platform;
use neo::actor::{Actor, Role};
use neo::doctor::{self, Finding};

use super::jar::Jar;
use super::provider::{Key, Provider, SECRET, Says};
use super::{admin, by_password, scene};
use crate::program::Program;
use crate::world::World;

async fn examined(platform: &Platform) -> Option<Finding> {
    doctor::examine_provider(platform, &Actor::operator(), &*neo_app::web::web()).await.unwrap()
}

#[tokio::test]
async fn a_provider_that_is_as_it_should_be_has_a_line_and_where_none_is_set_there_is_none() {
    let (world, provider) = scene(|_| {}).await;
    let found = examined(&world.platform).await.unwrap();
    assert_eq!((found.area.as_str(), found.subject.as_str(), found.ok), ("provider", provider.issuer.as_str(), true));
    assert_eq!(found.message, "answers, 1 key, its clock agrees");
    assert!(examined(&World::new().await.platform).await.is_none());
    // It is asked anew, each time: what was known a moment ago says nothing.
    provider.tell(|told| told.keys = vec![Key::new("first"), Key::new("second")]);
    assert_eq!(examined(&world.platform).await.unwrap().message, "answers, 2 keys, its clock agrees");
    admin(&world.platform, "grace@example.com", Role::Support).await;
    let mut browser = Jar::at(&world.platform);
    by_password(&mut browser, "grace@example.com").await;
    let page = browser.get("/doctor?part=all").await;
    assert!(page.text.contains("answers, 2 keys, its clock agrees"), "{}", page.text);
}

#[tokio::test]
async fn what_keeps_everybody_out_is_told_with_the_setting_and_what_is_next() {
    let (world, provider) = scene(|_| {}).await;
    let told = async |says: Says| {
        provider.tell(|told| told.says = says);
        let found = examined(&world.platform).await.unwrap();
        assert!(!found.ok, "{found:?}");
        (found.message, found.remedy.unwrap())
    };
    let (what, next) = told(Says::AnotherName).await;
    assert!(
        what.starts_with("it calls itself otherwise than OIDC_ISSUER does") && what.contains("127.0.0.1:1"),
        "{what}"
    );
    assert!(next.starts_with("set OIDC_ISSUER to what it calls itself"), "{next}");
    for says in [Says::Garbage, Says::Nothing, Says::Redirect] {
        let (what, next) = told(says).await;
        assert!(
            what.starts_with("what it answers is no provider's: ") && next.contains("OIDC_ISSUER"),
            "{what}; {next}"
        );
    }
    let (what, next) = told(Says::Huge).await;
    assert!(what.starts_with("it cannot be reached: more than") && next.contains("OIDC_ISSUER"), "{what}; {next}");
    // Its keys are named to be elsewhere, in the open.
    let (what, next) = told(Says::InTheOpen).await;
    assert!(what.contains("(http://id.example.com/jwks)") && what.contains("not https"), "{what}; {next}");
    let (what, next) = told(Says::OnlyShared).await;
    assert!(
        what.starts_with("signs with nothing that is taken here") && next.contains("OIDC_CLIENT_ID"),
        "{what}; {next}"
    );
    for (late, how) in
        [(700, " s behind that of the central database"), (-120, " s ahead of that of the central database")]
    {
        let (what, next) = told(Says::Late(late)).await;
        assert!(what.contains(how) && next.contains("clocks") && next.contains("NTP"), "{what}; {next}");
    }
    provider.tell(|told| told.says = Says::Late(300));
    let found = examined(&world.platform).await.unwrap();
    assert!(found.ok && found.message.contains(" s behind: tokens that are good for less"), "{found:?}");
    provider.tell(|told| told.keys.clear());
    let (what, _) = told(Says::What).await;
    assert!(what.starts_with("names no key: ") && what.ends_with("/jwks"), "{what}");
}

#[tokio::test]
async fn whoever_is_not_there_at_all_is_told_as_that() {
    let gone = Provider { issuer: "http://127.0.0.1:1".into(), ..Provider::start().await };
    let settings = gone.settings();
    let world = World::with(|config| config.oidc = Some(settings)).await;
    let found = examined(&world.platform).await.unwrap();
    assert!(!found.ok && found.message.starts_with("it cannot be reached: "), "{found:?}");
    assert!(found.remedy.unwrap().contains("OIDC_ISSUER is its address"));
    // Its keys are another matter than what it says of itself.
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let issuer = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
    let says = axum::Json(serde_json::json!({
        "issuer": issuer, "authorization_endpoint": format!("{issuer}/a"), "token_endpoint": format!("{issuer}/t"),
        "jwks_uri": "http://127.0.0.1:1/keys", "response_types_supported": ["code"],
        "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["ES256"],
    }));
    let app = Router::new().route("/.well-known/openid-configuration", get(|| async move { says }));
    let app = app.fallback(|| async { StatusCode::NOT_FOUND });
    tokio::spawn(async move { axum::serve(listener, app).await });
    let half = Provider { issuer, ..gone };
    let settings = half.settings();
    let world = World::with(|config| config.oidc = Some(settings)).await;
    let found = examined(&world.platform).await.unwrap();
    assert!(found.message.starts_with("it cannot be reached (http://127.0.0.1:1/keys): "), "{found:?}");
}

/// Through the executable: a line among the others, and the exit code.
#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_has_a_line_for_it() {
    let provider = Provider::start().await;
    let program = Program::new()
        .with("OIDC_ISSUER", &provider.issuer)
        .with("OIDC_CLIENT_ID", "neo")
        .with("OIDC_CLIENT_SECRET", SECRET)
        .with("OIDC_ROLES", "superadmin=root");
    let doctor = || tokio::task::block_in_place(|| program.run("doctor"));
    doctor().says(&format!("ok  provider {}: answers, 1 key, its clock agrees", provider.issuer));
    provider.tell(|told| told.says = Says::AnotherName);
    doctor().expect(1).says("set OIDC_ISSUER to what it calls itself");
}
