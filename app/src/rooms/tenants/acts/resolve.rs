//! Deciding about a tenant that is half way through a migration: it says where it stopped, and asks what is true of it.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use leptos::prelude::*;
use neo::error::{Error, Kind, Result};
use neo::tenants::{Decision, Resolution, Unresolved};

use super::half_done;
use super::unseen::{head, unseen};
use crate::door::visit::Signed;
use crate::door::{AppState, Door};
use crate::error::Answer;
use crate::page::forms::Form;
use crate::page::render::{page, see_other};
use crate::page::typed::Typed;
use crate::query::Query;
use crate::rooms::tenants::calls::acts;
use crate::rooms::tenants::links;
use crate::rooms::tenants::one::frame::titled;
use crate::rooms::tenants::one::model::One;
use crate::ui::{Banner, Confirm, Field, Tick, Tone};
use crate::{problems, words};

pub async fn ask(State(app): State<AppState>, signed: Signed, Path(slug): Path<String>, query: Query) -> Answer {
    // An advice says which decision it means.
    let form = query.get("how").into_iter().fold(Form::empty(), |form, how| form.with("how", how));
    asked(&Door::of(&app.platform, &signed)?, &signed, &slug, form).await
}

pub async fn act(
    State(app): State<AppState>,
    signed: Signed,
    Path(slug): Path<String>,
    typed: Typed<Decided>,
) -> Answer {
    let door = Door::of(&app.platform, &signed)?;
    match typed.hand_to(|decided| resolve(&door, &slug, decided)).await? {
        Ok(_) => Ok(see_other(&links::one(&slug))),
        Err(form) => asked(&door, &signed, &slug, form).await,
    }
}

/// What was decided, as it was typed.
pub struct Decided {
    how: Decision,
    from: Option<usize>,
    reason: Option<String>,
    confirm: String,
}

impl TryFrom<&Form> for Decided {
    type Error = Error;

    fn try_from(form: &Form) -> Result<Self> {
        if form.text("how").is_empty() {
            return Err(Error::invalid("how", "choose what is true of it, or what is to be done"));
        }
        let how = words::parse("how", form.text("how"))?;
        // The field stands beside the choice that it belongs to.
        let from = form.optional("from").filter(|_| how == Decision::Continue);
        let number = |text: &str| text.parse().map_err(|_| Error::invalid("from", "this is the number of a statement"));
        Ok(Self {
            how,
            from: from.map(number).transpose()?,
            reason: form.optional("reason").map(str::to_owned),
            confirm: form.text("confirm").to_owned(),
        })
    }
}

async fn resolve(door: &Door, slug: &str, decided: Decided) -> Result<Resolution> {
    if decided.confirm != slug {
        return Err(Error::invalid("confirm", format!("type {slug} to confirm")));
    }
    acts::resolve(door, slug, Some(decided.how), decided.from, decided.reason.as_deref()).await
}

async fn asked(door: &Door, signed: &Signed, slug: &str, form: Form) -> Answer {
    let one = One::load(&door.platform, &signed.actor, slug).await?;
    let shown = titled(&one, "Resolve").form(&form);
    match acts::resolve(door, slug, None, None, None).await {
        Ok(Resolution::Unresolved(found)) => Ok(page(signed, shown, move || question(&one, &found, &form)).await),
        Ok(Resolution::Resolved(_)) => Err(Error::internal("a look has decided something").into()),
        Err(error) if matches!(error.kind, Kind::Unavailable | Kind::Conflict) => {
            let shown = shown.status(StatusCode::SERVICE_UNAVAILABLE);
            Ok(page(signed, shown, move || unseen(&one, title(&one), "resolve", &error)).await)
        }
        Err(error) => Err(error.into()),
    }
}

fn title(one: &One) -> String {
    format!("Resolve {}", one.tenant.slug)
}

fn question(one: &One, found: &Unresolved, form: &Form) -> AnyView {
    let slug = one.tenant.slug.clone();
    let choices = choices(found);
    let chosen = form.text("how").to_owned();
    let ticks = choices.into_iter().map(|(how, label, hint)| {
        let is_chosen = how.word() == chosen;
        view! { <Tick name="how" value=how.word() label=label hint=hint checked=is_chosen radio=true /> }
    });
    let ticks = ticks.collect_view();
    let nothing = found.is_empty().then(|| {
        view! { <Banner tone=Tone::Ok title="Nothing is half done here, as its database says." /> }
    });
    let from = found.half_done.is_some().then(|| {
        view! {
            <Field
                name="from"
                label="Continue at statement"
                value=form.text("from").to_owned()
                error=problems::on(form, "from")
                hint="Only where it is continued. Empty: the one that failed."
            />
        }
    });
    let wrong = problems::on(form, "how");
    view! {
        {head(one, title(one))}
        {form.summary()}
        {nothing}
        {found.half_done.as_ref().map(half_done::view)}
        {half_done::indexes(&found.invalid_indexes)}
        <Confirm
            action=one.part("resolve")
            verb=format!("Resolve {slug}")
            cancel=one.path()
            expect=Some(slug.clone())
            reason=true
            danger=true
            cli=format!("neo migrate resolve {slug}")
            error=problems::on(form, "confirm")
        >
            <fieldset id="f-how">
                <legend>"What is to be done"</legend>
                {ticks}
                {wrong.map(|wrong| view! { <p class="err">{wrong}</p> })}
            </fieldset>
            {from}
        </Confirm>
    }
    .into_any()
}

/// What can be decided about what was found, with what each means.
fn choices(found: &Unresolved) -> Vec<(Decision, &'static str, &'static str)> {
    let mut choices = Vec::new();
    if let Some(half) = &found.half_done {
        if half.changed.is_empty() {
            choices.push((
                Decision::Continue,
                "Continue",
                "Runs the statement that failed and those after it. Nothing that went through is run again.",
            ));
        }
        // Of a rollback that stopped half way, finishing it by hand means that nothing of the migration is left.
        let (there, gone) = match half.direction.as_str() {
            "down" => ("What the rollback took is back, by hand.", "The rollback was finished by hand."),
            _ => ("It was finished by hand.", "It was taken back by hand."),
        };
        choices.push((Decision::Applied, "Applied: all of it is there", there));
        choices.push((Decision::NotApplied, "Not applied: none of it is there", gone));
    }
    if !found.invalid_indexes.is_empty() {
        choices.push((
            Decision::DropInvalid,
            "Drop the invalid indexes",
            "What a failed concurrent build has left behind.",
        ));
    }
    if found.half_done.is_none() {
        let hint = "Where its ledger is not what it was, and is right as it is. Nothing is done on the tenant.";
        choices.push((Decision::Forget, "Forget what is known of its ledger", hint));
    }
    choices
}
