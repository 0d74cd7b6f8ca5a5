//! What the pages of channels ask for, on the command line. An address may be worth something to whoever has it: it is read from
//! standard input.

use neo_model::{ChannelKind, ChannelRow, NoticeKind};

use crate::line::Line;
use crate::query::Query;

pub fn add(query: &Query) -> Option<String> {
    let kind: Option<ChannelKind> = query.text("kind").parse().ok();
    let on: Vec<&str> = query.all("on").filter(|kind| NoticeKind::chosen().any(|one| one.as_str() == *kind)).collect();
    let line = Line::of("neo channel add").word(query.text("name")).only_if(kind.is_some() && !on.is_empty());
    let way = kind.map_or("", ChannelKind::as_str);
    let line = line.flag(way, STDIN).flag("on", &on.join(","));
    line.said("tag", query, "tag").end()
}

/// In the place of an address.
const STDIN: &str = "-";

/// `test`, `on`, `off`, `remove`.
pub fn act(channel: &str, act: &str) -> Option<String> {
    let is_one = matches!(act, "test" | "on" | "off" | "remove");
    Line::of(&format!("neo channel {act}")).only_if(is_one).word(channel).end()
}

/// What can be done to this one.
pub fn of(channel: &ChannelRow) -> Vec<String> {
    let switch = if channel.enabled { "off" } else { "on" };
    ["test", switch, "remove"].into_iter().filter_map(|verb| act(&channel.name, verb)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::runs;

    #[test]
    fn a_channel_has_its_command_and_no_command_an_address() {
        for kind in ChannelKind::ALL {
            let typed = format!("name=ops&kind={}&address=…&on=failed&on=halted&tag=bank", kind.as_str());
            let line = add(&Query::parse(&typed)).unwrap();
            assert_eq!(line, format!("neo channel add ops --{}=- --on failed,halted --tag bank", kind.as_str()));
            runs(&line);
        }
        for typed in ["kind=webhook&on=failed", "name=ops&kind=webhook", "name=ops&kind=pigeon&on=failed"] {
            assert_eq!(add(&Query::parse(typed)), None, "{typed}");
        }
        for verb in ["test", "on", "off", "remove"] {
            runs(&act("ops", verb).unwrap());
        }
        assert_eq!(act("ops", "nothing"), None);
    }
}
