//! Suspending, resuming and tagging several tenants: asked for on a page that names them, done one by one.

use axum::extract::State;
use axum::response::Response;
use leptos::prelude::*;
use neo::actor::Permission;
use neo::error::{Error, Kind, Result};
use neo::migrations::Set;
use neo::tenants::{self, Edit, PageRequest};

use crate::door::visit::Signed;
use crate::door::{AppState, Door};
use crate::error::{Answer, AppError};
use crate::page::forms::Form;
use crate::page::render::{Page, page, see_other};
use crate::page::route::Route;
use crate::problems;
use crate::query::Query;
use crate::rooms::tenants::{calls, command, links};
use crate::ui::text::{count, number};
use crate::ui::{Banner, Confirm, Empty, Field, Nav, Tone};

/// As many at once: each is an act of its own, and the answer waits for all.
const MOST: u32 = 200;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Bulk {
    Suspend,
    Resume,
    Tag,
}

impl Bulk {
    const ALL: [Bulk; 3] = [Bulk::Suspend, Bulk::Resume, Bulk::Tag];

    pub fn path(self) -> &'static str {
        match self {
            Bulk::Suspend => "/tenants-list/suspend",
            Bulk::Resume => "/tenants-list/resume",
            Bulk::Tag => "/tenants-list/tag",
        }
    }

    pub fn verb(self) -> &'static str {
        match self {
            Bulk::Suspend => "Suspend",
            Bulk::Resume => "Resume",
            Bulk::Tag => "Tag",
        }
    }

    pub fn permission(self) -> Permission {
        match self {
            Bulk::Suspend | Bulk::Resume => Permission::EditTenants,
            Bulk::Tag => Permission::TagTenants,
        }
    }

    fn what_happens(self) -> &'static str {
        match self {
            Bulk::Suspend => {
                "Their users cannot sign in, and runs on all tenants leave them out, until they are resumed. Their databases stay as they are."
            }
            Bulk::Resume => "Their users can sign in again, and runs on all tenants are on them as well.",
            Bulk::Tag => "Other tags that they have stay.",
        }
    }

    /// On one of them, as it was typed.
    async fn carry_out(self, door: &Door, key: &str, form: &Form) -> Result<()> {
        match self {
            Bulk::Suspend => calls::suspend(door, key).await.map(drop),
            Bulk::Resume => calls::acts::resume(door, key).await.map(drop),
            Bulk::Tag => {
                let here = |error: Error| if error.field == Some("tags") { error.on("add") } else { error };
                calls::acts::edit(door, key, &tags(form)?).await.map(drop).map_err(here)
            }
        }
    }
}

fn tags(form: &Form) -> Result<Edit> {
    let of = |name: &str| -> Vec<String> {
        let words = form.text(name).split([',', ' ']).filter(|word| !word.is_empty());
        words.map(str::to_owned).collect()
    };
    let edit = Edit { add: of("add"), remove: of("remove"), ..Edit::default() };
    match edit.add.is_empty() && edit.remove.is_empty() {
        true => Err(Error::invalid("add", "no tag is named")),
        false => Ok(edit),
    }
}

/// A page for each of them.
pub fn pages() -> Vec<Route> {
    let of = |bulk: Bulk| {
        let ask = async move |app: State<AppState>, signed: Signed, query: Query| ask(bulk, app, signed, query).await;
        let act = async move |app: State<AppState>, signed: Signed, form: Form| act(bulk, app, signed, form).await;
        let may = bulk.permission();
        [Route::get(bulk.path(), may, ask), Route::post(bulk.path(), may, act)]
    };
    Bulk::ALL.into_iter().flat_map(of).collect()
}

async fn ask(bulk: Bulk, State(app): State<AppState>, signed: Signed, query: Query) -> Answer {
    asked(bulk, &app, &signed, &query, Form::empty()).await
}

/// Only those that the page has named.
async fn act(bulk: Bulk, State(app): State<AppState>, signed: Signed, mut form: Form) -> Answer {
    let keys: Vec<String> = form.all("keys").take(MOST as usize).map(str::to_owned).collect();
    if keys.is_empty() {
        let form = form.refuse(Error::new(Kind::Invalid, "no tenant is chosen"))?;
        return asked(bulk, &app, &signed, &Query::default(), form).await;
    }
    let (door, mut gone) = (Door::of(&app.platform, &signed)?, Vec::new());
    for key in &keys {
        match bulk.carry_out(&door, key, &form).await {
            Ok(()) => {}
            // What is wrong with what was typed is wrong for all.
            Err(error) if error.field.is_some() => {
                form = form.refuse(error)?;
                break;
            }
            Err(mut error) => {
                error.message = format!("{key} is as it was: {}", error.message);
                if error.kind == Kind::NotFound {
                    gone.push(key);
                    error.kind = Kind::Conflict;
                }
                form = form.refuse(error)?;
            }
        }
    }
    let there = keys.iter().filter(|key| !gone.contains(key));
    let query: Query = there.map(|key| ("keys".to_owned(), key.clone())).collect();
    match form.is_refused() {
        true => asked(bulk, &app, &signed, &query, form).await,
        false => Ok(see_other(&query.href(links::LIST))),
    }
}

async fn list(app: &AppState, signed: &Signed, chosen: &Query) -> Result<tenants::Page> {
    let request = PageRequest { limit: MOST, ..PageRequest::default() };
    let set = Set::load(&app.platform.config.tenant_migrations).await;
    let filter = links::meant(chosen, set.ok().as_ref().and_then(Set::latest))?;
    tenants::list(&app.platform, &signed.actor, &filter, &request).await
}

/// Whom a page is about.
struct Chosen {
    slugs: Vec<String>,
    total: i64,
    /// Who was named and is not there.
    gone: Vec<String>,
}

/// Nobody, where nothing chooses them; and those that are there, where some of the named are gone.
async fn choose(app: &AppState, signed: &Signed, chosen: Query) -> Result<Chosen> {
    let mut found = Chosen { slugs: Vec::new(), total: 0, gone: Vec::new() };
    if chosen == Query::default() {
        return Ok(found);
    }
    let page = match list(app, signed, &chosen).await {
        Err(error) if error.kind == Kind::NotFound => {
            let named: Vec<String> = chosen.all("keys").map(str::to_owned).collect();
            if named.len() > MOST as usize {
                found.total = named.len() as i64;
                return Ok(found);
            }
            // Somebody else may have deleted them since the list was shown.
            found.gone = tenants::missing(&app.platform, &signed.actor, &named).await?;
            if found.gone.is_empty() {
                return Err(error);
            }
            let left = found.gone.iter().fold(chosen, |left, key| left.without_value("keys", key));
            // Where none of the named is left, nobody is meant, and not everybody.
            if left.get("keys").is_none() {
                return Ok(found);
            }
            list(app, signed, &left).await?
        }
        page => page?,
    };
    found.total = page.total;
    found.slugs = page.tenants.into_iter().map(|tenant| tenant.slug).collect();
    Ok(found)
}

async fn asked(
    bulk: Bulk,
    app: &AppState,
    signed: &Signed,
    query: &Query,
    form: Form,
) -> std::result::Result<Response, AppError> {
    let chosen = choose(app, signed, links::selection(query)).await?;
    let shown = Page::new(Nav::Tenants, bulk.verb()).under("Tenants", links::LIST).form(&form);
    Ok(page(signed, shown, move || view(bulk, chosen, &form)).await)
}

fn view(bulk: Bulk, chosen: Chosen, form: &Form) -> AnyView {
    let Chosen { slugs, total, gone } = chosen;
    let left_out = (!gone.is_empty()).then(|| {
        let are = if gone.len() == 1 { "is" } else { "are" };
        let whom = count(gone.len() as i64, "tenant");
        let title = format!("{whom} {are} not there any more, and left out: {}", gone.join(", "));
        view! { <Banner tone=Tone::Warn title=title /> }
    });
    let verb = format!("{} {}", bulk.verb(), count(total, "tenant"));
    let all = slugs.len() as i64;
    let body = if total == 0 || total > all {
        let text = match total {
            0 => "Tick some in the list, and press the button under it.".to_owned(),
            n => format!("{} are chosen, and {} are the most at once.", number(n), number(i64::from(MOST))),
        };
        let title = if total == 0 { "No tenant is chosen" } else { "Too many at once" };
        view! { <Empty title=title text=text><a class="button" href=links::LIST>"Choose tenants"</a></Empty> }
            .into_any()
    } else {
        let named = slugs.join(", ");
        let hidden: Vec<(String, String)> = slugs.into_iter().map(|slug| ("keys".to_owned(), slug)).collect();
        let typed = form.told().without("keys");
        let typed = typed.pairs().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let said: Query = hidden.iter().cloned().chain(typed).collect();
        let cli = command::several::act(&bulk.verb().to_lowercase(), &said);
        let text = |name: &str| form.text(name).to_owned();
        let fields = (bulk == Bulk::Tag).then(|| {
            view! {
                <Field name="add" label="Tags to add" value=text("add") error=problems::on(form, "add") hint="Several with commas between." mono=true />
                <Field name="remove" label="Tags to take away" value=text("remove") error=problems::on(form, "remove") mono=true />
            }
        });
        view! {
            <Confirm action=bulk.path() verb=verb.clone() cancel=links::LIST hidden=hidden cli=cli.unwrap_or_default()>
                <p>{bulk.what_happens()}</p>
                <p class="mono">{named}</p>
                {fields}
            </Confirm>
        }
        .into_any()
    };
    view! {
        <div class="head"><div><h1>{format!("{verb}?")}</h1></div></div>
        {form.summary()}
        {left_out}
        {body}
    }
    .into_any()
}
