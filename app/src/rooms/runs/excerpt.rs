//! The line of a file that a failure is about, with the place in it marked, as the file had it when it ran.

use leptos::prelude::*;
use neo::runs::Failure;

use crate::rooms::migrations;

/// Nothing where the line is not known. The place leads to the migration's page.
pub fn view(failure: &Failure) -> Option<AnyView> {
    let (excerpt, file, line) = (failure.excerpt.as_ref()?, failure.file.as_ref()?, failure.line?);
    let place = format!("{file}:{line}:{}", failure.column.unwrap_or(1));
    let place = match migrations::links::place(failure) {
        Some(href) => view! { <a href=href>{place}</a> }.into_any(),
        None => place.into_any(),
    };
    let (before, word, after) = excerpt.parts();
    // An empty text would be written as a blank.
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    // At the end of a line there is nothing to mark but that it ends.
    let word = if word.is_empty() { "\u{a0}" } else { word };
    Some(
        view! {
            <span class="excerpt">
                <span class="mono">{place}</span>
                <code><span class="t">{line}</span><span>{some(before)}<mark>{word.to_owned()}</mark>{some(after)}</span></code>
            </span>
        }
        .into_any(),
    )
}
