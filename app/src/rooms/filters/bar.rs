//! What stands over a list: the filters of it that are kept, and the way to keep the one in force.

use leptos::prelude::*;
use neo::Platform;
use neo::actor::{Actor, Permission};
use neo::error::Result;
use neo::filters;
use neo_model::{FilterPage, SavedFilter};

use super::links;
use crate::query::Query;
use crate::ui::{Field, Pill, Pills};

/// The filters of one list, and what its address says of it.
pub struct Bar {
    page: FilterPage,
    saved: Vec<SavedFilter>,
    /// Only what is kept of an address.
    query: Query,
}

impl Bar {
    /// None for whoever keeps none.
    pub async fn load(platform: &Platform, actor: &Actor, page: FilterPage, query: &Query) -> Result<Option<Self>> {
        if !actor.may(Permission::KeepFilters) {
            return Ok(None);
        }
        let known = filters::names(page);
        let said = query.pairs().filter(|(name, value)| known.contains(name) && !value.is_empty());
        let query = said.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Ok(Some(Self { page, saved: filters::list(platform, actor, page).await?, query }))
    }

    pub fn view(&self) -> Option<AnyView> {
        let here = self.query.href(links::page(self.page));
        let is_kept = self.saved.iter().any(|filter| links::of(filter) == here);
        let can_be_kept = self.query.pairs().next().is_some() && !is_kept;
        if self.saved.is_empty() && !can_be_kept {
            return None;
        }
        let pills: Vec<Pill> = self.saved.iter().map(|filter| pill(filter, &here)).collect();
        let saved = (!pills.is_empty()).then(|| view! { <Pills label="Saved filters" pills=pills /> });
        let all =
            (!self.saved.is_empty()).then(|| view! { <a class="button quiet" href=links::LIST>"Saved filters"</a> });
        let keep = can_be_kept.then(|| keep(self.page, &self.query));
        Some(view! { <div class="bar" id="saved-filters">{saved}{keep}{all}</div> }.into_any())
    }
}

fn pill(filter: &SavedFilter, here: &str) -> Pill {
    let href = links::of(filter);
    Pill { label: filter.name.clone(), current: href == here, href, bad: false }
}

fn keep(page: FilterPage, query: &Query) -> AnyView {
    let said = query.href("");
    let said = said.trim_start_matches('?').to_owned();
    view! {
        <details class="more">
            <summary class="button quiet">"Save this filter"</summary>
            <form method="post" action=links::LIST class="over fields">
                <input type="hidden" name="page" value=page.as_str() />
                <input type="hidden" name="query" value=said />
                <Field name="name" label="Name" hint="Everybody sees it over this list." required=true maxlength=60 />
                <button type="submit" class="primary">"Save"</button>
            </form>
        </details>
    }
    .into_any()
}
