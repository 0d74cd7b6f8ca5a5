//! The stream: connects, comes back within two seconds from where it was, and patches rows as events arrive.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use leptos::prelude::*;
use neo_model::{EventKind, Reason, Slug, TaskStatus};
use wasm_bindgen::prelude::*;
use web_sys::{Element, EventSource, MessageEvent};

use super::State;
use super::refresh::{self, Refresher};
use crate::islands::dom;
use crate::islands::mark::Mark;

const RECONNECT_MS: i32 = 1_000;
/// After this many failures in a row the server is given more time.
const PATIENCE: u32 = 10;
/// Between two frames; beyond it (a hidden tab, a flood) rows are left to the next look at the page.
const MOST_PENDING: usize = 300;

struct Follower {
    number: i64,
    last: RefCell<i64>,
    failures: RefCell<u32>,
    pending: RefCell<Vec<Change>>,
    refresher: Rc<Refresher>,
    state: WriteSignal<State>,
    /// Nothing is followed: the run is over, or was when the page was made.
    closed: Cell<bool>,
}

thread_local! {
    /// The one of this page.
    static FOLLOWER: RefCell<Option<Rc<Follower>>> = const { RefCell::new(None) };
}

/// What an event says about a row.
struct Change {
    tenant: String,
    mark: Mark,
    word: String,
    /// It says no more than that it succeeded; what that is called depends on the run.
    is_done: bool,
    attempt: Option<i64>,
    ms: Option<i64>,
}

/// The run's number, the last event that was seen of it, and whether it is over.
pub fn start((number, after, over): (i64, i64, bool), state: WriteSignal<State>, said: WriteSignal<String>) {
    let follower = Rc::new(Follower {
        number,
        last: RefCell::new(after),
        failures: RefCell::new(0),
        pending: RefCell::new(Vec::new()),
        refresher: Refresher::new(said),
        state,
        closed: Cell::new(over),
    });
    follower.refresher.keep_time(over);
    FOLLOWER.set(Some(follower.clone()));
    if !over {
        connect(&follower);
    }
}

/// Something was done on this page, there and then (`place` is renewed as soon as it may be); a run may go on by it that was
/// over.
pub fn acted(place: Option<(Element, f64)>, goes_on: bool) {
    match FOLLOWER.with_borrow(Clone::clone) {
        Some(follower) => {
            if goes_on && follower.closed.replace(false) {
                connect(&follower);
            }
            follower.refresher.acted(place, goes_on);
        }
        None => refresh::of_page().acted(place, false),
    }
}

fn connect(follower: &Rc<Follower>) {
    let url = format!("/events/runs/{}?after={}", follower.number, follower.last.borrow());
    let Ok(source) = EventSource::new(&url) else { return };
    let me = follower.clone();
    dom::on(&source, "open", move |_| {
        *me.failures.borrow_mut() = 0;
        me.state.set(State::Live);
        // What was missed while away is in the stream; what the page shows besides is not.
        me.refresher.soon();
    });
    for kind in EventKind::ALL {
        let (me, from) = (follower.clone(), source.clone());
        dom::on(&source, kind.as_str(), move |event| {
            if let Some(event) = event.dyn_ref::<MessageEvent>() {
                me.take(kind, event, &from);
            }
        });
    }
    let (me, from) = (follower.clone(), source.clone());
    dom::on(&source, "error", move |_| {
        // Not left to the browser, which may wait longer, or for good after an answer like 503.
        from.close();
        let failures = {
            let mut failures = me.failures.borrow_mut();
            *failures += 1;
            *failures
        };
        me.state.set(State::Reconnecting);
        let again = me.clone();
        let wait = if failures > PATIENCE { 10 * RECONNECT_MS } else { RECONNECT_MS };
        dom::later(wait, move || connect(&again));
    });
}

impl Follower {
    fn take(self: &Rc<Self>, kind: EventKind, event: &MessageEvent, source: &EventSource) {
        let Some(body) = event.data().as_string().and_then(|data| js_sys::JSON::parse(&data).ok()) else { return };
        let seq = number(&body, "seq").unwrap_or(0);
        if seq <= *self.last.borrow() {
            return;
        }
        *self.last.borrow_mut() = seq;
        if let Some(change) = change(kind, &body) {
            self.put(change);
        }
        if matches!(kind, EventKind::RunFinished | EventKind::RunHalted) {
            source.close();
            self.closed.set(true);
            // Nobody is told that it is over beside rows that say otherwise.
            let (state, end) = (self.state, if kind == EventKind::RunHalted { State::Halted } else { State::Over });
            self.refresher.last(move || state.set(end));
        } else {
            self.refresher.soon();
        }
    }

    /// Rows are patched once a frame, however many events came in between.
    fn put(self: &Rc<Self>, change: Change) {
        let mut pending = self.pending.borrow_mut();
        if pending.len() >= MOST_PENDING {
            return;
        }
        pending.push(change);
        if pending.len() == 1 {
            let me = self.clone();
            dom::next_frame(move || me.pending.take().iter().for_each(patch));
        }
    }
}

fn change(kind: EventKind, body: &JsValue) -> Option<Change> {
    let status = match kind {
        EventKind::TenantStarted => TaskStatus::Running,
        EventKind::TenantSucceeded => TaskStatus::Succeeded,
        EventKind::TenantFailed => TaskStatus::Failed,
        EventKind::TenantSkipped => TaskStatus::Skipped,
        EventKind::TenantUnknown => TaskStatus::Unknown,
        EventKind::TenantCancelled => TaskStatus::Cancelled,
        _ => return None,
    };
    // `migrated`, or `current` when there was nothing to do.
    let reason = field(body, "reason").filter(|_| status == TaskStatus::Succeeded);
    let reason = reason.and_then(|reason| reason.as_string()).map(Reason::from);
    let (mark, word) = match &reason {
        Some(reason) => (Mark::from(reason), reason.word()),
        None => (Mark::from(status), status.word()),
    };
    let is_done = status == TaskStatus::Succeeded && reason.as_ref().is_none_or(|reason| *reason == Reason::Migrated);
    Some(Change {
        tenant: field(body, "tenant")?.as_string()?,
        mark,
        word: word.to_owned(),
        is_done,
        attempt: number(body, "attempt"),
        ms: number(body, "ms"),
    })
}

fn patch(change: &Change) {
    // A slug has nothing to escape; what is not a slug has no row.
    if !Slug::is_one(&change.tenant) {
        return;
    }
    let Some(row) = dom::first(&format!("tr[data-task=\"{}\"]:not([data-part])", change.tenant)) else { return };
    let cell = |name: &str| row.query_selector(&format!("[data-cell={name}]")).ok().flatten();
    if let Some(status) = cell("status") {
        let mark = change.mark;
        // What succeeding is called depends on the run: a rollback has not migrated anybody.
        let done = row.get_attribute("data-done").filter(|_| change.is_done);
        let word = done.unwrap_or_else(|| crate::text::sentence(&change.word));
        status.set_inner_html(&format!(
            "<span class=\"st {} changed\"><span class=\"shape\">{}</span>{word}</span>",
            mark.class(),
            mark.svg()
        ));
    }
    if let (Some(cell), Some(attempt)) = (cell("attempt"), change.attempt) {
        cell.set_text_content(Some(&attempt.to_string()));
    }
    if let (Some(cell), Some(ms)) = (cell("ms"), change.ms) {
        cell.set_text_content(Some(&crate::text::duration(ms)));
    }
}

fn field(body: &JsValue, name: &str) -> Option<JsValue> {
    js_sys::Reflect::get(body, &name.into()).ok()
}

fn number(body: &JsValue, name: &str) -> Option<i64> {
    field(body, name)?.as_f64().map(|n| n as i64)
}
