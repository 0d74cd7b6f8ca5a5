//! Everything that was done, the newest first. Its filters are its address.

use axum::extract::State;
use leptos::prelude::*;
use neo_model::FilterPage;

use super::model::List;
use super::{table, toolbar};
use crate::door::AppState;
use crate::door::visit::Signed;
use crate::error::Answer;
use crate::page::render::{Page, page, see_other};
use crate::query::Query;
use crate::rooms::audit::links;
use crate::rooms::filters::bar::Bar;
use crate::ui::Nav;
use crate::ui::text::count;

pub async fn show(State(app): State<AppState>, signed: Signed, query: Query) -> Answer {
    if let Some(tidy) = query.tidied() {
        return Ok(see_other(&tidy.href(links::LIST)));
    }
    let saved = Bar::load(&app.platform, &signed.actor, FilterPage::Audit, &query).await?;
    let list = List::load(&app.platform, &signed.actor, query, links::LIST.to_owned(), None).await?;
    Ok(page(&signed, Page::new(Nav::Audit, "Audit"), move || view(&list, saved.as_ref())).await)
}

fn view(list: &List, saved: Option<&Bar>) -> AnyView {
    view! {
        <div class="head">
            <div><h1>"Audit"</h1><p>{format!("{}, each chained to the one before it.", count(list.total, "row"))}</p></div>
            <div class="acts">{toolbar::exports(list)}</div>
        </div>
        {toolbar::view(list)}
        {saved.and_then(|saved| saved.view())}
        {table::view(list)}
    }
    .into_any()
}
