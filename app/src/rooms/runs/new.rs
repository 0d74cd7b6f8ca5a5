//! A new run: on whom, to where, how; and what it would do, before anything is touched.
//!
//! The address holds the choice (GET), so that a preview can be sent to somebody; only the last button posts.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use leptos::prelude::*;
use neo::Platform;
use neo::actor::{Actor, Permission};
use neo::error::{Error, Kind as ErrorKind, Result};
use neo::migrations::Set;
use neo::runs::{self, Goal, Kind, Plan, Policy, Request};
use neo::tenants::{Filter, Tenant};

use super::words::{cli, target};
use super::{preview, rehearsal, strategy};
use crate::door::AppState;
use crate::door::visit::Signed;
use crate::error::{Answer, AppError};
use crate::may::denied_or;
use crate::page::forms::Form;
use crate::page::render::{Page, page, see_other};
use crate::problems;
use crate::query::{Query, segment};
use crate::rooms::tenants::filter;
use crate::ui::text::{count, sentence};
use crate::ui::{Choice, CopyCli, Field, Nav};

/// What is asked for, and what it would do.
pub struct New {
    /// The choice as the address says it.
    pub query: Query,
    pub kind: Kind,
    pub goal: Goal,
    pub selection: Filter,
    pub set: Set,
    pub outcome: Result<Preview>,
    /// What is wrong with who goes first, as the tenants are.
    pub wrong: Option<Error>,
    pub rehearsal: rehearsal::Known,
    pub actor: Actor,
}

pub enum Preview {
    Migrate(Plan),
    Rollback(Vec<(Tenant, Vec<String>)>),
}

impl Preview {
    /// Whether it is about more than one tenant.
    fn is_of_many(&self) -> bool {
        match self {
            Preview::Migrate(plan) => plan.tenants > 1,
            Preview::Rollback(tenants) => tenants.len() > 1,
        }
    }

    /// How many tenants it would change.
    pub fn tenants(&self) -> i64 {
        match self {
            Preview::Migrate(plan) => plan.behind,
            Preview::Rollback(tenants) => tenants.iter().filter(|(_, labels)| !labels.is_empty()).count() as i64,
        }
    }
}

impl New {
    async fn load(platform: &Platform, actor: &Actor, query: Query, form: &Form) -> Result<Self> {
        let set = Set::load(&platform.config.tenant_migrations).await?;
        let selection = selection(&query, set.latest())?;
        let goal = goal(&query)?;
        let kind = goal.kind();
        let mut wrong = None;
        let outcome = match (kind, &goal) {
            (Kind::Rollback, _) => {
                runs::rollback_preview(platform, actor, &goal, &selection).await.map(Preview::Rollback)
            }
            _ => {
                let to = if let Goal::Migrate { to } = &goal { *to } else { None };
                let typed = strategy::policy(form).unwrap_or_default();
                let planned = match runs::plan(platform, actor, &selection, to, &typed).await {
                    // Its own field says so, and the rest is planned all the same.
                    Err(error) if strategy::is_of_waves(&error) => {
                        wrong = Some(error);
                        runs::plan(platform, actor, &selection, to, &Policy::default()).await
                    }
                    planned => planned,
                };
                planned.map(Preview::Migrate)
            }
        };
        // An unknown tenant is the page's own failure; what a plan refuses is shown on the page.
        let outcome = match outcome {
            Err(error) if !matches!(error.kind, ErrorKind::Conflict | ErrorKind::Invalid | ErrorKind::Unavailable) => {
                return Err(error);
            }
            outcome => outcome,
        };
        let rehearsal = match (&outcome, kind) {
            (Ok(Preview::Migrate(_)), Kind::Migrate) => {
                rehearsal::Known::load(platform, actor, &query, &selection, &goal, &set).await?
            }
            _ => rehearsal::Known::default(),
        };
        Ok(Self { query, kind, goal, selection, set, outcome, wrong, rehearsal, actor: actor.clone() })
    }

    /// Several tenants, or as many as nobody knows yet.
    fn is_of_many(&self) -> bool {
        self.outcome.as_ref().map_or(self.selection.keys.len() != 1, Preview::is_of_many)
    }

    /// A rollback asks to type what it is about: the slug, or how many.
    fn expected(&self) -> Option<String> {
        let Ok(Preview::Rollback(tenants)) = &self.outcome else { return None };
        Some(match tenants.as_slice() {
            [(tenant, _)] => tenant.slug.clone(),
            many => many.len().to_string(),
        })
    }
}

/// Runs work on active tenants, whatever the list was showing.
fn selection(query: &Query, latest: Option<i64>) -> Result<Filter> {
    Ok(Filter { statuses: Vec::new(), ..filter::read(&query.without("status"), latest)? })
}

pub(super) fn goal(query: &Query) -> Result<Goal> {
    let number = |name: &'static str| -> Result<Option<i64>> {
        let wrong = || Error::invalid(name, format!("\"{}\" is not a number", neo::error::printable(query.text(name))));
        query.get(name).map(|text| text.trim().parse().map_err(|_| wrong())).transpose()
    };
    match query.get("kind").unwrap_or("migrate") {
        "migrate" => Ok(Goal::Migrate { to: number("to")? }),
        "verify" => Ok(Goal::Verify),
        "rollback" => Ok(match (number("run")?, number("steps")?, number("to")?) {
            (Some(run), _, _) => Goal::RollbackRun { run },
            (None, Some(steps), _) => {
                let steps =
                    u32::try_from(steps).map_err(|_| Error::invalid("steps", "the steps are a positive number"))?;
                Goal::RollbackSteps { steps }
            }
            (None, None, Some(to)) => Goal::RollbackTo { to },
            (None, None, None) => Goal::RollbackLast,
        }),
        other => Err(Error::invalid("kind", format!("\"{}\" is not a kind of run", neo::error::printable(other)))),
    }
}

pub async fn ask(State(app): State<AppState>, signed: Signed, query: Query) -> Answer {
    signed.actor.authorise(Permission::Operate)?;
    let form = strategy::of(&query);
    let tidy = address(&query, &form);
    if tidy != query {
        return Ok(see_other(&tidy.href("/runs/new")));
    }
    let form = match strategy::policy(&form).and_then(|_| strategy::at(&form)) {
        Ok(_) => form,
        Err(error) => form.refuse(strategy::here(error))?,
    };
    shown(&app.platform, &signed, query, form).await
}

/// What this page's address says: the choice, what was typed about the run, and the rehearsal that is looked at.
pub(super) fn address(query: &Query, form: &Form) -> Query {
    let kept = |name: &str| is_choice(name) || name == "rehearsal" || name == "command";
    let choice = query.pairs().filter(|(name, value)| kept(name) && !value.trim().is_empty());
    let typed = strategy::carried(form);
    choice.chain(typed.pairs()).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// `GET /api/run-command`: what the fields of the form say, on the command line.
pub async fn command(State(app): State<AppState>, signed: Signed, query: Query) -> Answer {
    signed.actor.authorise(Permission::Operate)?;
    let set = Set::load(&app.platform.config.tenant_migrations).await?;
    let form = strategy::of(&query);
    let (goal, selection) = (goal(&query)?, selection(&query, set.latest())?);
    let line = told(&goal, &selection, &form)?.unwrap_or_else(|| "The command line has no such selection.".to_owned());
    Ok(line.into_response())
}

/// The command for what is chosen and typed.
fn told(goal: &Goal, selection: &Filter, form: &Form) -> Result<Option<String>> {
    Ok(cli(goal, selection, &strategy::policy(form)?, form.optional("reason"), strategy::at(form)?))
}

pub async fn act(State(app): State<AppState>, signed: Signed, form: Form) -> Answer {
    let query = choice(&form);
    match start(&app.platform, &signed.actor, &query, &form).await {
        Ok(number) => Ok(see_other(&super::one::path(number))),
        Err(error) => shown(&app.platform, &signed, query, form.refuse(strategy::here(error))?).await,
    }
}

/// The choice that a form carries along.
pub(super) fn choice(form: &Form) -> Query {
    form.fields()
        .filter(|(name, value)| !value.is_empty() && is_choice(name))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// The same, carried along by a form.
pub(super) fn hidden(query: &Query) -> AnyView {
    query
        .pairs()
        .filter(|(name, _)| is_choice(name))
        .map(|(name, value)| view! { <input type="hidden" name=name.to_owned() value=value.to_owned() /> })
        .collect_view()
        .into_any()
}

fn is_choice(name: &str) -> bool {
    filter::NAMES.contains(&name) || CHOICE.contains(&name)
}

/// What the address says beside the selection.
const CHOICE: [&str; 4] = ["kind", "to", "steps", "run"];

async fn start(platform: &Platform, actor: &Actor, query: &Query, form: &Form) -> Result<i64> {
    let set = Set::load(&platform.config.tenant_migrations).await?;
    let (goal, selection) = (goal(query)?, selection(query, set.latest())?);
    if goal.kind() == Kind::Rollback {
        let tenants = runs::rollback_preview(platform, actor, &goal, &selection).await?;
        let expected = match tenants.as_slice() {
            [(tenant, _)] => tenant.slug.clone(),
            many => many.len().to_string(),
        };
        if form.text("confirm") != expected {
            return Err(Error::invalid("confirm", format!("type {expected} to confirm")));
        }
    }
    let request = Request {
        goal,
        selection,
        policy: strategy::policy(form)?,
        reason: form.optional("reason").map(str::to_owned),
        not_before: strategy::at(form)?,
        detached: true,
    };
    Ok(runs::start(platform, actor, request).await?.number)
}

pub(super) async fn shown(
    platform: &Platform,
    signed: &Signed,
    query: Query,
    form: Form,
) -> std::result::Result<Response, AppError> {
    let mut new = New::load(platform, &signed.actor, query, &form).await?;
    let form = match new.wrong.take().map(strategy::here) {
        Some(error) if !form.is_refused() => form.refuse(error)?,
        _ => form,
    };
    let shown = Page::new(Nav::Runs, "New run").under("Runs", "/runs").form(&form);
    let form = strategy::meant(form, new.kind, new.is_of_many());
    Ok(page(signed, shown, move || view(&new, &form)).await)
}

fn view(new: &New, form: &Form) -> AnyView {
    let title = format!("{} {}", sentence(super::words::verb(&new.goal)), target(&new.selection));
    view! {
        <div class="head">
            <div><h1>{title}</h1><p>"Nothing is touched before the button at the end."</p></div>
        </div>
        {form.summary()}
        <div id="rehearsal-told" data-live="">{rehearsal::told(new)}</div>
        {choose(new, form)}
        {preview::view(new)}
        {rehearsal::view(new, form)}
        {how(new, form)}
    }
    .into_any()
}

/// The choice: a GET form, so that the preview follows it.
fn choose(new: &New, form: &Form) -> AnyView {
    let query = &new.query;
    let is_everyone = filter::selection(query).pairs().next().is_none();
    let (selection, typed) = (filter::selection(query), strategy::carried(form));
    let hidden = selection
        .pairs()
        .chain(typed.pairs())
        .map(|(name, value)| view! { <input type="hidden" name=name.to_owned() value=value.to_owned() /> })
        .collect_view();
    let chips = filter::chips(query, "/runs/new")
        .into_iter()
        .take(12)
        .map(|chip| {
            let label = format!("Remove the filter: {}", chip.label);
            view! { <a class="pill" href=chip.href aria-label=label>{chip.label}" ✕"</a> }
        })
        .collect_view();
    let kinds = [("migrate", "Migrate"), ("rollback", "Roll back"), ("verify", "Verify, change nothing")];
    let kinds = kinds.map(|(value, label)| (value.to_owned(), label.to_owned())).to_vec();
    let kind = crate::words::word(&new.kind);
    let newest = if new.kind == Kind::Rollback { "Undo the last batch of each" } else { "The newest" };
    let versions: Vec<(String, String)> = std::iter::once((String::new(), newest.to_owned()))
        .chain(new.set.migrations.iter().rev().map(|m| (m.version.to_string(), m.label())))
        .collect();
    let to = query.text("to").to_owned();
    let steps = (new.kind == Kind::Rollback).then(
        || view! { <Field name="steps" label="Or steps back" value=query.text("steps").to_owned() kind="number" /> },
    );
    view! {
        <form class="choose" method="get" action="/runs/new" aria-label="What to run">
            {hidden}
            <div class="bar">
                <span class="muted">"On"</span>
                {is_everyone.then_some("all active tenants")}
                {chips}
                <a class="button quiet" href=filter::selection(query).href("/tenants")>"Choose tenants"</a>
            </div>
            <div class="row">
                <Choice name="kind" label="What" options=kinds value=kind />
                {(new.kind != Kind::Verify).then(|| view! { <Choice name="to" label="Version" options=versions value=to /> })}
                {steps}
                <button type="submit">"Preview"</button>
            </div>
        </form>
    }
    .into_any()
}

/// The form that starts the run: what stands before it on the page and belongs to it says so.
pub(super) const FORM: &str = "run";

/// How it behaves, and the button.
fn how(new: &New, form: &Form) -> AnyView {
    let tenants = new.outcome.as_ref().map_or(0, Preview::tenants);
    let hidden = hidden(&new.query);
    let wrong = |name: &str| problems::on(form, name);
    let verb = match new.kind {
        Kind::Rollback => format!("Roll back {}", count(tenants, "tenant")),
        Kind::Verify => "Verify".to_owned(),
        _ => format!("Migrate {}", count(tenants, "tenant")),
    };
    let permission = match (&new.outcome, new.kind) {
        (Ok(Preview::Rollback(tenants)), Kind::Rollback) if tenants.len() > 1 => Permission::RollBackMany,
        _ => Permission::Operate,
    };
    let nothing = match &new.outcome {
        Err(_) => Some("This cannot be run as it is."),
        Ok(Preview::Rollback(_)) if tenants == 0 => Some("There is nothing to undo."),
        Ok(Preview::Migrate(plan)) if plan.tenants == 0 => Some("No active tenant is chosen."),
        Ok(_) => None,
    };
    let closed = denied_or(&new.actor, permission, nothing);
    let disabled = closed.is_some();
    let confirm = new.expected().map(|word| {
        view! { <Field name="confirm" label=format!("Type {word} to confirm") error=wrong("confirm") mono=true /> }
    });
    // While something is wrong with what was typed, the usual run stands in.
    let empty = Form::empty();
    let command = told(&new.goal, &new.selection, form)
        .unwrap_or_else(|_| told(&new.goal, &new.selection, &empty).unwrap_or_default())
        .map(|command| {
            let open = new.query.get("command").is_some();
            view! {
                <CopyCli command=command from="/api/run-command" open=open>
                    <noscript>
                        <button type="submit" name="command" value="1" formmethod="get" formaction="/runs/new" formnovalidate=true>
                            "As typed above"
                        </button>
                    </noscript>
                </CopyCli>
            }
        });
    let first = match &new.outcome {
        Ok(Preview::Migrate(plan)) => strategy::in_waves(plan),
        _ => None,
    };
    let cancel = match new.selection.keys.as_slice() {
        [one] => format!("/tenants/{}", segment(one)),
        [] => "/runs".to_owned(),
        _ => "/tenants".to_owned(),
    };
    view! {
        <section aria-labelledby="how">
        <h2 id="how">"How it runs"</h2>
        <form method="post" action="/runs/new" class="column" id=FORM>
            {hidden}
            {strategy::fields(form, new.kind, new.is_of_many())}
            {first}
            {confirm}
            <div class="acts">
                <button
                    type="submit"
                    class=if new.kind == Kind::Rollback { "primary danger" } else { "primary" }
                    disabled=disabled
                    title=closed.clone()
                >
                    {verb}
                </button>
                <a class="button" href=cancel>"Cancel"</a>
                {command}
                {closed.map(|reason| view! { <span class="muted">{reason}</span> })}
            </div>
        </form>
        </section>
    }
    .into_any()
}
