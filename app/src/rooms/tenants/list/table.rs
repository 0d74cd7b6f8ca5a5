//! The table of the list, its tick boxes and the acts on what is ticked. The selection is a plain form that asks for the page
//! of a new run, so it needs no script.

use leptos::prelude::*;
use neo::actor::Permission;
use neo::tenants::{Sort as By, Tenant};

use super::model::List;
use crate::may::denied;
use crate::rooms::runs::links as runs;
use crate::rooms::tenants::bulk::{Bulk, EXPORT};
use crate::rooms::tenants::{links, standing, words};
use crate::ui::text::{number, version};
use crate::ui::{Column, Dots, Mark, Pager, Sort, Status, Table, Time, VersionRail};
use crate::words::parse;

pub fn view(list: &List) -> AnyView {
    let rows = list.page.tenants.iter().map(|tenant| row(list, tenant)).collect_view();
    let (query, page) = (&list.query, &list.page);
    let link = |name, cursor: &Option<String>| cursor.clone().map(|cursor| query.at(name, cursor).href(links::LIST));
    view! {
        <form method="get" action=runs::NEW data-selection="tenants">
            <Table caption="Tenants" columns=columns(list)><tbody>{rows}</tbody></Table>
            {bulk(list)}
        </form>
        <Pager
            before=page.before
            shown=page.tenants.len() as i64
            total=page.total
            previous=link("before", &page.previous)
            next=link("after", &page.next)
        />
    }
    .into_any()
}

fn columns(list: &List) -> Vec<Column> {
    let by = |column: Column, by: By| {
        let (href, now) = sorting(list, by);
        column.sorted(href, now)
    };
    vec![
        Column::hidden("Select"),
        Column::new("Status"),
        by(Column::new("Tenant"), By::Slug),
        Column::new("Server"),
        by(Column::new("Version"), By::Version),
        Column::new("Pending"),
        Column::new("Last ten runs"),
        by(Column::num("Updated"), By::Updated),
    ]
}

/// The link of a column's head: sorted by it, or the other way round when it is sorted by it already.
fn sorting(list: &List, by: By) -> (String, Sort) {
    let sorted = list.query.get("sort").map_or(By::Slug, |w| parse("sort", w).unwrap_or_default());
    let descending = list.query.has("dir", "desc");
    let plain = list.query.without("dir").without("sort");
    let query = if by == By::default() { plain } else { plain.with("sort", by.as_str()) };
    match (sorted == by, descending) {
        (false, _) => (query.href(links::LIST), Sort::None),
        (true, false) => (query.with("dir", "desc").href(links::LIST), Sort::Ascending),
        (true, true) => (query.href(links::LIST), Sort::Descending),
    }
}

fn row(list: &List, tenant: &Tenant) -> AnyView {
    let pending = list.set.as_ref().map_or(0, |set| standing::pending(tenant, set));
    let (mark, said) = words::mark(tenant, pending, list.drifted.contains(&tenant.id));
    let left_out = tenant.quarantine.clone().map(|q| {
        view! {
            <span class="left-out">"In quarantine, "{q.owner}": "{q.reason}" · ends "<Time ms=q.until /></span>
        }
    });
    let history = list.dots.get(&tenant.id).map(|tasks| words::history(tasks)).unwrap_or_default();
    let tags = tenant.tags.iter().map(|tag| view! { " "<span class="tag">{tag.clone()}</span> }).collect_view();
    let failed = (mark == Mark::Failed).then_some("failed");
    view! {
        <tr class=failed>
            <td><input type="checkbox" name="keys" value=tenant.slug.clone() aria-label=format!("Select {}", tenant.slug) /></td>
            <td><Status mark=mark word=said /></td>
            <td>
                <a href=links::of(tenant)>{tenant.name.clone()}</a>
                <br />
                <span class="mono">{tenant.slug.clone()}</span>
                {tags}
                {left_out}
            </td>
            <td>{tenant.server.clone()}</td>
            <td class="mono" data-label="at">{version(tenant.version)}</td>
            <td class="wide"><VersionRail from=tenant.version pending=pending to=list.latest() /></td>
            <td><Dots marks=history /></td>
            <td class="muted nowrap num" data-label="updated"><Time ms=tenant.updated_at /></td>
        </tr>
    }
    .into_any()
}

/// What can be done with what is ticked, or with all that match.
fn bulk(list: &List) -> AnyView {
    let total = list.page.total;
    let all = links::selection(&list.query).href(runs::NEW);
    // A run is over the active ones, whoever else is listed.
    let every = match list.query.all("status").count() {
        0 | 1 => format!("Migrate all {} that match…", number(total)),
        _ => "Migrate all active ones that match…".to_owned(),
    };
    let closed = denied(&list.actor, Permission::Operate);
    let disabled = closed.is_some();
    let acts = [Bulk::Suspend, Bulk::Resume, Bulk::Tag].into_iter();
    let export = |format: &str| links::selection(&list.query).with("format", format).href(EXPORT);
    view! {
        <div class="bar bulk">
            <button type="submit" disabled=disabled title=closed.clone()>"Migrate selected…"</button>
            <button type="submit" name="kind" value="verify" disabled=disabled title=closed.clone()>"Verify selected…"</button>
            <button type="submit" name="kind" value="rollback" disabled=disabled title=closed.clone()>"Roll back selected…"</button>
            {acts.map(|bulk| {
                let closed = denied(&list.actor, bulk.permission());
                view! {
                    <button type="submit" formaction=bulk.path() disabled=closed.is_some() title=closed>
                        {format!("{} selected…", bulk.verb())}
                    </button>
                }
            }).collect_view()}
            <span class="grow"></span>
            <a class="button quiet" href=export("csv") download="">"Export CSV"</a>
            <a class="button quiet" href=export("json") download="">"Export JSON"</a>
            {(!disabled && links::has_active(&list.query).unwrap_or_default()).then(|| view! {
                <a class="button quiet" href=all>{every}</a>
            })}
        </div>
    }
    .into_any()
}
