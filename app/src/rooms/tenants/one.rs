//! One tenant: its header, which every tab stands under, and the tab that says what it is.

use std::time::Instant;

use axum::extract::{Path, State};
use leptos::prelude::*;
use neo::Platform;
use neo::actor::{Actor, Permission};
use neo::error::Result;
use neo::migrations::Set;
use neo::runs;
use neo::runs::Failure;
use neo::tenants::{self, Comparison, Drift, Filter, Status as Life, Tenant, Verdict};

use super::{danger, lock, provisioning, standing};
use crate::door::AppState;
use crate::door::visit::Signed;
use crate::error::Answer;
use crate::may::{denied, denied_or};
use crate::page::render::{Page, page};
use crate::query::{Query, segment};
use crate::rooms::runs::drift::lines;
use crate::rooms::runs::excerpt;
use crate::ui::text::{count, duration, version};
use crate::ui::{Act, Banner, CopyText, Nav, Status, Tab, Tabs, Time, Tone, VersionRail};

/// A tenant, and what the files on disk make of it.
pub struct One {
    pub tenant: Tenant,
    pub set: Result<Set>,
    pub pending: i64,
    /// It had drifted before its last run failed.
    pub drifted: bool,
    pub actor: Actor,
}

impl One {
    pub async fn load(platform: &Platform, actor: &Actor, key: &str) -> Result<Self> {
        let tenant = tenants::find(platform, actor, key).await?;
        let set = Set::load(&platform.config.tenant_migrations).await;
        let pending = set.as_ref().map_or(0, |set| standing::pending(&tenant, set));
        let drifted =
            standing::hidden_drift(platform, actor, std::slice::from_ref(&tenant)).await?.contains(&tenant.id);
        Ok(Self { tenant, set, pending, drifted, actor: actor.clone() })
    }

    pub fn path(&self) -> String {
        path(&self.tenant.slug)
    }

    pub fn latest(&self) -> Option<i64> {
        self.set.as_ref().ok().and_then(Set::latest)
    }

    /// The page of this tenant that `title` names.
    pub fn page(&self, title: &str) -> Page {
        Page::new(Nav::Tenants, format!("{} · {title}", self.tenant.name)).under("Tenants", super::list::PATH)
    }
}

/// What the last run that failed here met, where that is still known.
async fn failure(platform: &Platform, actor: &Actor, tenant: &Tenant) -> Result<Option<Failure>> {
    let (Some(error), Some(run)) = (&tenant.last_error, tenant.last_run) else { return Ok(None) };
    let attempts = runs::attempts(platform, actor, run, Some(&tenant.slug), None).await?;
    Ok(attempts.into_iter().filter_map(|attempt| attempt.failure).rfind(|failure| failure.message == *error))
}

pub fn path(slug: &str) -> String {
    format!("{}/{}", super::list::PATH, segment(slug))
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum At {
    Overview,
    Migrations,
    Runs,
    Users,
}

/// What the look at the tenant's own database said.
enum Connection {
    Answers { ms: i64 },
    Fails { reason: String },
}

pub async fn show(State(app): State<AppState>, signed: Signed, Path(slug): Path<String>, query: Query) -> Answer {
    let one = One::load(&app.platform, &signed.actor, &slug).await?;
    let steps = provisioning::load(&app.platform, &signed.actor, &one.tenant).await?;
    let connection = match query.get("test") {
        Some(_) => Some(test(&app.platform, &signed.actor, &one.tenant).await?),
        None => None,
    };
    let seen = match query.get("lock") {
        Some(_) => Some(lock::look(&app.platform, &signed.actor, &slug).await),
        None => None,
    };
    let failure = failure(&app.platform, &signed.actor, &one.tenant).await?;
    let drift = tenants::drift(&app.platform, &signed.actor, &one.tenant).await?;
    let schema = tenants::comparison(&app.platform, &signed.actor, &one.tenant).await?;
    let live = steps.as_ref().is_some_and(provisioning::Steps::is_live);
    let shown = one.page("overview");
    let shown = if live { shown.refresh(5) } else { shown };
    let view = move || {
        let told = Told {
            connection,
            steps: steps.as_ref(),
            seen: seen.as_ref(),
            failure: failure.as_ref(),
            compared: schema,
            drift: drift.as_ref(),
            broken: query.get("broken").is_some(),
        };
        let body = overview(&one, told);
        frame(&one, At::Overview, body)
    };
    Ok(page(&signed, shown, view).await)
}

/// Connects as the tenant's own role and reads its ledger.
async fn test(platform: &Platform, actor: &Actor, tenant: &Tenant) -> Result<Connection> {
    let begun = Instant::now();
    let selection = Filter { keys: vec![tenant.slug.clone()], ..Filter::default() };
    let plan = runs::plan(platform, actor, &selection, None, &runs::Policy::default()).await?;
    let ms = i64::try_from(begun.elapsed().as_millis()).unwrap_or(i64::MAX);
    Ok(match plan.unreachable.into_iter().next() {
        Some(unreachable) => Connection::Fails { reason: unreachable.reason },
        None => Connection::Answers { ms },
    })
}

/// Header, tabs, and below them whatever the tab shows.
pub fn frame(one: &One, at: At, body: AnyView) -> AnyView {
    let tab = |label: &str, here: At, end: &str| Tab {
        label: label.to_owned(),
        href: format!("{}{end}", one.path()),
        current: here == at,
    };
    let tabs = vec![
        tab("Overview", At::Overview, ""),
        tab("Migrations", At::Migrations, "/migrations"),
        tab("Runs", At::Runs, "/runs"),
        tab("Users", At::Users, "/users"),
    ];
    view! {
        {head(one)}
        <Tabs label=format!("Tenant {}", one.tenant.slug) tabs=tabs />
        {body}
    }
    .into_any()
}

fn head(one: &One) -> AnyView {
    let (tenant, actor) = (&one.tenant, &one.actor);
    let (mark, word) = standing::mark(tenant, one.pending, one.drifted);
    let here = Query::from([("keys", tenant.slug.as_str())]);
    let idle = (tenant.status != Life::Active).then_some("Only an active tenant is migrated.");
    let rail = match one.pending {
        0 => view! { <code>{version(tenant.version)}</code> }.into_any(),
        n => view! { <VersionRail from=tenant.version pending=n to=one.latest() />{format!(" ({n} pending)")} }
            .into_any(),
    };
    let tags = tenant.tags.iter().map(|tag| view! { " "<span class="tag">{tag.clone()}</span> }).collect_view();
    view! {
        <div class="head" id="tenant-head" data-live="">
            <div>
                <h1>{tenant.name.clone()}</h1>
                <p>
                    <Status mark=mark word=word />" · "<CopyText value=tenant.slug.clone() />" · "
                    {format!("on {}", tenant.server)}" · "{rail}{tags}
                </p>
            </div>
            <div class="acts">
                <Act label="Test connection" href=format!("{}?test=1", one.path()) />
                <Act
                    label="Verify…"
                    href=here.with("kind", "verify").href("/runs/new")
                    denied=denied_or(actor, Permission::Operate, idle)
                />
                <Act
                    label="Roll back…"
                    href=here.with("kind", "rollback").href("/runs/new")
                    denied=denied_or(actor, Permission::Operate, idle)
                />
                <Act
                    label="Migrate…"
                    href=here.href("/runs/new")
                    primary=one.pending != 0
                    denied=denied_or(actor, Permission::Operate, idle)
                />
            </div>
        </div>
    }
    .into_any()
}

/// What there is to say of a tenant besides what it is.
struct Told<'a> {
    connection: Option<Connection>,
    steps: Option<&'a provisioning::Steps>,
    seen: Option<&'a lock::Seen>,
    failure: Option<&'a Failure>,
    compared: Comparison,
    drift: Option<&'a Drift>,
    /// Its lock was broken a moment ago.
    broken: bool,
}

fn overview(one: &One, told: Told<'_>) -> AnyView {
    let Told { connection, steps, seen, failure, compared, drift, broken } = told;
    let tenant = &one.tenant;
    let excerpt = failure.and_then(excerpt::view);
    let connection = connection.map(|connection| match connection {
        Connection::Answers { ms } => {
            let title = format!("{} answers: connected, ledger read in {}", tenant.slug, duration(ms));
            view! { <Banner tone=Tone::Ok title=title /> }.into_any()
        }
        Connection::Fails { reason } => {
            let title = format!("{} cannot be reached", tenant.slug);
            view! { <Banner tone=Tone::Bad title=title><span class="err">{reason}</span></Banner> }.into_any()
        }
    });
    // What stopped its provisioning is told with the steps.
    let failed = tenant.last_error.clone().filter(|_| steps.is_none());
    let failure = failed.map(|error| {
        let run = tenant.last_run.map(|run| {
            let href = Query::from([("tenant", tenant.slug.as_str())]).href(&format!("/runs/{run}"));
            view! { <p><a href=href>{format!("Log in run {run}")}</a></p> }
        });
        view! {
            <Banner tone=Tone::Bad title="The last run failed here"><span class="err">{error}</span>{excerpt}{run}</Banner>
        }
    });
    let left_out = tenant.quarantine.clone().map(|q| {
        view! {
            <Banner tone=Tone::Warn title="In quarantine: runs on all tenants leave it out">
                <p>{q.reason}</p>
                <p>{format!("{}, since ", q.owner)}<Time ms=q.since />"; it ends "<Time ms=q.until /></p>
            </Banner>
        }
    });
    let follow = steps.and_then(provisioning::Steps::follow);
    let steps = steps.map(|steps| provisioning::view(one, steps));
    view! {
        {connection}
        {follow}
        <div id="tenant-steps" data-live="">{steps}</div>
        <div id="tenant-now" data-live="">{left_out}{failure}{schema(one, drift)}{facts(tenant, compared)}</div>
        {settings(one)}
        {lock::section(one, seen, broken)}
        <div id="tenant-danger" data-live="">{danger::zone(one)}</div>
    }
    .into_any()
}

/// How it differs from the others, where it does.
fn schema(one: &One, drift: Option<&Drift>) -> Option<AnyView> {
    let seen = one.tenant.verified_at.map(|ms| view! { ", looked at "<Time ms=ms /> });
    let again = Query::from([("keys", one.tenant.slug.as_str()), ("kind", "verify")]).href("/runs/new");
    let (told, title) = match drift {
        Some(drift) => {
            let legend = format!(
                "+ is only here, - is missing here. {} agree on {}; this one is {}",
                count(drift.agreeing, "tenant"),
                drift.norm,
                drift.fingerprint
            );
            let told = view! { {lines(drift)}<p class="muted">{legend}{seen}"."</p> }.into_any();
            (told, "Drifted: its schema is not the one that most tenants with the same migrations have")
        }
        None if one.drifted => {
            let text = "A failed run hides what differs. Mend that first, then verify.";
            (view! { <p>{text}</p> }.into_any(), "It had drifted before its last run failed")
        }
        None => return None,
    };
    Some(
        view! {
            <section id="schema">
                <Banner tone=Tone::Warn title=title>
                    {told}
                    <p><a href=again>"Verify again"</a></p>
                </Banner>
            </section>
        }
        .into_any(),
    )
}

/// What came of holding its schema against the others', in words.
fn compared_in_words(schema: Comparison) -> String {
    let others = count(schema.agreeing, "tenant");
    match schema.verdict {
        Verdict::Alike => format!("The same on {others}"),
        Verdict::Drifted => format!("Not what {others} have"),
        Verdict::NothingToCompareWith => "Nothing to compare with".to_owned(),
        Verdict::NotLookedAt => "Not looked at".to_owned(),
    }
}

fn facts(tenant: &Tenant, compared: Comparison) -> AnyView {
    let row = |name: &'static str, value: AnyView| view! { <dt>{name}</dt><dd>{value}</dd> };
    let code = |text: &str| view! { <code>{text.to_owned()}</code> }.into_any();
    let when = |ms: Option<i64>| match ms {
        Some(ms) => view! { <Time ms=ms /> }.into_any(),
        None => view! { <span class="muted">"never"</span> }.into_any(),
    };
    view! {
        <dl class="facts">
            {row("Id", view! { <CopyText value=tenant.id.clone() /> }.into_any())}
            {row("Server", format!("{} ({})", tenant.server, tenant.engine.as_str()).into_any())}
            {row("Database", code(&tenant.database))}
            {(!tenant.username.is_empty()).then(|| row("Role", code(&tenant.username)))}
            {row("Version", tenant.version.map_or_else(|| "none".into_any(), |v| code(&v.to_string())))}
            {row("Migrations applied", tenant.applied.to_string().into_any())}
            {row("Schema", compared_in_words(compared).into_any())}
            {row("Last looked at", when(tenant.verified_at))}
            {tenant.last_run.map(|n| row("Last run", view! { <a href=format!("/runs/{n}")>{format!("Run {n}")}</a> }.into_any()))}
            {row("Created", when(Some(tenant.created_at)))}
        </dl>
    }
    .into_any()
}

/// What may be changed without weight: name and tags.
fn settings(one: &One) -> AnyView {
    let tenant = &one.tenant;
    let closed = denied(&one.actor, Permission::EditTenants);
    let disabled = closed.is_some();
    view! {
        <details class="more">
            <summary class="button">"Rename or tag…"</summary>
            <form method="post" action=format!("{}/edit", one.path())>
                <crate::ui::Field name="name" label="Name" value=tenant.name.clone() required=true />
                <crate::ui::Field name="tags" label="Tags" value=tenant.tags.join(", ") hint="Separated by commas." />
                <button type="submit" disabled=disabled title=closed>"Save"</button>
            </form>
        </details>
    }
    .into_any()
}
