//! Giving up on one tenant of a run, with the reason.

use axum::extract::{Path, State};
use leptos::prelude::*;
use neo::error::Error;
use neo::runs;

use super::under;
use crate::door::visit::Signed;
use crate::door::{AppState, Door};
use crate::error::Answer;
use crate::page::forms::Form;
use crate::page::render::{page, see_other};
use crate::query::Query;
use crate::rooms::runs::api::SkipTenants;
use crate::rooms::runs::words::title;
use crate::rooms::runs::{calls, links};
use crate::ui::{Confirm, InPlace};

pub async fn ask(State(app): State<AppState>, signed: Signed, Path(number): Path<i64>, query: Query) -> Answer {
    let tenant = query.get("tenant").map(str::to_owned);
    let tenant = tenant.ok_or_else(|| Error::invalid("tenant", "which tenant is to be skipped?"))?;
    question(&app, &signed, number, tenant, Form::empty()).await
}

pub async fn act(State(app): State<AppState>, signed: Signed, Path(number): Path<i64>, form: Form) -> Answer {
    let tenant = form.text("tenant").to_owned();
    let door = Door::of(&app.platform, &signed)?;
    match calls::skip(&door, number, std::slice::from_ref(&tenant), form.text("reason")).await {
        Ok(run) => Ok(see_other(&links::one(run.run))),
        Err(error) => question(&app, &signed, number, tenant, form.refuse(error)?).await,
    }
}

async fn question(app: &AppState, signed: &Signed, number: i64, tenant: String, form: Form) -> Answer {
    let run = runs::find(&app.platform, &signed.actor, number).await?;
    let shown = under(number, "Skip").form(&form);
    let skip = SkipTenants { run: number, tenants: vec![tenant.clone()], reason: String::new() };
    Ok(page(signed, shown, move || {
        view! {
            <div class="head"><div><h1>{format!("Skip {tenant}?")}</h1><p>{title(&run)}</p></div></div>
            {form.summary()}
            <Confirm
                action=links::act(number, "skip")
                verb=format!("Skip {tenant}")
                cancel=links::one(number)
                hidden=vec![("tenant".to_owned(), tenant.clone())]
                reason=true
                act=InPlace::of(&skip).typed("reason", "reason")
                cli=format!("neo run skip {number} {tenant} --reason …")
            >
                <p>"This run gives up on it. It stays where it is, and the next run takes it again. Say why."</p>
            </Confirm>
        }
        .into_any()
    })
    .await)
}
