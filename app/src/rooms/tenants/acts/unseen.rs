//! What an act's page says while the tenant's database cannot be looked at: nothing can be decided, and nothing was.

use leptos::prelude::*;
use neo::error::Error;

use crate::problems;
use crate::rooms::tenants::one::model::One;

/// What is asked, and of whom.
pub fn head(one: &One, title: String) -> AnyView {
    view! {
        <div class="head">
            <div><h1>{title}</h1><p>{one.tenant.name.clone()}</p></div>
        </div>
    }
    .into_any()
}

/// `act`: the last part of the page's own address.
pub fn unseen(one: &One, title: String, act: &str, error: &Error) -> AnyView {
    view! {
        {head(one, title)}
        {problems::banner(error)}
        <div class="acts">
            <a class="button" href=one.part(act)>"Look again"</a>
            <a class="button" href=one.path()>"Back to the tenant"</a>
        </div>
    }
    .into_any()
}
