//! The filters that are kept, of every list that one sees; keeping one, and removing it.

use axum::extract::State;
use axum::response::Response;
use leptos::prelude::*;
use neo::actor::Permission;
use neo::error::{Error, Result};
use neo_model::{FilterPage, SavedFilter};

use super::{calls, command, links};
use crate::door::visit::Signed;
use crate::door::{AppState, Door};
use crate::error::{Answer, AppError};
use crate::page::forms::Form;
use crate::page::render::{self, Page, see_other};
use crate::page::typed::Typed;
use crate::ui::text::sentence;
use crate::ui::{Column, CopyCli, CopyForm, Empty, Field, Nav, Table, Time};
use crate::{problems, words};

pub async fn show(State(app): State<AppState>, signed: Signed) -> Answer {
    shown(&app, &signed, Form::empty()).await
}

/// Refused, it is asked for again here; kept, it is in force.
pub async fn save(State(app): State<AppState>, signed: Signed, typed: Typed<New>) -> Answer {
    let door = Door::of(&app.platform, &signed)?;
    let save = async |new: New| calls::save(&door, new.page, &new.name, &new.query).await;
    match typed.hand_to(save).await? {
        Ok(filter) => Ok(see_other(&links::of(&filter))),
        Err(form) => shown(&app, &signed, form).await,
    }
}

pub async fn remove(State(app): State<AppState>, signed: Signed, form: Form) -> Answer {
    calls::remove(&Door::of(&app.platform, &signed)?, form.text("filter")).await?;
    Ok(see_other(links::LIST))
}

pub struct New {
    page: FilterPage,
    name: String,
    query: String,
}

impl TryFrom<&Form> for New {
    type Error = Error;

    fn try_from(form: &Form) -> Result<Self> {
        Ok(Self {
            page: words::parse("page", form.text("page"))?,
            name: form.text("name").to_owned(),
            query: form.text("query").to_owned(),
        })
    }
}

async fn shown(app: &AppState, signed: &Signed, form: Form) -> std::result::Result<Response, AppError> {
    let door = Door::of(&app.platform, signed)?;
    let mut all = Vec::new();
    for page in FilterPage::ALL {
        if page != FilterPage::Audit || signed.actor.may(Permission::ReadAudit) {
            all.extend(calls::list(&door, page).await?);
        }
    }
    let page = Page::new(Nav::Elsewhere, "Saved filters").form(&form);
    Ok(render::page(signed, page, move || view(&all, &form)).await)
}

fn view(all: &[SavedFilter], form: &Form) -> AnyView {
    let columns = vec![
        Column::new("Filter"),
        Column::new("List"),
        Column::new("Says"),
        Column::new("By"),
        Column::num("Since"),
        Column::hidden("Act"),
    ];
    let rows = all.iter().map(row).collect_view();
    let table = match all.is_empty() {
        true => view! {
            <Empty title="No filter is saved yet" text="Filter tenants, runs or the audit, and save what you see under a name." />
        }
        .into_any(),
        false => view! { <Table caption="Saved filters" columns=columns><tbody>{rows}</tbody></Table> }.into_any(),
    };
    view! {
        <div class="head"><div><h1>"Saved filters"</h1><p>"Each is seen by everybody over its list."</p></div>
            <div class="acts"><CopyCli command="neo filter list" /></div>
        </div>
        {form.is_refused().then(|| again(form))}
        {table}
    }
    .into_any()
}

/// What could not be kept as it was typed.
fn again(form: &Form) -> AnyView {
    let text = |name: &str| form.raw(name).to_owned();
    let wrong = |name: &str| problems::on(form, name);
    view! {
        <form method="post" action=links::LIST class="column">
            {form.summary()}
            <input type="hidden" name="page" value=text("page") />
            <Field name="name" label="Name" value=text("name") error=wrong("name") required=true maxlength=60 />
            <Field name="query" label="What it says" value=text("query") error=wrong("query") required=true mono=true />
            <div class="acts">
                <button type="submit" class="primary">"Save"</button>
                <CopyForm command=command::of(&form.told()) from=links::LIST />
            </div>
        </form>
    }
    .into_any()
}

fn row(filter: &SavedFilter) -> AnyView {
    let label = format!("Remove the filter {}", filter.name);
    let remove = filter.removable.then(|| {
        view! {
            <form method="post" action=links::REMOVE>
                <input type="hidden" name="filter" value=filter.id.clone() />
                <button type="submit" aria-label=label>"Remove"</button>
            </form>
        }
    });
    view! {
        <tr>
            <td><a href=links::of(filter)>{filter.name.clone()}</a></td>
            <td>{sentence(filter.page.word())}</td>
            <td class="mono">{filter.query.clone()}</td>
            <td>{filter.made_by.clone()}</td>
            <td class="num nowrap" data-label="Since"><Time ms=filter.created_at /></td>
            <td class="num"><div class="acts">{remove}</div></td>
        </tr>
    }
    .into_any()
}
