//! Whether the users of a database that was not made here can sign in here, before anybody tries.

use super::shape::Shape;
use super::store;
use super::visit::TABLES;
use crate::engine::{self, Connection, Engine, Failure};
use crate::error::{Error, Result};
use crate::migrations::Set;
use crate::password::COSTS;
use crate::tenants::PasswordHash;

/// Of so many hashes the kind is told.
const MOST: usize = 1000;

/// What keeps them from it, or would keep them from their application, in sentences without their full stop. `is_complete`: no
/// migration is to come that may make the tables.
pub(crate) async fn notes(
    conn: &mut Connection,
    written: PasswordHash,
    is_complete: bool,
) -> Result<Vec<String>, Failure> {
    let engine = conn.engine();
    let is_there = conn.texts(&engine::table_sql(engine, "users")).await?.iter().flatten().next().is_some();
    if !is_there {
        let nobody = "there is no table users: nobody signs in on its address, and its users are not managed here";
        return Ok(if is_complete { vec![nobody.to_owned()] } else { Vec::new() });
    }
    if let Err(failure) = conn.are_plain(&TABLES).await {
        return Ok(vec![other_shape(&failure)]);
    }
    // What is asked when somebody signs in.
    let tried = async {
        let shape = Shape::at_the_door(conn).await?;
        store::find(conn, &shape, "nobody@example.invalid").await
    };
    if let Err(error) = tried.await {
        let failure = Connection::failure(engine, &error);
        return if failure.category.is_transient() { Err(failure) } else { Ok(vec![other_shape(&failure)]) };
    }
    Ok(kinds(&beginnings(conn).await?, written))
}

/// Whoever asks for a first user is told before anything is made that nothing will make the tables for them. A table that a file
/// speaks of may be made by it.
pub(crate) fn refuse_without_tables(set: &Set, engine: Engine) -> Result<()> {
    let is_told = |table: &str| set.on(engine).any(|(_, script)| speaks_of(&script.up.sql, table));
    let missing: Vec<_> = TABLES.into_iter().filter(|table| !is_told(table)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let (word, missing) = (if missing.len() == 1 { "table" } else { "tables" }, missing.join(", "));
    Err(Error::conflict(format!("no migration makes the {word} {missing}, and a first admin is one of its users"))
        .cause(format!("no file for {engine} in {} names what Neo's users are kept in", set.folder.display()))
        .field("admin_email")
        .hint("leave the first admin out, or make these tables by a migration: docs/migrations.md says with which columns"))
}

/// As a word of its own, in large letters or small.
fn speaks_of(sql: &str, table: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    sql.split(|c: char| !is_part(c)).any(|word| word.eq_ignore_ascii_case(table))
}

fn other_shape(failure: &Failure) -> String {
    format!(
        "its users, roles and user_roles are not as Neo knows them ({}): nobody signs in on its address, and its users are not \
         managed here",
        failure.message
    )
}

/// What the hashes begin with.
async fn beginnings(conn: &mut Connection) -> Result<Vec<String>, Failure> {
    let beginning = match conn.engine() {
        Engine::Postgres => "pg_catalog.left(password_hash, 7)",
        Engine::Mysql => "left(password_hash, 7)",
        Engine::Sqlite => "substr(password_hash, 1, 7)",
    };
    let found = conn.texts(&format!("select {beginning} from users limit {MOST}")).await?;
    Ok(found.into_iter().flatten().collect())
}

fn kinds(beginnings: &[String], written: PasswordHash) -> Vec<String> {
    let (unbounded, obeyed): (Vec<_>, Vec<_>) = beginnings.iter().partition(|text| has_cost_beyond(text));
    let of = |kind: Option<PasswordHash>| obeyed.iter().filter(|text| kind_of(text) == kind).count();
    let all = beginnings.len();
    let mut notes = Vec::new();
    for kind in PasswordHash::ALL.into_iter().filter(|kind| *kind != written) {
        let of_kind = of(Some(kind));
        if of_kind > 0 {
            notes.push(format!(
                "{of_kind} of {all} users have hashes of {kind}, and sign in with them; what is set here is {written}: say that \
                 password_hash is {kind} if their application reads nothing else"
            ));
        }
    }
    let (least, most) = (*COSTS.start(), *COSTS.end());
    if !unbounded.is_empty() {
        notes.push(format!(
            "{} of {all} users have hashes of bcrypt of another cost than {least} to {most}, which nothing here computes, and \
             cannot sign in on its address",
            unbounded.len()
        ));
    }
    let unknown = of(None);
    if unknown > 0 {
        notes.push(format!(
            "{unknown} of {all} users have hashes that are neither of argon2 nor of bcrypt, and cannot sign in on its address"
        ));
    }
    notes
}

/// `$2b$16$`: a hash of bcrypt that nobody here verifies.
fn has_cost_beyond(beginning: &str) -> bool {
    let is_bcrypt = kind_of(beginning) == Some(PasswordHash::Bcrypt);
    is_bcrypt
        && !beginning.get(4..6).and_then(|cost| cost.parse::<u32>().ok()).is_some_and(|cost| COSTS.contains(&cost))
}

fn kind_of(beginning: &str) -> Option<PasswordHash> {
    match beginning {
        text if text.starts_with("$argon2") => Some(PasswordHash::Argon2id),
        text if ["$2a$", "$2b$", "$2y$"].iter().any(|start| text.starts_with(start)) => Some(PasswordHash::Bcrypt),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kinds_of_hashes_are_told_where_another_is_written() {
        let hashes = ["$argon2", "$2b$10$", "$2y$12$", "$scrypt", "plain"].map(str::to_owned);
        let told = kinds(&hashes, PasswordHash::Argon2id);
        assert!(told[0].starts_with("2 of 5 users have hashes of bcrypt") && told[1].starts_with("2 of 5"), "{told:?}");
        let told = kinds(&hashes[..3], PasswordHash::Bcrypt);
        assert!(told.len() == 1 && told[0].starts_with("1 of 3 users have hashes of argon2id"), "{told:?}");
        assert_eq!(kinds(&hashes[..1], PasswordHash::Argon2id), Vec::<String>::new());
    }

    #[test]
    fn a_cost_that_nobody_pays_here_is_not_said_to_sign_in() {
        let hashes = ["$2b$14$", "$2b$15$", "$2a$03$"].map(str::to_owned);
        let told = kinds(&hashes, PasswordHash::Argon2id);
        assert!(told.len() == 2 && told[0].starts_with("1 of 3 users have hashes of bcrypt, and sign in"), "{told:?}");
        assert!(told[1].starts_with("2 of 3 users have hashes of bcrypt of another cost than 4 to 14"), "{told:?}");
    }
}
