//! What only a script can do. This is all that the browser gets; everything else is server-rendered HTML and plain forms.
//!
//! An island's view has one root wherever it stands before others: the server's views are erased and end each list of children with a
//! mark, which is past the end for the browser only there (docs/adr/0059).
//!
//! # What a page must render
//!
//! **Live** ([`LiveRun`]): a page about a run places `<LiveRun number after over/>` in its head (beside the title). While the run
//! is under way the island follows `GET /events/runs/{number}?after={seq}` and keeps the page true:
//!
//! - every element with an `id` and the attribute `data-live` is a *region*: when events arrive, the island fetches this page
//!   again (at most a few times a second) and puts the new content of each region in the place of the old. So headers, fleet
//!   bar, legend, causes, pills, acts and step lists need nothing but `id="…" data-live=""`. A region that holds the focus or an open
//!   `<details>` waits until it no longer does. While the run is under way a region is there, empty if need be; one that is gone
//!   after the end means that the page has become another, which is then loaded. No island stands inside a region;
//! - rows `<tr data-task="{slug}">` in a table with an `id` are patched one by one. At once from the event: `<td data-cell="status">`
//!   (its mark and word), `<td data-cell="attempt">`, `<td data-cell="ms">`. Then, from the fetched page, all cells of the row.
//!   The order of rows changes only while neither pointer nor focus is on the table. A row's error line is a second
//!   `<tr data-task="{slug}" data-part="error">` behind it, or stands inside a cell;
//! - the `aria-label` of the first `.fleet` is what is spoken, at most every 5 seconds.
//!
//! The stream: `id:` is the sequence number, `event:` the type, `data:` the JSON of the event; a reconnecting browser sends
//! `Last-Event-ID`, which wins over `?after=`. After `run.finished` or `run.halted` the island fetches once more and closes.
//!
//! **Acts in place**: a form that is an act works without scripts, posting to its page's address. With `data-act` (a function's
//! address), `data-with` (its settled arguments, JSON) and `data-typed` (`field:argument …`, what a person types) it is taken by the
//! island, which calls the function instead: `aria-busy` and a note at once, then what came of it there, or in the element that
//! `data-outcome` names; what was refused, in the form's place. Whoever has to sign in again is led there by the form itself. A link
//! `a[data-ask]` leads to a page with such a form (`form.confirm`): the question is asked in a dialog instead, which a link
//! `[data-close]` in it closes. The region or row in which something was done is renewed although somebody is in it, and they stay in
//! it; a run that goes on by it is followed again. `ui::{Press, Confirm, InPlace}` write all that.
//!
//! **The whole page** ([`Console`], in the top bar of every signed-in page): `<time datetime data-relative>` become relative;
//! `<button hidden data-copy="text">` appear and copy; ⌘K opens the palette, which asks the function
//! `search`, goes to pages and carries out acts by their functions; `<form data-proposes="slug">` has a slug for the name that is typed; `<details data-command="/page">` in a form asks the function
//! `command` what that page with the form's fields is on the command line; the keys `/`, `j`, `k`, `x`, Enter, `g t`, `?` and their like. A filter field is `input[data-filter]`, a table's
//! rows are those of the first `main table`.

#[cfg(target_arch = "wasm32")]
mod acts;
#[cfg(target_arch = "wasm32")]
mod call;
mod console;
#[cfg(target_arch = "wasm32")]
mod dom;
mod live;
pub mod mark;
pub mod outcome;
#[cfg(target_arch = "wasm32")]
mod upgrade;

pub use console::*;
pub use live::*;

/// Called once by the script before it wakes the islands.
#[cfg(target_arch = "wasm32")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
