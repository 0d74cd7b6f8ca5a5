//! A form whose sender has to prove themselves once more is not lost by that: what was typed goes along, what is secret does not, and
//! nothing is done before they press again.

use axum::http::StatusCode;
use neo::actor::{Actor, Role};
use neo::runs;
use neo_app::page::forms::SECRETS;

use super::browser::{Browser, PASSWORD, Page};
use super::known::age;
use super::{signed_in, tenant};
use crate::world::World;

/// Where the first form of a page leads, and the fields that it carries along unseen.
pub fn carried(page: &Page) -> (String, Vec<(String, String)>) {
    let form = page.text.split("<form").nth(1).unwrap_or_else(|| panic!("a form in {}", page.text));
    let form = form.split("</form>").next().unwrap();
    let tags = form.split("<input").skip(1).filter_map(|tag| tag.split_once('>').map(|(tag, _)| tag));
    let hidden = tags.filter(|tag| tag.contains("type=\"hidden\""));
    let fields = hidden.map(|tag| (attribute(tag, "name"), attribute(tag, "value"))).collect();
    (attribute(form, "action"), fields)
}

fn attribute(tag: &str, name: &str) -> String {
    let value = tag.split(&format!(" {name}=\"")).nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
    ["&quot;", "&#x27;", "&lt;", "&gt;", "&amp;"]
        .into_iter()
        .zip(["\"", "'", "<", ">", "&"])
        .fold(value.to_owned(), |value, (name, letter)| value.replace(name, letter))
}

/// Sends what a page carries along, and more with it.
async fn sends(browser: &mut Browser, page: &Page, more: &[(&str, &str)]) -> Page {
    let (to, fields) = carried(page);
    let fields: Vec<_> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).chain(more.iter().copied()).collect();
    browser.post(&to, &fields).await
}

#[tokio::test]
async fn a_form_goes_on_after_the_password_with_what_was_typed_into_it() {
    let world = World::new().await;
    tenant::provisioned(&world).await;
    let platform = &world.platform;
    let operator = Actor::operator();
    let mut boss = signed_in(&world, Role::Superadmin).await;
    let role = Role::Support.as_str();
    let (slug, name) = ("dora-7", "Dora's <b>& \"Sons\"</b>");
    let secret = "a secret of seven words, or so";
    type Fields<'a> = &'a [(&'a str, &'a str)];
    // Where it is sent, what is typed, what of it is secret; where it leads in the end.
    let forms: [(&str, Fields<'_>, Fields<'_>, &str); 4] = [
        (
            "/admins",
            &[("email", "dora@example.com"), ("first_name", "Dora"), ("last_name", name), ("role", role)],
            &[("password", secret)],
            "/admins/",
        ),
        ("/tenants/new", &[("slug", slug), ("name", name), ("server", "local")], &[], "/tenants/"),
        ("/runs/new", &[("keys", "acme"), ("targets", "keys"), ("reason", name)], &[], "/runs/"),
        ("/tenants/acme/delete", &[("confirm", "acme"), ("reason", name)], &[], "/"),
    ];
    for (path, typed, secrets, leads) in forms {
        age(platform).await;
        let admins = neo::admins::list(platform, &operator).await.unwrap().len();
        let runs = async || runs::list(platform, &operator, &[], None, 100).await.unwrap().len();
        let before = runs().await;
        let page = boss.post(path, &[typed, secrets].concat()).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{path}: {}", page.text);
        assert!(page.text.contains("What you filled in is kept."), "{path}: {}", page.text);
        // A wrong password loses nothing either.
        let page = sends(&mut boss, &page, &[("password", "not this one")]).await;
        assert_eq!(page.status, StatusCode::UNAUTHORIZED, "{path}");
        let page = sends(&mut boss, &page, &[("password", PASSWORD)]).await;
        assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.text);
        assert!(!page.text.contains(secret), "{path}");
        let (to, fields) = carried(&page);
        let kept: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!((to.as_str(), kept.as_slice()), (path, typed), "{}", page.text);
        for (name, _) in secrets {
            assert!(page.text.contains(&format!("id=\"f-{name}\"")), "{path} asks for {name} again: {}", page.text);
        }
        assert_eq!(
            (neo::admins::list(platform, &operator).await.unwrap().len(), runs().await),
            (admins, before),
            "{path}"
        );
        let page = sends(&mut boss, &page, secrets).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{path}: {}", page.text);
        assert!(page.location().starts_with(leads), "{path}: {}", page.location());
    }
    let dora = neo::admins::find(platform, &operator, "dora@example.com").await.unwrap();
    assert_eq!(dora.last_name, name);
    assert_eq!(neo::tenants::find(platform, &operator, slug).await.unwrap().name, name);
}

#[tokio::test]
async fn nobody_is_led_elsewhere_by_what_a_form_says_that_it_carries() {
    let world = World::new().await;
    let mut boss = signed_in(&world, Role::Superadmin).await;
    for to in ["https://evil.example/", "//evil.example", "/api/v1/me", "javascript:alert(1)"] {
        let kept = serde_json::json!({ "to": to, "fields": [], "secrets": [] }).to_string();
        let page = boss.post("/reauthenticate", &[("password", PASSWORD), ("next", "/runs"), ("kept", &kept)]).await;
        assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/runs"), "{to}");
    }
}

/// A field that is typed unseen, or read as a secret, has one of the names of secrets: by those it is known what is not kept.
#[test]
fn every_secret_of_a_form_is_known_by_its_name() {
    let mut names = Vec::new();
    sources(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src").as_path(), &mut names);
    names.sort();
    names.dedup();
    let known: Vec<&str> = SECRETS.iter().map(|(name, _)| *name).collect();
    assert!(names.len() > 3, "{names:?}");
    assert_eq!(
        names.into_iter().filter(|name| !known.contains(&name.as_str())).collect::<Vec<_>>(),
        Vec::<String>::new()
    );
}

fn sources(folder: &std::path::Path, names: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, names);
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for call in [".secret(\"", ".password(\"", ".new_password(\""] {
            names.extend(text.split(call).skip(1).filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())));
        }
        // A field's name stands before its kind, where it is written down.
        for (at, _) in text.match_indices("kind=\"password\"") {
            let tag = text[..at].rsplit('<').next().unwrap_or_default();
            let name = tag.split_once(" name=\"").and_then(|(_, rest)| rest.split_once('"'));
            names.extend(name.map(|(name, _)| name.to_owned()));
        }
    }
}
