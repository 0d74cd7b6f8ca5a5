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
    let is_local = dom::first("html[data-zone=local]").is_some();
    for time in dom::all(part, "time[data-relative]") {
        let Some(at) = time.get_attribute("datetime").map(|at| js_sys::Date::parse(&at)).filter(|at| !at.is_nan())
        else {
            continue;
        };
        if !time.has_attribute("title") {
            let utc = time.text_content().unwrap_or_default();
            let title = if is_local { format!("{} here, {utc}", local(at)) } else { utc };
            let _ = time.set_attribute("title", &title);
        }
        let said = crate::text::ago(((now - at) / 1000.0).round() as i64);
        if time.text_content().as_deref() != Some(&said) {
            time.set_text_content(Some(&said));
        }
    }
}

/// `2026-11-22 15:02:11` by the clocks of whoever looks.
fn local(at: f64) -> String {
    let at = js_sys::Date::new(&wasm_bindgen::JsValue::from_f64(at));
    let (day, hour) = ((at.get_full_year(), at.get_month() + 1, at.get_date()), (at.get_hours(), at.get_minutes()));
    format!("{}-{:02}-{:02} {:02}:{:02}:{:02}", day.0, day.1, day.2, hour.0, hour.1, at.get_seconds())
}
