//! Routines, views and triggers of a database's own that ask what a session remembers, or read its variables (MySQL and MariaDB): of
//! a session that is gone they would be told something else. And those that have set something there, of which a file says nothing.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::timeout;

use super::super::statements::bare;
use super::again::{reads_variables, remembered, sets};
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
    /// The first, of what was used before, that may have set what a session keeps.
    pub setter: Option<String>,
}

/// What the statements before and after the place at which a file is continued use.
pub(super) async fn used(conn: &mut Connection, before: &str, after: &str) -> Result<Used, Failure> {
    let sql = match conn.engine() {
        Engine::Postgres => POSTGRES.to_owned(),
        Engine::Mysql => of_mysql(),
        // What a session keeps there, nothing in the database sets.
        Engine::Sqlite => return Ok(Used::default()),
    };
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
    Ok(among(conn.engine(), (before, after), &own))
}

/// Names and bodies. A trigger is used with its table.
const POSTGRES: &str = "\
    select name || ' ' || pg_catalog.left(body, 262144) from ( \
        select pg_catalog.encode(pg_catalog.convert_to(p.proname, 'UTF8'), 'hex') as name, \
            coalesce(pg_catalog.pg_get_function_sqlbody(p.oid), p.prosrc) as body, p.pronamespace as space \
        from pg_catalog.pg_proc p \
        union all select pg_catalog.encode(pg_catalog.convert_to(c.relname, 'UTF8'), 'hex'), p.prosrc, c.relnamespace \
        from pg_catalog.pg_trigger t join pg_catalog.pg_class c on c.oid = t.tgrelid \
            join pg_catalog.pg_proc p on p.oid = t.tgfoid where not t.tgisinternal \
        union all select pg_catalog.encode(pg_catalog.convert_to(c.relname, 'UTF8'), 'hex'), \
            pg_catalog.pg_get_viewdef(c.oid), c.relnamespace \
        from pg_catalog.pg_class c where c.relkind = 'v' \
    ) own join pg_catalog.pg_namespace n on n.oid = own.space \
    where n.nspname not in ('pg_catalog', 'information_schema') limit 10000";

fn of_mysql() -> String {
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
    format!("{} limit {MOST}", sql.join(" union all "))
}

/// The same, of these: a name, and what it is made of.
fn among(engine: Engine, (before, after): (&str, &str), own: &[(String, &str)]) -> Used {
    let is_setting = |body: &str| match engine {
        Engine::Mysql => {
            let is_dynamic = words(body).iter().any(|word| matches!(word.as_str(), "execute" | "prepare"));
            is_dynamic || bare(engine, body).replace("@@", "").contains('@')
        }
        Engine::Postgres => {
            let found = words(body);
            let kept = ["set_config", "temp", "temporary", "prepare", "listen"];
            kept.iter().any(|word| found.contains(*word))
                || found.iter().any(|word| word.contains("advisory"))
                || body.to_lowercase().split(';').any(sets)
        }
        Engine::Sqlite => false,
    };
    let setter = first(before, own, &is_setting);
    if engine != Engine::Mysql {
        return Used { setter, ..Used::default() };
    }
    let remembered = remembered(Engine::Mysql);
    let asks = |body: &str| words(body).iter().any(|word| remembered.contains(&word.as_str()));
    // What is put together as it runs may read anything.
    let reads = |body: &str| {
        let is_dynamic = words(body).iter().any(|word| matches!(word.as_str(), "execute" | "prepare"));
        is_dynamic || reads_variables(&bare(Engine::Mysql, body))
    };
    Used { asker: first(after, own, &asks), reads: first(after, own, &reads).is_some(), setter }
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
            assert_eq!(among(Engine::Mysql, ("", after), &own).asker.as_deref(), found, "{after}");
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
            assert_eq!(among(Engine::Mysql, ("", after), &own).reads, reads, "{after}");
        }
    }

    #[test]
    fn what_has_set_something_in_its_session_is_found_where_it_was_used() {
        let of_mysql = [
            ("a1".to_owned(), "set @n = @n + 1"),
            ("f".to_owned(), "begin select max(id) into @n from a; return 1; end"),
            ("t".to_owned(), "set new.at = @@timestamp, new.mail = 'a@b'"),
            ("through".to_owned(), "call f()"),
        ];
        for (before, found) in [
            ("set @n = 0; insert into `A1` values (7)", Some("a1")),
            ("insert into b values (f(1))", Some("f")),
            ("insert into b values (through(1))", Some("through")),
            ("insert into t values (1)", None),
        ] {
            let used = among(Engine::Mysql, (before, "insert into b values (@n)"), &of_mysql);
            assert_eq!(used.setter.as_deref(), found, "{before}");
        }
        let of_postgres = [
            ("a1".to_owned(), "begin perform set_config('app.n', '1', false); return new; end"),
            ("g".to_owned(), "begin set app.n = '1'; return 1; end"),
            ("t".to_owned(), "begin update b set n = 1; return new; end"),
        ];
        for (before, found) in [
            ("insert into a1 values (7)", Some("a1")),
            ("insert into b values (g())", Some("g")),
            ("insert into t values (1)", None),
        ] {
            assert_eq!(among(Engine::Postgres, (before, ""), &of_postgres).setter.as_deref(), found, "{before}");
        }
    }
}
