//! A message in the form that each kind of channel takes. Neo's own words may be headings and links; what a tenant's database has said is
//! put where the receiver makes nothing of it: no mention, no markup, no link.

mod discord;
mod mail;
mod slack;
mod teams;

pub(super) use mail::letter;
use neo_model::{ChannelKind, Notice, NoticeCause};

use super::words::{counted, grouped};

/// What is posted to a channel of this kind; none where nothing is posted.
pub(super) fn posted(kind: ChannelKind, notice: &Notice) -> Option<String> {
    Some(match kind {
        ChannelKind::Webhook => serde_json::to_string(notice).unwrap_or_default(),
        ChannelKind::Slack => slack::message(notice).to_string(),
        ChannelKind::Teams => teams::message(notice).to_string(),
        ChannelKind::Discord => discord::message(notice).to_string(),
        ChannelKind::Mail => return None,
    })
}

/// `632 × 20250126000006_add_custom_fields · code 42701`
fn heading(cause: &NoticeCause) -> String {
    let mut parts = vec![format!("{} ×", grouped(cause.count))];
    parts.extend(cause.migration.clone());
    parts.push(match &cause.code {
        Some(code) => format!("· {} {code}", cause.category),
        None => format!("· {}", cause.category),
    });
    parts.join(" ")
}

/// `acme, beta and 630 more`
fn whom(cause: &NoticeCause) -> String {
    let rest = cause.count - i64::try_from(cause.tenants.len()).unwrap_or_default();
    let named = cause.tenants.join(", ");
    if rest > 0 { format!("{named} and {} more", grouped(rest)) } else { named }
}

/// `Rerun 632 tenants`. Where only those with a tag are told of, there may be more of it than they.
fn rerun(notice: &Notice, cause: &NoticeCause) -> String {
    match notice.tag {
        None => format!("Rerun {}", counted(cause.count, "tenant")),
        Some(_) => "Rerun all that failed of it".to_owned(),
    }
}

/// What is not told.
fn more(notice: &Notice) -> Option<String> {
    match (notice.more_causes, notice.more_about) {
        (0, 0) => None,
        (0, n) => Some(format!("and {} more", grouped(n))),
        (n, _) => Some(format!("and {}", counted(n, "more cause"))),
    }
}

/// Where it is from, and what it is known by.
fn foot(notice: &Notice) -> String {
    format!("Neo · {} · {}", notice.environment, notice.id)
}

#[cfg(test)]
mod tests;
