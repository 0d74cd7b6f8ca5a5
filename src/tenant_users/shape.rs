//! Which of the columns that Neo's users want a tenant has, and what can be done with these: an adopted database keeps its users as its
//! application wants them.

use neo_model::{ClosedAct, UserAct};

use crate::engine::{Connection, Engine};
use crate::error::{Error, Result, printable};
use crate::tenants::Tenant;

/// What is read and written: table and column.
const WANTED: [(&str, &str); 12] = [
    ("users", "id"),
    ("users", "email"),
    ("users", "first_name"),
    ("users", "last_name"),
    ("users", "password_hash"),
    ("users", "status"),
    ("users", "created_at"),
    ("users", "updated_at"),
    ("roles", "id"),
    ("roles", "name"),
    ("user_roles", "user_id"),
    ("user_roles", "role_id"),
];
/// Of these any type is read.
const TIMES: [&str; 2] = ["created_at", "updated_at"];

/// What a tenant has of it, and of what is there in another type than a text which.
pub(super) struct Shape {
    found: Vec<(String, String, Option<String>)>,
}

impl Shape {
    /// All that is wanted: what else is there is told by whoever asks for it.
    pub fn whole() -> Self {
        let found = WANTED.map(|(table, column)| (table.to_owned(), column.to_owned(), None));
        Self { found: found.into() }
    }

    /// As the tenant's database says it, of what its own login finds under these names.
    pub async fn of(connection: &mut Connection) -> std::result::Result<Self, sqlx::Error> {
        let sql = question(connection.engine());
        let rows = connection.ask(&sql, &[]).await?;
        let found: Vec<_> = rows
            .into_iter()
            .filter_map(|row| {
                let mut columns = row.into_iter().map(Option::unwrap_or_default);
                let (table, column, kind) = (columns.next()?, columns.next()?, columns.next()?);
                Some((table, column, Some(kind).filter(|kind| !kind.is_empty())))
            })
            .collect();
        // Where there are no users at all whoever asks for them is told what makes them.
        let is_there = found.iter().any(|(table, ..)| table == "users");
        Ok(if is_there { Self { found } } else { Self::whole() })
    }

    pub fn has(&self, table: &str, column: &str) -> bool {
        self.lack(table, column).is_none()
    }

    pub fn has_roles(&self) -> bool {
        lacking(self, UserAct::SetRole).next().is_none()
    }

    /// Refuses what cannot be done there.
    pub fn allow(&self, tenant: &Tenant, act: UserAct) -> Result<()> {
        let lacks: Vec<_> = lacking(self, act).collect();
        if lacks.is_empty() {
            return Ok(());
        }
        Err(Error::conflict(format!("in tenant \"{}\" one cannot {}", tenant.slug, act.word()))
            .cause(lacks.join(", "))
            .hint("its application keeps its users in its own way: docs/migrations.md says which columns are wanted"))
    }

    /// What cannot be done, and why.
    pub fn closed(&self) -> Vec<ClosedAct> {
        let closed = |act| {
            let lacks: Vec<_> = lacking(self, act).collect();
            (!lacks.is_empty()).then(|| ClosedAct { act, why: lacks.join(", ") })
        };
        UserAct::ALL.into_iter().filter_map(closed).collect()
    }

    fn lack(&self, table: &str, column: &str) -> Option<String> {
        let found = self.found.iter().find(|(t, c, _)| t == table && c == column);
        match found {
            Some((.., None)) => None,
            Some((.., Some(kind))) => Some(format!("{table}.{column} is no text but {}", printable(kind))),
            None if self.found.iter().any(|(t, ..)| t == table) => Some(format!("{table} has no column {column}")),
            None => Some(format!("there is no table {table}")),
        }
    }
}

/// What is missing for an act, each once.
fn lacking(shape: &Shape, act: UserAct) -> impl Iterator<Item = String> {
    let mut told = Vec::new();
    for (table, column) in needs(act) {
        told.extend(shape.lack(table, column).filter(|lack| !told.contains(lack)));
    }
    told.into_iter()
}

fn needs(act: UserAct) -> Vec<(&'static str, &'static str)> {
    let is_role = |(table, _): &(&str, &str)| *table != "users";
    let named = |names: &[&str]| {
        WANTED.into_iter().filter(|(table, column)| *table == "users" && names.contains(column)).collect::<Vec<_>>()
    };
    let see = ["id", "email"];
    match act {
        UserAct::See | UserAct::Delete => named(&see),
        UserAct::SetRole => [named(&see), WANTED.into_iter().filter(is_role).collect()].concat(),
        UserAct::SetPassword => named(&["id", "email", "password_hash"]),
        UserAct::Disable => named(&["id", "email", "status"]),
        UserAct::Create => WANTED.into_iter().filter(|(_, column)| !TIMES.contains(column)).collect(),
        UserAct::SignIn => WANTED.into_iter().filter(|(_, column)| *column != "updated_at").collect(),
    }
}

/// Table, column, and its type where that is none of a text.
fn question(engine: Engine) -> String {
    let list = |names: &mut dyn Iterator<Item = &str>| {
        let mut names: Vec<_> = names.map(|name| format!("'{name}'")).collect();
        names.sort();
        names.dedup();
        names.join(", ")
    };
    let tables = list(&mut WANTED.iter().map(|(table, _)| *table));
    let columns = list(&mut WANTED.iter().map(|(_, column)| *column));
    let times = list(&mut TIMES.into_iter());
    match engine {
        Engine::Postgres => format!(
            "select c.relname::text, a.attname::text, case when t.typcategory = 'S' or a.attname in ({times}) then '' \
             else pg_catalog.format_type(a.atttypid, null) end \
             from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid \
             join pg_catalog.pg_type t on t.oid = a.atttypid \
             where a.attnum > 0 and not a.attisdropped and a.attname in ({columns}) and c.oid in \
             (pg_catalog.to_regclass('users'), pg_catalog.to_regclass('roles'), pg_catalog.to_regclass('user_roles'))"
        ),
        Engine::Mysql => format!(
            "select cast(lower(table_name) as char), cast(lower(column_name) as char), \
             cast(case when data_type like '%binary' or data_type like '%blob' or data_type = 'bit' then data_type else '' end as char) \
             from information_schema.columns where table_schema = database() and table_name in ({tables}) \
             and column_name in ({columns})"
        ),
        Engine::Sqlite => format!(
            "select lower(m.name), lower(p.name), '' from main.sqlite_schema m, pragma_table_xinfo(m.name) p \
             where m.type = 'table' and lower(m.name) in ({tables}) and lower(p.name) in ({columns})"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(found: &[(&str, &str, Option<&str>)]) -> Shape {
        let own = |(t, c, k): &(&str, &str, Option<&str>)| ((*t).to_owned(), (*c).to_owned(), k.map(str::to_owned));
        Shape { found: found.iter().map(own).collect() }
    }

    #[test]
    fn what_is_there_says_what_can_be_done_and_why_not_the_rest() {
        assert!(Shape::whole().closed().is_empty() && Shape::whole().has_roles());
        let bare = shape(&[("users", "id", None), ("users", "email", None), ("users", "status", Some("status_kind"))]);
        let closed = bare.closed();
        let why = |act| closed.iter().find(|closed| closed.act == act).map(|closed| closed.why.as_str());
        assert_eq!((why(UserAct::See), why(UserAct::Delete)), (None, None));
        assert_eq!(why(UserAct::Disable), Some("users.status is no text but status_kind"));
        assert_eq!(why(UserAct::SetPassword), Some("users has no column password_hash"));
        assert_eq!(why(UserAct::SetRole), Some("there is no table roles, there is no table user_roles"));
    }
}
