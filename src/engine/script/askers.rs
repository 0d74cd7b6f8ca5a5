//! Routines, views and triggers of a database's own that ask what a session remembers, or read its variables (MySQL and MariaDB): of
//! a session that is gone they would be told something else.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::timeout;

use super::super::statements::bare;
use super::again::{reads_variables, remembered};
use super::{Category, Connection, Engine, Failure};
use crate::engine::ANSWER;

/// So much of a definition is read.
const MOST_CHARACTERS: usize = 256 * 1024;
const MOST: usize = 10_000;

/// What of the database's own a text uses: by itself, or through others.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Used {
    /// The first that asks what its session remembers. What nobody here may read is taken to ask.
    pub asker: Option<String>,
    /// One of them reads variables that it has not set.
    pub reads: bool,
}

pub(super) async fn used(conn: &mut Connection, after: &str) -> Result<Used, Failure> {
    if conn.engine() != Engine::Mysql {
        return Ok(Used::default());
    }
    let unread = format!("{} @unread", remembered(Engine::Mysql)[0]);
    let own = |name: &str, body: &str, of: &str, schema: &str| {
        format!(
            "select cast(concat(hex({name}), ' ', coalesce(nullif(left({body}, {MOST_CHARACTERS}), ''), '{unread}')) as char) \
             from information_schema.{of} where {schema} = database()"
        )
    };
    let sql = [
        own("routine_name", "routine_definition", "routines", "routine_schema"),
        own("table_name", "view_definition", "views", "table_schema"),
        // One is used with its table.
        own("event_object_table", "action_statement", "triggers", "event_object_schema"),
    ];
    let sql = format!("{} limit {MOST}", sql.join(" union all "));
    let limit: Duration = ANSWER;
    let Ok(found) = timeout(limit, conn.texts(&sql)).await else {
        return Err(Failure::new(Category::Timeout, "the routines and views of the database could not be looked at")
            .detail(format!("waited {} s for what they are made of", limit.as_secs())));
    };
    let found = found?;
    let own: Vec<(String, &str)> = found
        .iter()
        .flatten()
        .filter_map(|text| text.split_once(' '))
        .filter_map(|(name, body)| Some((String::from_utf8(hex::decode(name).ok()?).ok()?, body)))
        .collect();
    Ok(among(after, &own))
}

/// The same, of these: a name, and what it is made of.
fn among(after: &str, own: &[(String, &str)]) -> Used {
    let remembered = remembered(Engine::Mysql);
    let asks = |body: &str| words(body).iter().any(|word| remembered.contains(&word.as_str()));
    // What is put together as it runs may read anything.
    let reads = |body: &str| {
        let is_dynamic = words(body).iter().any(|word| matches!(word.as_str(), "execute" | "prepare"));
        is_dynamic || reads_variables(&bare(Engine::Mysql, body))
    };
    Used { asker: first(after, own, &asks), reads: first(after, own, &reads).is_some() }
}

/// The first that the text uses and of which this holds, or of something that it uses.
fn first(after: &str, own: &[(String, &str)], holds: &dyn Fn(&str) -> bool) -> Option<String> {
    let bodies: Vec<_> = own.iter().map(|(_, body)| words(body)).collect();
    let held = own.iter().filter(|(_, body)| holds(body));
    let mut found: BTreeSet<String> = held.map(|(name, _)| name.to_lowercase()).collect();
    loop {
        let named = own.iter().zip(&bodies).filter(|(_, body)| !found.is_disjoint(body));
        let new: Vec<_> =
            named.map(|((name, _), _)| name.to_lowercase()).filter(|name| !found.contains(name)).collect();
        if new.is_empty() {
            break;
        }
        found.extend(new);
    }
    let (text, used) = (after.to_lowercase(), words(after));
    let is_used = |name: &str| match name.chars().all(is_word) {
        true => used.contains(name),
        false => text.contains(name),
    };
    own.iter()
        .map(|(name, _)| (name, name.to_lowercase()))
        .find(|(_, name)| found.contains(name) && is_used(name))
        .map(|(name, _)| name.clone())
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// Names stand in quotes or not: all that could be one counts.
fn words(text: &str) -> BTreeSet<String> {
    text.to_lowercase().split(|c| !is_word(c)).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_asks_by_itself_or_through_others_is_found_where_it_is_used() {
        let own = [
            ("Last".to_owned(), "return last_insert_id()"),
            ("through".to_owned(), "select `t_a`.`Last`() AS `n`"),
            ("odd name".to_owned(), "select row_count()"),
            ("twice".to_owned(), "return 2 * n"),
        ];
        for (after, found) in [
            ("insert into b values (last())", Some("Last")),
            ("insert into b select `n` from `Through`", Some("through")),
            ("insert into b select * from `odd name`", Some("odd name")),
            ("insert into b values (twice(2), 'atlas')", None),
            ("insert into b values (1)", None),
        ] {
            assert_eq!(among(after, &own).asker.as_deref(), found, "{after}");
        }
    }

    #[test]
    fn what_reads_what_it_has_not_set_is_found_where_it_is_called() {
        let own = [
            ("usez".to_owned(), "begin insert into b values (@z); end"),
            ("sets".to_owned(), "begin set @z = 1; insert into b values (@z, 'a@b'); end"),
            ("runs".to_owned(), "begin prepare p from 'insert into b values (@z)'; execute p; end"),
            ("through".to_owned(), "begin call usez(); end"),
        ];
        for (after, reads) in [
            ("call usez()", true),
            ("call `Through`()", true),
            ("call runs()", true),
            ("call sets()", false),
            ("insert into b values (1)", false),
        ] {
            assert_eq!(among(after, &own).reads, reads, "{after}");
        }
    }
}
