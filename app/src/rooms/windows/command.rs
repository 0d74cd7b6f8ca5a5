//! What the pages of maintenance windows ask for, on the command line.

use neo_model::Repeat;

use crate::line::Line;
use crate::query::Query;

pub fn add(query: &Query) -> Option<String> {
    let repeat: Option<Repeat> = query.text("repeat").parse().ok();
    let line = Line::of("neo window add").only_if(repeat.is_some()).word(query.text("name"));
    let line = line.needed("from", query, "from").needed("to", query, "to");
    let line = match query.text("zone") {
        // What is meant without a word.
        "UTC" => line,
        _ => line.said("zone", query, "zone"),
    };
    let line = match repeat.unwrap_or_default() {
        Repeat::Once => line,
        comes @ (Repeat::Daily | Repeat::Weekly) => line.when(true, comes.as_str()),
    };
    let line = line.each("tag", query.text("tags")).each("tenant", query.text("tenants"));
    line.said("server", query, "server").end()
}

/// `on`, `off`, `remove`.
pub fn act(window: &str, act: &str) -> Option<String> {
    let is_one = matches!(act, "on" | "off" | "remove");
    Line::of(&format!("neo window {act}")).only_if(is_one).word(window).end()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::runs;

    #[test]
    fn a_window_has_its_command() {
        for (typed, line) in [
            (
                "name=no+runs&repeat=weekly&from=fri+22%3A00&to=mon+06%3A00&zone=Europe%2FBerlin&tags=bank+eu",
                "neo window add 'no runs' --from 'fri 22:00' --to 'mon 06:00' --zone Europe/Berlin --weekly --tag bank --tag eu",
            ),
            (
                "name=close&repeat=daily&from=22%3A00&to=23%3A00&zone=UTC&tenants=acme%2Cbeta&server=eu-1",
                "neo window add close --from 22:00 --to 23:00 --daily --tenant acme --tenant beta --server eu-1",
            ),
            (
                "name=once&repeat=once&from=2026-12-04T22%3A00&to=2026-12-05T06%3A00",
                "neo window add once --from 2026-12-04T22:00 --to 2026-12-05T06:00",
            ),
        ] {
            assert_eq!(add(&Query::parse(typed)).as_deref(), Some(line));
            runs(line);
        }
        assert_eq!(add(&Query::parse("name=x&repeat=once&from=2026-12-04T22%3A00")), None, "without an end");
        for verb in ["on", "off", "remove"] {
            runs(&act("no runs", verb).unwrap());
        }
    }
}
