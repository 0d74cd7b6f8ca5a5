//! When the page is looked at again.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use leptos::prelude::*;
use web_sys::{DomParser, Element, SupportedType};

use super::renew::{has_moved_on, put_in_place};
use crate::islands::dom;

/// A page is looked at again no sooner than this after the last look, and no sooner than four times what that took.
const LEAST_MS: f64 = 250.0;
/// What passes without events (elapsed, time left) is looked at this often.
const CLOCK_MS: i32 = 5_000;
/// A listener is told the state no more often than this.
const SPOKEN_MS: f64 = 5_000.0;
/// How soon to try a part again that somebody is using.
const BUSY_MS: i32 = 500;

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
    /// The part in which somebody has done something, and when it may be renewed although they are still there.
    pressed: RefCell<Option<(Element, f64)>>,
    /// What is done once the page shows the end.
    at_end: RefCell<Option<Box<dyn FnOnce()>>>,
}

thread_local! {
    static PAGE: Rc<Refresher> = Refresher::new(signal(String::new()).1);
}

/// That of a page without a run that is followed.
pub fn of_page() -> Rc<Refresher> {
    PAGE.with(Clone::clone)
}

/// Looks at the page every so often while something on it says that it goes on (`data-again`), or that it is to be looked at
/// every so many seconds (`data-again="10"`).
pub fn look_again(ms: i32) {
    dom::every(ms, move || {
        let page = of_page();
        let rest = dom::now() - page.looked_at.get();
        let is_due = |part: &Element| {
            let seconds = part.get_attribute("data-again").and_then(|seconds| seconds.parse::<i32>().ok());
            // One that is not in front is looked at for its title alone.
            seconds.map_or(!dom::document().hidden(), |seconds| rest >= f64::from(seconds) * 1_000.0)
        };
        if dom::all_in(&dom::document(), "[data-again]").iter().any(is_due) {
            page.soon();
        }
    });
}

impl Refresher {
    pub fn new(said: WriteSignal<String>) -> Rc<Self> {
        Rc::new(Self {
            looking: Cell::new(false),
            stale: Cell::new(false),
            over: Cell::new(false),
            looked_at: Cell::new(dom::now()),
            took: Cell::new(0.0),
            spoke_at: Cell::new(0.0),
            spoken: RefCell::default(),
            said,
            pressed: RefCell::default(),
            at_end: RefCell::default(),
        })
    }

    pub fn keep_time(self: &Rc<Self>, over: bool) {
        self.over.set(over);
        let me = self.clone();
        dom::every(CLOCK_MS, move || {
            if !me.over.get() && !dom::document().hidden() && dom::now() - me.looked_at.get() > f64::from(CLOCK_MS) {
                me.soon();
            }
        });
    }

    /// Nothing more comes after this look; `then`, once the page shows that.
    pub fn last(self: &Rc<Self>, then: impl FnOnce() + 'static) {
        self.over.set(true);
        self.at_end.replace(Some(Box::new(then)));
        self.soon();
    }

    /// Something was done here, so that all may be otherwise: there above all.
    pub fn acted(self: &Rc<Self>, place: Option<(Element, f64)>, goes_on: bool) {
        if goes_on {
            self.over.set(false);
        }
        if place.is_some() {
            self.pressed.replace(place);
        }
        if dom::first("[data-live][id], tr[data-task]").is_some() {
            self.soon();
        }
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
        // It is renewed for good once its time has come.
        let pressed = self.pressed.borrow().clone();
        let due = pressed.as_ref().is_some_and(|(_, at)| *at <= began);
        if let Some(page) = page.as_ref().filter(|page| !has_moved_on(page)) {
            dom::document().set_title(&page.title());
        }
        let busy = page.is_some_and(|page| put_in_place(&page, pressed.as_ref().map(|(place, _)| (place, due))));
        if due {
            self.pressed.replace(None);
        }
        let busy = busy || self.pressed.borrow().is_some();
        self.speak();
        self.looking.set(false);
        if !self.stale.get()
            && let Some(then) = self.at_end.take()
        {
            then();
        }
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
