//! What somebody has asked for and somebody else is to say yes to.

use serde::{Deserialize, Serialize};

use crate::{Moment, Request, rfc3339};

names! {
    /// An act that may want somebody else's yes.
    pub enum Guard: "REQUIRE_APPROVAL", "an act that can want somebody else's yes" {
        /// A tenant is deleted.
        Delete = "delete",
        Rollback = "rollback",
        /// A run that changes every active tenant.
        AllTenants = "all-tenants" => "all tenants",
    }
}

names! {
    /// How a request stands.
    pub enum RequestState: "state", "a state of a request" {
        Open = "open",
        /// Somebody has said yes, and what was asked for begins.
        Approved = "approved",
        Declined = "declined",
        /// What was asked for was begun.
        Used = "used" => "done",
        Expired = "expired",
        /// Its plan is not what would happen any more.
        Outdated = "outdated",
    }
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Act {
    Start(Box<Request>),
    Delete {
        /// Whether it is backed up first.
        backup: bool,
    },
}

impl Act {
    /// When it begins, once somebody has said yes.
    pub fn begins(&self) -> String {
        match self {
            Act::Start(request) => match request.not_before {
                None => "at once".to_owned(),
                Some(Moment::At(at)) => format!("not before {}", rfc3339(at)),
                Some(Moment::In(ms)) => format!("{} after the yes", spoken(ms)),
            },
            Act::Delete { .. } => "at once".to_owned(),
        }
    }

    /// What is said of how it is done, where that is not as usual: name and value.
    pub fn options(&self) -> Vec<(String, String)> {
        let request = match self {
            Act::Start(request) => request,
            Act::Delete { backup } => {
                return vec![("backup".to_owned(), if *backup { "first" } else { "none" }.to_owned())];
            }
        };
        let mut options = Vec::new();
        let mut tell = |given: serde_json::Value, usual: serde_json::Value| {
            for (name, value) in given.as_object().into_iter().flatten() {
                if Some(value) != usual.get(name) {
                    let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                    options.push((name.replace('_', " "), value));
                }
            }
        };
        let json = |value: &dyn Fn() -> serde_json::Result<serde_json::Value>| value().unwrap_or_default();
        tell(json(&|| serde_json::to_value(&request.policy)), json(&|| serde_json::to_value(crate::Policy::default())));
        tell(
            json(&|| serde_json::to_value(&request.selection)),
            json(&|| serde_json::to_value(crate::TenantFilter::default())),
        );
        match json(&|| serde_json::to_value(&request.goal)) {
            serde_json::Value::Object(goal) => {
                goal.into_iter().for_each(|(_, more)| tell(more, serde_json::Value::Null))
            }
            other => tell(serde_json::json!({ "goal": other }), serde_json::Value::Null),
        }
        options.retain(|(_, value)| value != "null");
        options
    }
}

/// `30 d`, `90 min`, `20 s`: the largest unit that says it exactly.
fn spoken(ms: i64) -> String {
    let seconds = ms / 1000;
    let units = [(86_400, "d"), (3_600, "h"), (60, "min")];
    let (each, unit) = units.into_iter().find(|(each, _)| seconds % each == 0 && seconds > 0).unwrap_or((1, "s"));
    format!("{} {unit}", seconds / each)
}

/// A file of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct PlannedFile {
    pub file: String,
    pub version: i64,
    /// SHA-384 in hexadecimal digits, with line ends folded.
    pub checksum: String,
}

/// A tenant of a plan, as it stood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct PlannedTenant {
    pub id: String,
    /// Its slug.
    pub tenant: String,
    /// Where it lives: the server's id, and its database there.
    pub place: String,
    pub status: crate::TenantStatus,
    pub version: Option<i64>,
    /// The versions that a rollback undoes, newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undone: Vec<i64>,
}

/// A request in a list.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct RequestRow {
    /// Its number.
    pub request: i64,
    /// Why it wants somebody else's yes.
    pub guard: Guard,
    /// In words: `roll back 3 tenants`.
    pub what: String,
    pub state: RequestState,
    pub tenants: i64,
    pub asked_by: String,
    #[serde(with = "crate::clock::at")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "crate::clock::Time"))]
    pub asked_at: i64,
    #[serde(with = "crate::clock::at")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "crate::clock::Time"))]
    pub expires_at: i64,
    /// Why it is asked for, as whoever asked has said.
    pub reason: Option<String>,
    /// Who has approved or declined it.
    pub decided_by: Option<String>,
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<crate::clock::Time>"))]
    pub decided_at: Option<String>,
    /// What they said to it.
    pub word: Option<String>,
    /// The run that it became.
    pub run: Option<i64>,
    /// What has changed since, or why nothing came of it.
    pub why: Option<String>,
    /// The request that asks for the same anew.
    pub replaced_by: Option<i64>,
}

/// A page of requests, the newest first.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct RequestRows {
    pub requests: Vec<RequestRow>,
    /// What to ask for as `before`; null on the last page.
    pub next: Option<i64>,
}

/// One request, with its plan.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct RequestDetail {
    #[serde(flatten)]
    pub row: RequestRow,
    pub act: Act,
    /// The files that it would run, each with its checksum.
    pub files: Vec<PlannedFile>,
    /// The tenants that it is about; of very many the first thousand.
    pub targets: Vec<PlannedTenant>,
}

/// What was only asked for: nothing is begun before somebody else has said yes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Asked {
    /// The request's number.
    pub request: i64,
    pub message: String,
    /// Where to look.
    pub hint: Option<String>,
}

/// What came of an act that may want somebody else's yes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Begun<T> {
    Asked(Asked),
    Done(T),
}

/// Who let something begin that wants somebody's yes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Approval {
    /// Somebody else, by this request.
    Approved { request: i64, by: String },
    /// Whoever was at the machine, with --without-approval.
    WithoutApproval { by: String },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Goal, Policy, TenantFilter};

    fn asked(not_before: Option<Moment>) -> Act {
        Act::Start(Box::new(Request {
            goal: Goal::Migrate { to: Some(20_260_101_000_002) },
            selection: TenantFilter { tags: vec!["bank".into()], ..TenantFilter::default() },
            policy: Policy { concurrency: 200, ..Policy::default() },
            reason: None,
            confirm: None,
            expect: None,
            not_before,
            detached: true,
        }))
    }

    #[test]
    fn whoever_says_yes_is_told_when_and_how() {
        assert_eq!(asked(None).begins(), "at once");
        assert_eq!(asked(Some(Moment::In(30 * 86_400_000))).begins(), "30 d after the yes");
        assert_eq!(asked(Some(Moment::In(5_000))).begins(), "5 s after the yes");
        assert!(asked(Some(Moment::At(0))).begins().starts_with("not before 1970-01-01T00:00:00"));
        let told = asked(None).options();
        let is_told = |name: &str, value: &str| told.iter().any(|(n, v)| n == name && v == value);
        assert!(
            is_told("concurrency", "200") && is_told("tags", "[\"bank\"]") && is_told("to", "20260101000002"),
            "{told:?}"
        );
        assert_eq!(told.len(), 3, "what is as usual is not told: {told:?}");
        assert_eq!(Act::Delete { backup: false }.options(), [("backup".to_owned(), "none".to_owned())]);
    }
}
