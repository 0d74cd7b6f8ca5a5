//! Breaking a tenant's migration lock: it says whose session is ended, and asks for the slug.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use leptos::prelude::*;
use neo::Platform;
use neo::error::Kind;
use neo::tenants::{self, Lock};

use super::unseen::{head, unseen};
use crate::door::visit::Signed;
use crate::door::{AppState, Door};
use crate::error::Answer;
use crate::page::forms::Form;
use crate::page::render::{page, see_other};
use crate::problems;
use crate::rooms::tenants::calls::acts;
use crate::rooms::tenants::links;
use crate::rooms::tenants::one::frame::titled;
use crate::rooms::tenants::one::lock::holder;
use crate::rooms::tenants::one::model::One;
use crate::ui::{Banner, Confirm, Tone};

pub async fn ask(State(app): State<AppState>, signed: Signed, Path(slug): Path<String>) -> Answer {
    let one = One::load(&app.platform, &signed.actor, &slug).await?;
    asked(&app.platform, &signed, one, Form::empty()).await
}

pub async fn act(State(app): State<AppState>, signed: Signed, Path(slug): Path<String>, form: Form) -> Answer {
    let reason = Some(form.text("reason").trim()).filter(|text| !text.is_empty());
    let (confirm, session) = (form.text("confirm"), form.text("session"));
    match acts::unlock(&Door::of(&app.platform, &signed)?, &slug, confirm, session, reason).await {
        Ok(_) => Ok(see_other(&format!("{}?lock=1&broken=1#lock", links::one(&slug)))),
        Err(error) => {
            let one = One::load(&app.platform, &signed.actor, &slug).await?;
            // A server that did not answer is told where it was asked.
            let form = if error.kind == Kind::Unavailable { Form::empty() } else { form.refuse(error)? };
            asked(&app.platform, &signed, one, form).await
        }
    }
}

async fn asked(platform: &Platform, signed: &Signed, one: One, form: Form) -> Answer {
    let seen = tenants::lock_holder(platform, &signed.actor, &one.tenant.slug).await;
    let shown = titled(&one, "Break the lock").form(&form);
    match seen {
        Ok(seen) => Ok(page(signed, shown, move || question(&one, seen, &form)).await),
        Err(error) if error.kind == Kind::Unavailable => {
            let shown = shown.status(StatusCode::SERVICE_UNAVAILABLE);
            Ok(page(signed, shown, move || unseen(&one, title(&one), "unlock", &error)).await)
        }
        Err(error) => Err(error.into()),
    }
}

fn title(one: &One) -> String {
    format!("Break the lock of {}?", one.tenant.slug)
}

fn question(one: &One, seen: Option<Lock>, form: &Form) -> AnyView {
    let slug = one.tenant.slug.clone();
    let body = match seen {
        Some(lock) if lock.kept.is_none() => view! {
            <Confirm
                action=one.part("unlock")
                verb=format!("Break the lock of {slug}")
                cancel=one.path()
                hidden=vec![("session".to_owned(), lock.session.clone())]
                expect=Some(slug.clone())
                reason=true
                danger=true
                cli=format!("neo tenant unlock {slug} --session {}", lock.session)
                error=problems::on(form, "confirm")
            >
                {holder(&lock)}
                <p>
                    "This session is ended, and no other: if the lock has changed hands by then, nothing is done. What it has not \
                     committed is lost. The tenant itself is not touched."
                </p>
            </Confirm>
        }
        .into_any(),
        Some(lock) => view! { {holder(&lock)}<p><a href=one.path()>"Back to the tenant"</a></p> }.into_any(),
        None => view! {
            <Banner tone=Tone::Ok title="Nobody holds the lock: there is nothing to break." />
            <p><a href=one.path()>"Back to the tenant"</a></p>
        }
        .into_any(),
    };
    view! {
        {head(one, title(one))}
        {form.summary()}
        {body}
    }
    .into_any()
}
