//! What every part of a page gets, also one that was put in its place later: relative times, buttons that copy.

use web_sys::Element;

use crate::islands::dom;

/// Does to a new part of the page what was done to the whole one at its start.
pub fn upgrade(part: &Element) {
    times(part);
    for button in dom::all(part, "[data-copy][hidden]") {
        let _ = button.remove_attribute("hidden");
    }
}

pub fn times(part: &Element) {
    let now = dom::now();
    for time in dom::all(part, "time[data-relative]") {
        let Some(at) = time.get_attribute("datetime").map(|at| js_sys::Date::parse(&at)).filter(|at| !at.is_nan())
        else {
            continue;
        };
        if !time.has_attribute("title") {
            let _ = time.set_attribute("title", &time.text_content().unwrap_or_default());
        }
        let said = crate::text::ago(((now - at) / 1000.0).round() as i64);
        if time.text_content().as_deref() != Some(&said) {
            time.set_text_content(Some(&said));
        }
    }
}
