//! One request: what was asked for, by whom, with which plan; yes and no.

use axum::extract::{Path, State};
use axum::response::Response;
use leptos::prelude::*;
use neo::requests::{self, Detail, Row, State as Stands};
use neo_model::{PlannedFile, PlannedTenant};

use super::words::mark;
use super::{calls, command, links};
use crate::door::visit::Signed;
use crate::door::{AppState, Door};
use crate::error::{Answer, AppError};
use crate::page::forms::Form;
use crate::page::render::{Page, page};
use crate::problems;
use crate::query::Query;
use crate::rooms::runs::links as runs;
use crate::rooms::tenants::links as tenants;
use crate::ui::text::{count, sentence, version};
use crate::ui::{Column, CopyCli, CopySeveral, CopyText, Field, Nav, Status, Table, Time};

/// Tenants and files that are shown.
const SHOWN: usize = 50;

/// What whoever looks at it can say to it.
struct Says {
    /// Why they cannot say yes, where they cannot.
    closed: Option<String>,
    is_own: bool,
    may_decline: bool,
}

pub async fn show(State(app): State<AppState>, signed: Signed, Path(number): Path<i64>) -> Answer {
    refused(&app, &signed, number, Form::empty()).await
}

/// The same with what was wrong with what was said.
pub async fn refused(app: &AppState, signed: &Signed, number: i64, form: Form) -> Result<Response, AppError> {
    let door = Door::of(&app.platform, signed)?;
    let detail = calls::show(&door, number).await?;
    let is_own = requests::is_own(&door.platform, &door.actor, number).await?;
    let may = requests::may_approve(&door.platform, &door.actor, number).await?;
    let closed = match (is_own, may) {
        (true, _) => Some("You have asked for it: somebody else says yes.".to_owned()),
        (false, true) => None,
        (false, false) => {
            Some(format!("Your role ({}) may not do this alone; somebody says yes who may.", door.actor.role))
        }
    };
    let says = Says { closed, is_own, may_decline: is_own || may };
    let shown = Page::new(Nav::Runs, format!("Request {number}"))
        .under("Runs", runs::LIST)
        .under("Requests", links::LIST)
        .form(&form);
    let shown = if detail.row.state == Stands::Approved { shown.refresh(5) } else { shown };
    Ok(page(signed, shown, move || view(&detail, &says, &form)).await)
}

fn view(detail: &Detail, says: &Says, form: &Form) -> AnyView {
    let row = &detail.row;
    // Whoever may say something to it copies that, beside what they say it with.
    let shown = (row.state != Stands::Open || says.closed.is_some())
        .then(|| command::one(row.request, None, &Query::default()))
        .flatten();
    let decide = (row.state == Stands::Open).then(|| decide(detail, says, form));
    let files = (!detail.files.is_empty()).then(|| files(&detail.files));
    view! {
        <div class="head">
            <div>
                <h1>{format!("Request {}: {}", row.request, row.what)}</h1>
                <p><Status mark=mark(row.state) word=sentence(row.state.word()) />{standing(row)}</p>
            </div>
            {shown.map(|command| view! { <div class="acts"><CopyCli command=command /></div> })}
        </div>
        {form.summary()}
        {decide}
        <section aria-labelledby="asked"><h2 id="asked">"What was asked for"</h2>{facts(detail)}</section>
        <section aria-labelledby="tenants"><h2 id="tenants">{sentence(&count(row.tenants, "tenant"))}</h2>{targets(detail)}</section>
        {files}
    }
    .into_any()
}

/// What has come of it so far.
fn standing(row: &Row) -> AnyView {
    match row.state {
        Stands::Open => view! { " · ends "<Time ms=row.expires_at /> }.into_any(),
        _ => {
            let by = row.decided_by.clone().map(|by| format!(" · {by}"));
            let run = row.run.map(|run| view! { " · "<a href=runs::one(run)>{format!("run {run}")}</a> });
            let anew = row
                .replaced_by
                .map(|anew| view! { " · asked for anew as "<a href=links::one(anew)>{format!("request {anew}")}</a> });
            view! { {by}{run}{anew} }.into_any()
        }
    }
}

fn facts(detail: &Detail) -> AnyView {
    let row = &detail.row;
    let fact = |name: &'static str, value: AnyView| view! { <dt>{name}</dt><dd>{value}</dd> };
    let said = |name: &'static str, text: &Option<String>| text.clone().map(|text| fact(name, text.into_any()));
    view! {
        <dl class="facts">
            {fact("Asked by", row.asked_by.clone().into_any())}
            {fact("Asked", view! { <Time ms=row.asked_at /> }.into_any())}
            {fact("Wants a yes", sentence(row.guard.word()).into_any())}
            {fact("Begins", sentence(&detail.act.begins()).into_any())}
            {detail.act.options().into_iter().map(|(name, value)| view! {
                <dt>{sentence(&name)}</dt><dd><code>{value}</code></dd>
            }).collect_view()}
            {said("Reason", &row.reason)}
            {said("Decided by", &row.decided_by)}
            {said("Word", &row.word)}
            {said("What changed", &row.why)}
        </dl>
    }
    .into_any()
}

/// Both are forms of their own; what is said goes with either.
fn decide(detail: &Detail, says: &Says, form: &Form) -> AnyView {
    let (n, begins) = (detail.row.request, detail.act.begins());
    let word = form.text("why").to_owned();
    let wrong = problems::on(form, "why");
    let said = form.told();
    let acts = [says.closed.is_none().then_some("approve"), says.may_decline.then_some("decline")];
    let of = |act: &str| command::one(n, Some(act), &said).map(|command| (command, links::act(n, act)));
    let (commands, pages): (Vec<_>, Vec<_>) = acts.into_iter().flatten().filter_map(of).unzip();
    let no = if says.is_own { "Take it back" } else { "Decline" };
    view! {
        <form method="post" action=links::act(n, "approve") class="confirm">
            <p>{match says.closed.clone() {
                Some(closed) => closed,
                None => format!("It is begun {begins}, exactly as it is here. If it is another by now, nothing is begun."),
            }}</p>
            {says.may_decline.then(|| view! {
                <Field name="why" label="A word to it" value=word error=wrong hint="Optional; kept with the request and in the audit." maxlength=1000 />
            })}
            <div class="acts">
                <button type="submit" class="primary" disabled=says.closed.is_some() title=says.closed.clone()>{format!("Approve request {n}")}</button>
                {says.may_decline.then(|| view! {
                    <button type="submit" formaction=links::act(n, "decline")>{no}</button>
                })}
                <a class="button" href=links::LIST>"Back"</a>
                {(!commands.is_empty()).then(|| view! { <CopySeveral commands=commands from=pages /> })}
            </div>
        </form>
    }
    .into_any()
}

fn targets(detail: &Detail) -> AnyView {
    let is_back = detail.targets.iter().any(|tenant| !tenant.undone.is_empty());
    let mut columns = vec![Column::new("Tenant"), Column::new("Status"), Column::num("Version")];
    columns.extend(is_back.then(|| Column::new("Undone, newest first")));
    let row = move |tenant: &PlannedTenant| {
        let undone = tenant.undone.iter().map(|version| format!("{version:014}")).collect::<Vec<_>>().join(" ");
        view! {
            <tr>
                <td><a href=tenants::one(&tenant.id)>{tenant.tenant.clone()}</a></td>
                <td>{tenant.status.word()}</td>
                <td class="num" data-label="at">{version(tenant.version)}</td>
                {is_back.then(|| view! { <td><code>{undone}</code></td> })}
            </tr>
        }
    };
    let rows = detail.targets.iter().take(SHOWN).map(row).collect_view();
    let more = more(detail.row.tenants, detail.targets.len());
    view! {
        <Table caption="Tenants as they stood" columns=columns>
            <tbody>{rows}</tbody>
        </Table>
        {more}
    }
    .into_any()
}

/// The newest first: what is pending is among them.
fn files(files: &[PlannedFile]) -> AnyView {
    let columns = vec![Column::new("File"), Column::new("Checksum")];
    let row = |file: &PlannedFile| {
        view! {
            <tr><td><code>{file.file.clone()}</code></td><td><CopyText value=file.checksum.clone() /></td></tr>
        }
    };
    let rows = files.iter().rev().take(SHOWN).map(row).collect_view();
    let heading = sentence(&count(files.len() as i64, "file"));
    let more = more(files.len() as i64, files.len());
    view! {
        <section aria-labelledby="files">
            <h2 id="files">{heading}</h2>
            <Table caption="Files with their checksums" columns=columns>
                <tbody>{rows}</tbody>
            </Table>
            {more}
        </section>
    }
    .into_any()
}

fn more(total: i64, there: usize) -> Option<AnyView> {
    let more = total - there.min(SHOWN) as i64;
    (more > 0).then(|| view! { <p class="muted">{format!("And {more} more.")}</p> }.into_any())
}
