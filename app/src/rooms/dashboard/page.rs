//! The first page: what needs somebody, then the fleet, then what runs and what ran.

use axum::extract::State;
use leptos::prelude::*;
use neo::actor::Actor;
use neo::fleet::Fleet;

use super::model::Board;
use super::{attention, audit, needs, runs};
use crate::door::AppState;
use crate::door::visit::Signed;
use crate::error::Answer;
use crate::page::render::{self, Page};
use crate::rooms::tenants::{fleet, links};
use crate::ui::{Empty, FleetBar, Legend, Nav, text};

pub async fn show(State(app): State<AppState>, signed: Signed) -> Answer {
    let board = Board::load(&app.platform, &signed.actor).await?;
    let page = Page::new(Nav::Dashboard, "Dashboard").troubles(board.troubles());
    let page = page.refresh(if board.live.is_empty() { IDLE_S } else { 5 });
    let actor = signed.actor.clone();
    Ok(render::page(&signed, page, move || view(board, &actor)).await)
}

/// A board on which nothing goes on is looked at again after so many seconds: trouble comes from elsewhere as well.
const IDLE_S: u32 = 10;

fn view(board: Board, actor: &Actor) -> impl IntoView + use<> {
    let Board { fleet: Fleet { tenants: counts, latest, attention }, left_out, live, ended, audited } = board;
    let items: Vec<_> = attention.into_iter().map(|need| attention::item(need, actor, latest, &left_out)).collect();
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
        <div id="board-needs" data-live="" data-again=IDLE_S>
            {(counts.total > 0 || !items.is_empty()).then(|| needs::view(items))}
        </div>
        <section aria-labelledby="fleet" id="board-fleet" data-live="">
            <h2 id="fleet" class="sr">"Fleet"</h2>
            {if counts.total == 0 {
                view! {
                    <Empty title="No tenants yet" text="A tenant is one customer with a database of its own.">
                        <a class="button primary" href=links::NEW>"New tenant"</a>
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
        <div id="board-live" data-live="">
            {(!live.is_empty()).then(|| view! { <div data-again="">{runs::view("live", "Active runs", live)}</div> })}
        </div>
        <div id="board-ended" data-live="">
            {if ended.is_empty() {
                (counts.total > 0)
                    .then(|| view! { <p class="muted">"Nothing has been run on the tenants yet."</p> })
                    .into_any()
            } else {
                runs::view("ended", "Last runs", ended).into_any()
            }}
        </div>
        <div id="board-audit" data-live="">{(!audited.is_empty()).then(|| audit::view(audited))}</div>
    }
}
