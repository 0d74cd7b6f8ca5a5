//! Saying that one looks into what failed, or that somebody else does.

use axum::extract::{Path, State};
use leptos::prelude::*;
use neo::runs::{self, Acknowledged};

use super::under;
use crate::door::visit::Signed;
use crate::door::{AppState, Door};
use crate::error::Answer;
use crate::page::forms::Form;
use crate::page::render::{page, see_other};
use crate::problems;
use crate::query::Query;
use crate::rooms::runs::api::AcknowledgeRun;
use crate::rooms::runs::calls::OnIt;
use crate::rooms::runs::words::title;
use crate::rooms::runs::{calls, links, on_it};
use crate::ui::{Confirm, Field, InPlace, Press};

pub async fn ask(State(app): State<AppState>, signed: Signed, Path(number): Path<i64>, query: Query) -> Answer {
    question(&app, &signed, number, query.get("cause").map(str::to_owned), Form::empty()).await
}

pub async fn act(State(app): State<AppState>, signed: Signed, Path(number): Path<i64>, form: Form) -> Answer {
    let said = |name: &str| form.optional(name).map(str::to_owned);
    let cause = said("cause");
    let asked = OnIt { cause: cause.clone(), note: said("note"), to: said("to"), end: Some(form.ticked("end")) };
    match calls::acknowledge(&Door::of(&app.platform, &signed)?, number, asked).await {
        Ok(_) => Ok(see_other(&links::one(number))),
        Err(error) => question(&app, &signed, number, cause, form.refuse(error)?).await,
    }
}

async fn question(app: &AppState, signed: &Signed, number: i64, cause: Option<String>, form: Form) -> Answer {
    let run = runs::find(&app.platform, &signed.actor, number).await?;
    let all = runs::acknowledged(&app.platform, &signed.actor, number).await?;
    let taken = on_it::whose(&all, cause.as_deref()).cloned();
    let shown = under(number, "On it").form(&form);
    Ok(page(signed, shown, move || view(number, title(&run), cause.as_deref(), taken.as_ref(), &form)).await)
}

fn view(number: i64, of: String, cause: Option<&str>, taken: Option<&Acknowledged>, form: &Form) -> AnyView {
    let what = if cause.is_some() { "this cause" } else { "what failed" };
    let heading = match taken {
        Some(_) => format!("Hand over {what}?"),
        None => format!("Take {what} on?"),
    };
    let (text, wrong) = (|name: &str| form.text(name).to_owned(), |name: &str| problems::on(form, name));
    let (note, to) = ((text("note"), wrong("note")), (text("to"), wrong("to")));
    let call = AcknowledgeRun { run: number, cause: cause.map(str::to_owned), note: None, to: None, end: None };
    let hidden: Vec<_> = cause.map(|cause| ("cause", cause.to_owned())).into_iter().collect();
    let carried = hidden.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let option = cause.map(|cause| format!(" --cause {cause}")).unwrap_or_default();
    let end = taken.map(|_| {
        let end = AcknowledgeRun { end: Some(true), ..call.clone() };
        let hidden = hidden.into_iter().chain([("end", "1".to_owned())]).collect();
        view! { <Press label="Nobody is on it" action=links::act(number, "acknowledge") act=InPlace::of(&end) hidden=hidden /> }
    });
    view! {
        <div class="head"><div><h1>{heading}</h1><p>{of}</p></div></div>
        {form.summary()}
        {taken.map(on_it::told)}
        <Confirm
            action=links::act(number, "acknowledge")
            verb=if taken.is_some() { "Hand over" } else { "I am on it" }
            cancel=links::one(number)
            hidden=carried
            act=InPlace::of(&call).typed("note", "note").typed("to", "to")
            cli=format!("neo run acknowledge {number}{option}")
        >
            <p>"Everybody sees it, here and on the dashboard, until it is mended."</p>
            <Field name="note" label="Note" value=note.0 error=note.1 hint="What the others should know. Optional." maxlength=1000 />
            <Field name="to" label="Who" value=to.0 error=to.1 hint="The email of another admin. Empty: you." />
        </Confirm>
        {end.map(|end| view! { <div class="acts">{end}</div> })}
    }
    .into_any()
}
