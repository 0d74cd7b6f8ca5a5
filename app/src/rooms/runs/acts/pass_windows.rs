//! Going on in spite of maintenance windows, with the reason.

use axum::extract::{Path, State};
use leptos::prelude::*;
use neo::error::Error;
use neo::runs;

use super::under;
use crate::door::AppState;
use crate::door::visit::Signed;
use crate::error::Answer;
use crate::page::forms::Form;
use crate::page::render::{page, see_other};
use crate::problems;
use crate::rooms::runs::links;
use crate::rooms::runs::words::title;
use crate::rooms::windows::banner;
use crate::ui::{Confirm, Field};

pub async fn ask(State(app): State<AppState>, signed: Signed, Path(number): Path<i64>) -> Answer {
    question(&app, &signed, number, Form::empty()).await
}

pub async fn act(State(app): State<AppState>, signed: Signed, Path(number): Path<i64>, form: Form) -> Answer {
    match runs::pass_windows(&app.platform, &signed.actor, number, form.text("why")).await.map_err(here) {
        Ok(run) => Ok(see_other(&links::one(run.number))),
        Err(error) => question(&app, &signed, number, form.refuse(error)?).await,
    }
}

fn here(error: Error) -> Error {
    if error.field == Some("despite_windows") { error.on("why") } else { error }
}

async fn question(app: &AppState, signed: &Signed, number: i64, form: Form) -> Answer {
    let run = runs::find(&app.platform, &signed.actor, number).await?;
    let kept = runs::waiting_for_windows(&app.platform, &signed.actor, number).await?;
    let (why, wrong) = (form.text("why").to_owned(), problems::on(&form, "why"));
    let shown = under(number, "In spite of windows").form(&form);
    Ok(page(signed, shown, move || {
        view! {
            <div class="head"><div><h1>"Go on in spite of maintenance windows?"</h1><p>{title(&run)}</p></div></div>
            {form.summary()}
            {banner::view(&kept, "These wait")}
            <Confirm
                action=links::act(number, "pass-windows")
                verb="Go on in spite of them"
                cancel=links::one(number)
                danger=true
                cli=format!("neo run pass-windows {number} --why …")
            >
                <p>"The run takes them up at once, and heeds no window any more. "</p>
                <Field name="why" label="Why" value=why error=wrong hint="Kept with the run and in the audit." required=true maxlength=1000 />
            </Confirm>
        }
        .into_any()
    })
    .await)
}
