//! Mail: plain text. The subject is Neo's own words; what somebody else has said is one line, marked as said.

use std::fmt::Write as _;

use neo_model::{Notice, rfc3339};

use super::{foot, heading, more, rerun, whom};
use crate::mail::Letter;
use crate::notices::words::without_links;

pub(in crate::notices) fn letter(notice: &Notice, to: &str) -> Letter {
    let subject = format!("[{}] {}", notice.environment, notice.title);
    Letter::notice(to, subject, text(notice), &notice.id)
}

pub(super) fn text(notice: &Notice) -> String {
    let mut text = format!("{}\n{}\n\n", notice.title, rfc3339(notice.at));
    // Writing into a text does not fail.
    let mut line = |args: std::fmt::Arguments<'_>| {
        let _ = text.write_fmt(args);
    };
    if let Some(why) = notice.run.as_ref().and_then(|run| run.why.as_deref()) {
        line(format_args!("    > {}\n\n", without_links(why)));
    }
    for cause in &notice.causes {
        line(format_args!("{}\n    > {}\n  {}\n", heading(cause), without_links(&cause.message), whom(cause)));
        line(format_args!("  {}: {}\n\n", rerun(notice, cause), cause.url));
    }
    for about in &notice.about {
        line(format_args!("{}\n    > {}\n  {}\n\n", about.name, without_links(&about.text), about.url));
    }
    if let Some(more) = more(notice) {
        line(format_args!("{more}\n\n"));
    }
    line(format_args!("See it: {}\n\n-- \n{}\n", notice.url, foot(notice)));
    text
}
