//! The second step of a sign-in of somebody who needs a second factor and has none: it is set up before anything else.

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use leptos::prelude::*;
use neo::error::Kind;
use neo::sessions::Awaits;
use neo_model::{FactorBegun, RecoveryCodes};
use secrecy::ExposeSecret;

use super::come_in::come_in;
use super::links;
use super::next::Asked;
use crate::door::origin::local_path;
use crate::door::visit::Visit;
use crate::door::{AppState, session};
use crate::error::Answer;
use crate::page::forms::Form;
use crate::page::render::{self, Page, see_other};
use crate::rooms::factors::pieces;
use crate::rooms::passkeys::pieces::{self as passkeys, ByScript};

pub async fn ask(State(app): State<AppState>, visit: Visit, headers: HeaderMap, Query(asked): Query<Asked>) -> Answer {
    let next = local_path(&asked.next).to_owned();
    let awaited = match session::pending(&headers, &app.platform) {
        Some(id) => neo::sessions::awaited(&app.platform, &id).await?,
        None => None,
    };
    Ok(match awaited {
        Some(Awaits::Enrolment) => asked_for(&visit, Form::empty().with("next", next)).await,
        Some(Awaits::Code) => see_other(&links::on_the_way(links::CODE, &next)),
        None => see_other(&links::over(&next)),
    })
}

pub async fn begin(State(app): State<AppState>, visit: Visit, headers: HeaderMap, form: Form) -> Answer {
    let next = local_path(form.raw("next")).to_owned();
    let Some(id) = session::pending(&headers, &app.platform) else { return Ok(see_other(&links::over(&next))) };
    match neo::sessions::enrol(&app.platform, &id).await {
        Ok(begun) => Ok(setting_up(&visit, Some(begun.into()), Form::empty().with("next", next)).await),
        Err(error) if error.kind == Kind::Unauthenticated => Ok(see_other(&links::over(&next))),
        Err(error) => Err(error.into()),
    }
}

pub async fn confirm(
    State(app): State<AppState>,
    visit: Visit,
    cookie: tower_sessions::Session,
    headers: HeaderMap,
    form: Form,
) -> Answer {
    let (platform, next) = (&app.platform, local_path(form.raw("next")).to_owned());
    let Some(id) = session::pending(&headers, platform) else { return Ok(see_other(&links::over(&next))) };
    let address = visit.address.as_deref();
    match neo::sessions::confirm_enrolment(platform, &id, &form.secret("code"), address).await {
        Ok((who, codes)) => {
            let codes = RecoveryCodes { codes: codes.iter().map(|code| code.expose_secret().to_owned()).collect() };
            let response = told(&visit, codes, next).await;
            Ok(come_in(&app, &visit, &cookie, &headers, &who, response).await?)
        }
        Err(error) if error.kind == Kind::Unauthenticated => Ok(see_other(&links::over(&next))),
        Err(error) => Ok(setting_up(&visit, None, form.refuse(error)?).await),
    }
}

pub(super) async fn asked_for(visit: &Visit, form: Form) -> Response {
    let next = local_path(form.raw("next")).to_owned();
    let by = ByScript {
        action: links::ENROL_PASSKEY,
        options: links::ENROL_PASSKEY_OPTIONS,
        label: "Make a passkey",
        hidden: vec![("next", next.clone())],
    };
    render::page(visit, Page::bare("Second factor").form(&form).passkeys(), move || {
        view! {
            <form method="post" action=links::ENROL>
                <h1>"Second factor"</h1>
                {form.summary_beside(&["name"])}
                <p>"Your role needs a second factor: codes of an authenticator app on your telephone, or a passkey. Have one at hand."</p>
                <input type="hidden" name="next" value=next />
                <div class="field"><button class="primary wide">"Set it up"</button></div>
            </form>
            {passkeys::make(by, &form)}
            <p class="field"><a href="/sign-in">"Start again"</a></p>
        }
    })
    .await
}

async fn setting_up(visit: &Visit, begun: Option<FactorBegun>, form: Form) -> Response {
    let next = local_path(form.raw("next")).to_owned();
    let again = links::on_the_way(links::ENROL, &next);
    render::page(visit, Page::bare("Second factor").form(&form), move || {
        view! {
            <form method="post" action=links::CONFIRM>
                <h1>"Second factor"</h1>
                {form.summary_beside(&["code"])}
                <input type="hidden" name="next" value=next />
                {pieces::enrolment(begun, &form)}
                <div class="field"><button class="primary wide">"Confirm"</button></div>
                <p class="field"><a href=again>"Begin again"</a></p>
            </form>
        }
    })
    .await
}

/// The only page that has them.
pub(super) async fn told(visit: &Visit, codes: RecoveryCodes, next: String) -> Response {
    render::page(visit, Page::bare("Your second factor is on"), move || {
        view! {
            <div>
                <h1>"Your second factor is on"</h1>
                {pieces::recovery_codes(codes)}
                <p class="field"><a class="button primary wide" href=next>"Continue"</a></p>
            </div>
        }
    })
    .await
}
