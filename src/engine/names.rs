//! Names and literals in SQL text: the one place that quotes.

use super::Engine;

/// Quotes an identifier for this engine. Generated names are checked by [`is_safe_name`] as well.
pub fn quote(engine: Engine, identifier: &str) -> String {
    let mark = if engine == Engine::Mysql { '`' } else { '"' };
    let mut quoted = String::with_capacity(identifier.len() + 2);
    quoted.push(mark);
    // No engine takes a NUL in a name, and some would end the text there.
    for c in identifier.chars().filter(|&c| c != '\0') {
        if c == mark {
            quoted.push(c);
        }
        quoted.push(c);
    }
    quoted.push(mark);
    quoted
}

/// A text literal, for the statements that take no parameters (`COMMENT`, `CREATE USER`).
pub fn literal(engine: Engine, text: &str) -> String {
    let escape = engine == Engine::Mysql || (engine == Engine::Postgres && text.contains('\\'));
    let mut quoted = String::with_capacity(text.len() + 3);
    quoted.push_str(if escape && engine == Engine::Postgres { " E'" } else { "'" });
    for c in text.chars().filter(|&c| c != '\0') {
        if c == '\'' || (c == '\\' && escape) {
            quoted.push(c);
        }
        quoted.push(c);
    }
    quoted.push('\'');
    quoted
}

/// `^[a-z][a-z0-9_]{2,39}$`: a name that no engine folds, truncates or needs quoted.
pub fn is_safe_name(name: &str) -> bool {
    (3..=40).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// The name of a database in `GRANT … ON`, where MySQL reads `_` and `%` as wildcards.
pub(super) fn grant_pattern(database: &str) -> String {
    quote(Engine::Mysql, &database.replace('\\', "\\\\").replace('_', "\\_").replace('%', "\\%"))
}

/// Answers a row when there is such a table.
pub fn table_sql(engine: Engine, table: &str) -> String {
    let name = literal(engine, table);
    match engine {
        Engine::Postgres => format!("select to_regclass({name})::text"),
        Engine::Mysql => format!(
            "select cast(table_name as char) from information_schema.tables where table_schema = database() and table_name = {name}"
        ),
        Engine::Sqlite => format!("select name from sqlite_master where type = 'table' and name = {name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_in_a_name_is_doubled() {
        assert_eq!(quote(Engine::Postgres, "a\"b"), "\"a\"\"b\"");
        assert_eq!(quote(Engine::Sqlite, "a\"; drop--\0"), "\"a\"\"; drop--\"");
        assert_eq!(quote(Engine::Mysql, "a`b\"c"), "`a``b\"c`");
        assert_eq!(grant_pattern("t_50%"), "`t\\_50\\%`");
    }

    #[test]
    fn a_literal_ends_where_it_should() {
        assert_eq!(literal(Engine::Postgres, "it's"), "'it''s'");
        assert_eq!(literal(Engine::Postgres, "a\\'"), " E'a\\\\'''");
        assert_eq!(literal(Engine::Mysql, "a\\'"), "'a\\\\'''");
        assert_eq!(literal(Engine::Sqlite, "a\\'"), "'a\\'''");
    }

    #[test]
    fn only_plain_short_names_are_safe() {
        for name in ["t_acme_k3x9", "abc", &"a".repeat(40)] {
            assert!(is_safe_name(name), "{name}");
        }
        for name in ["", "ab", "1abc", "_abc", "aBc", "a-b", "a b", "abç", "abc\n", &"a".repeat(41)] {
            assert!(!is_safe_name(name), "{name}");
        }
    }
}
