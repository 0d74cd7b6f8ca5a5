//! Tables: a caption, headers that say what they sort by, numbers on the right; and their pager.

use leptos::prelude::*;

use super::text;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    None,
    Ascending,
    Descending,
}

#[derive(Debug, Clone)]
pub struct Column {
    label: String,
    num: bool,
    sort: Option<(String, Sort)>,
    hidden: bool,
}

impl Column {
    pub fn new(label: impl Into<String>) -> Self {
        Self { label: label.into(), num: false, sort: None, hidden: false }
    }

    /// Numbers, and acts: on the right.
    pub fn num(label: impl Into<String>) -> Self {
        Self { num: true, ..Self::new(label) }
    }

    /// A column whose head is read but not seen: tick boxes, acts.
    pub fn hidden(label: impl Into<String>) -> Self {
        Self { hidden: true, ..Self::new(label) }
    }

    /// The head is a link to the page sorted by it; `now` says how it is sorted already.
    pub fn sorted(mut self, href: impl Into<String>, now: Sort) -> Self {
        self.sort = Some((href.into(), now));
        self
    }
}

/// `<tbody>` and its rows are the children. `id` names the table for live pages: its body follows the run.
#[component]
pub fn Table(
    #[prop(into)] caption: String,
    columns: Vec<Column>,
    #[prop(optional_no_strip)] id: Option<String>,
    children: Children,
) -> impl IntoView {
    let label = caption.clone();
    let heads = columns
        .into_iter()
        .map(|column| {
            let class = column.num.then_some("num");
            let sort = column.sort.as_ref().and_then(|(_, now)| match now {
                Sort::None => None,
                Sort::Ascending => Some("ascending"),
                Sort::Descending => Some("descending"),
            });
            let arrow = match sort {
                Some("ascending") => " ↑",
                Some(_) => " ↓",
                None => "",
            };
            let inside = match column.sort {
                Some((href, _)) => {
                    view! { <a href=href>{column.label}<span aria-hidden="true">{arrow}</span></a> }.into_any()
                }
                None if column.hidden => view! { <span class="sr">{column.label}</span> }.into_any(),
                None => column.label.into_any(),
            };
            view! { <th scope="col" class=class aria-sort=sort>{inside}</th> }
        })
        .collect_view();
    view! {
        <div class="scroll" role="group" aria-label=label tabindex="0">
            <table id=id>
                <caption class="sr">{caption}</caption>
                <thead><tr>{heads}</tr></thead>
                {children()}
            </table>
        </div>
    }
}

/// Where a page lies: `1–50 of 9,812`; `before`: on the pages before it. One that is all of it says how many they are.
pub fn place(before: i64, shown: i64, total: i64) -> String {
    match shown {
        0 => format!("0 of {}", text::number(total)),
        _ if shown == total => text::number(total),
        _ => format!("{}–{} of {}", text::number(before + 1), text::number(before + shown), text::number(total)),
    }
}

/// Where the page lies, and those beside it.
#[component]
pub fn Pager(before: i64, shown: i64, total: i64, previous: Option<String>, next: Option<String>) -> impl IntoView {
    let said = place(before, shown, total);
    let link = |href: Option<String>, word: &'static str, rel: &'static str| match href {
        Some(href) => view! { <a class="button" href=href rel=rel>{word}</a> }.into_any(),
        None => view! { <button type="button" disabled>{word}</button> }.into_any(),
    };
    let links = (previous.is_some() || next.is_some())
        .then(|| view! { {link(previous, "Previous", "prev")}{link(next, "Next", "next")} });
    view! { <nav class="bar pager" aria-label="Pages"><span class="muted">{said}</span><span class="grow"></span>{links}</nav> }
}
