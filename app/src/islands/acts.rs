//! Acts in place: what a form does on a page of its own is done by its function, and this page stays.
//!
//! Nothing is lost when a script cannot do it: whoever has to sign in again is led there by the form itself.

mod ask;
mod press;

use wasm_bindgen::prelude::*;
use web_sys::{Event, HtmlFormElement, MouseEvent};

use self::press::Press;
use super::call::Told;
use super::{call, dom};

pub fn begin() {
    dom::on(&dom::document(), "submit", |event| {
        let form = dom::target(&event).and_then(|form| form.dyn_into::<HtmlFormElement>().ok());
        // A question that is a page of its own leads on from there.
        let is_here = |form: &HtmlFormElement| {
            form.matches("[data-act]:not(.confirm), dialog form[data-act]").unwrap_or(false)
                && !event.default_prevented()
        };
        let Some(form) = form.filter(is_here) else {
            return;
        };
        event.prevent_default();
        take(form);
    });
    dom::on(&dom::document(), "click", |event| {
        if !is_plain(&event) {
            return;
        }
        if dom::within(&event, "dialog [data-close]").is_some() {
            event.prevent_default();
            ask::close();
        } else if let Some(link) = dom::within(&event, "a[data-ask]") {
            event.prevent_default();
            ask::ask(link);
        }
    });
}

/// Not one that opens another tab.
pub fn is_plain(event: &Event) -> bool {
    event.dyn_ref::<MouseEvent>().is_some_and(|click| {
        click.button() == 0 && !(click.ctrl_key() || click.meta_key() || click.shift_key() || click.alt_key())
    })
}

fn take(form: HtmlFormElement) {
    if Press::is_under_way(&form) {
        return;
    }
    let Some((function, arguments)) = said(&form) else {
        let _ = form.submit();
        return;
    };
    let press = Press::begin(&form);
    leptos::task::spawn_local(async move {
        match call::post(&function, &arguments).await {
            Ok(answer) => press.done(&function, &answer),
            Err(told) if is_to_sign_in(&told) => {
                let _ = form.submit();
            }
            Err(told) => press.refused(&told),
        }
    });
}

/// A person who has to prove who they are does so on a page.
pub fn is_to_sign_in(told: &Told) -> bool {
    matches!(told.code.as_str(), "unauthenticated" | "reauthenticate")
}

/// The function that a form stands for, and its arguments: those that are settled, and those that are typed.
fn said(form: &HtmlFormElement) -> Option<(String, String)> {
    let function = form.get_attribute("data-act")?;
    let arguments = js_sys::JSON::parse(&form.get_attribute("data-with")?).ok()?;
    for pair in form.get_attribute("data-typed").unwrap_or_default().split_whitespace() {
        let (field, argument) = pair.split_once(':')?;
        let Ok(Some(field)) = form.query_selector(&format!("[name=\"{field}\"]")) else { continue };
        let of = |name: &str| js_sys::Reflect::get(&field, &name.into()).unwrap_or_default();
        let value = match of("type").as_string().as_deref() {
            Some("checkbox") => of("checked"),
            _ => of("value"),
        };
        // An empty field is an argument that is not said.
        if value.as_string().is_none_or(|text| !text.trim().is_empty()) {
            js_sys::Reflect::set(&arguments, &argument.into(), &value).ok()?;
        }
    }
    Some((function, js_sys::JSON::stringify(&arguments).ok()?.into()))
}
