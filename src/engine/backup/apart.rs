//! What of a PostgreSQL backup is not for `pg_restore`, but for a session of the tenant's own behind it. A policy and a user mapping
//! name a role in their own text, which has another name by then. And what a materialized view holds is worked out anew, by functions
//! that may name things as their owner's sessions do, while `pg_restore` finds nothing without its schema.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::engine::{Category, Connection, Engine, Failure, Target, quote, statements};

/// The entries of a backup, in their order: those that `pg_restore` restores, and the others.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Entries {
    pub usual: Vec<String>,
    pub apart: Vec<String>,
    /// Whose the others were.
    pub owners: BTreeSet<String>,
}

impl Entries {
    /// Of what `pg_restore --list` says, an entry a line: `3360; 3256 16396 POLICY public notes two t_acme`.
    pub fn listed(text: &str) -> Self {
        let mut entries = Self::default();
        for line in text.lines().filter(|line| !line.starts_with(';')) {
            let mut words = line.splitn(4, ' ');
            let (Some(id), Some(_), Some(_), Some(what)) = (words.next(), words.next(), words.next(), words.next())
            else {
                continue;
            };
            let names_role = ["POLICY ", "USER MAPPING "].iter().any(|kind| what.starts_with(kind));
            // Nobody can say of a policy what is not there yet. What else has the word in its name is as well off behind it.
            let of_policy = what.starts_with("COMMENT ") && what.contains(" POLICY ");
            if !names_role && !of_policy && !what.starts_with("MATERIALIZED VIEW DATA ") {
                entries.usual.push(id.to_owned());
                continue;
            }
            entries.apart.push(id.to_owned());
            entries.owners.extend(what.rsplit(' ').next().filter(|_| names_role).map(str::to_owned));
        }
        entries
    }
}

/// Says to the tenant's database what `pg_restore` has printed of those entries: all of it or nothing. What belonged to one of
/// these roles is for the tenant's own.
pub(super) async fn say(tenant: &Target, printed: &str, owners: &BTreeSet<String>) -> Result<(), Failure> {
    let mut conn = Connection::open(tenant).await?;
    let said = all(&mut conn, tenant, printed, owners).await;
    conn.close().await;
    said
}

async fn all(conn: &mut Connection, tenant: &Target, printed: &str, owners: &BTreeSet<String>) -> Result<(), Failure> {
    // As pg_restore begins, but that a view sees what its tables' policies let their owner see.
    let settings = "begin; set local standard_conforming_strings = on; set local check_function_bodies = false; \
                    set local xmloption = content; set local lock_timeout = 0; \
                    set local idle_in_transaction_session_timeout = 0; set local row_security = on";
    conn.execute(settings).await?;
    for statement in statements(Engine::Postgres, printed) {
        let sql = match bare(statement.sql) {
            sql if sql.starts_with("REFRESH MATERIALIZED VIEW ") => {
                // Names as any session of the tenant's finds them: where none was told otherwise.
                conn.execute("set local search_path to default").await?;
                sql.to_owned()
            }
            sql if ["CREATE POLICY ", "CREATE USER MAPPING ", "COMMENT ON "]
                .iter()
                .any(|made| sql.starts_with(made)) =>
            {
                conn.execute("set local search_path = ''").await?;
                renamed(sql, owners, &quote(Engine::Postgres, &tenant.username))
            }
            sql if ["SET ", "SELECT pg_catalog.set_config("].iter().any(|begins| sql.starts_with(begins)) => continue,
            "" => continue,
            other => {
                return Err(Failure::new(Category::Other, "pg_restore has printed what nobody understands")
                    .detail(start_of(other)));
            }
        };
        conn.execute(&sql).await.map_err(|failure| explained(failure, &sql))?;
    }
    conn.execute("commit").await
}

/// Without a line that is for `psql` alone, which stands before the first statement and behind the last, and the comments behind it.
fn bare(statement: &str) -> &str {
    let Some(mut rest) = statement.strip_prefix('\\') else { return statement };
    loop {
        rest = rest.split_once('\n').map_or("", |(_, rest)| rest.trim_start());
        if !rest.starts_with("--") {
            return rest;
        }
    }
}

fn explained(failure: Failure, sql: &str) -> Failure {
    let of_view = sql.starts_with("REFRESH");
    let failure = Failure { line: None, column: None, ..failure };
    let detail = [Some(format!("the backup has: {}", start_of(sql))), failure.detail.clone()];
    let hint = match (of_view, failure.code.as_deref()) {
        (true, _) => Some(
            "what this view is worked out of is to work in a new session of the tenant's: a function finds what it names by itself \
             with alter function … set search_path",
        ),
        (false, Some("42704")) => Some(
            "it is no role of this tenant's: make one of that name there, which needs no login, and restore it again",
        ),
        (false, _) => None,
    };
    let failure = failure.detail(detail.into_iter().flatten().collect::<Vec<_>>().join("\n"));
    match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// How a statement begins: in the brackets of a user mapping stands a password.
fn start_of(sql: &str) -> String {
    sql.split(['(', '\n']).next().unwrap_or_default().trim_end().chars().take(200).collect()
}

/// The statement with `role`, in its quotes, in the place of each of `owners` that it is for.
fn renamed(sql: &str, owners: &BTreeSet<String>, role: &str) -> String {
    let mut renamed = sql.to_owned();
    for (place, name) in roles(sql).into_iter().rev() {
        if owners.contains(&name) {
            renamed.replace_range(place, role);
        }
    }
    renamed
}

/// Whom such a statement is for: behind `TO` in a policy, behind `FOR` in a user mapping. Both are words that no name is without
/// quotes, and before the first bracket stand names and words alone.
fn roles(sql: &str) -> Vec<(Range<usize>, String)> {
    let word = if sql.starts_with("CREATE POLICY ") {
        "TO"
    } else if sql.starts_with("CREATE USER MAPPING ") {
        "FOR"
    } else {
        return Vec::new();
    };
    let mut tokens = Tokens { sql, at: 0 };
    let mut found = Vec::new();
    while let Some(place) = tokens.next() {
        if &sql[place] == word {
            while let Some(place) = tokens.next() {
                found.push((place.clone(), unquoted(&sql[place])));
                if tokens.next().is_none_or(|comma| &sql[comma] != ",") {
                    break;
                }
            }
            break;
        }
    }
    found
}

/// Names, words and signs, up to the first bracket.
struct Tokens<'a> {
    sql: &'a str,
    at: usize,
}

impl Iterator for Tokens<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        let rest = &self.sql[self.at..];
        let from = self.at + (rest.len() - rest.trim_start().len());
        let rest = &self.sql.as_bytes()[from..];
        let length = match rest.first()? {
            b'(' => return None,
            b'"' => {
                let mut at = 1;
                while at < rest.len() {
                    match (rest[at], rest.get(at + 1)) {
                        (b'"', Some(b'"')) => at += 2,
                        (b'"', _) => break,
                        _ => at += 1,
                    }
                }
                (at + 1).min(rest.len())
            }
            first if is_of_word(*first) => rest.iter().take_while(|byte| is_of_word(**byte)).count(),
            _ => 1,
        };
        self.at = from + length;
        Some(from..self.at)
    }
}

fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | 0x80..)
}

fn unquoted(name: &str) -> String {
    match name.strip_prefix('"').and_then(|name| name.strip_suffix('"')) {
        Some(inner) => inner.replace("\"\"", "\""),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_a_role_is_told_from_what_only_has_such_a_name() {
        let text = ";\n; Archive created at 2026-11-28\n;     dbname: POLICY\n\
            7; 2615 16386 SCHEMA - my POLICY x t_old\n\
            3374; 0 0 COMMENT my POLICY x TABLE t t_old\n\
            217; 1259 16390 TABLE public POLICY t_old\n\
            3373; 0 0 USER MAPPING - USER MAPPING t_old SERVER s t_srv\n\
            3361; 3256 16412 POLICY public notes mi\"ne TO t_x y t_old\n\
            3358; 0 16390 ROW SECURITY public notes t_old\n\
            3376; 0 0 COMMENT public POLICY two ON notes t_other\n\
            3364; 0 16398 MATERIALIZED VIEW DATA public m t_view\n";
        let entries = Entries::listed(text);
        assert_eq!(entries.usual, ["7;", "217;", "3358;"]);
        assert_eq!(entries.apart, ["3374;", "3373;", "3361;", "3376;", "3364;"]);
        assert_eq!(entries.owners.into_iter().collect::<Vec<_>>(), ["t_old", "t_srv"]);
    }

    #[test]
    fn a_role_is_renamed_where_a_statement_is_for_it_and_nowhere_else() {
        let owners = BTreeSet::from(["t_old".to_owned(), "Odd\"One".to_owned()]);
        for (sql, expected) in [
            (
                "CREATE POLICY \"mi\"\"ne TO t_old\ny\" ON public.\"TO\" AS RESTRICTIVE FOR SELECT TO me, t_old USING ((o <> ' TO t_old'::text))",
                "CREATE POLICY \"mi\"\"ne TO t_old\ny\" ON public.\"TO\" AS RESTRICTIVE FOR SELECT TO me, \"t_new\" USING ((o <> ' TO t_old'::text))",
            ),
            ("CREATE POLICY t_old ON public.t_old TO t_old", "CREATE POLICY t_old ON public.t_old TO \"t_new\""),
            (
                "CREATE POLICY p ON s.t TO \"Odd\"\"One\", t_older WITH CHECK (true)",
                "CREATE POLICY p ON s.t TO \"t_new\", t_older WITH CHECK (true)",
            ),
            ("CREATE POLICY p ON s.t FOR ALL USING ((TO t_old))", "CREATE POLICY p ON s.t FOR ALL USING ((TO t_old))"),
            (
                "CREATE USER MAPPING FOR t_old SERVER t_old OPTIONS (\n    password 'FOR t_old'\n)",
                "CREATE USER MAPPING FOR \"t_new\" SERVER t_old OPTIONS (\n    password 'FOR t_old'\n)",
            ),
            ("COMMENT ON POLICY p ON s.t IS 'TO t_old'", "COMMENT ON POLICY p ON s.t IS 'TO t_old'"),
        ] {
            assert_eq!(renamed(sql, &owners, "\"t_new\""), expected);
        }
    }

    #[test]
    fn what_is_for_another_program_and_what_is_secret_are_not_said() {
        assert_eq!(bare("\\restrict x\n\n-- Dumped; by\n-- pg_dump\n\nSET a = 1"), "SET a = 1");
        assert_eq!(bare("\\unrestrict x"), "");
        assert_eq!(
            start_of("CREATE USER MAPPING FOR a SERVER s OPTIONS (\n password 'x'\n)"),
            "CREATE USER MAPPING FOR a SERVER s OPTIONS"
        );
    }
}
