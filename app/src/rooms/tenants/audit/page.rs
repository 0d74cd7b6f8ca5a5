//! What was done to one tenant and to its users, and the runs that it was in.

use axum::extract::{Path, State};
use leptos::prelude::*;

use crate::door::AppState;
use crate::door::visit::Signed;
use crate::error::Answer;
use crate::page::render::{page, see_other};
use crate::query::Query;
use crate::rooms::audit::list::model::List;
use crate::rooms::audit::list::{table, toolbar};
use crate::rooms::tenants::one::frame::{self, At, titled};
use crate::rooms::tenants::one::model::One;

pub async fn show(State(app): State<AppState>, signed: Signed, Path(slug): Path<String>, query: Query) -> Answer {
    let one = One::load(&app.platform, &signed.actor, &slug).await?;
    let path = one.part("audit");
    if let Some(tidy) = query.tidied() {
        return Ok(see_other(&tidy.href(&path)));
    }
    let list = List::load(&app.platform, &signed.actor, query, path, Some(one.tenant.id.as_str())).await?;
    Ok(page(&signed, titled(&one, "audit"), move || frame::view(&one, At::Audit, view(&list))).await)
}

fn view(list: &List) -> AnyView {
    view! {
        {toolbar::view(list)}
        <div class="acts">{toolbar::exports(list)}</div>
        {table::view(list)}
    }
    .into_any()
}
