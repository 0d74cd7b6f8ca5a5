//! What the roles are for, and how an invitation stands.

use leptos::prelude::*;
use neo::actor::Role;
use neo_model::WayIn;

use crate::ui::Time;

/// The roles to choose from, each with what it is for.
pub fn roles() -> Vec<(String, String)> {
    let what = |role| match role {
        Role::Support => "Support: sees everything, reruns what failed",
        Role::Admin => "Admin: also starts runs and manages tenants' users",
        Role::Superadmin => "Superadmin: also tenants, servers, keys and admins",
    };
    Role::ALL.map(|role| (role.as_str().to_owned(), what(role).to_owned())).to_vec()
}

/// By what somebody signs in; none of whoever has not come in yet.
pub fn ways(ways: &[WayIn]) -> Option<String> {
    let words = ways.iter().map(|way| match way {
        WayIn::Password => "password",
        WayIn::Passkey => "passkey",
        WayIn::Provider => "the identity provider",
    });
    let words: Vec<_> = words.collect();
    match words.split_last() {
        Some((last, [])) => Some((*last).to_owned()),
        Some((last, others)) => Some(format!("{} or {last}", others.join(", "))),
        None => None,
    }
}

/// What follows "invited": until when there is a link.
pub fn standing(link_until: Option<i64>) -> AnyView {
    match link_until {
        Some(ms) => view! { ", until "<Time ms=ms /> }.into_any(),
        None => ", without a link".into_any(),
    }
}
