//! The questions before a tenant is moved, and before what it had is dropped.

use axum::extract::{Path, State};
use axum::response::Response;
use leptos::prelude::*;
use neo::servers::{self, ServerLoad};
use neo::tenants::{self, Kept};

use crate::door::visit::Signed;
use crate::door::{AppState, Door};
use crate::error::{Answer, AppError};
use crate::page::forms::Form;
use crate::page::render::{page, see_other};
use crate::problems;
use crate::rooms::tenants::calls::moving;
use crate::rooms::tenants::one::frame::titled;
use crate::rooms::tenants::one::model::One;
use crate::ui::{Choice, Confirm, Tick};

pub async fn ask(State(app): State<AppState>, signed: Signed, Path(slug): Path<String>) -> Answer {
    asked(&app, &signed, &slug, Form::empty()).await
}

pub async fn act(State(app): State<AppState>, signed: Signed, Path(slug): Path<String>, form: Form) -> Answer {
    let door = Door::of(&app.platform, &signed)?;
    let one = One::load(&app.platform, &signed.actor, &slug).await?;
    match moving::move_to(&door, &one.tenant.id, form.text("server"), form.text("confirm")).await {
        Ok(_) => Ok(see_other(&one.path())),
        Err(error) => asked(&app, &signed, &slug, form.refuse(error)?).await,
    }
}

async fn asked(app: &AppState, signed: &Signed, slug: &str, form: Form) -> Result<Response, AppError> {
    let one = One::load(&app.platform, &signed.actor, slug).await?;
    let servers = servers::list(&app.platform, &signed.actor).await?;
    let shown = titled(&one, "Move").form(&form);
    Ok(page(signed, shown, move || question(&one, servers, &form)).await)
}

fn question(one: &One, servers: Vec<ServerLoad>, form: &Form) -> AnyView {
    let (slug, here) = (one.tenant.slug.clone(), one.tenant.server.clone());
    let others = servers.into_iter().map(|load| load.server);
    let others = others.filter(|server| server.engine == one.tenant.engine && server.id != one.tenant.server_id);
    let options: Vec<_> = std::iter::once((String::new(), "choose a server".to_owned()))
        .chain(others.map(|server| (server.name.clone(), server.name)))
        .collect();
    let what = format!(
        "A database and a login are made for {slug} on the other server. Then {here} is closed to its applications, and what it has there is copied \
         and compared, by its schema and by the rows of every table. {slug} is out of use meanwhile; whatever fails takes it back."
    );
    let (chosen, server_wrong) = (form.text("server").to_owned(), problems::on(form, "server"));
    view! {
        <div class="head"><div><h1>{format!("Move {slug}?")}</h1><p>{one.tenant.name.clone()}</p></div></div>
        {form.summary()}
        <Confirm
            action=one.part("move")
            verb=format!("Move {slug}")
            cancel=one.path()
            expect=Some(slug.clone())
            cli=format!("neo tenant move {slug} --server …")
            danger=true
            error=problems::on(form, "confirm")
        >
            <p>{what}</p>
            <p>"The old database is kept until somebody drops it. Applications that ask for the connection hear of the new one."</p>
            <Choice name="server" label="Server" options=options value=chosen error=server_wrong />
        </Confirm>
    }
    .into_any()
}

pub async fn ask_to_drop(State(app): State<AppState>, signed: Signed, Path(slug): Path<String>) -> Answer {
    asked_to_drop(&app, &signed, &slug, Form::empty()).await
}

pub async fn drop(State(app): State<AppState>, signed: Signed, Path(slug): Path<String>, form: Form) -> Answer {
    let door = Door::of(&app.platform, &signed)?;
    let one = One::load(&app.platform, &signed.actor, &slug).await?;
    let forget = form.optional("forget").is_some();
    match moving::drop_replaced(&door, &one.tenant.id, form.text("confirm"), forget).await {
        Ok(_) => Ok(see_other(&one.path())),
        Err(error) => asked_to_drop(&app, &signed, &slug, form.refuse(error)?).await,
    }
}

async fn asked_to_drop(app: &AppState, signed: &Signed, slug: &str, form: Form) -> Result<Response, AppError> {
    let one = One::load(&app.platform, &signed.actor, slug).await?;
    let kept = tenants::kept(&app.platform, &signed.actor, &one.tenant).await?;
    let shown = titled(&one, "Drop what it had before").form(&form);
    Ok(page(signed, shown, move || question_to_drop(&one, kept, &form)).await)
}

fn question_to_drop(one: &One, kept: Option<Kept>, form: &Form) -> AnyView {
    let slug = one.tenant.slug.clone();
    let Some(kept) = kept else {
        return view! {
            <div class="head"><div><h1>{format!("Drop what {slug} had before?")}</h1></div></div>
            {form.summary()}
            <p>"Nothing is kept: it was not moved, or that was dropped already."</p>
        }
        .into_any();
    };
    let forgets = form.optional("forget").is_some();
    let what = format!(
        "The database {} on {} is dropped, with its login. One that was adopted is left as it is, and no longer known here. This cannot be taken \
         back.",
        kept.database, kept.server
    );
    view! {
        <div class="head"><div><h1>{format!("Drop what {slug} had before?")}</h1><p>{one.tenant.name.clone()}</p></div></div>
        {form.summary()}
        <Confirm
            action=one.part("drop-replaced")
            verb="Drop it"
            cancel=one.path()
            expect=Some(slug.clone())
            cli=format!("neo tenant drop-replaced {slug}")
            danger=true
            error=problems::on(form, "confirm")
        >
            <p>{what}</p>
            <Tick
                name="forget"
                value="1"
                label="Strike it from the record"
                checked=forgets
                hint="Where its server is gone for good: nothing is asked there. The database may still lie on it, whole, with its login and a password of before."
            />
        </Confirm>
    }
    .into_any()
}
