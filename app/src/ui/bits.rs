//! Small parts: times, pills, tabs, banners, things to copy.

use leptos::prelude::*;

use super::text;

/// An instant: absolute UTC from the server; with scripts, relative, the absolute one in its title.
#[component]
pub fn Time(ms: i64) -> impl IntoView {
    view! { <time datetime=text::iso(ms) data-relative="">{text::utc(ms)}</time> }
}

/// A number with a name that filters the list below.
#[derive(Debug, Clone)]
pub struct Pill {
    pub label: String,
    pub href: String,
    pub current: bool,
    pub bad: bool,
}

#[component]
pub fn Pills(#[prop(into)] label: String, pills: Vec<Pill>) -> impl IntoView {
    let pills = pills
        .into_iter()
        .map(|pill| {
            let class = if pill.bad { "pill bad" } else { "pill" };
            view! { <a class=class href=pill.href aria-current=pill.current.then_some("true")>{pill.label}</a> }
        })
        .collect_view();
    view! { <nav class="pills" aria-label=label>{pills}</nav> }
}

#[derive(Debug, Clone)]
pub struct Tab {
    pub label: String,
    pub href: String,
    pub current: bool,
}

#[component]
pub fn Tabs(#[prop(into)] label: String, tabs: Vec<Tab>) -> impl IntoView {
    let tabs = tabs
        .into_iter()
        .map(|tab| view! { <a href=tab.href aria-current=tab.current.then_some("page")>{tab.label}</a> })
        .collect_view();
    view! { <nav class="tabs" aria-label=label>{tabs}</nav> }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Ok,
    Bad,
    Warn,
    Plain,
}

/// Something the whole page is about: it was done, it is broken, beware.
#[component]
pub fn Banner(tone: Tone, #[prop(into)] title: String, #[prop(optional)] children: Option<Children>) -> impl IntoView {
    let (class, role) = match tone {
        Tone::Ok => ("banner ok", "status"),
        Tone::Bad => ("banner bad", "alert"),
        Tone::Warn => ("banner warn", "status"),
        Tone::Plain => ("banner", "status"),
    };
    view! { <div class=class role=role><strong>{title}</strong>{children.map(|children| children())}</div> }
}

/// A value one copies often: a slug, an id, a checksum. Without scripts it is merely easy to select.
#[component]
pub fn CopyText(#[prop(into)] value: String, #[prop(optional, into)] label: Option<String>) -> impl IntoView {
    let what = label.unwrap_or_else(|| value.clone());
    view! {
        <span class="copy">
            <code>{value.clone()}</code>
            <button type="button" class="quiet" hidden data-copy=value aria-label=format!("Copy {what}")>"Copy"</button>
        </span>
    }
}

/// The same act on the command line. With `from`, the page that the form around it asks for, scripts keep it true to what is
/// typed; the children are what does so without.
#[component]
pub fn CopyCli(
    #[prop(into)] command: String,
    #[prop(optional, into)] from: Option<String>,
    #[prop(optional)] open: bool,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let live = from.is_some().then_some("polite");
    view! {
        <details class="cli" data-command=from open=open>
            <summary class="button">"Copy as CLI"</summary>
            <div class="over">
                <code aria-live=live>{command.clone()}</code>
                <button type="button" hidden data-copy=command aria-label="Copy the command">"Copy"</button>
                {children.map(|children| children())}
            </div>
        </details>
    }
}

/// The same of a form in which something has to be said first: with scripts its command is told as soon as there is one. What is
/// secret in it is in no command.
#[component]
pub fn CopyForm(command: Option<String>, #[prop(into)] from: String) -> impl IntoView {
    let said = command.clone().unwrap_or_else(|| "Something has to be filled in first.".to_owned());
    view! {
        <details class="cli" data-command=from>
            <summary class="button">"Copy as CLI"</summary>
            <div class="over">
                <code aria-live="polite">{said}</code>
                <button type="button" hidden data-copy=command aria-label="Copy the command">"Copy"</button>
            </div>
        </details>
    }
}

/// The acts of a page on which there are several, each as its command. With `from`, the pages that the form around them asks for one by
/// one, scripts keep each true to what is typed.
#[component]
pub fn CopySeveral(commands: Vec<String>, #[prop(optional)] from: Vec<String>) -> impl IntoView {
    let pages = from.into_iter().map(Some).chain(std::iter::repeat(None));
    let lines = commands.into_iter().zip(pages).map(|(command, from)| {
        let label = format!("Copy {command}");
        let live = from.is_some().then_some("polite");
        view! {
            <div class="line" data-command=from>
                <code aria-live=live>{command.clone()}</code>
                <button type="button" hidden data-copy=command aria-label=label>"Copy"</button>
            </div>
        }
    });
    view! {
        <details class="cli">
            <summary class="button">"Copy as CLI"</summary>
            <div class="over">{lines.collect_view()}</div>
        </details>
    }
}

/// Nothing to show: why, and what to do (the children).
#[component]
pub fn Empty(
    #[prop(into)] title: String,
    #[prop(optional, into)] text: Option<String>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <p><strong>{title}</strong></p>
            {text.map(|text| view! { <p class="muted">{text}</p> })}
            {children.map(|children| view! { <div class="acts">{children()}</div> })}
        </div>
    }
}

/// The last section of a page: what cannot be taken back.
#[component]
pub fn Danger(children: Children) -> impl IntoView {
    view! { <section class="danger" aria-labelledby="danger"><h2 id="danger">"Danger zone"</h2>{children()}</section> }
}
