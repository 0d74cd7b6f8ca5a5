//! The users inside one tenant's own database. The tenant's name stays in sight all along.

use axum::extract::{Path, State};
use axum::response::Response;
use leptos::prelude::*;
use neo::error::{Error, Result};
use neo::tenant_users::{NewTenantUser, Page, TenantUser, unguessable};
use neo_model::{AccountStatus, UserAct, read_rfc3339};
use secrecy::ExposeSecret;

use super::closed;
use super::form;
use super::link::once;
use super::model::Users;
use crate::door::visit::Signed;
use crate::door::{AppState, Door};
use crate::error::Answer;
use crate::page::forms::Form;
use crate::page::render::{page, see_other};
use crate::page::typed::Typed;
use crate::problems;
use crate::query::Query;
use crate::rooms::tenants::one::frame::{self, At, titled};
use crate::rooms::tenants::one::model::One;
use crate::rooms::tenants::{calls, links};
use crate::ui::{Column, Empty, Mark, Status, Table, Time, text};

pub async fn show(State(app): State<AppState>, signed: Signed, Path(slug): Path<String>, query: Query) -> Answer {
    shown(&app, &signed, &slug, query, Form::empty()).await
}

pub async fn create(
    State(app): State<AppState>,
    signed: Signed,
    Path(slug): Path<String>,
    typed: Typed<Wanted>,
) -> Answer {
    let door = Door::of(&app.platform, &signed)?;
    let made = typed.hand_to(async |Wanted { new, chooses }| {
        let user = calls::users::create(&door, &slug, new).await?;
        match chooses {
            true => Ok(Some(calls::users::link(&door, &slug, &user.id).await?)),
            false => Ok(None),
        }
    });
    match made.await? {
        Ok(None) => Ok(see_other(&links::part(&slug, "users"))),
        Ok(Some(link)) => {
            let one = One::load(&app.platform, &signed.actor, &slug).await?;
            Ok(once(&signed, one, link).await)
        }
        Err(form) => shown(&app, &signed, &slug, Query::default(), form).await,
    }
}

/// A user as they are asked for, and whether they choose their password themselves.
pub struct Wanted {
    new: NewTenantUser,
    chooses: bool,
}

impl TryFrom<&Form> for Wanted {
    type Error = Error;

    fn try_from(form: &Form) -> Result<Self> {
        let typed = form.secret("password");
        let chooses = typed.expose_secret().is_empty();
        let new = NewTenantUser {
            email: form.text("email").to_owned(),
            password: if chooses { unguessable() } else { typed },
            first_name: form.text("first_name").to_owned(),
            last_name: form.text("last_name").to_owned(),
            role: form.text("role").to_owned(),
        };
        Ok(Self { new, chooses })
    }
}

async fn shown(
    app: &AppState,
    signed: &Signed,
    slug: &str,
    query: Query,
    form: Form,
) -> Result<Response, crate::error::AppError> {
    let one = One::load(&app.platform, &signed.actor, slug).await?;
    let users = Users::load(&app.platform, &signed.actor, slug, &query).await?;
    let shown = titled(&one, "users").form(&form);
    Ok(page(signed, shown, move || frame::view(&one, At::Users, view(&one, &query, &users, &form))).await)
}

fn view(one: &One, query: &Query, users: &Users, form: &Form) -> AnyView {
    let (page, roles) = match &users.found {
        Ok(found) => found,
        Err(error) => {
            let again = one.part("users");
            return view! { {problems::banner(error)}<p><a class="button" href=again>"Try again"</a></p> }.into_any();
        }
    };
    let columns = vec![
        Column::new("Status"),
        Column::new("User"),
        Column::new("Roles"),
        Column::num("Last sign-in"),
        Column::num("Created"),
    ];
    let rows = page.users.iter().map(|user| row(&one.tenant.slug, user)).collect_view();
    let path = one.part("users");
    let table = if page.users.is_empty() && query.get("q").is_some() {
        let all = path.clone();
        view! { <Empty title="No user matches"><a class="button" href=all>"Show all"</a></Empty> }.into_any()
    } else if page.users.is_empty() {
        view! { <Empty title="No users yet" text="The first one is created below." /> }.into_any()
    } else {
        view! {
            <Table caption=format!("Users of {}", one.tenant.slug) columns=columns><tbody>{rows}</tbody></Table>
            {pages(query, &path, page)}
        }
        .into_any()
    };
    let shut = closed::why(&page.closed, UserAct::Create);
    view! { {closed::view(&page.closed)}{find(query, &path)}{table}{form::view(one, roles, form, shut)} }.into_any()
}

fn find(query: &Query, path: &str) -> AnyView {
    view! {
        <form class="bar" method="get" action=path.to_owned() role="search" aria-label="Find a user">
            <input
                type="search"
                name="q"
                value=query.text("q").to_owned()
                placeholder="Find by email or name"
                aria-label="Find by email or name"
            />
        </form>
    }
    .into_any()
}

/// How many there are in all is not counted: they may be any number.
fn pages(query: &Query, path: &str, page: &Page) -> Option<AnyView> {
    let shown = i64::try_from(page.users.len()).unwrap_or(i64::MAX);
    let first = query.get("after").map(|_| query.without("after").href(path));
    let next = page.next.as_ref().map(|next| query.at("after", next.as_str()).href(path));
    (first.is_some() || next.is_some()).then(|| {
        view! {
            <nav class="bar pager" aria-label="Pages">
                <span class="muted">{format!("{} on this page", text::count(shown, "user"))}</span>
                <span class="grow"></span>
                {first.map(|href| view! { <a class="button" href=href>"First page"</a> })}
                {next.map(|href| view! { <a class="button" href=href rel="next">"Next"</a> })}
            </nav>
        }
        .into_any()
    })
}

fn row(slug: &str, user: &TenantUser) -> AnyView {
    let status = AccountStatus::of(user.disabled);
    let last = match user.last_signed_in_at {
        Some(ms) => view! { <Time ms=ms /> }.into_any(),
        None => view! { <span class="muted">"never"</span> }.into_any(),
    };
    // In words where the tenant's own database says what is no time.
    let created = user.created_at.as_deref().map(|text| match read_rfc3339(text) {
        Some(ms) => view! { <Time ms=ms /> }.into_any(),
        None => text.to_owned().into_any(),
    });
    view! {
        <tr>
            <td><Status mark=Mark::from(status) word=text::sentence(status.word()) /></td>
            <td>
                {format!("{} {}", user.first_name, user.last_name)}
                <br />
                <a class="mono" href=links::user(slug, &user.id)>{user.email.clone()}</a>
            </td>
            <td data-label="Roles">{user.roles.join(", ")}</td>
            <td class="num nowrap" data-label="Last sign-in">{last}</td>
            <td class="num muted nowrap" data-label="Created">{created}</td>
        </tr>
    }
    .into_any()
}
