//! Puts what changed in place: regions whole, rows one by one, and nobody loses what they are at.

use web_sys::{Document, Element};

use crate::islands::dom;
use crate::islands::upgrade::upgrade;

const SEEN: &str = "neoSeen";

/// Whether this has become another page: a tenant that has been made shows itself, and no steps any more.
pub fn has_moved_on(fresh: &Document) -> bool {
    dom::all_in(&dom::document(), "[data-live][id]").iter().any(|part| fresh.get_element_by_id(&part.id()).is_none())
}

/// Where somebody has done something, and whether it may be renewed by now.
pub type Pressed<'a> = Option<(&'a Element, bool)>;

/// Whether something was left as it is because somebody is using it.
pub fn put_in_place(fresh: &Document, pressed: Pressed) -> bool {
    let mut busy = false;
    for old in dom::all_in(&dom::document(), "[data-live][id]") {
        let Some(new) = fresh.get_element_by_id(&old.id()) else { continue };
        let is = new.inner_html();
        let due = due(&old, pressed);
        // What the console made of the old one (relative times, buttons that copy) is no difference.
        if due.is_none() && seen(&old).unwrap_or_else(|| old.inner_html()) == is {
            continue;
        }
        if !due.unwrap_or_else(|| is_free(&old, &new)) {
            busy = true;
            continue;
        }
        keeping_focus(&old, || renew(&old, &is, due.is_some()));
    }
    for table in dom::all_in(&dom::document(), "table[id]") {
        let Some(new) = fresh.get_element_by_id(&table.id()) else { continue };
        if dom::all(&new, "tr[data-task]").is_empty() && dom::all(&table, "tr[data-task]").is_empty() {
            continue;
        }
        if table.matches(":focus-within, :active, :hover, :has(details[open])").unwrap_or(false) {
            rows_in_place(&table, &new, pressed);
        } else if let (Ok(Some(was)), Ok(Some(is))) = (table.query_selector("tbody"), new.query_selector("tbody")) {
            // Always: an event may have changed a row since.
            was.set_inner_html(&is.inner_html());
            upgrade(&was);
        }
    }
    busy
}

/// Whether it is time for this part, where it is the one in which something was done.
fn due(part: &Element, pressed: Pressed) -> Option<bool> {
    pressed.filter(|(place, _)| *place == part).map(|(_, due)| due)
}

fn renew(old: &Element, html: &str, anyhow: bool) {
    if anyhow || seen(old).unwrap_or_else(|| old.inner_html()) != html {
        old.set_inner_html(html);
        // A property that nothing shows: what the server said, before the console made it relative.
        let _ = js_sys::Reflect::set(old, &SEEN.into(), &html.into());
        upgrade(old);
    }
}

/// Whoever is in a part that is renewed stays in it: at the same thing, or at what stands in its place.
fn keeping_focus(part: &Element, renew: impl FnOnce()) {
    let at = focused(part);
    let place = at.as_ref().and_then(|at| dom::all(part, CONTROLS).iter().position(|control| control == at));
    renew();
    let Some(at) = at else { return };
    let mut controls = dom::all(part, CONTROLS);
    controls.truncate(place.unwrap_or_default() + 1);
    if let Some(there) = same(part, &at).or_else(|| controls.pop()) {
        dom::focus(&there);
    }
}

fn focused(part: &Element) -> Option<Element> {
    part.query_selector(":focus").ok().flatten()
}

/// What can be pressed. Nobody loses it by being handed another that says and does the same.
const CONTROLS: &str = "summary, a[href], button:enabled, pre[tabindex]";

fn same(within: &Element, one: &Element) -> Option<Element> {
    let does = |element: &Element| {
        let form = element.closest("form").ok().flatten();
        let act = element.get_attribute("href").or_else(|| form.and_then(|form| form.get_attribute("action")));
        (element.tag_name(), element.text_content(), act)
    };
    let is = does(one);
    dom::all(within, CONTROLS).into_iter().find(|element| does(element) == is)
}

fn seen(element: &Element) -> Option<String> {
    js_sys::Reflect::get(element, &SEEN.into()).ok()?.as_string()
}

/// Nobody types in it, has opened something in it, or is about to press something in it that is there no more. A log that
/// somebody reads grows under them.
fn is_free(part: &Element, fresh: &Element) -> bool {
    !part.matches(":active, :has(details[open])").unwrap_or(false)
        && focused(part).is_none_or(|at| at.tag_name() == "PRE" || same(fresh, &at).is_some())
}

/// Every row stays where it is, and only those that nobody uses are renewed.
fn rows_in_place(table: &Element, fresh: &Element, pressed: Pressed) {
    for old in dom::all(table, "tr[data-task]") {
        let task = old.get_attribute("data-task").unwrap_or_default();
        let part = old.get_attribute("data-part");
        let new = dom::all(fresh, "tr[data-task]").into_iter().find(|row| {
            row.get_attribute("data-task").as_deref() == Some(&task) && row.get_attribute("data-part") == part
        });
        let free = |new: &Element| due(&old, pressed).unwrap_or_else(|| is_free(&old, new));
        match new {
            Some(new) if free(&new) && old.inner_html() != new.inner_html() => keeping_focus(&old, || {
                old.set_inner_html(&new.inner_html());
                old.set_class_name(&new.class_name());
                upgrade(&old);
            }),
            None if part.is_some() && !old.matches(":focus-within, :active").unwrap_or(false) => old.remove(),
            _ => {}
        }
    }
}
