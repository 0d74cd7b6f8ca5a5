//! ⌘K: pages, tenants, runs and acts by name.

use std::cell::Cell;
use std::rc::Rc;

use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::KeyboardEvent;

use super::{Hit, Palette};
use crate::islands::dom;

const TYPING_MS: i32 = 80;

pub fn begin(palette: Palette) {
    dom::later(0, move || {
        if let Some(link) = dom::first("#find") {
            dom::on(&link, "click", move |event| {
                event.prevent_default();
                open(palette);
            });
        }
        let Some(input) = palette.input.get_untracked() else { return };
        let asked = Rc::new(Cell::new(0u32));
        dom::on(&input, "input", move |_| {
            // Only the last of what is typed in a row is asked for, and only its answer shown.
            asked.set(asked.get() + 1);
            let (mine, asked) = (asked.get(), asked.clone());
            dom::later(TYPING_MS, move || {
                if asked.get() == mine {
                    leptos::task::spawn_local(async move {
                        let found = search(palette).await;
                        if asked.get() == mine {
                            show(palette, found);
                        }
                    });
                }
            });
        });
        dom::on(&input, "keydown", move |event| {
            let Some(event) = event.dyn_ref::<KeyboardEvent>() else { return };
            let (at, count) = (palette.chosen.get_untracked(), palette.hits.with_untracked(Vec::len));
            match event.key().as_str() {
                "ArrowDown" if at + 1 < count => palette.chosen.set(at + 1),
                "ArrowUp" => palette.chosen.set(at.saturating_sub(1)),
                "Enter" => {
                    if let Some(hit) = palette.hits.with_untracked(|hits| hits.get(at).cloned()) {
                        let _ = dom::window().location().set_href(&hit.href);
                    }
                }
                _ => return,
            }
            event.prevent_default();
        });
    });
}

pub fn open(palette: Palette) {
    let (Some(dialog), Some(input)) = (palette.dialog.get_untracked(), palette.input.get_untracked()) else { return };
    if dialog.open() {
        return;
    }
    input.set_value("");
    if dialog.show_modal().is_ok() {
        let _ = input.focus();
        leptos::task::spawn_local(async move { show(palette, search(palette).await) });
    }
}

fn show(palette: Palette, found: Vec<Hit>) {
    palette.chosen.set(0);
    palette.hits.set(found);
}

async fn search(palette: Palette) -> Vec<Hit> {
    let typed = palette.input.get_untracked().map(|input| input.value()).unwrap_or_default();
    let url = format!("/api/search?q={}", js_sys::encode_uri_component(&typed));
    let text = dom::fetch(&url).await.unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}
