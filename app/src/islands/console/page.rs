//! What every page gets: relative times, things to copy, tables that can be selected whole.

use std::cell::Cell;

use neo_model::CommandLine;
use wasm_bindgen::prelude::*;
use web_sys::{Element, Event, HtmlInputElement};

use crate::islands::upgrade::{times, upgrade};
use crate::islands::{acts, call, dom, live};

const TICK_MS: i32 = 30_000;
const COPIED_MS: i32 = 1_500;
const AGAIN_MS: i32 = 2_000;

pub fn begin() {
    // After the island itself stands, since the page is changed here.
    dom::later(0, || {
        if let Some(body) = dom::first("body") {
            upgrade(&body);
            select_all(&body);
        }
        acts::begin();
        live::look_again(AGAIN_MS);
    });
    dom::every(TICK_MS, || {
        if let Some(body) = dom::first("body") {
            times(&body);
        }
    });
    dom::on(&dom::document(), "click", |event| {
        if let Some(button) = dom::within(&event, "[data-copy]") {
            copy(button);
        }
        if let Some(details) = dom::within(&event, "details.cli") {
            commands(details);
        }
    });
    dom::on(&dom::document(), "input", |event| {
        let form = dom::within(&event, "form");
        if let Some(form) = dom::within(&event, "[data-proposes]") {
            propose(&form, &event);
        }
        if let Some(details) = form.and_then(|form| form.query_selector("details.cli[open]").ok().flatten()) {
            commands(details);
        }
    });
}

thread_local! {
    /// Only the answer to the last question is shown.
    static ASKED: Cell<u32> = const { Cell::new(0) };
}

/// The command that stands there, or each where there are several, as the form is filled in now.
fn commands(details: Element) {
    let mine = ASKED.get() + 1;
    ASKED.set(mine);
    let lines = dom::all(&details, "[data-command]");
    let own = details.has_attribute("data-command").then_some(details);
    for one in own.into_iter().chain(lines) {
        command(one, mine);
    }
}

/// What the form around it would start, on the command line.
fn command(one: Element, mine: u32) {
    let Ok(Some(form)) = one.closest("form") else { return };
    let mut page = one.get_attribute("data-command").unwrap_or_default();
    let mut mark = '?';
    for field in dom::all(&form, "[name]:not(:is([type=checkbox], [type=radio]):not(:checked))") {
        let value = js_sys::Reflect::get(&field, &"value".into()).ok().and_then(|value| value.as_string());
        // What is secret goes into no address, nor does what is as long as a file: only that there is something.
        let is_told = !field.matches("[type=password], textarea").unwrap_or(true);
        let value = value.map(|value| if is_told || value.is_empty() { value } else { "…".to_owned() });
        page.push(std::mem::replace(&mut mark, '&'));
        page.push_str(&field.get_attribute("name").unwrap_or_default());
        page.push('=');
        page.push_str(&String::from(js_sys::encode_uri_component(&value.unwrap_or_default())));
    }
    leptos::task::spawn_local(async move {
        let url = format!("/api/v1/command?page={}", js_sys::encode_uri_component(&page));
        let line = call::get::<CommandLine>(&url).await.map(|line| line.command);
        let (Ok(Some(code)), Ok(Some(button))) = (one.query_selector("code"), one.query_selector("button")) else {
            return;
        };
        if ASKED.get() != mine {
            return;
        }
        code.set_text_content(Some(match &line {
            Ok(Some(line)) => line,
            Ok(None) => "There is no command for this, or something is still to be filled in.",
            Err(_) => "Something in the form is not right yet.",
        }));
        let _ = match line {
            Ok(Some(line)) => {
                // Of several each button says which it copies.
                if one.matches(".line").unwrap_or_default() {
                    let _ = button.set_attribute("aria-label", &format!("Copy {line}"));
                }
                button.set_attribute("data-copy", &line).and_then(|()| button.remove_attribute("hidden"))
            }
            _ => button.set_attribute("hidden", ""),
        };
    });
}

/// A slug for the name that is being typed, until somebody types one of their own.
fn propose(form: &Element, event: &Event) {
    let field =
        |name: &str| form.query_selector(&format!("[name={name}]")).ok().flatten()?.dyn_into::<HtmlInputElement>().ok();
    let (Some(name), Some(slug)) = (field("name"), field("slug")) else { return };
    match dom::target(event) {
        Some(typed) if typed == **slug => {
            let _ = match slug.value().is_empty() {
                true => form.set_attribute("data-proposes", "slug"),
                false => form.set_attribute("data-proposes", ""),
            };
        }
        Some(typed) if typed == **name && form.get_attribute("data-proposes").as_deref() == Some("slug") => {
            let letters = js_sys::JsString::from(name.value()).normalize("NFKD");
            slug.set_value(&crate::text::slug_of(&String::from(letters)));
        }
        _ => {}
    }
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
