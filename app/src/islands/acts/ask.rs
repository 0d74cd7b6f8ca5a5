//! A question that has a page of its own is asked here, over the page that one is on. Where there is none to ask (refused,
//! signed out, something to be typed first), the page itself is loaded.

use std::cell::RefCell;

use wasm_bindgen::prelude::*;
use web_sys::{DomParser, Element, HtmlDialogElement, SupportedType};

use crate::islands::dom;
use crate::islands::upgrade::upgrade;

thread_local! {
    /// The link that has asked last.
    static BY: RefCell<Option<Element>> = const { RefCell::new(None) };
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
        BY.set(Some(link.clone()));
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

/// What opened the question that this form belongs to. Its row may have been renewed since.
pub fn asked_by(form: &Element) -> Option<Element> {
    form.closest("dialog.ask").ok()??;
    let link = BY.with_borrow(Clone::clone)?;
    if link.is_connected() {
        return Some(link);
    }
    let href = link.get_attribute("href")?;
    dom::all_in(&dom::document(), "main a[data-ask]").into_iter().find(|a| a.get_attribute("href").as_ref() == Some(&href))
}

pub fn close() {
    if let Some(Ok(dialog)) = dom::first("dialog.ask").map(|dialog| dialog.dyn_into::<HtmlDialogElement>()) {
        dialog.close();
    }
}
