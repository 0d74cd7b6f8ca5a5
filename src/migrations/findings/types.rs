//! What it costs to give a column another type.

use super::known::Known;
use crate::engine::Engine;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Change {
    /// Only the catalogue changes.
    Free,
    /// All values fit, and all rows are written.
    Rewrite,
    /// Values may not fit.
    Narrow,
}

/// `from`: what the files before say the column is; unknown in an adopted database.
pub(super) fn change(engine: Engine, from: Option<&str>, to: &str) -> Change {
    let to = Type::read(engine, to);
    let Some(from) = from.map(|from| Type::read(engine, from)) else {
        return if to.is_bounded() { Change::Narrow } else { Change::Rewrite };
    };
    if from == to {
        return Change::Free;
    }
    if let (Some(a), Some(b)) = (from.base.strip_suffix("[]"), to.base.strip_suffix("[]")) {
        return match change(engine, Some(a), b) {
            Change::Free => Change::Rewrite,
            change => change,
        };
    }
    match (from.base, to.base) {
        ("varchar", "varchar") => widened(engine, &from, &to),
        ("varchar", "text") | ("text", "varchar") if engine == Engine::Postgres && to.args.is_empty() => Change::Free,
        ("numeric", "numeric") => numeric(engine, &from.args, &to.args),
        ("enum" | "set", "enum" | "set") => listed(&from, &to),
        ("timestamp" | "timestamptz" | "datetime" | "time", base) if base == from.base => match fraction(engine, &to) {
            more if more < fraction(engine, &from) => Change::Narrow,
            _ => Change::Rewrite,
        },
        // A number with fewer digits than that; a time that ends in 2038.
        ("bigint", "double") => Change::Narrow,
        ("numeric" | "real" | "double", "bigint" | "double") | (_, "money") if is_rounded(engine, &from, &to) => {
            Change::Narrow
        }
        ("date" | "datetime", "timestamp") if engine == Engine::Mysql => Change::Narrow,
        // A zone that is written in the text goes without a word.
        ("text" | "varchar" | "char", "timestamp") if engine == Engine::Postgres => Change::Narrow,
        (a, b) if integer_bytes(a).is_some() && integer_bytes(b).is_some() => match fits(engine, &from, &to) {
            true => Change::Rewrite,
            false => Change::Narrow,
        },
        _ => match (from.characters(engine), to.room(engine)) {
            (Some(needed), Some(room)) if needed <= room => Change::Rewrite,
            (Some(_), Some(_)) => Change::Narrow,
            _ if to.is_bounded() && !fits(engine, &from, &to) => Change::Narrow,
            _ => Change::Rewrite,
        },
    }
}

/// The same where either may be a domain: what its values may be says what it is made of, and its constraints are looked at.
pub(super) fn changed(engine: Engine, known: &Known, from: Option<&str>, to: &str) -> Change {
    match change(engine, from.map(|from| known.base(from)), known.base(to)) {
        Change::Free if known.base(to) != to && from != Some(to) => Change::Rewrite,
        change => change,
    }
}

/// A number that becomes one with fewer digits before its point, behind it, or in all.
fn is_rounded(engine: Engine, from: &Type<'_>, to: &Type<'_>) -> bool {
    let [all, behind] = match (from.base, &from.args[..]) {
        ("numeric", [all, behind, ..]) => [*all, *behind],
        ("numeric", [all]) => [*all, 0],
        ("numeric", []) if engine == Engine::Mysql => [10, 0],
        ("real" | "double" | "numeric", _) => [i64::MAX, i64::MAX],
        _ => [from.integer_bytes().map_or(0, |_| from.digits()), 0],
    };
    match to.base {
        "bigint" => behind > 0 || all > 18,
        "money" => behind > 2 || all - behind > 16,
        "double" => from.base == "numeric" && all > 15,
        _ => false,
    }
}

/// Whether each value of a type has one of another's to stand for it.
fn fits(engine: Engine, from: &Type<'_>, to: &Type<'_>) -> bool {
    let wide =
        |bits: u32| to.integer_bytes().is_some_and(|bytes| bits <= u32::from(bytes) * 8 - u32::from(!to.unsigned));
    match (from.base, to.base) {
        ("bit", "boolean") => from.arg() == 1,
        ("bit", "bit") => from.arg() <= to.arg(),
        ("bit", _) if to.integer_bytes().is_some() => wide(u32::try_from(from.arg()).unwrap_or(u32::MAX)),
        ("boolean" | "year", _) if to.integer_bytes().is_some() => from.base == "boolean" || wide(12),
        (_, "double") if from.integer_bytes().is_some_and(|bytes| bytes <= 4) => true,
        (_, "real") if from.integer_bytes().is_some_and(|bytes| bytes <= 3) => true,
        (_, "numeric") if from.integer_bytes().is_some() => match to.args[..] {
            [] if engine == Engine::Postgres => true,
            [] => from.digits() <= 10,
            [whole] => from.digits() <= whole,
            [all, scale, ..] => from.digits() <= all - scale,
        },
        (_, base) if from.integer_bytes().is_some() && integer_bytes(base).is_some() => {
            let (a, b) = (from.integer_bytes(), to.integer_bytes());
            if from.unsigned == to.unsigned { a <= b } else { from.unsigned && a < b }
        }
        (_, "money") => from.base == "numeric" || from.integer_bytes().is_some(),
        ("real", "double") | ("cidr", "inet") | ("macaddr", "macaddr8") | ("date" | "timestamp", "datetime") => true,
        ("date" | "timestamp", "timestamp" | "timestamptz") => true,
        ("binary", "binary" | "varbinary") | ("varbinary", "varbinary") => from.arg() <= to.arg(),
        _ => false,
    }
}

fn widened(engine: Engine, from: &Type<'_>, to: &Type<'_>) -> Change {
    let (a, b) = (from.args.first().copied(), to.args.first().copied());
    match (a, b) {
        (None, Some(_)) => Change::Narrow,
        (Some(a), Some(b)) if b < a => Change::Narrow,
        // Up to 255 bytes the length takes one byte, beyond that two; a character takes up to four.
        (Some(a), Some(b)) if engine == Engine::Mysql && (a <= 63) != (b <= 63) => Change::Rewrite,
        _ => Change::Free,
    }
}

/// Values that are added behind the others change none of them.
fn listed(from: &Type<'_>, to: &Type<'_>) -> Change {
    match () {
        () if from.base == to.base && to.values.starts_with(&from.values) => Change::Free,
        () if from.base == to.base && from.values.iter().all(|value| to.values.contains(value)) => Change::Rewrite,
        () => Change::Narrow,
    }
}

/// How many digits of a second it keeps.
fn fraction(engine: Engine, ty: &Type<'_>) -> i64 {
    let default = if engine == Engine::Postgres { 6 } else { 0 };
    ty.args.first().copied().unwrap_or(default)
}

fn numeric(engine: Engine, from: &[i64], to: &[i64]) -> Change {
    let part = |args: &[i64], n: usize| args.get(n).copied().unwrap_or(0);
    match (from.is_empty(), to.is_empty()) {
        (_, true) if engine == Engine::Postgres => Change::Free,
        (true, false) => Change::Narrow,
        _ => {
            let (scale_from, scale_to) = (part(from, 1), part(to, 1));
            let (whole_from, whole_to) = (part(from, 0) - scale_from, part(to, 0) - scale_to);
            match () {
                () if scale_to < scale_from || whole_to < whole_from => Change::Narrow,
                () if scale_to == scale_from && engine == Engine::Postgres => Change::Free,
                () => Change::Rewrite,
            }
        }
    }
}

pub(super) fn is_truth(engine: Engine, ty: &str) -> bool {
    Type::read(engine, ty).base == "boolean"
}

/// Whether a moment of this type has a time zone; none where it is another type.
pub(super) fn is_zoned(engine: Engine, ty: &str) -> Option<bool> {
    match Type::read(engine, ty).base {
        "timestamptz" => Some(true),
        "timestamp" => Some(false),
        _ => None,
    }
}

#[derive(Debug, PartialEq)]
struct Type<'a> {
    base: &'a str,
    args: Vec<i64>,
    /** Of an enum or a set. */
    values: Vec<&'a str>,
    unsigned: bool,
}

impl<'a> Type<'a> {
    fn read(engine: Engine, text: &'a str) -> Self {
        let postgres = engine == Engine::Postgres;
        let head = text.split('(').next().unwrap_or(text).trim();
        let inside = text.split_once('(').and_then(|(_, rest)| rest.rsplit_once(')')).map(|(inside, _)| inside);
        let parts = || inside.unwrap_or_default().split(',').map(str::trim);
        let args: Vec<i64> = parts().filter_map(|n| n.parse().ok()).collect();
        let unsigned = text.contains("unsigned") || head == "serial" && !postgres;
        let zoned = text.contains("with time zone");
        let head = head.split(" unsigned").next().unwrap_or(head).trim_end_matches(" signed").trim_matches('"');
        let base = match head {
            _ if text.ends_with("[]") => text,
            "character varying" | "varchar" | "char varying" | "nvarchar" => "varchar",
            "character" | "char" | "bpchar" | "nchar" => "char",
            "int4" | "int" | "integer" | "serial4" => "integer",
            "serial" if postgres => "integer",
            "int8" | "bigint" | "bigserial" | "serial8" | "serial" => "bigint",
            "int2" | "smallint" | "smallserial" | "serial2" => "smallint",
            "int1" | "bool" | "boolean" if engine == Engine::Mysql => "tinyint",
            "int3" | "middleint" if engine == Engine::Mysql => "mediumint",
            "decimal" | "numeric" | "dec" | "fixed" => "numeric",
            "double precision" | "float8" | "double" => "double",
            "real" => {
                if postgres {
                    "real"
                } else {
                    "double"
                }
            }
            "float4" => "real",
            // Up to 24 binary digits it is the short one; PostgreSQL's without a number is the long one.
            "float" => match args.first() {
                Some(digits) if *digits <= 24 => "real",
                None if !postgres => "real",
                _ => "double",
            },
            "bool" | "boolean" => "boolean",
            "time" if zoned => "timetz",
            "timestamp" if zoned => "timestamptz",
            "timestamp with time zone" | "timestamptz" => "timestamptz",
            "timestamp without time zone" | "timestamp" => "timestamp",
            "time without time zone" | "time" => "time",
            other => other,
        };
        let values = if matches!(base, "enum" | "set") { parts().collect() } else { Vec::new() };
        // How an integer is shown says nothing of what it holds.
        let args = if integer_bytes(base).is_some() || matches!(base, "real" | "double") { Vec::new() } else { args };
        Self { base, args, values, unsigned }
    }

    fn integer_bytes(&self) -> Option<u8> {
        integer_bytes(self.base)
    }

    /// The length of a type that has one even when nothing says so.
    fn arg(&self) -> i64 {
        self.args.first().copied().unwrap_or(1)
    }

    /// The most digits of an integer.
    fn digits(&self) -> i64 {
        match (self.integer_bytes(), self.unsigned) {
            (Some(1), _) => 3,
            (Some(2), _) => 5,
            (Some(3), false) => 7,
            (Some(3), true) => 8,
            (Some(4), _) => 10,
            (_, false) => 19,
            (_, true) => 20,
        }
    }

    /// The most characters that a value takes when it is written down.
    fn characters(&self, engine: Engine) -> Option<i64> {
        let longest = |values: &[&str]| {
            values.iter().map(|value| i64::try_from(value.trim_matches('\'').chars().count()).unwrap_or(i64::MAX)).max()
        };
        Some(match self.base {
            _ if self.integer_bytes().is_some() => self.digits() + i64::from(!self.unsigned),
            "numeric" => self.args.first()? + 2,
            "uuid" => 36,
            "boolean" => 5,
            "date" => 13,
            "year" => 4,
            "time" => 15,
            "timestamp" | "datetime" | "timestamptz" => 35,
            "cidr" | "inet" => 43,
            "macaddr" => 17,
            "enum" => longest(&self.values)?,
            "char" => self.arg(),
            "varchar" => *self.args.first()?,
            "json" | "text" if engine == Engine::Postgres => i64::MAX,
            "tinytext" => 255,
            "text" => 65_535,
            "mediumtext" => 16_777_215,
            "longtext" | "json" => 4_294_967_295,
            _ => return None,
        })
    }

    /// How many characters there is room for; of MySQL's texts, when each takes its four bytes at most once.
    fn room(&self, engine: Engine) -> Option<i64> {
        Some(match self.base {
            "char" => self.arg(),
            "varchar" => self.args.first().copied().unwrap_or(i64::MAX),
            "text" if engine == Engine::Postgres => i64::MAX,
            "tinytext" => 255,
            "text" => 65_535,
            "mediumtext" => 16_777_215,
            "longtext" => 4_294_967_295,
            _ => return None,
        })
    }

    /// Whether another type's values may be too long, too large or too fine for it.
    fn is_bounded(&self) -> bool {
        let bounded = [
            "char", "real", "date", "time", "boolean", "bit", "year", "enum", "set", "inet", "cidr", "uuid",
            "tinytext", "name", "money",
        ];
        matches!(self.base, "varchar" | "numeric" | "binary" | "varbinary") && !self.args.is_empty()
            || bounded.contains(&self.base)
            || self.integer_bytes().is_some_and(|bytes| bytes < 8)
    }
}

fn integer_bytes(base: &str) -> Option<u8> {
    match base {
        "tinyint" => Some(1),
        "smallint" => Some(2),
        "mediumint" => Some(3),
        "integer" => Some(4),
        "bigint" => Some(8),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
