//! Keys: ⌘K everywhere; single ones only where nobody types, and only while they are switched on.

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{HtmlElement, HtmlInputElement, KeyboardEvent};

use super::{Palette, palette};
use crate::islands::dom;

const SETTING: &str = "neo-single-keys";
const ROWS: &str = "main table tbody tr:not([data-part])";
/// How long `g` waits for its second key.
const PREFIX_MS: f64 = 1_500.0;

pub fn begin(found: Palette, sheet: NodeRef<html::Dialog>) {
    palette::begin(found);
    dom::later(0, switch);
    let mut prefix_at = 0.0;
    dom::on(&dom::document(), "keydown", move |event| {
        let Some(event) = event.dyn_ref::<KeyboardEvent>() else { return };
        let key = event.key();
        if (event.meta_key() || event.ctrl_key()) && key.eq_ignore_ascii_case("k") {
            event.prevent_default();
            palette::open(found);
            return;
        }
        if event.meta_key() || event.ctrl_key() || event.alt_key() || typing(event) || !switched_on() {
            return;
        }
        if dom::now() - std::mem::take(&mut prefix_at) < PREFIX_MS {
            if let Some(place) = place(&key) {
                let _ = dom::window().location().set_href(place);
            }
            return;
        }
        let done = match key.as_str() {
            "g" => {
                prefix_at = dom::now();
                true
            }
            "?" => sheet.get_untracked().is_some_and(|sheet| sheet.show_modal().is_ok()),
            "/" => {
                dom::first("main [data-key=\"/\"], main input[type=search]").map(|input| dom::focus(&input)).is_some()
            }
            "j" => step(1),
            "k" => step(-1),
            "x" => press("input[type=checkbox]"),
            "Enter" => press("a[href]"),
            _ => false,
        };
        if done {
            event.prevent_default();
        }
    });
}

fn place(key: &str) -> Option<&'static str> {
    Some(match key {
        "d" => "/",
        "t" => "/tenants",
        "r" => "/runs",
        "m" => "/migrations",
        "s" => "/servers",
        "b" => "/backups",
        "a" => "/audit",
        "p" => "/admins",
        _ => return None,
    })
}

/// Whether the key belongs to what has the focus: a field, an open dialog, or (Enter, Space) something to press.
fn typing(event: &KeyboardEvent) -> bool {
    let Some(target) = dom::target(event) else { return false };
    let pressed = event.key() == "Enter" && target.matches("a, button, summary").unwrap_or(false);
    let field = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], dialog, dialog *";
    pressed || target.matches(field).unwrap_or(false)
}

fn step(by: i32) -> bool {
    let rows = dom::all_in(&dom::document(), ROWS);
    let at = rows.iter().position(|row| row.class_list().contains("at"));
    let next = match (at, by) {
        (None, _) => 0,
        (Some(at), 1) => (at + 1).min(rows.len().saturating_sub(1)),
        (Some(at), _) => at.saturating_sub(1),
    };
    let Some(row) = rows.get(next) else { return false };
    if let Some(at) = at {
        let _ = rows[at].class_list().remove_1("at");
    }
    let _ = row.class_list().add_1("at");
    // The focus goes along, so that a reader hears the row.
    if let Ok(Some(link)) = row.query_selector("a[href]") {
        dom::focus(&link);
    }
    true
}

/// Presses the first such thing in the row one stands on.
fn press(selector: &str) -> bool {
    let thing = dom::first("tr.at").and_then(|row| row.query_selector(selector).ok().flatten());
    let Some(thing) = thing.and_then(|thing| thing.dyn_into::<HtmlElement>().ok()) else { return false };
    thing.click();
    true
}

fn switched_on() -> bool {
    let storage = dom::window().local_storage().ok().flatten();
    storage.and_then(|storage| storage.get_item(SETTING).ok().flatten()).as_deref() != Some("off")
}

fn switch() {
    let Some(tick) = dom::first("#single-keys").and_then(|tick| tick.dyn_into::<HtmlInputElement>().ok()) else {
        return;
    };
    tick.set_checked(switched_on());
    let ticked = tick.clone();
    dom::on(&tick, "change", move |_| {
        if let Ok(Some(storage)) = dom::window().local_storage() {
            let _ = storage.set_item(SETTING, if ticked.checked() { "on" } else { "off" });
        }
    });
}
