//! Status marks, ten-dot histories and version rails.

use leptos::prelude::*;

use super::{Mark, text};

/// Shape, word and colour. `word` is what is read: `Behind 3`.
#[component]
pub fn Status(mark: Mark, #[prop(into)] word: String) -> impl IntoView {
    // Without a word it stands on the line of what follows all the same.
    let word = if word.is_empty() { "\u{200b}".to_owned() } else { word };
    view! { <span class=format!("st {}", mark.class())><span class="shape" inner_html=mark.svg()></span>{word}</span> }
}

/// How the last runs ended, oldest first; empty places are drawn up to ten.
#[component]
pub fn Dots(marks: Vec<Mark>) -> impl IntoView {
    let failed = marks.iter().filter(|mark| **mark == Mark::Failed).count();
    let label = match marks.len() {
        0 => "no runs yet".to_owned(),
        n => format!("last {}, {failed} failed", text::count(n as i64, "run")),
    };
    let mut drawing = "<svg viewBox=\"0 0 8 8\"><use href=\"#d-n\"/></svg>".repeat(10usize.saturating_sub(marks.len()));
    for mark in marks.iter().rev().take(10).rev() {
        let dot = match mark {
            Mark::Failed => "d-x",
            Mark::Behind | Mark::Drifted | Mark::Unknown => "d-w",
            Mark::Running => "d-r",
            Mark::Ok => "d-o",
            _ => "d-n",
        };
        drawing.push_str(&format!("<svg viewBox=\"0 0 8 8\"><use href=\"#{dot}\"/></svg>"));
    }
    view! { <span class="dots" role="img" aria-label=label inner_html=drawing></span> }
}

/// `…03 ──○──○── …06`: where a tenant is, each migration it lacks, where it would be.
#[component]
pub fn VersionRail(from: Option<i64>, pending: i64, to: Option<i64>) -> impl IntoView {
    if pending == 0 {
        return view! { <span class="muted">"none"</span> }.into_any();
    }
    let label = format!("{} pending, from {} to {}", pending, text::version(from), text::version(to));
    let shown = pending.clamp(1, 6) as usize;
    let more = pending - shown as i64;
    view! {
        <span class="rail" role="img" aria-label=label>
            {text::version(from)}
            <i></i>
            {(0..shown).map(|_| view! { <u></u><i></i> }).collect_view()}
            {(more > 0).then(|| format!("+{more} "))}
            {text::version(to)}
        </span>
    }
    .into_any()
}
