//! Which of the columns that Neo's users want a tenant has, and what can be done with these: an adopted database keeps its users as its
//! application wants them.

use neo_model::{ClosedAct, UserAct};

use super::key::Key;
use crate::engine::{Connection, Engine};
use crate::error::{Error, printable};
use crate::tenants::Tenant;

/// What is read and written: table and column.
const WANTED: [Column; 12] = [
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
/// What identifies somebody, or a role. The first refers to the second.
const REFERENCES: [(Column, Column); 2] =
    [(("user_roles", "user_id"), ("users", "id")), (("user_roles", "role_id"), ("roles", "id"))];

/// Table and column.
type Column = (&'static str, &'static str);

/// What a tenant has of it, and why what is there is not what is wanted.
pub(super) struct Shape {
    found: Vec<Found>,
}

struct Found {
    table: String,
    column: String,
    is: Result<Key, String>,
    /// As the engine calls its type; of a text of any length nothing.
    kind: String,
    /// Where nothing is said of it the database makes one: it counts, or asks a function.
    is_made: bool,
}

impl Found {
    fn is_called(&self, (table, column): (&str, &str)) -> bool {
        self.table == table && self.column == column
    }
}

impl Shape {
    /// All that is wanted: what else is there is told by whoever asks for it.
    pub fn whole() -> Self {
        let found = WANTED.map(|(table, column)| Found {
            table: table.to_owned(),
            column: column.to_owned(),
            is: Ok(Key::Text),
            kind: String::new(),
            is_made: false,
        });
        Self { found: found.into() }
    }

    /// As the tenant's database says it, of what its own login finds under these names.
    pub async fn of(connection: &mut Connection) -> Result<Self, sqlx::Error> {
        let engine = connection.engine();
        let rows = connection.ask(&question(engine), &[]).await?;
        let columns = rows.into_iter().filter_map(|row| {
            let mut columns = row.into_iter().map(Option::unwrap_or_default);
            let (table, column, kind) = (columns.next()?, columns.next()?, columns.next()?);
            Some((table, column, kind, columns.next()?))
        });
        let mut shape = Self { found: columns.map(|(t, c, kind, made)| found(engine, t, c, kind, &made)).collect() };
        // Elsewhere what is of two types is compared all the same.
        if engine == Engine::Postgres {
            shape.refuse_strangers();
        }
        // Where there are no users at all whoever asks for them is told what makes them.
        let is_there = shape.found.iter().any(|found| found.table == "users");
        Ok(if is_there { shape } else { Self::whole() })
    }

    /// The same for whoever signs in. Where nobody can they are told so by the first question.
    pub async fn at_the_door(connection: &mut Connection) -> Result<Self, sqlx::Error> {
        let shape = Self::of(connection).await?;
        Ok(if shape.lacks(UserAct::SignIn).is_none() { shape } else { Self::whole() })
    }

    fn refuse_strangers(&mut self) {
        for (refers, to) in REFERENCES {
            let (Some(one), Some(other)) = (self.find(refers), self.find(to)) else { continue };
            let (Ok(key), Ok(of)) = (&one.is, &other.is) else { continue };
            if !key.goes_with(*of) {
                let why = format!("{}.{} is of another type than {}.{}", refers.0, refers.1, to.0, to.1);
                self.found
                    .iter_mut()
                    .filter(|found| found.is_called(refers))
                    .for_each(|found| found.is = Err(why.clone()));
            }
        }
    }

    fn find(&self, column: Column) -> Option<&Found> {
        self.found.iter().find(|found| found.is_called(column))
    }

    pub fn has(&self, table: &str, column: &str) -> bool {
        self.lack(table, column).is_none()
    }

    pub fn has_roles(&self) -> bool {
        self.lacks(UserAct::SetRole).is_none()
    }

    /// Of what type an id is.
    pub fn key(&self, table: &'static str, column: &'static str) -> Key {
        self.find((table, column)).and_then(|found| found.is.as_ref().ok()).copied().unwrap_or(Key::Text)
    }

    /// The id of somebody new. `None`: the database makes it, or nobody does.
    pub fn new_id(&self) -> Option<String> {
        match self.find(("users", "id")) {
            Some(Found { is: Ok(key), kind, is_made: false, .. }) => key.new_one(kind),
            Some(_) => None,
            None => Some(crate::id::new()),
        }
    }

    /// Refuses what cannot be done there.
    pub fn allow(&self, tenant: &Tenant, act: UserAct) -> Result<(), Error> {
        match self.lacks(act) {
            None => Ok(()),
            Some(lacks) => Err(Error::conflict(format!("in tenant \"{}\" one cannot {}", tenant.slug, act.word()))
                .cause(lacks)
                .hint(
                    "its application keeps its users in its own way: docs/migrations.md says which columns are wanted",
                )),
        }
    }

    /// What cannot be done, and why.
    pub fn closed(&self) -> Vec<ClosedAct> {
        let closed = |act| self.lacks(act).map(|why| ClosedAct { act, why });
        UserAct::ALL.into_iter().filter_map(closed).collect()
    }

    /// What is missing for an act, each once.
    pub fn lacks(&self, act: UserAct) -> Option<String> {
        let mut told = Vec::new();
        for (table, column) in needs(act) {
            told.extend(self.lack(table, column).filter(|lack| !told.contains(lack)));
        }
        if act == UserAct::Create {
            told.extend(self.nobody_makes_ids());
        }
        (!told.is_empty()).then(|| told.join(", "))
    }

    fn nobody_makes_ids(&self) -> Option<String> {
        let found = self.find(("users", "id"))?;
        let is_counted_by_nobody =
            !found.is_made && found.is.as_ref().is_ok_and(|key| key.new_one(&found.kind).is_none());
        is_counted_by_nobody.then(|| {
            "users.id is a number, and nothing in its database makes one: it does not count, and has no default".into()
        })
    }

    fn lack(&self, table: &str, column: &str) -> Option<String> {
        match self.found.iter().find(|found| found.is_called((table, column))) {
            Some(found) => found.is.as_ref().err().cloned(),
            None if self.found.iter().any(|found| found.table == table) => {
                Some(format!("{table} has no column {column}"))
            }
            None => Some(format!("there is no table {table}")),
        }
    }
}

fn found(engine: Engine, table: String, column: String, kind: String, made: &str) -> Found {
    let is_id = REFERENCES.iter().flat_map(|(one, other)| [one, other]).any(|(t, c)| *t == table && *c == column);
    let key = Key::of(engine, &kind);
    let is = match key {
        Some(key) if is_id => Ok(key),
        // Numbers and dates are taken for the text that they are shown as where the engine does so.
        Some(Key::Text | Key::Padded) => Ok(Key::Text),
        Some(_) if engine != Engine::Postgres && !kind.starts_with("binary") => Ok(Key::Text),
        _ if is_id => {
            Err(format!("{table}.{column} is {}: ids are texts, whole numbers or uuids here", printable(&kind)))
        }
        _ => Err(format!("{table}.{column} is no text but {}", printable(&kind))),
    };
    Found { table, column, is, kind, is_made: made == "made" }
}

fn needs(act: UserAct) -> Vec<Column> {
    let is_role = |(table, _): &Column| *table != "users";
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

/// Table, column, its type where that is none of a text of any length, and `made` where its default is worked out anew for each row.
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
        // A domain is what it is made of, where its name says nothing.
        Engine::Postgres => format!(
            "select c.relname::text, a.attname::text, case when a.attname in ({times}) then '' \
             when b.oid in (20, 21, 23, 1042, 2950) then pg_catalog.format_type(b.oid, \
             case when t.typbasetype = 0 then a.atttypmod else t.typtypmod end) \
             when t.typcategory = 'S' then '' else pg_catalog.format_type(a.atttypid, null) end, \
             case when a.attidentity <> '' or pg_catalog.strpos(pg_catalog.pg_get_expr(d.adbin, d.adrelid), '(') > 0 then 'made' else '' end \
             from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid \
             join pg_catalog.pg_type t on t.oid = a.atttypid \
             join pg_catalog.pg_type b on b.oid = case when t.typbasetype = 0 then t.oid else t.typbasetype end \
             left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum \
             where a.attnum > 0 and not a.attisdropped and a.attname in ({columns}) and c.oid in \
             (pg_catalog.to_regclass('users'), pg_catalog.to_regclass('roles'), pg_catalog.to_regclass('user_roles'))"
        ),
        // A table at a time: only what is named by itself is looked up without opening all there are.
        Engine::Mysql => {
            let of = |table: &str| {
                format!(
                    "select cast(lower(table_name) as char), cast(lower(column_name) as char), \
                     cast(case when data_type like '%binary' or data_type in ('char', 'tinyint', 'smallint', 'mediumint', 'int', 'bigint') \
                     then lower(column_type) \
                     when data_type like '%blob' or data_type in ('bit', 'uuid') then data_type else '' end as char), \
                     case when extra like '%auto_increment%' or column_default like '%(%' then 'made' else '' end \
                     from information_schema.columns where table_schema = database() and table_name = '{table}' \
                     and column_name in ({columns})"
                )
            };
            ["users", "roles", "user_roles"].map(of).join(" union all ")
        }
        // The number of a row is its id where that has no index of its own.
        Engine::Sqlite => format!(
            "select lower(m.name), lower(p.name), case when p.type like '%char(36)%' or p.type like '%int%' then lower(p.type) else '' end, \
             case when p.dflt_value like '%(%' or p.pk = 1 and lower(p.type) = 'integer' \
             and not exists (select 1 from pragma_index_list(m.name) where origin = 'pk') then 'made' else '' end \
             from main.sqlite_schema m, pragma_table_xinfo(m.name) p \
             where m.type = 'table' and lower(m.name) in ({tables}) and lower(p.name) in ({columns})"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(columns: &[(&str, &str, &str)]) -> Shape {
        let of = |(t, c, kind): &(&str, &str, &str)| {
            let (kind, made) = kind.split_once(" made").map_or((*kind, ""), |(kind, _)| (kind, "made"));
            found(Engine::Postgres, (*t).to_owned(), (*c).to_owned(), kind.to_owned(), made)
        };
        let mut shape = Shape { found: columns.iter().map(of).collect() };
        shape.refuse_strangers();
        shape
    }

    #[test]
    fn what_is_there_says_what_can_be_done_and_why_not_the_rest() {
        assert!(Shape::whole().closed().is_empty() && Shape::whole().has_roles());
        let bare = shape(&[("users", "id", ""), ("users", "email", ""), ("users", "status", "status_kind")]);
        assert_eq!((bare.lacks(UserAct::See), bare.lacks(UserAct::Delete)), (None, None));
        let why = |act| bare.lacks(act).unwrap();
        assert_eq!(why(UserAct::Disable), "users.status is no text but status_kind");
        assert_eq!(why(UserAct::SetPassword), "users has no column password_hash");
        assert_eq!(why(UserAct::SetRole), "there is no table roles, there is no table user_roles");
        let odd = shape(&[("users", "id", "point"), ("users", "email", "uuid")]);
        let told = "users.id is point: ids are texts, whole numbers or uuids here, users.email is no text but uuid";
        assert_eq!(odd.lacks(UserAct::See).as_deref(), Some(told));
    }

    #[test]
    fn ids_are_made_by_whoever_can_and_refer_to_their_like() {
        let with = |id: &str, refers: &str| {
            let texts = WANTED.into_iter().filter(|(_, column)| !column.ends_with("id")).map(|(t, c)| (t, c, ""));
            let ids = [("users", "id", id), ("user_roles", "user_id", refers)];
            let roles = [("roles", "id", "integer"), ("user_roles", "role_id", "bigint")];
            shape(&texts.chain(ids).chain(roles).collect::<Vec<_>>())
        };
        for (id, refers) in [("uuid made", "uuid"), ("bigint made", "integer"), ("uuid", "uuid"), ("", "character(36)")]
        {
            let shape = with(id, refers);
            assert!(shape.closed().is_empty(), "{id}: {:?}", shape.closed());
            assert_eq!(shape.new_id().is_none(), id.ends_with("made"), "{id}");
        }
        let counted = with("bigint", "bigint");
        let told = counted.lacks(UserAct::Create).unwrap();
        assert!(
            told.contains("users.id is a number, and nothing in its database makes one") && counted.new_id().is_none(),
            "{told}"
        );
        assert_eq!((counted.lacks(UserAct::See), counted.lacks(UserAct::SetRole)), (None, None));
        let strange = with("uuid", "bigint").lacks(UserAct::SetRole);
        assert_eq!(strange.as_deref(), Some("user_roles.user_id is of another type than users.id"));
    }
}
