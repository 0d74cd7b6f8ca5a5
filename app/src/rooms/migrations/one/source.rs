//! The files of a migration, with the line marked that somebody came for.

use leptos::prelude::*;
use neo::migrations::{Script, Source};

use super::model::At;
use super::sql;
use crate::ui::CopyText;
use crate::ui::text::{count, sentence};

pub fn view(script: &Script, at: Option<&At>) -> AnyView {
    let on = match script.engine {
        Some(engine) => format!("On {}", engine.name()),
        None => "On every engine".to_owned(),
    };
    let down = match &script.down {
        Some(down) => source("Down", down, at),
        None => {
            view! { <p class="muted">"There is no down file: this migration cannot be rolled back."</p> }.into_any()
        }
    };
    view! { <section><h2>{on}</h2>{source("Up", &script.up, at)}{down}</section> }.into_any()
}

fn source(title: &'static str, source: &Source, at: Option<&At>) -> AnyView {
    let checksum: String = source.checksum.iter().map(|byte| format!("{byte:02x}")).collect();
    let file = source.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let line = at.filter(|at| at.file == file).map(|at| at.line);
    let lines = count(source.sql.lines().count() as i64, "line");
    let start = line.and_then(|line| start_of(&source.sql, line)).unwrap_or_default();
    let (shown, cut) = source.shown_from(start);
    // What is cut begins at the line that was asked for.
    let line = if cut.is_some() { line.map(|_| 1) } else { line };
    view! {
        <h3>{title}" "<span class="muted">{format!("{file} · {lines}")}</span></h3>
        <pre tabindex="0"><code>{text(shown, line)}</code></pre>
        {cut.map(|cut| view! { <p class="muted">{sentence(&cut)}</p> })}
        <details class="more"><summary class="button quiet">"Checksum"</summary><CopyText value=checksum label="the checksum" /></details>
    }
    .into_any()
}

/// Where a line begins, in bytes.
fn start_of(sql: &str, line: usize) -> Option<usize> {
    let mut starts = std::iter::once(0).chain(sql.match_indices('\n').map(|(at, _)| at + 1));
    starts.nth(line.checked_sub(1)?)
}

/// The file, with one line of it marked if there is such a line.
fn text(sql: &str, line: Option<usize>) -> AnyView {
    let mut lines = sql.split_inclusive('\n');
    let before: String = match line {
        Some(line @ 1..) => lines.by_ref().take(line - 1).collect(),
        _ => return sql::view(sql),
    };
    let Some(marked) = lines.next() else { return sql.to_owned().into_any() };
    let (text, end) = marked.strip_suffix('\n').map_or((marked, ""), |text| (text, "\n"));
    let after: String = std::iter::once(end).chain(lines).collect();
    // An empty text would be written as a blank.
    let some = |text: String| (!text.is_empty()).then_some(text);
    view! { {some(before)}<mark id="line">{some(text.to_owned())}</mark>{some(after)} }.into_any()
}
