//! The first page: what needs somebody, then the fleet, then what runs and what ran.

mod attention;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use leptos::prelude::*;
use neo::Platform;
use neo::actor::Actor;
use neo::runs::Run;
use neo::tenants::Counts;

use crate::door::AppState;
use crate::door::visit::Signed;
use crate::error::Answer;
use crate::page::render::{self, Page};
use crate::rooms::runs::words::{run_mark, verb};
use crate::rooms::tenants::fleet;
use crate::ui::{Column, Empty, FleetBar, Legend, Nav, Status, Table, Time, text};

pub fn routes() -> Router<AppState> {
    Router::new().route("/", get(show))
}

/// Everything the page shows, from the cache and the registry alone: no tenant database is asked.
struct Board {
    counts: Counts,
    latest: Option<i64>,
    attention: Vec<attention::Item>,
    live: Vec<Run>,
    ended: Vec<Run>,
}

async fn show(State(app): State<AppState>, signed: Signed) -> Answer {
    let board = look(&app.platform, &signed.actor).await?;
    let page = Page::new(Nav::Dashboard, "Dashboard");
    let page = if board.live.is_empty() { page } else { page.refresh(5) };
    Ok(render::page(&signed, page, move || whole(board)).await)
}

async fn look(platform: &Platform, actor: &Actor) -> neo::Result<Board> {
    let folder = platform.config.tenant_migrations.clone();
    let set =
        tokio::task::spawn_blocking(move || neo::migrations::Set::read(&folder)).await.map_err(neo::Error::internal)?;
    let latest = set.as_ref().ok().and_then(neo::migrations::Set::latest);
    let counts = neo::tenants::counts(platform, actor, latest).await?;
    let runs = neo::runs::list(platform, actor, &[], None, 20).await?;
    let attention = attention::items(platform, actor, &counts, &runs, set.as_ref()).await?;
    let (live, mut ended): (Vec<Run>, Vec<Run>) = runs.into_iter().partition(|run| !run.status.is_over());
    ended.truncate(10);
    Ok(Board { counts, latest, attention, live, ended })
}

fn whole(board: Board) -> impl IntoView {
    let Board { counts, latest, attention, live, ended } = board;
    let said = match latest {
        Some(latest) => format!("newest migration {}", text::version(Some(latest))),
        None => "no migrations yet".to_owned(),
    };
    let total = text::count(counts.total, "tenant");
    let segments = fleet::segments(&counts);
    view! {
        <div class="head">
            <div>
                <h1>"Dashboard"</h1>
                <p>{total}", "{said}</p>
            </div>
        </div>
        {(counts.total > 0 || !attention.is_empty()).then(|| attention::section(attention))}
        <section aria-labelledby="fleet">
            <h2 id="fleet" class="sr">"Fleet"</h2>
            {if counts.total == 0 {
                view! {
                    <Empty title="No tenants yet" text="A tenant is one customer with a database of its own.">
                        <a class="button primary" href="/tenants/new">"New tenant"</a>
                    </Empty>
                }
                    .into_any()
            } else {
                view! {
                    <FleetBar segments=segments.clone() />
                    <Legend segments=segments />
                }
                    .into_any()
            }}
        </section>
        {(!live.is_empty()).then(|| runs("live", "Active runs", live))}
        {if ended.is_empty() {
            (counts.total > 0)
                .then(|| view! { <p class="muted">"Nothing has been run on the tenants yet."</p> })
                .into_any()
        } else {
            runs("ended", "Last runs", ended).into_any()
        }}
    }
}

fn runs(id: &'static str, title: &'static str, runs: Vec<Run>) -> impl IntoView {
    let columns = vec![
        Column::new("Status"),
        Column::new("Run"),
        Column::new("Tenants"),
        Column::new("By"),
        Column::num("Took"),
        Column::num("When"),
    ];
    let rows = runs.into_iter().map(row).collect_view();
    view! {
        <section aria-labelledby=id>
            <h2 id=id>{title}</h2>
            <Table caption=title columns=columns>
                <tbody>{rows}</tbody>
            </Table>
        </section>
    }
}

fn row(run: Run) -> impl IntoView {
    let (mark, said) = run_mark(&run);
    let class = (run.tenants.failed > 0).then_some("failed");
    let at = run.finished_at.or(run.started_at).unwrap_or(run.created_at);
    let number = run.number;
    let title = format!("Run {number} · {}", verb(&run.goal));
    view! {
        <tr class=class>
            <td><Status mark=mark word=said /></td>
            <td>
                <a href=format!("/runs/{number}")>{title}</a>
                {run.reason.map(|reason| view! { <span class="muted">" “"{reason}"”"</span> })}
            </td>
            <td>{outcome(&run.tenants)}</td>
            <td>{run.actor}</td>
            <td class="num">{run.ms.map(text::duration)}</td>
            <td class="num nowrap"><Time ms=at /></td>
        </tr>
    }
}

/// `18 migrated, 1 current, 1 failed`
fn outcome(counts: &neo::runs::TaskCounts) -> String {
    let parts = [
        (counts.failed, "failed"),
        (counts.unknown, "unknown"),
        (counts.running, "running"),
        (counts.queued, "queued"),
        (counts.migrated, "done"),
        (counts.current, "current"),
        (counts.drifted, "of them drifted"),
        (counts.skipped, "skipped"),
        (counts.cancelled, "cancelled"),
    ];
    let said: Vec<_> =
        parts.into_iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{} {word}", text::number(n))).collect();
    if said.is_empty() { "none".into() } else { said.join(", ") }
}
