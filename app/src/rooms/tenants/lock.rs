//! Who holds a tenant's migration lock: asked for on its page, and broken on a page of its own.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use leptos::prelude::*;
use neo::Platform;
use neo::actor::{Actor, Permission};
use neo::error::{Error, Kind};
use neo::tenants::{self, Lock, Status as Life};

use super::one::{One, path};
use crate::door::AppState;
use crate::door::visit::Signed;
use crate::error::Answer;
use crate::may::denied;
use crate::page::forms::Form;
use crate::page::render::{page, see_other};
use crate::problems;
use crate::ui::text::duration;
use crate::ui::{Act, Banner, Confirm, Tone};

/// What the look at the lock said: the holder, nobody, or why it cannot be seen.
pub type Seen = std::result::Result<Option<Lock>, String>;

pub async fn look(platform: &Platform, actor: &Actor, slug: &str) -> Seen {
    tenants::lock_holder(platform, actor, slug).await.map_err(|error| error.to_string())
}

pub async fn ask(State(app): State<AppState>, signed: Signed, Path(slug): Path<String>) -> Answer {
    signed.actor.authorise(Permission::BreakLocks)?;
    let one = One::load(&app.platform, &signed.actor, &slug).await?;
    asked(&app.platform, &signed, one, Form::empty()).await
}

pub async fn act(State(app): State<AppState>, signed: Signed, Path(slug): Path<String>, form: Form) -> Answer {
    let reason = Some(form.text("reason").trim()).filter(|text| !text.is_empty());
    let (confirm, session) = (form.text("confirm"), form.text("session"));
    match tenants::unlock(&app.platform, &signed.actor, &slug, confirm, session, reason).await {
        Ok(_) => Ok(see_other(&format!("{}?lock=1&broken=1#lock", path(&slug)))),
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
    let shown = one.page("Break the lock").form(&form);
    match seen {
        Ok(seen) => Ok(page(signed, shown, move || question(&one, seen, &form)).await),
        Err(error) if error.kind == Kind::Unavailable => {
            let shown = shown.status(StatusCode::SERVICE_UNAVAILABLE);
            Ok(page(signed, shown, move || unseen(&one, &error)).await)
        }
        Err(error) => Err(error.into()),
    }
}

fn title(one: &One) -> AnyView {
    view! {
        <div class="head">
            <div><h1>{format!("Break the lock of {}?", one.tenant.slug)}</h1><p>{one.tenant.name.clone()}</p></div>
        </div>
    }
    .into_any()
}

/// Its server cannot be asked: nothing can be broken, and nothing was.
fn unseen(one: &One, error: &Error) -> AnyView {
    view! {
        {title(one)}
        {problems::banner(error)}
        <div class="acts">
            <a class="button" href=format!("{}/unlock", one.path())>"Look again"</a>
            <a class="button" href=one.path()>"Back to the tenant"</a>
        </div>
    }
    .into_any()
}

fn question(one: &One, seen: Option<Lock>, form: &Form) -> AnyView {
    let slug = one.tenant.slug.clone();
    let body = match seen {
        Some(lock) if lock.kept.is_none() => view! {
            <Confirm
                action=format!("{}/unlock", one.path())
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
        {title(one)}
        {form.summary()}
        {body}
    }
    .into_any()
}

/// The part of a tenant's page.
///
/// `broken`: it comes from breaking it.
pub fn section(one: &One, seen: Option<&Seen>, broken: bool) -> AnyView {
    if matches!(one.tenant.status, Life::Deleted) {
        return ().into_any();
    }
    let found = seen.map(|seen| match seen {
        Ok(None) if broken => {
            view! { <Banner tone=Tone::Ok title="The lock is broken: that session was ended. The lock is free." /> }.into_any()
        }
        Ok(None) => view! { <Banner tone=Tone::Ok title="Nobody holds it: the lock is free." /> }.into_any(),
        Ok(Some(lock)) if broken => {
            view! { <Banner tone=Tone::Ok title="That session was ended; another holds the lock by now." />{held(one, lock)} }.into_any()
        }
        Ok(Some(lock)) => held(one, lock),
        Err(why) => {
            let why = why.clone();
            view! { <Banner tone=Tone::Bad title="That cannot be seen"><span class="err">{why}</span></Banner> }
                .into_any()
        }
    });
    view! {
        <section aria-labelledby="lock">
            <h2 id="lock">"Migration lock"</h2>
            {found}
            <p><Act label="Who holds the lock?" href=format!("{}?lock=1#lock", one.path()) /></p>
        </section>
    }
    .into_any()
}

fn held(one: &One, lock: &Lock) -> AnyView {
    let denied = denied(&one.actor, Permission::BreakLocks);
    let act = lock.kept.is_none().then(|| {
        view! {
            <p>
                <Act
                    label="Break it…"
                    href=format!("{}/unlock", one.path())
                    denied=denied
                />
            </p>
        }
    });
    view! { {holder(lock)}{act} }.into_any()
}

fn holder(lock: &Lock) -> AnyView {
    let holder = &lock.holder;
    let row = |name: &'static str, value: Option<String>| {
        value.filter(|text| !text.is_empty()).map(|text| view! { <dt>{name}</dt><dd>{text}</dd> })
    };
    let run =
        lock.run.map(|run| view! { <dt>"Run"</dt><dd><a href=format!("/runs/{run}")>{format!("Run {run}")}</a></dd> });
    let title = match &lock.kept {
        Some(why) => format!("Held, and not to be broken from here: {why}."),
        None => "Held by a session that is none of Neo's live workers.".to_owned(),
    };
    view! {
        <Banner tone=Tone::Warn title=title />
        <dl class="facts">
            {row("Session", holder.pid.map(|pid| format!("pid {pid}")))}
            {run}
            {row("User", holder.user.clone())}
            {row("Application", holder.application.clone())}
            {row("From", holder.address.clone())}
            {row("Connected for", holder.seconds.map(|s| duration(s * 1000)))}
            {row("State", holder.state.clone())}
            {holder
                .query
                .clone()
                .filter(|q| !q.is_empty())
                .map(|query| view! { <dt>"Statement"</dt><dd><code>{query}</code></dd> })}
        </dl>
    }
    .into_any()
}
