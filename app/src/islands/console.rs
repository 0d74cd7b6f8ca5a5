//! The page-wide island: the palette and its keys, relative times, copy buttons, the whole selection of a table.

#[cfg(target_arch = "wasm32")]
mod keys;
#[cfg(target_arch = "wasm32")]
mod page;
#[cfg(target_arch = "wasm32")]
mod palette;

use leptos::html;
use leptos::prelude::*;
use neo_model::Hit;

/// What the palette holds; signals, so that keys and typing meet in one place.
#[derive(Clone, Copy)]
pub struct Palette {
    pub dialog: NodeRef<html::Dialog>,
    pub input: NodeRef<html::Input>,
    pub hits: RwSignal<Vec<Hit>>,
    /// What was typed when those were found.
    pub of: RwSignal<String>,
    /// Enter came before what is to be found.
    pub ahead: RwSignal<bool>,
    pub chosen: RwSignal<usize>,
    /// The chosen act was asked for once; once more, and it is done.
    pub sure: RwSignal<bool>,
    /// An act is under way.
    pub busy: RwSignal<bool>,
    /// What came of it, and whether that was a refusal.
    pub told: RwSignal<Option<(String, bool)>>,
}

impl Palette {
    /// What is said about the one that is chosen, before it is done.
    fn asked(self) -> Option<String> {
        let said = self.hits.with(|hits| hits.get(self.chosen.get())?.call.as_ref()?.sure.clone());
        said.filter(|_| self.sure.get())
    }

    fn is_silent(self) -> bool {
        !self.sure.get() && !self.busy.get() && self.told.with(Option::is_none) && !self.has_none()
    }

    /// What was typed is nowhere.
    fn has_none(self) -> bool {
        self.hits.with(Vec::is_empty) && !self.of.with(String::is_empty)
    }
}

const KEYS: [(&str, &str); 11] = [
    ("⌘K  Ctrl K", "Go to a page, tenant or run, or do something: migrate acme"),
    ("/", "Filter the list"),
    ("j  k", "Next row, row before"),
    ("Enter", "Open the row"),
    ("x", "Select the row"),
    ("g t", "Tenants"),
    ("g r", "Runs"),
    ("g m", "Migrations"),
    ("g b", "Backups"),
    ("g a", "Audit"),
    ("?", "This sheet"),
];

/// Stands in the top bar of every signed-in page. Without scripts it is a link to the tenants, where one can search as well.
#[island]
pub fn Console(
    /// Its keyboard has a ⌘.
    mac: bool,
) -> impl IntoView {
    let palette = Palette {
        dialog: NodeRef::new(),
        input: NodeRef::new(),
        hits: RwSignal::new(Vec::new()),
        of: RwSignal::new(String::new()),
        ahead: RwSignal::new(false),
        chosen: RwSignal::new(0),
        sure: RwSignal::new(false),
        busy: RwSignal::new(false),
        told: RwSignal::new(None),
    };
    let sheet = NodeRef::<html::Dialog>::new();
    #[cfg(target_arch = "wasm32")]
    {
        page::begin();
        keys::begin(palette, sheet);
    }
    let keys =
        KEYS.map(|(key, act)| view! { <div><dt><kbd>{key}</kbd></dt><dd>{act}</dd></div> }).into_iter().collect_view();
    view! {
        <a class="find" id="find" href="/tenants">
            <span>"Go to tenant, run, act"</span>
            <kbd>{if mac { "⌘K" } else { "Ctrl K" }}</kbd>
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
                                <li role="none">
                                    <a
                                        id=format!("hit-{at}")
                                        role="option"
                                        aria-selected=if at == chosen { "true" } else { "false" }
                                        href=hit.href
                                        tabindex="-1"
                                        data-hit=at
                                    >
                                        <span class="what">{hit.text}</span>
                                        <span class="muted">{hit.detail}</span>
                                        <span class="kind">{hit.kind.word()}</span>
                                    </a>
                                </li>
                            }
                        })
                        .collect_view()
                }}
            </ul>
            <div class="told" role="status" aria-live="polite" hidden=move || palette.is_silent()>
                {move || palette.asked().map(|sure| view! { <p>{sure}" "<kbd>"Enter"</kbd>" once more does it."</p> })}
                {move || (palette.has_none() && palette.told.with(Option::is_none))
                    .then_some(view! { <p>"Nothing is called that, and no act."</p> })}
                {move || palette.busy.get().then_some(view! { <p>"Taken…"</p> })}
                {move || palette.told.get().map(|(words, refused)| {
                    view! { <p class=refused.then_some("err")>{words}</p> }
                })}
            </div>
        </dialog>
        <p class="sr" id="said" role="status" aria-live="polite"></p>
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
