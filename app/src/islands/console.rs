//! The page-wide island: the palette and its keys, relative times, copy buttons, the whole selection of a table.

#[cfg(target_arch = "wasm32")]
mod keys;
#[cfg(target_arch = "wasm32")]
mod page;
#[cfg(target_arch = "wasm32")]
mod palette;

use leptos::html;
use leptos::prelude::*;
use serde::Deserialize;

/// One answer of `GET /api/search`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Hit {
    pub text: String,
    pub detail: Option<String>,
    pub href: String,
}

/// What the palette holds; signals, so that keys and typing meet in one place.
#[derive(Clone, Copy)]
pub struct Palette {
    pub dialog: NodeRef<html::Dialog>,
    pub input: NodeRef<html::Input>,
    pub hits: RwSignal<Vec<Hit>>,
    pub chosen: RwSignal<usize>,
}

const KEYS: [(&str, &str); 9] = [
    ("⌘K  Ctrl K", "Go to a page, tenant or run"),
    ("/", "Filter the list"),
    ("j  k", "Next row, row before"),
    ("Enter", "Open the row"),
    ("x", "Select the row"),
    ("g t", "Tenants"),
    ("g r", "Runs"),
    ("g m", "Migrations"),
    ("?", "This sheet"),
];

/// Stands in the top bar of every signed-in page. Without scripts it is a link to the tenants, where one can search as well.
#[island]
pub fn Console() -> impl IntoView {
    let palette = Palette {
        dialog: NodeRef::new(),
        input: NodeRef::new(),
        hits: RwSignal::new(Vec::new()),
        chosen: RwSignal::new(0),
    };
    let sheet = NodeRef::<html::Dialog>::new();
    #[cfg(target_arch = "wasm32")]
    {
        page::begin();
        keys::begin(palette, sheet);
    }
    let keys = KEYS.map(|(key, act)| view! { <dt><kbd>{key}</kbd></dt><dd>{act}</dd> }).into_iter().collect_view();
    view! {
        <a class="find" id="find" href="/tenants">
            <span>"Go to tenant, run, act"</span>
            <kbd>"⌘K"</kbd>
            <span class="sr">"Search"</span>
        </a>
        <dialog class="palette" aria-label="Go to" node_ref=palette.dialog>
            <input
                type="search"
                role="combobox"
                aria-expanded="true"
                aria-controls="hits"
                aria-label="Tenant, run, page or act"
                aria-activedescendant=move || format!("hit-{}", palette.chosen.get())
                autocomplete="off"
                spellcheck="false"
                node_ref=palette.input
            />
            <ul id="hits" role="listbox" aria-label="Found">
                {move || {
                    let chosen = palette.chosen.get();
                    palette
                        .hits
                        .get()
                        .into_iter()
                        .enumerate()
                        .map(|(at, hit)| {
                            view! {
                                <li id=format!("hit-{at}") role="option" aria-selected=if at == chosen { "true" } else { "false" }>
                                    <a href=hit.href tabindex="-1">
                                        <span>{hit.text}</span>
                                        <span class="muted">{hit.detail}</span>
                                    </a>
                                </li>
                            }
                        })
                        .collect_view()
                }}
            </ul>
        </dialog>
        <dialog class="keys" aria-label="Keys" node_ref=sheet>
            <h2>"Keys"</h2>
            <dl>{keys}</dl>
            <div class="tick">
                <input type="checkbox" id="single-keys" />
                <label for="single-keys">"Single keys are on"</label>
            </div>
        </dialog>
    }
}
