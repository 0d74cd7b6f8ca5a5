//! One press of an act: at once it is said that it was taken, then what came of it, there where it was pressed.

use web_sys::{Element, HtmlFormElement};

use super::ask;
use crate::islands::call::Told;
use crate::islands::outcome::{self, Outcome};
use crate::islands::{dom, live};

/// What is pressed again within this was pressed once.
const ONCE_MS: f64 = 600.0;
/// A question stays this long, so that the second half of a double click meets nothing under it.
const ASKED_MS: f64 = 300.0;

pub struct Press {
    form: HtmlFormElement,
    /// The form of the button itself, or the link that has asked.
    from: Element,
    /// The row or the region in which it stands.
    place: Option<Element>,
    /// What is said there.
    note: Element,
    label: String,
    at: f64,
}

impl Press {
    pub fn is_under_way(form: &Element) -> bool {
        form.has_attribute("aria-busy")
    }

    pub fn begin(form: &HtmlFormElement) -> Self {
        let from = ask::asked_by(form).unwrap_or_else(|| form.clone().into());
        let place = from.closest("tr, [data-live][id], .cause, .bar").ok().flatten();
        let button = form.query_selector("[type=submit]").ok().flatten();
        let label = button.and_then(|button| button.text_content()).unwrap_or_default();
        for busy in [Some(form.as_ref()), place.as_ref()].into_iter().flatten() {
            let _: Result<_, _> = Element::set_attribute(busy, "aria-busy", "true");
        }
        // What was said of the press before.
        for said in [from.next_element_sibling(), form.first_element_child()].into_iter().flatten() {
            if said.class_list().contains("note") {
                said.remove();
            }
        }
        let note = dom::element("span", "note", "Taken");
        let _ = from.insert_adjacent_element("afterend", &note);
        dom::say(&format!("Taken: {label}"));
        Self { form: form.clone(), from, place, note, label, at: dom::now() }
    }

    pub fn done(self, function: &str, answer: &str) {
        let outcome = Outcome::of(function, answer);
        self.rest(ONCE_MS);
        dom::say(&format!("{}: {}", self.label, outcome.words));
        match self.told_in() {
            Some(place) => {
                self.note.remove();
                outcome.tell(&place);
            }
            None => {
                self.note.set_text_content(None);
                outcome.tell(&self.note);
            }
        }
        let region = self.from.closest("tr[data-task], [data-live][id]").ok().flatten();
        live::acted(region.map(|region| (region, self.at + ONCE_MS)), outcome.goes_on);
        let left = (self.at + ASKED_MS - dom::now()).max(0.0);
        dom::later(left as i32, ask::close);
    }

    pub fn refused(self, told: &Told) {
        // It was not done, and may be tried again at once.
        self.rest(0.0);
        self.note.remove();
        let (place, at) = match (self.told_in(), self.form.closest("dialog").ok().flatten()) {
            (_, Some(_)) => (self.form.as_ref(), "afterbegin"),
            (Some(_), None) | (None, None) => (&self.from, "afterend"),
        };
        let _ = place.insert_adjacent_element(at, &outcome::refusal(told));
    }

    /// The element that the form names for its answer: in its row, or anywhere.
    fn told_in(&self) -> Option<Element> {
        let selector = self.form.get_attribute("data-outcome")?;
        let row = self.form.closest("tr").ok().flatten();
        row.and_then(|row| row.query_selector(&selector).ok().flatten()).or_else(|| dom::first(&selector))
    }

    /// Nobody waits any more; the button is open again so long after it was pressed.
    fn rest(&self, after: f64) {
        if let Some(place) = &self.place {
            let _ = place.remove_attribute("aria-busy");
        }
        let form = self.form.clone();
        let left = (self.at + after - dom::now()).max(0.0);
        dom::later(left as i32, move || drop(form.remove_attribute("aria-busy")));
    }
}
