//! Looks at the page again, and puts what changed in place: regions whole, rows one by one.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use leptos::prelude::*;
use web_sys::{Document, DomParser, Element, SupportedType};

use crate::islands::dom;
use crate::islands::upgrade::upgrade;

/// A page is looked at again no sooner than this after the last look, and no sooner than four times what that took.
const LEAST_MS: f64 = 250.0;
/// What passes without events (elapsed, time left) is looked at this often.
const CLOCK_MS: i32 = 5_000;
/// A listener is told the state no more often than this.
const SPOKEN_MS: f64 = 5_000.0;
/// How soon to try a part again that somebody is using.
const BUSY_MS: i32 = 500;

const SEEN: &str = "neoSeen";

pub struct Refresher {
    /// A look is under way or waits for its time.
    looking: Cell<bool>,
    /// Something happened since the last look began.
    stale: Cell<bool>,
    over: Cell<bool>,
    looked_at: Cell<f64>,
    took: Cell<f64>,
    spoke_at: Cell<f64>,
    spoken: RefCell<String>,
    said: WriteSignal<String>,
}

/// Looks at the page every so often while something on it says that it goes on (`data-again`).
pub fn look_again(ms: i32) {
    let refresher = Refresher::new(signal(String::new()).1);
    dom::every(ms, move || {
        if dom::first("[data-again]").is_some() && !dom::document().hidden() {
            refresher.soon();
        }
    });
}

impl Refresher {
    pub fn new(said: WriteSignal<String>) -> Rc<Self> {
        Rc::new(Self {
            looking: Cell::new(false),
            stale: Cell::new(false),
            over: Cell::new(false),
            looked_at: Cell::new(0.0),
            took: Cell::new(0.0),
            spoke_at: Cell::new(0.0),
            spoken: RefCell::default(),
            said,
        })
    }

    pub fn keep_time(self: &Rc<Self>) {
        let me = self.clone();
        dom::every(CLOCK_MS, move || {
            if !me.over.get() && !dom::document().hidden() && dom::now() - me.looked_at.get() > f64::from(CLOCK_MS) {
                me.soon();
            }
        });
    }

    /// Nothing more comes after this look.
    pub fn last(self: &Rc<Self>) {
        self.over.set(true);
        self.soon();
    }

    pub fn soon(self: &Rc<Self>) {
        self.stale.set(true);
        if self.looking.replace(true) {
            return;
        }
        let rest = LEAST_MS.max(4.0 * self.took.get());
        let wait = (self.looked_at.get() + rest - dom::now()).clamp(0.0, 5_000.0);
        let me = self.clone();
        dom::later(wait as i32, move || leptos::task::spawn_local(async move { me.look().await }));
    }

    async fn look(self: Rc<Self>) {
        self.stale.set(false);
        let began = dom::now();
        let url = dom::window().location().href().unwrap_or_default();
        let page = dom::fetch(url.split('#').next().unwrap_or_default()).await;
        self.looked_at.set(dom::now());
        self.took.set(self.looked_at.get() - began);
        let page = page.and_then(|html| DomParser::new().ok()?.parse_from_string(&html, SupportedType::TextHtml).ok());
        if self.over.get() && page.as_ref().is_some_and(has_moved_on) {
            let _ = dom::window().location().reload();
            return;
        }
        let busy = page.is_some_and(|page| put_in_place(&page));
        self.speak();
        self.looking.set(false);
        if self.stale.get() {
            self.soon();
        } else if busy {
            let me = self.clone();
            dom::later(BUSY_MS, move || me.soon());
        }
    }

    fn speak(&self) {
        let Some(text) = dom::first(".fleet").and_then(|bar| bar.get_attribute("aria-label")) else { return };
        let due = self.over.get() || dom::now() - self.spoke_at.get() >= SPOKEN_MS;
        if due && *self.spoken.borrow() != text {
            self.spoke_at.set(dom::now());
            self.said.set(text.clone());
            self.spoken.replace(text);
        }
    }
}

/// Whether this has become another page: a tenant that has been made shows itself, and no steps any more.
fn has_moved_on(fresh: &Document) -> bool {
    dom::all_in(&dom::document(), "[data-live][id]").iter().any(|part| fresh.get_element_by_id(&part.id()).is_none())
}

/// Whether something was left as it is because somebody is using it.
fn put_in_place(fresh: &Document) -> bool {
    let mut busy = false;
    for old in dom::all_in(&dom::document(), "[data-live][id]") {
        let Some(new) = fresh.get_element_by_id(&old.id()) else { continue };
        let is = new.inner_html();
        // What the console made of the old one (relative times, buttons that copy) is no difference.
        if seen(&old).unwrap_or_else(|| old.inner_html()) == is {
            continue;
        }
        if in_use(&old) {
            busy = true;
            continue;
        }
        renew(&old, &is);
    }
    for table in dom::all_in(&dom::document(), "table[id]") {
        let Some(new) = fresh.get_element_by_id(&table.id()) else { continue };
        if dom::all(&new, "tr[data-task]").is_empty() && dom::all(&table, "tr[data-task]").is_empty() {
            continue;
        }
        if in_use(&table) || table.matches(":hover").unwrap_or(false) {
            rows_in_place(&table, &new);
        } else if let (Ok(Some(was)), Ok(Some(is))) = (table.query_selector("tbody"), new.query_selector("tbody")) {
            // Always: an event may have changed a row since.
            was.set_inner_html(&is.inner_html());
            upgrade(&was);
        }
    }
    busy
}

fn renew(old: &Element, html: &str) {
    if seen(old).unwrap_or_else(|| old.inner_html()) != html {
        old.set_inner_html(html);
        // A property that nothing shows: what the server said, before the console made it relative.
        let _ = js_sys::Reflect::set(old, &SEEN.into(), &html.into());
        upgrade(old);
    }
}

fn seen(element: &Element) -> Option<String> {
    js_sys::Reflect::get(element, &SEEN.into()).ok()?.as_string()
}

/// Somebody types in it, has opened something in it, or is about to press something in it.
fn in_use(part: &Element) -> bool {
    part.matches(":focus-within, :active, :has(details[open])").unwrap_or(false)
}

/// Every row stays where it is, and only those that nobody uses are renewed.
fn rows_in_place(table: &Element, fresh: &Element) {
    for old in dom::all(table, "tr[data-task]") {
        let task = old.get_attribute("data-task").unwrap_or_default();
        let part = old.get_attribute("data-part");
        let new = dom::all(fresh, "tr[data-task]").into_iter().find(|row| {
            row.get_attribute("data-task").as_deref() == Some(&task) && row.get_attribute("data-part") == part
        });
        match new {
            Some(new) if !in_use(&old) && old.inner_html() != new.inner_html() => {
                old.set_inner_html(&new.inner_html());
                old.set_class_name(&new.class_name());
                upgrade(&old);
            }
            None if part.is_some() && !in_use(&old) => old.remove(),
            _ => {}
        }
    }
}
