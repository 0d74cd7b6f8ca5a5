//! A question that has a page of its own is asked here, over the page that one is on. Where there is none to ask (refused,
//! signed out, something to be typed first), the page itself is loaded.

use std::cell::RefCell;

use wasm_bindgen::prelude::*;
use web_sys::{DomParser, Element, HtmlDialogElement, SupportedType};

use crate::islands::dom;
use crate::islands::upgrade::upgrade;

thread_local! {
    static BY: RefCell<Option<By>> = const { RefCell::new(None) };
}

/// The link that has asked last, and where it stood.
#[derive(Clone)]
struct By {
    link: Element,
    /// The row or the region around it, as a selector: it may be renewed while the question stands.
    place: Option<String>,
}

impl By {
    fn of(link: Element) -> Self {
        let around = |selector: &str, name: &str| link.closest(selector).ok().flatten()?.get_attribute(name);
        let row = around("tr[data-task]", "data-task").map(|task| format!("tr[data-task=\"{task}\"]"));
        let place = row.or_else(|| around("[data-live][id]", "id").map(|id| format!("#{id}")));
        Self { link, place }
    }

    /// The link itself, or the one that stands for it by now.
    fn link(&self) -> Option<Element> {
        if self.link.is_connected() {
            return Some(self.link.clone());
        }
        let href = self.link.get_attribute("href")?;
        let links = dom::all_in(&dom::document(), "main a[data-ask]");
        links.into_iter().find(|link| link.get_attribute("href").as_ref() == Some(&href))
    }
}

pub fn ask(link: Element) {
    if link.has_attribute("aria-busy") {
        return;
    }
    let _ = link.set_attribute("aria-busy", "true");
    leptos::task::spawn_local(async move {
        let href = link.get_attribute("href").unwrap_or_default();
        let question = dom::fetch(&href).await.and_then(|html| question(&html));
        let _ = link.remove_attribute("aria-busy");
        if question.and_then(|question| show(&link, &question)).is_none() {
            let _ = dom::window().location().set_href(&href);
        }
    });
}

/// Its title, and its form if that is an act in place.
fn question(html: &str) -> Option<String> {
    let page = DomParser::new().ok()?.parse_from_string(html, SupportedType::TextHtml).ok()?;
    let title = page.query_selector("main h1").ok()??.inner_html();
    let about = page.query_selector("main .head p").ok()?.map(|about| about.outer_html()).unwrap_or_default();
    let form = page.query_selector("main form.confirm[data-act]").ok()??.outer_html();
    Some(format!("<h2 id=\"asked\">{title}</h2>{about}{form}"))
}

fn show(link: &Element, question: &str) -> Option<()> {
    let dialog = dialog()?;
    dialog.set_inner_html(question);
    upgrade(&dialog);
    // One question may lead to another: what comes of it is told where the first was asked.
    if link.closest("dialog").ok()?.is_none() {
        BY.set(Some(By::of(link.clone())));
    }
    if !dialog.open() {
        dialog.show_modal().ok()?;
    }
    if let Ok(Some(first)) = dialog.query_selector("[autofocus]") {
        dom::focus(&first);
    }
    Some(())
}

fn dialog() -> Option<HtmlDialogElement> {
    if let Some(dialog) = dom::first("dialog.ask") {
        return dialog.dyn_into().ok();
    }
    let dialog = dom::element("dialog", "ask", "");
    dialog.set_attribute("aria-labelledby", "asked").ok()?;
    dom::first("body")?.append_child(&dialog).ok()?;
    dialog.dyn_into().ok()
}

/// What opened the question that this form belongs to.
pub fn asked_by(form: &Element) -> Option<Element> {
    form.closest("dialog.ask").ok()??;
    BY.with_borrow(Clone::clone)?.link()
}

/// Whoever was asked is where they were again, or near it.
pub fn close() {
    let Some(Ok(dialog)) = dom::first("dialog.ask").map(|dialog| dialog.dyn_into::<HtmlDialogElement>()) else {
        return;
    };
    if !dialog.open() {
        return;
    }
    dialog.close();
    let Some(by) = BY.with_borrow(Clone::clone).filter(|by| !by.link.is_connected()) else { return };
    let near = || dom::first(&format!("{} a[href]", by.place.as_ref()?));
    if let Some(there) = by.link().or_else(near) {
        dom::focus(&there);
    }
}
