//! What a token says of somebody, in our words.

use neo_model::Role;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::config::{Oidc, Sign, TheirFactor};
use crate::person;

/// Whoever the provider has signed in.
pub(crate) struct Claims {
    pub issuer: String,
    /// What the provider calls them, and never anybody else.
    pub subject: String,
    /// Only one that the provider has verified.
    pub email: Option<String>,
    pub first_name: String,
    pub last_name: String,
    /// The highest that a value of theirs is; none: they are nobody here.
    pub role: Option<Role>,
    /// With a second factor, as far as the settings believe it.
    pub is_both: bool,
    /// When they signed in there, and when that was said: seconds of the provider's clock.
    pub auth_time: Option<i64>,
    pub issued_at: i64,
}

/// An identity that is to be an admin's, and the role that comes with it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Identity {
    pub issuer: String,
    pub subject: String,
    pub role: Role,
}

impl Claims {
    /// `said`: what its token says, and what the provider says besides where the token does not.
    pub fn read(oidc: &Oidc, subject: String, issued_at: i64, said: &Map<String, Value>) -> Self {
        let text = |name: &str| said.get(name).and_then(Value::as_str).unwrap_or_default();
        let is_verified = match said.get("email_verified") {
            Some(Value::Bool(is_verified)) => *is_verified,
            Some(Value::String(word)) => word == "true",
            _ => false,
        };
        let is_plain = person::is_as_it_looks(text("email"));
        let email = person::email(text("email")).ok().filter(|_| is_verified && is_plain);
        let (first_name, last_name) = names(said, email.as_deref().unwrap_or_default());
        let values = values(said, &oidc.role_claim);
        let roles = oidc.roles.iter().filter(|(_, value)| values.iter().any(|is| is == value));
        Self {
            issuer: oidc.issuer.clone(),
            subject,
            email,
            first_name,
            last_name,
            role: roles.map(|(role, _)| *role).max(),
            is_both: is_both(&oidc.second_factor, said),
            auth_time: said.get("auth_time").and_then(Value::as_i64),
            issued_at,
        }
    }
}

/// Whether there is such a claim at all.
pub(super) fn has(said: &Map<String, Value>, path: &str) -> bool {
    find(said, path).is_some()
}

/// By its whole name, which may have dots in it, or else as the way to it.
fn find<'a>(said: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    if let Some(value) = said.get(path) {
        return Some(value);
    }
    let mut parts = path.split('.');
    let first = said.get(parts.next()?)?;
    parts.try_fold(first, |value, part| value.get(part))
}

/// A text is one value.
fn values(said: &Map<String, Value>, path: &str) -> Vec<String> {
    match find(said, path) {
        Some(Value::String(value)) => vec![value.clone()],
        Some(Value::Array(values)) => values.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

fn names(said: &Map<String, Value>, email: &str) -> (String, String) {
    let text = |name: &str| said.get(name).and_then(Value::as_str).unwrap_or_default().trim();
    let whole = if text("name").is_empty() { email.split('@').next().unwrap_or_default() } else { text("name") };
    let (first, last) = match (text("given_name"), text("family_name")) {
        ("", "") => whole.split_once(char::is_whitespace).unwrap_or((whole, "")),
        both => both,
    };
    // Whatever it is, nobody typed it here: what is no name is left out.
    let name = |typed: &str| person::name(typed, "first_name", "name").unwrap_or_default();
    (name(first), name(last))
}

fn is_both(theirs: &TheirFactor, said: &Map<String, Value>) -> bool {
    let signs = match theirs {
        TheirFactor::No => return false,
        TheirFactor::Always => return true,
        TheirFactor::Where(signs) => signs,
    };
    signs.iter().any(|sign| match sign {
        Sign::Amr(amr) => values(said, "amr").contains(amr),
        Sign::Acr(acr) => said.get("acr").and_then(Value::as_str) == Some(acr),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn oidc(role_claim: &str, second_factor: TheirFactor) -> Oidc {
        Oidc {
            issuer: "https://id.example.com".into(),
            client_id: "neo".into(),
            client_secret: "hush".into(),
            name: "Example".into(),
            role_claim: role_claim.into(),
            roles: vec![(Role::Admin, "ops".into()), (Role::Superadmin, "root".into()), (Role::Support, "desk".into())],
            scopes: Vec::new(),
            second_factor,
        }
    }

    fn read(claim: &str, said: &Value) -> Claims {
        Claims::read(&oidc(claim, TheirFactor::No), "s".into(), 0, said.as_object().unwrap())
    }

    #[test]
    fn the_highest_role_that_a_value_is_counts_and_what_is_no_value_makes_nobody() {
        for (claim, said, role) in [
            ("groups", json!({ "groups": ["desk", "ops", "x"] }), Some(Role::Admin)),
            ("groups", json!({ "groups": "root" }), Some(Role::Superadmin)),
            ("groups", json!({ "groups": ["Root", " ops", "desks", 7, null, ["desk"]] }), None),
            ("groups", json!({ "groups": "desk ops" }), None),
            ("groups", json!({ "groups": { "desk": true } }), None),
            ("groups", json!({}), None),
            ("realm_access.roles", json!({ "realm_access": { "roles": ["desk"] } }), Some(Role::Support)),
            ("https://example.com/roles", json!({ "https://example.com/roles": ["ops"] }), Some(Role::Admin)),
            ("a.b", json!({ "a": "ops" }), None),
        ] {
            assert_eq!(read(claim, &said).role, role, "{claim} {said}");
        }
    }

    #[test]
    fn an_email_counts_only_where_the_provider_has_verified_it() {
        for (said, email) in [
            (json!({ "email": "ada@example.com", "email_verified": true }), Some("ada@example.com")),
            (json!({ "email": "ada@example.com", "email_verified": "true" }), Some("ada@example.com")),
            (json!({ "email": "ada@example.com", "email_verified": false }), None),
            (json!({ "email": "ada@example.com", "email_verified": 1 }), None),
            (json!({ "email": "ada@example.com" }), None),
            (json!({ "email": "ada", "email_verified": true }), None),
            (json!({ "email": "\u{212a}im@example.com", "email_verified": true }), None),
        ] {
            assert_eq!(read("groups", &said).email.as_deref(), email, "{said}");
        }
    }

    #[test]
    fn somebody_is_called_what_the_provider_calls_them_as_far_as_that_is_a_name() {
        for (said, names) in [
            (json!({ "given_name": "Ada", "family_name": "Lovelace", "name": "x" }), ("Ada", "Lovelace")),
            (json!({ "name": "Ada Byron Lovelace" }), ("Ada", "Byron Lovelace")),
            (json!({ "email": "ada@example.com", "email_verified": true }), ("ada", "")),
            (json!({ "given_name": "a\u{1b}[31m", "family_name": 7 }), ("", "")),
        ] {
            let claims = read("groups", &said);
            assert_eq!((claims.first_name.as_str(), claims.last_name.as_str()), names, "{said}");
        }
    }

    #[test]
    fn their_second_factor_counts_as_the_settings_say() {
        let said = json!({ "amr": ["pwd", "mfa"], "acr": "urn:gold" });
        let holds = |theirs| is_both(&theirs, said.as_object().unwrap());
        assert!(holds(TheirFactor::Always) && !holds(TheirFactor::No));
        assert!(holds(TheirFactor::Where(vec![Sign::Amr("mfa".into())])));
        assert!(holds(TheirFactor::Where(vec![Sign::Amr("otp".into()), Sign::Acr("urn:gold".into())])));
        assert!(!holds(TheirFactor::Where(vec![Sign::Acr("mfa".into()), Sign::Amr("urn:gold".into())])));
    }
}
