//! The SQL inside a tenant's database: its `users`, `roles` and `user_roles`.
//!
//! Texts are written once, for PostgreSQL and SQLite; [`sql`] turns them into MySQL's. A parameter is used once, in order.

pub(super) mod page;
mod write;

use super::TenantUser;
use super::key::Key;
use super::shape::Shape;
use crate::engine::Given::{Nothing, Text};
use crate::engine::{Connection, Engine, Given};
pub(super) use write::{choose_password, delete, insert, rehash, set_password, set_role, set_status};

type Sql<T> = std::result::Result<T, sqlx::Error>;

/// Addresses are narrowed down by what every database folds alike, ASCII; the rest is compared here.
fn sql(engine: Engine, text: &str) -> String {
    match engine {
        Engine::Postgres => text.replace("lower(email)", "lower(email collate \"C\")"),
        Engine::Mysql => {
            let text = text.replace(" as text)", " as char)");
            (1..=9).rev().fold(text, |text, n| text.replace(&format!("${n}"), "?"))
        }
        Engine::Sqlite => text.to_owned(),
    }
}

/// How much of a column is read, in characters: what is in a tenant's table is the tenant's to write.
const ID: usize = 64;
const EMAIL: usize = 320;
const NAME: usize = 200;
const WORD: usize = 40;
const HASH: usize = 600;
/// How many addresses that a pattern cannot tell apart are looked at: a bound on what strangers can make it read, and more than come
/// together by themselves. One that is typed as it stands is found among any number.
const ALIKE: u32 = 1000;
/// How many roles of one user are told, and of a tenant.
const ROLES: u32 = 20;
const ALL_ROLES: u32 = 200;
/// Stands for those that are not.
const MORE: &str = "… and more";

/// `<length>:<beginning>` of a column, which [`text`] reads.
fn beginning(engine: Engine, column: &str, most: usize) -> String {
    match engine {
        // By their full names: whoever owns the database says in which order schemas are searched.
        Engine::Postgres => {
            let column = format!("({column})::pg_catalog.text");
            format!("pg_catalog.concat(pg_catalog.length({column}), ':', pg_catalog.left({column}, {most}))")
        }
        Engine::Mysql => format!("concat(char_length({column}), ':', left({column}, {most}))"),
        Engine::Sqlite => format!("length({column}) || ':' || substr({column}, 1, {most})"),
    }
}

/// Of more roles than are told, those that are, and that there are more.
fn cut(roles: &mut Vec<String>) {
    roles.retain(|role| role != MORE);
    roles.truncate(ROLES as usize);
    roles.push(MORE.to_owned());
}

fn only(row: Row) -> String {
    let [only] = read(row);
    only
}

/// What is longer than what was read of it says how long.
fn text(read: Option<String>) -> String {
    let read = read.unwrap_or_default();
    let (length, beginning) = read.split_once(':').unwrap_or_default();
    match length.parse::<usize>() {
        Ok(length) if length > beginning.chars().count() => format!("{beginning}… ({length} characters)"),
        _ => beginning.to_owned(),
    }
}

/// A pattern that matches this address in lower case, and others that differ in letters beyond ASCII.
fn pattern(canonical: &str) -> String {
    let mut pattern = String::with_capacity(canonical.len());
    for c in canonical.chars() {
        match c {
            '%' | '_' | '!' => pattern.extend(['!', c]),
            c if c.is_ascii() => pattern.push(c),
            _ if pattern.ends_with('%') && !pattern.ends_with("!%") => {}
            _ => pattern.push('%'),
        }
    }
    pattern
}

/// The columns of a user, and the hash of the password with them: whoever signs in is looked up in one question, whether or
/// not there is such a user.
fn columns(engine: Engine, shape: &Shape) -> String {
    format!("{}, {}", told(engine, shape), column(engine, shape, "password_hash", HASH))
}

/// An id of this type as it is told.
fn id_of(engine: Engine, key: Key, column: &str) -> String {
    beginning(engine, &key.shown(column), ID)
}

/// In the place of the parameter of an id that somebody has typed, or that was told.
fn typed(id: Option<&str>) -> Given<'_> {
    id.map_or(Nothing, Text)
}

/// One that the tenant does not have is empty.
fn column(engine: Engine, shape: &Shape, column: &str, most: usize) -> String {
    if shape.has("users", column) { beginning(engine, column, most) } else { "'0:'".to_owned() }
}

/// The columns of a user that are told.
fn told(engine: Engine, shape: &Shape) -> String {
    let of = |name, most| column(engine, shape, name, most);
    let created = match engine {
        _ if !shape.has("users", "created_at") => "'0:'".to_owned(),
        Engine::Mysql => beginning(engine, "cast(created_at as char)", WORD),
        Engine::Postgres | Engine::Sqlite => beginning(engine, "cast(created_at as text)", WORD),
    };
    // Where nobody can be shut out nobody is.
    let status = if shape.has("users", "status") { of("status", WORD) } else { "'6:active'".to_owned() };
    let id = id_of(engine, shape.key("users", "id"), "id");
    [id, of("email", EMAIL), of("first_name", NAME), of("last_name", NAME), status, created].join(", ")
}

type Row = Vec<Option<String>>;

/// The columns of a row, each as much of it as was read.
fn read<const N: usize>(row: Row) -> [String; N] {
    let mut columns = row.into_iter().map(text);
    std::array::from_fn(|_| columns.next().unwrap_or_default())
}

fn user(row: Row, roles: Vec<String>) -> (TenantUser, String) {
    let [id, email, first_name, last_name, status, created_at, hash] = read(row);
    let created_at = (!created_at.is_empty()).then(|| rfc3339(created_at));
    let disabled = status != "active";
    let user = TenantUser { id, email, first_name, last_name, roles, disabled, created_at, last_signed_in_at: None };
    (user, hash)
}

/// `2026-11-22 22:04:05.123456`, which all three engines say for a time in UTC, as the platform writes times.
fn rfc3339(text: String) -> String {
    match text.split_once(' ') {
        Some((date, time)) if !time.contains(['+', 'Z']) => {
            let (seconds, fraction) = time.split_once('.').unwrap_or((time, ""));
            let fraction: String = fraction.chars().chain("000".chars()).take(3).collect();
            format!("{date}T{seconds}.{fraction}Z")
        }
        _ => text,
    }
}

/// Whoever has this id, or an address that may be this one's in its canonical form; with the hashes of their passwords.
async fn alike(connection: &mut Connection, shape: &Shape, key: &str) -> Sql<Vec<(TenantUser, String)>> {
    let engine = connection.engine();
    let columns = columns(engine, shape);
    let of = shape.key("users", "id");
    let (an_id, an_email) = (of.compared(engine, "id"), Key::Text.compared(engine, "email"));
    let (first, third) = (of.given(engine, "$1"), of.given(engine, "$3"));
    let users = sql(
        engine,
        &format!(
            "select {columns} from users where {an_id} = {first} or lower(email) like $2 escape '!' \
             order by case when {an_id} = {third} then 0 when {an_email} = $4 then 1 else 2 end, id limit {ALIKE}"
        ),
    );
    let (id, like) = (of.read(key), pattern(&crate::person::canonical(key)));
    let id = typed(id.as_deref());
    let rows = connection.ask(&users, &[id, Text(&like), id, Text(key)]).await?;
    Ok(rows.into_iter().map(|row| user(row, Vec::new())).collect())
}

/// Whether somebody has this address in its canonical form.
pub(super) async fn is_taken(connection: &mut Connection, shape: &Shape, email: &str) -> Sql<bool> {
    let canonical = crate::person::canonical(email);
    let found = alike(connection, shape, email).await?;
    Ok(found.iter().any(|(user, _)| crate::person::canonical(&user.email) == canonical))
}

/// By id, or by email in its canonical form; with the hash of the password. The database only narrows it down: to MySQL `zoé`
/// is `zoe`, and such a twin would be one more name to guess a password under.
pub(super) async fn find(connection: &mut Connection, shape: &Shape, key: &str) -> Sql<Option<(TenantUser, String)>> {
    let engine = connection.engine();
    let (role, refers) = (beginning(engine, "r.name", NAME), shape.key("user_roles", "user_id"));
    let held = sql(
        engine,
        &format!(
            "select {role} from user_roles ur join roles r on r.id = ur.role_id where ur.user_id = {} \
             order by r.name limit {}",
            refers.given(engine, "$1"),
            ROLES + 1
        ),
    );
    let id = shape.key("users", "id").read(key);
    let found = meant(alike(connection, shape, key).await?, (id.as_deref(), key), &crate::person::canonical(key));
    if !shape.has_roles() {
        return Ok(found);
    }
    // Of nobody the roles are asked for as well: it is not to be seen from outside whether there is somebody.
    let id = found.as_ref().map_or_else(|| refers.read(""), |(user, _)| Some(user.id.clone()));
    let mut roles: Vec<_> = connection.ask(&held, &[typed(id.as_deref())]).await?.into_iter().map(only).collect();
    if roles.len() > ROLES as usize {
        cut(&mut roles);
    }
    Ok(found.map(|(user, hash)| (TenantUser { roles, ..user }, hash)))
}

/// By the id; else by the address to the letter; else whose is the only one in that canonical form: of twins neither is taken for the other.
fn meant(
    mut users: Vec<(TenantUser, String)>,
    (id, key): (Option<&str>, &str),
    canonical: &str,
) -> Option<(TenantUser, String)> {
    let by_id = users.iter().position(|(user, _)| Some(user.id.as_str()) == id);
    let at = by_id.or_else(|| users.iter().position(|(user, _)| user.email == key));
    let at = at.or_else(|| {
        let mut alike = (0..users.len()).filter(|n| crate::person::canonical(&users[*n].0.email) == canonical);
        alike.next().filter(|_| alike.next().is_none())
    });
    at.map(|at| users.swap_remove(at))
}

/// Addresses that begin as this one does.
pub(super) async fn emails_like(connection: &mut Connection, key: &str) -> Sql<Vec<String>> {
    let engine = connection.engine();
    let email = beginning(engine, "email", EMAIL);
    let emails = sql(
        engine,
        &format!("select {email} from users where lower(email) like $1 escape '!' order by email limit 1000"),
    );
    let first: String = crate::person::canonical(key).chars().take(1).collect();
    let like = format!("{}%", pattern(&first));
    Ok(connection.ask(&emails, &[Text(&like)]).await?.into_iter().map(only).collect())
}

/// Ids and names, in the order of their names.
pub(super) async fn roles(connection: &mut Connection, shape: &Shape) -> Sql<Vec<(String, String)>> {
    let engine = connection.engine();
    let (id, name) = (id_of(engine, shape.key("roles", "id"), "id"), beginning(engine, "name", NAME));
    let roles = sql(engine, &format!("select {id}, {name} from roles order by name limit {ALL_ROLES}"));
    let pair = |row| {
        let [id, name] = read(row);
        (id, name)
    };
    Ok(connection.ask(&roles, &[]).await?.into_iter().map(pair).collect())
}

/// Whether the server ended the query for the time that it took.
pub(super) fn is_cut_short(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|e| {
        let mysql = e.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>().map(|e| e.number().to_string());
        mysql.or_else(|| e.code().map(Into::into))
    });
    matches!(code.as_deref(), Some("57014" | "1969" | "3024" | "9"))
}

/// Whether rows that refer to this one have kept it.
pub(super) fn is_referred_to(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|e| {
        // PostgreSQL 18 has a code of its own for `restrict`; SQLite's are of a key that is looked at, and of one that acts.
        let is_told = e.message().to_lowercase().contains("foreign key");
        let known = e.code().is_some_and(|code| *code == *"23001" || is_told && matches!(&*code, "787" | "1811"));
        known || e.is_foreign_key_violation()
    })
}

/// Whether the query ran into a table or a column that is not there.
pub(super) fn is_missing_table(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|e| {
        let known = e.code().is_some_and(|code| matches!(&*code, "42P01" | "42703" | "42S02" | "42S22"));
        known || e.message().starts_with("no such table") || e.message().starts_with("no such column")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_text_serves_all_engines() {
        let text = "select cast(created_at as text) from users where id = $1 or email = $2";
        assert_eq!(sql(Engine::Sqlite, text), text);
        assert_eq!(sql(Engine::Mysql, text), "select cast(created_at as char) from users where id = ? or email = ?");
    }

    #[test]
    fn what_is_longer_than_what_was_read_of_it_says_so() {
        assert_eq!(text(Some("5:a:b é".into())), "a:b é");
        assert_eq!(text(Some("10485760:aaa".into())), "aaa… (10485760 characters)");
        assert_eq!([text(None), text(Some(":".into())), text(Some("0:".into()))], ["", "", ""]);
    }

    #[test]
    fn of_twins_neither_is_taken_for_the_other() {
        let of = |id: &str, email: &str| {
            let (id, email) = (format!("{}:{id}", id.len()), format!("{}:{email}", email.len()));
            user(vec![Some(id), Some(email)], Vec::new())
        };
        let found = |key: &str| {
            let users = vec![of("0", "MALLORY@x.org"), of("1", "mallory@x.org"), of("2", "Zoe@x.org")];
            meant(users, (Some(key), key), &crate::person::canonical(key)).map(|(user, _)| user.id)
        };
        assert_eq!(found("mallory@x.org").as_deref(), Some("1"));
        assert_eq!(found("MALLORY@x.org").as_deref(), Some("0"));
        assert_eq!(found("Mallory@x.org"), None);
        assert_eq!(found("zoe@x.org").as_deref(), Some("2"));
        assert_eq!(found("1").as_deref(), Some("1"));
    }

    #[test]
    fn an_address_is_narrowed_down_by_its_ascii() {
        assert_eq!(pattern("a_b%c!@example.com"), "a!_b!%c!!@example.com");
        assert_eq!(pattern("zoëë.ö@exämple.com"), "zo%.%@ex%mple.com");
        assert_eq!(pattern("%é"), "!%%");
    }

    #[test]
    fn every_engines_time_reads_alike() {
        for text in ["2026-11-22 22:04:05", "2026-11-22 22:04:05.000123"] {
            assert_eq!(rfc3339(text.into()), "2026-11-22T22:04:05.000Z");
        }
        assert_eq!(rfc3339("2026-11-22 22:04:05.5".into()), "2026-11-22T22:04:05.500Z");
    }
}
