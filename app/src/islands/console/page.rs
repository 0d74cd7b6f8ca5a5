//! What every page gets: relative times, things to copy, tables that can be selected whole.

use wasm_bindgen::prelude::*;
use web_sys::{Element, HtmlElement, HtmlInputElement};

use crate::islands::dom;

const TICK_MS: i32 = 30_000;
const COPIED_MS: i32 = 1_500;

pub fn begin() {
    // After the island itself stands, since the page is changed here.
    dom::later(0, || {
        if let Some(body) = dom::first("body") {
            upgrade(&body);
            select_all(&body);
        }
    });
    dom::every(TICK_MS, || {
        if let Some(body) = dom::first("body") {
            times(&body);
        }
    });
    dom::on(&dom::document(), "click", |event| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        if let Some(button) = target.and_then(|target| target.closest("[data-copy]").ok().flatten()) {
            copy(button);
        }
    });
}

/// Does to a new part of the page what was done to the whole one at its start.
pub fn upgrade(part: &Element) {
    times(part);
    for button in dom::all(part, "[data-copy][hidden]") {
        let _ = button.remove_attribute("hidden");
    }
}

fn times(part: &Element) {
    let now = dom::now();
    for time in dom::all(part, "time[data-relative]") {
        let Some(at) = time.get_attribute("datetime").map(|at| js_sys::Date::parse(&at)).filter(|at| !at.is_nan())
        else {
            continue;
        };
        if !time.has_attribute("title") {
            let _ = time.set_attribute("title", &time.text_content().unwrap_or_default());
        }
        let said = ago(((now - at) / 1000.0) as i64);
        if time.text_content().as_deref() != Some(&said) {
            time.set_text_content(Some(&said));
        }
    }
}

fn ago(seconds: i64) -> String {
    let length = match seconds.abs() {
        ..5 => return "now".to_owned(),
        s @ 5..60 => format!("{s} s"),
        s @ 60..3_600 => format!("{} min", s / 60),
        s @ 3_600..86_400 => format!("{} h", s / 3_600),
        s => format!("{} d", s / 86_400),
    };
    if seconds < 0 { format!("in {length}") } else { format!("{length} ago") }
}

fn copy(button: Element) {
    let text = button.get_attribute("data-copy").unwrap_or_default();
    let written = dom::window().navigator().clipboard().write_text(&text);
    leptos::task::spawn_local(async move {
        let done = wasm_bindgen_futures::JsFuture::from(written).await.is_ok();
        let before = button.text_content();
        button.set_text_content(Some(if done { "Copied" } else { "Not allowed" }));
        dom::later(COPIED_MS, move || button.set_text_content(before.as_deref()));
    });
}

/// A box in the head of a table that ticks those of the page.
fn select_all(body: &Element) {
    for form in dom::all(body, "form[data-selection]") {
        let boxes: Vec<HtmlInputElement> =
            dom::all(&form, "tbody input[type=checkbox]").into_iter().filter_map(|b| b.dyn_into().ok()).collect();
        let Ok(Some(head)) = form.query_selector("thead th") else { continue };
        if boxes.is_empty() {
            continue;
        }
        head.set_inner_html("<input type=\"checkbox\" aria-label=\"Select all on this page\">");
        let Some(whole) = head.first_element_child().and_then(|b| b.dyn_into::<HtmlInputElement>().ok()) else {
            continue;
        };
        let (all, ticked) = (boxes, whole.clone());
        dom::on(&whole, "change", move |_| {
            for one in &all {
                one.set_checked(ticked.checked());
            }
        });
    }
}

/// Puts the focus on it, and into sight.
pub fn focus(element: &Element) {
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        let _ = element.focus();
    }
}
