//! ⌘K: pages, tenants, runs and migrations by name, and acts: what is light is done at once, what weighs at the second Enter, and
//! what has more to be said goes to its page.

use std::cell::Cell;
use std::rc::Rc;

use leptos::prelude::*;
use neo_model::{Hit, HitCall};
use wasm_bindgen::prelude::*;
use web_sys::{HtmlFormElement, KeyboardEvent};

use super::Palette;
use crate::islands::outcome::{Outcome, refused};
use crate::islands::{acts, call, dom, live};

const TYPING_MS: i32 = 80;

pub fn begin(palette: Palette) {
    dom::later(0, move || {
        if let Some(link) = dom::first("#find") {
            let _ = link.set_attribute("aria-haspopup", "dialog");
            dom::on(&link, "click", move |event| {
                event.prevent_default();
                open(palette);
            });
        }
        let Some(input) = palette.input.get_untracked() else { return };
        let asked = Rc::new(Cell::new(0u32));
        dom::on(&input, "input", move |_| {
            palette.ahead.set(false);
            // Only the last of what is typed in a row is asked for.
            asked.set(asked.get() + 1);
            let (mine, asked) = (asked.get(), asked.clone());
            dom::later(TYPING_MS, move || {
                if asked.get() == mine {
                    leptos::task::spawn_local(async move { search(palette).await });
                }
            });
        });
        dom::on(&input, "keydown", move |event| {
            let Some(event) = event.dyn_ref::<KeyboardEvent>() else { return };
            let (at, count) = (palette.chosen.get_untracked(), palette.hits.with_untracked(Vec::len));
            // What is shown answers what was typed before: it is waited for.
            let stale = palette.of.with_untracked(|of| *of != typed(palette));
            match event.key().as_str() {
                "ArrowDown" if at + 1 < count => choose(palette, at + 1),
                "ArrowUp" => choose(palette, at.saturating_sub(1)),
                "Enter" if stale => palette.ahead.set(true),
                "Enter" if !event.repeat() => take(palette, at),
                "Enter" => {}
                _ => return,
            }
            event.prevent_default();
        });
        let Some(dialog) = palette.dialog.get_untracked() else { return };
        dom::on(&dialog, "click", move |event| {
            let link = dom::within(&event, "[data-hit]").filter(|_| acts::is_plain(&event));
            let at = link.and_then(|link| link.get_attribute("data-hit")?.parse::<usize>().ok());
            if let Some(at) = at
                && palette.hits.with_untracked(|hits: &Vec<Hit>| hits.get(at).is_some_and(is_done_here))
            {
                event.prevent_default();
                if palette.chosen.get_untracked() != at {
                    choose(palette, at);
                }
                take(palette, at);
            }
        });
    });
}

fn choose(palette: Palette, at: usize) {
    palette.chosen.set(at);
    palette.sure.set(false);
    palette.told.set(None);
    if let Some(hit) = dom::first(&format!("#hit-{at}")) {
        hit.scroll_into_view_with_bool(false);
    }
}

/// Goes there, or does it.
fn take(palette: Palette, at: usize) {
    let Some(hit) = palette.hits.with_untracked(|hits| hits.get(at).cloned()) else { return };
    let Some(call) = hit.call else {
        let _ = match left_by(&hit) {
            Some(form) => form.submit(),
            None => dom::window().location().set_href(&hit.href),
        };
        return;
    };
    if palette.busy.get_untracked() {
        return;
    }
    palette.told.set(None);
    // What weighs is asked once more.
    if call.sure.is_some() && !palette.sure.get_untracked() {
        palette.sure.set(true);
        return;
    }
    palette.sure.set(false);
    palette.busy.set(true);
    leptos::task::spawn_local(async move {
        carry_out(palette, &call, &hit.href).await;
        palette.busy.set(false);
    });
}

/// The form of the page that takes what no link does: signing out.
fn left_by(hit: &Hit) -> Option<HtmlFormElement> {
    dom::first(&format!("form.leave[action='{}']", hit.href))?.dyn_into().ok()
}

/// It is no way to another page.
fn is_done_here(hit: &Hit) -> bool {
    hit.call.is_some() || left_by(hit).is_some()
}

async fn carry_out(palette: Palette, call: &HitCall, href: &str) {
    let arguments = serde_json::to_string(&call.arguments).unwrap_or_default();
    let function = format!("/api/v1/{}", call.function);
    match call::post(&function, &arguments).await {
        Ok(answer) => {
            let outcome = Outcome::of(&function, &answer);
            palette.told.set(Some((outcome.words.clone(), outcome.is_bad())));
            live::acted(None, outcome.goes_on);
            if let Some(there) = outcome.href() {
                let _ = dom::window().location().set_href(there);
            }
        }
        // There it can be done once they are known again.
        Err(told) if acts::is_to_sign_in(&told) => {
            let _ = dom::window().location().set_href(href);
        }
        Err(told) => palette.told.set(Some((refused(&told), true))),
    }
}

pub fn open(palette: Palette) {
    let (Some(dialog), Some(input)) = (palette.dialog.get_untracked(), palette.input.get_untracked()) else { return };
    if dialog.open() {
        return;
    }
    input.set_value("");
    if dialog.show_modal().is_ok() {
        let _ = input.focus();
        leptos::task::spawn_local(async move { search(palette).await });
    }
}

fn typed(palette: Palette) -> String {
    palette.input.get_untracked().map(|input| input.value()).unwrap_or_default()
}

/// Only the answer to what stands there now is shown.
async fn search(palette: Palette) {
    let q = typed(palette);
    let found = call::get(&format!("/api/v1/search?q={}", js_sys::encode_uri_component(&q))).await;
    if q != typed(palette) {
        return;
    }
    palette.of.set(q);
    let told = match found {
        Ok(found) => {
            palette.hits.set(found);
            None
        }
        Err(told) => {
            palette.hits.set(Vec::new());
            Some((refused(&told), true))
        }
    };
    choose(palette, 0);
    palette.told.set(told);
    let leads = palette.hits.with_untracked(|hits: &Vec<Hit>| hits.first().is_some_and(|hit| !is_done_here(hit)));
    // Nothing is done that was not seen first.
    let ahead = palette.ahead.get_untracked();
    palette.ahead.set(false);
    if ahead && leads {
        take(palette, 0);
    }
}
