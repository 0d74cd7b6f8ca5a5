//! The page on which a grave act is asked for.

use axum::extract::{Path, State};
use leptos::prelude::*;

use crate::door::visit::Signed;
use crate::door::{AppState, Door};
use crate::error::Answer;
use crate::page::forms::Form;
use crate::page::render::{page, see_other};
use crate::page::route::Route;
use crate::problems;
use crate::query::Query;
use crate::rooms::tenants::api::SuspendTenant;
use crate::rooms::tenants::api::acts::{ArchiveTenant, QuarantineTenant};
use crate::rooms::tenants::grave::Grave;
use crate::rooms::tenants::one::frame::titled;
use crate::rooms::tenants::one::model::One;
use crate::rooms::tenants::{command, links};
use crate::ui::text::sentence;
use crate::ui::{Confirm, Field, InPlace, Tick};

/// A page for each of them.
pub fn pages() -> Vec<Route> {
    let of = |grave: Grave| {
        let (path, may) = (format!("/tenants/{{slug}}/{}", grave.segment()), grave.permission());
        let ask =
            async move |app: State<AppState>, signed: Signed, slug: Path<String>| ask(grave, app, signed, slug).await;
        let act = async move |app: State<AppState>, signed: Signed, slug: Path<String>, form: Form| {
            act(grave, app, signed, slug, form).await
        };
        let asks = grave.asks();
        [Route::get(path.clone(), may, ask).asking(asks), Route::post(path, may, act).asking(asks)]
    };
    Grave::ALL.into_iter().flat_map(of).collect()
}

async fn ask(grave: Grave, State(app): State<AppState>, signed: Signed, Path(slug): Path<String>) -> Answer {
    let one = One::load(&app.platform, &signed.actor, &slug).await?;
    Ok(asked(&signed, one, grave, Form::empty()).await)
}

async fn act(
    grave: Grave,
    State(app): State<AppState>,
    signed: Signed,
    Path(slug): Path<String>,
    form: Form,
) -> Answer {
    let one = One::load(&app.platform, &signed.actor, &slug).await?;
    match grave.carry_out(&Door::of(&app.platform, &signed)?, &one.tenant, &form).await {
        Ok(()) if grave == Grave::CleanUp => Ok(see_other(links::LIST)),
        // The slug is nobody's any more.
        Ok(()) if grave == Grave::Delete => Ok(see_other(&links::one(&one.tenant.id))),
        Ok(()) => Ok(see_other(&one.path())),
        Err(error) => Ok(asked(&signed, one, grave, form.refuse(error)?).await),
    }
}

async fn asked(signed: &Signed, one: One, grave: Grave, form: Form) -> axum::response::Response {
    let shown = titled(&one, grave.verb()).form(&form);
    page(signed, shown, move || question(&one, grave, &form)).await
}

fn question(one: &One, grave: Grave, form: &Form) -> AnyView {
    let slug = one.tenant.slug.clone();
    let asks = one.asks && !grave.asks().is_empty();
    let expect = (grave == Grave::Delete).then(|| slug.clone());
    let backup = (grave == Grave::Delete).then(|| {
        view! {
            <Tick name="backup" value="1" label="Take a backup first" checked=true hint="Kept under the data folder of the server." />
        }
    });
    let quarantine = (grave == Grave::Quarantine).then(|| quarantine(one, form));
    // As the page stands when it is opened: with a backup first.
    let said = if grave == Grave::Delete { Query::from([("backup", "1")]) } else { Query::default() };
    let cli = command::one(&slug, Some(grave.segment()), &said);
    let typed = expect.clone().map(|slug| sentence(&format!("type {slug} below to go on.")));
    view! {
        <div class="head"><div><h1>{format!("{} {slug}?", grave.verb())}</h1><p>{one.tenant.name.clone()}</p></div></div>
        {form.summary()}
        <Confirm
            action=one.part(grave.segment())
            verb=if asks { format!("Ask to {} {slug}", grave.verb().to_lowercase()) } else { format!("{} {slug}", grave.verb()) }
            cancel=one.path()
            expect=expect
            cli=cli.unwrap_or_default()
            danger=matches!(grave, Grave::Delete | Grave::CleanUp)
            error=problems::on(form, "confirm")
            act=in_place(grave, one.tenant.slug.clone())
        >
            <p>{grave.what_happens()}</p>
            {asks.then(|| view! { <p>"Somebody else has to say yes to this: it is asked for, and nothing is begun before."</p> })}
            {typed.map(|typed| view! { <p>{typed}</p> })}
            {backup}
            {quarantine}
        </Confirm>
    }
    .into_any()
}

/// What takes the tenant away, or is confirmed by typing, keeps its page.
fn in_place(grave: Grave, tenant: String) -> Option<InPlace> {
    match grave {
        Grave::Quarantine => {
            let quarantine = QuarantineTenant { tenant, reason: String::new(), r#for: None, owner: None };
            let act = InPlace::of(&quarantine).typed("reason", "reason").typed("for", "for").typed("owner", "owner");
            Some(act)
        }
        Grave::Suspend => Some(InPlace::of(&SuspendTenant { tenant })),
        Grave::Archive => Some(InPlace::of(&ArchiveTenant { tenant })),
        Grave::Delete | Grave::CleanUp => None,
    }
}

/// Why, how long, and whose it is.
fn quarantine(one: &One, form: &Form) -> AnyView {
    let text = |name: &str| form.text(name).to_owned();
    let wrong = |name: &str| problems::on(form, name);
    let length = form.optional("for").unwrap_or("7d").to_owned();
    let owner = format!("Who looks after it. Empty: you, {}.", one.actor.name);
    view! {
        <Field name="reason" label="Reason" value=text("reason") error=wrong("reason") required=true />
        <Field name="for" label="How long" value=length error=wrong("for") hint="12h, 7d. Then it ends by itself." required=true />
        <Field name="owner" label="Owner" value=text("owner") error=wrong("owner") hint=owner />
    }
    .into_any()
}
