//! Files that are not what tenants have applied: said on top of the page, since no run goes on there before that is put right.

use leptos::prelude::*;
use neo::runs::{Changed, ChangedFile, How};

use super::links;
use crate::rooms::runs::links as runs;
use crate::ui::text::{count, number};
use crate::ui::{Banner, Tone};

/// Of the whole folder.
pub fn of_all(changed: &Changed) -> Option<AnyView> {
    let lines = changed.files.iter().map(|file| {
        let name = match file.how {
            How::Missing => view! { <code>{file.label.clone()}</code> }.into_any(),
            How::Other | How::Late => {
                view! { <a href=links::one(file.version)><code>{file.label.clone()}</code></a> }.into_any()
            }
        };
        view! { <li>{name}" "{file.said()}"."</li> }
    });
    let lines = lines.collect_view();
    let unnamed = (changed.unnamed > 0).then(|| {
        let whose = count(changed.unnamed, "tenant");
        view! { <li>{format!("Of {whose} no run that is kept says which file it is: verify names it.")}</li> }
    });
    (changed.tenants > 0).then(|| view! { <Banner tone=Tone::Bad title=title(changed.tenants)><ul class="plain">{lines}{unnamed}</ul>{way_out()}</Banner> }.into_any())
}

/// Of one migration.
pub fn of_one(files: &[ChangedFile]) -> Option<AnyView> {
    let whom = files.iter().map(|file| file.tenants).max()?;
    let lines = files.iter().map(|file| view! { <p>"This file "{file.said()}"."</p> }).collect_view();
    Some(view! { <Banner tone=Tone::Bad title=title(whom)>{lines}{way_out()}</Banner> }.into_any())
}

fn title(tenants: i64) -> String {
    format!("{} {}", number(tenants), refused(tenants))
}

/// `tenants are refused by runs: files are not what they have applied`: their number stands before it.
pub fn refused(tenants: i64) -> &'static str {
    match tenants {
        1 => "tenant is refused by runs: files are not what it has applied",
        _ => "tenants are refused by runs: files are not what they have applied",
    }
}

fn way_out() -> AnyView {
    view! {
        <p class="muted">
            "Put the file back as it was, and make a new migration for the change. "
            <a href=runs::NEW>"The preview of a run"</a>" names who is refused."
        </p>
    }
    .into_any()
}
