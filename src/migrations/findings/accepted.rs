//! What a file itself accepts: `-- neo: allow <rule> <why>`, on a line of its own.

use std::collections::BTreeMap;

use super::Rule;

#[derive(Debug, Default)]
pub(super) struct Accepted {
    /// With the reason that was given.
    pub rules: BTreeMap<Rule, String>,
    /// Line and what is wrong with it.
    pub unusable: Vec<(u32, String)>,
    /// Where `-- neo: no-transaction` or `-- neo: empty` stands without effect.
    pub misplaced: Vec<u32>,
}

pub(super) fn read(sql: &str) -> Accepted {
    let mut accepted = Accepted::default();
    for (index, line) in sql.lines().enumerate() {
        let Some(words) = marker(line) else { continue };
        let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
        let mut words = words.split_whitespace();
        match words.next() {
            Some("allow") => {
                let rule = words.next().unwrap_or_default();
                let why = words.collect::<Vec<_>>().join(" ");
                match rule.parse::<Rule>() {
                    Err(()) => accepted.unusable.push((number, format!("there is no rule \"{rule}\" to allow"))),
                    Ok(rule) if why.is_empty() => {
                        accepted
                            .unusable
                            .push((number, format!("say why {rule} is allowed: -- neo: allow {rule} <why>")));
                    }
                    Ok(rule) => {
                        accepted.rules.insert(rule, why);
                    }
                }
            }
            Some("no-transaction" | "empty") if index > 0 => accepted.misplaced.push(number),
            _ => {}
        }
    }
    accepted
}

fn marker(line: &str) -> Option<&str> {
    line.trim().strip_prefix("--")?.trim_start().strip_prefix("neo:")
}
