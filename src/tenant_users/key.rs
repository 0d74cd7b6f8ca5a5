//! Of what type the ids of a tenant's users and roles are: texts as Neo's own are, numbers that its database counts, uuids. They are told
//! as texts, and given back as what the column is, so that an index is used and numbers come in the order of numbers.

use crate::engine::Engine;

/// The type of a column with ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Text,
    /// PostgreSQL's `char(n)`, which is compared by its own rules; elsewhere one of `n` characters is a text like any other.
    Padded,
    /// PostgreSQL's own, or MariaDB's.
    Uuid,
    Number,
    /// MySQL's `unsigned`.
    Unsigned,
    /// The sixteen bytes of a uuid.
    Bytes,
}

impl Key {
    /// Of a type as the engine calls it; nothing is said of a text of any length. `None`: no id is read of it.
    pub fn of(engine: Engine, kind: &str) -> Option<Self> {
        match engine {
            Engine::Postgres => match kind {
                "" => Some(Self::Text),
                "uuid" => Some(Self::Uuid),
                "smallint" | "integer" | "bigint" => Some(Self::Number),
                kind if is_char(kind) => Some(Self::Padded),
                _ => None,
            },
            Engine::Mysql => match kind {
                "" => Some(Self::Text),
                "uuid" => Some(Self::Uuid),
                "binary(16)" => Some(Self::Bytes),
                kind if is_char(kind) => Some(Self::Text),
                kind if !kind.contains("int") => None,
                kind if kind.contains("unsigned") => Some(Self::Unsigned),
                _ => Some(Self::Number),
            },
            // A column says there what its values are made to be where they can: the parameter is as well.
            Engine::Sqlite if kind.to_ascii_lowercase().contains("int") => Some(Self::Number),
            Engine::Sqlite => Some(Self::Text),
        }
    }

    /// A parameter of the column's type.
    pub fn given(self, engine: Engine, parameter: &str) -> String {
        let cast = match (engine, self) {
            (Engine::Sqlite, _) | (_, Self::Text) => return parameter.to_owned(),
            (Engine::Mysql, Self::Bytes) => return format!("unhex({parameter})"),
            (Engine::Postgres, Self::Uuid) => "pg_catalog.uuid",
            (Engine::Postgres, Self::Number | Self::Unsigned) => "pg_catalog.int8",
            (Engine::Postgres, Self::Padded | Self::Bytes) => "pg_catalog.bpchar",
            (Engine::Mysql, Self::Uuid) => "uuid",
            (Engine::Mysql, Self::Number) => "signed",
            (Engine::Mysql, Self::Unsigned) => "unsigned",
            (Engine::Mysql, Self::Padded) => return parameter.to_owned(),
        };
        format!("cast({parameter} as {cast})")
    }

    /// The column as it is told.
    pub fn shown(self, column: &str) -> String {
        match self {
            Self::Bytes => format!("lower(hex({column}))"),
            _ => column.to_owned(),
        }
    }

    /// The column as it is compared with what somebody has typed. MySQL compares no column with what its character set has not.
    pub fn compared(self, engine: Engine, column: &str) -> String {
        match (engine, self) {
            (Engine::Mysql, Self::Text | Self::Padded) => format!("convert({column} using utf8mb4)"),
            _ => column.to_owned(),
        }
    }

    /// What somebody has typed, as such an id is told; `None` where it is none.
    pub fn read(self, typed: &str) -> Option<String> {
        match self {
            Self::Text | Self::Padded => Some(typed.to_owned()),
            Self::Number => typed.parse::<i64>().ok().map(|number| number.to_string()),
            Self::Unsigned => typed.parse::<u64>().ok().map(|number| number.to_string()),
            Self::Uuid => digits(typed).map(|digits| hyphened(&digits)),
            Self::Bytes => digits(typed),
        }
    }

    /// Whether one may refer to the other.
    pub fn goes_with(self, other: Self) -> bool {
        let family = |key| match key {
            Self::Text | Self::Padded => 0,
            Self::Number | Self::Unsigned => 1,
            Self::Uuid => 2,
            Self::Bytes => 3,
        };
        family(self) == family(other)
    }

    /// One that is made here; `None` of those that are counted, which is the database's to do.
    pub fn new_one(self, kind: &str) -> Option<String> {
        match self {
            Self::Number | Self::Unsigned => None,
            Self::Uuid => Some(hyphened(&random())),
            Self::Bytes => Some(random()),
            // Of just so many characters nothing else is.
            Self::Text | Self::Padded if matches!(kind, "char(36)" | "character(36)") => Some(hyphened(&random())),
            Self::Text | Self::Padded => Some(crate::id::new()),
        }
    }
}

/// `char(36)`, and not `varchar(36)`; PostgreSQL calls one of any length otherwise.
fn is_char(kind: &str) -> bool {
    kind.split('(').next().is_some_and(|name| matches!(name, "char" | "character" | "bpchar"))
}

/// The digits of a uuid, however it is written.
fn digits(typed: &str) -> Option<String> {
    let digits: String = typed.chars().filter(|c| *c != '-').collect();
    let is_one = digits.len() == 32 && typed.len() <= 36 && digits.bytes().all(|b| b.is_ascii_hexdigit());
    is_one.then(|| digits.to_ascii_lowercase())
}

fn hyphened(digits: &str) -> String {
    [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-")
}

/// The digits of a new uuid, of version 4.
fn random() -> String {
    let mut bytes = [0u8; 16];
    rand::fill(&mut bytes);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    hex::encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const UUID: &str = "0195f6a0-0000-4000-8000-0000000000af";

    #[test]
    fn a_type_is_read_as_each_engine_says_it() {
        let of = |engine, kinds: &[&str]| kinds.iter().map(|kind| Key::of(engine, kind)).collect::<Vec<_>>();
        let read = of(Engine::Postgres, &["", "uuid", "bigint", "character(36)", "numeric", "character varying(9)"]);
        let is = [Some(Key::Text), Some(Key::Uuid), Some(Key::Number), Some(Key::Padded), None, None];
        assert_eq!(read, is);
        let read = of(Engine::Mysql, &["char(36)", "bigint(20) unsigned", "int(11)", "binary(16)", "varbinary"]);
        assert_eq!(read, [Some(Key::Text), Some(Key::Unsigned), Some(Key::Number), Some(Key::Bytes), None]);
        assert_eq!(of(Engine::Sqlite, &["INTEGER", "varchar(36)"]), [Some(Key::Number), Some(Key::Text)]);
    }

    #[test]
    fn what_is_typed_is_an_id_or_none() {
        let bare = UUID.replace('-', "");
        for typed in [UUID, &UUID.to_uppercase(), &bare] {
            assert_eq!(Key::Uuid.read(typed).as_deref(), Some(UUID));
            assert_eq!(Key::Bytes.read(typed).as_deref(), Some(bare.as_str()));
        }
        assert_eq!((Key::Number.read("007").as_deref(), Key::Number.read("-7").as_deref()), (Some("7"), Some("-7")));
        assert_eq!(Key::Unsigned.read("18446744073709551615").as_deref(), Some("18446744073709551615"));
        for typed in ["", "7a", "zoe@example.com", "99999999999999999999", &UUID[1..], "ä", &"-".repeat(40)] {
            let read = [Key::Number, Key::Unsigned, Key::Uuid, Key::Bytes].map(|key| key.read(typed));
            assert!(read.iter().all(Option::is_none), "{typed}: {read:?}");
        }
    }

    #[test]
    fn an_id_is_made_where_nobody_counts() {
        assert_eq!((Key::Number.new_one("bigint"), Key::Unsigned.new_one("int unsigned")), (None, None));
        for (key, kind) in [(Key::Uuid, "uuid"), (Key::Text, "char(36)"), (Key::Padded, "character(36)")] {
            let made = key.new_one(kind).unwrap();
            assert_eq!((Key::Uuid.read(&made).as_deref(), &made[14..15]), (Some(made.as_str()), "4"), "{kind}");
        }
        assert_eq!(Key::Text.new_one("").unwrap().len(), 24);
        assert_eq!(Key::Bytes.new_one("binary(16)").unwrap().len(), 32);
    }
}
