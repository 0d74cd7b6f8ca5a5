//! What it costs to give a column another type.

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
    let to = Type::read(to);
    let Some(from) = from.map(Type::read) else {
        return if to.is_bounded() { Change::Narrow } else { Change::Rewrite };
    };
    if from == to {
        return Change::Free;
    }
    if let (Some(a), Some(b)) = (from.integer_bytes(), to.integer_bytes()) {
        return if b > a && from.unsigned == to.unsigned { Change::Rewrite } else { Change::Narrow };
    }
    match (from.base, to.base) {
        ("varchar" | "char", "varchar") if from.base == "varchar" || !to.args.is_empty() => widened(engine, &from, &to),
        ("varchar", "text") if engine == Engine::Postgres => Change::Free,
        ("text", "varchar") if engine == Engine::Postgres && to.args.is_empty() => Change::Free,
        ("numeric", "numeric") => numeric(engine, &from.args, &to.args),
        ("real", "double") | ("timestamp", "timestamptz") | ("date", "timestamp" | "timestamptz") => Change::Rewrite,
        _ if to.is_bounded() => Change::Narrow,
        _ => Change::Rewrite,
    }
}

fn widened(engine: Engine, from: &Type<'_>, to: &Type<'_>) -> Change {
    let (a, b) = (from.args.first().copied(), to.args.first().copied());
    match (a, b) {
        (None, Some(_)) => Change::Narrow,
        (Some(a), Some(b)) if b < a => Change::Narrow,
        _ if from.base == "char" => Change::Rewrite,
        // Up to 255 bytes the length takes one byte, beyond that two; a character takes up to four.
        (Some(a), Some(b)) if engine == Engine::Mysql && (a <= 63) != (b <= 63) => Change::Rewrite,
        _ => Change::Free,
    }
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

#[derive(Debug, PartialEq)]
struct Type<'a> {
    base: &'a str,
    args: Vec<i64>,
    unsigned: bool,
}

impl<'a> Type<'a> {
    fn read(text: &'a str) -> Self {
        let unsigned = text.contains("unsigned");
        let head = text.split('(').next().unwrap_or(text).trim();
        let inside = text.split_once('(').and_then(|(_, rest)| rest.split_once(')'));
        let args: Vec<i64> = match inside {
            Some((args, _)) => args.split(',').filter_map(|n| n.trim().parse().ok()).collect(),
            None => Vec::new(),
        };
        let zoned = text.contains("with time zone");
        let head = head.trim_end_matches(" unsigned").trim_end_matches(" signed");
        let base = match head {
            _ if text.ends_with("[]") => text,
            "character varying" | "varchar" | "char varying" | "nvarchar" => "varchar",
            "character" | "char" | "bpchar" | "nchar" => "char",
            "int4" | "int" | "integer" | "serial" | "serial4" => "integer",
            "int8" | "bigint" | "bigserial" | "serial8" => "bigint",
            "int2" | "smallint" | "smallserial" | "serial2" => "smallint",
            "decimal" | "numeric" | "dec" => "numeric",
            "double precision" | "float8" | "double" => "double",
            "real" | "float4" | "float" => "real",
            "bool" | "boolean" => "boolean",
            "timestamp" if zoned => "timestamptz",
            "timestamp with time zone" | "timestamptz" => "timestamptz",
            "timestamp without time zone" | "timestamp" | "datetime" => "timestamp",
            other => other,
        };
        // How an integer is shown says nothing of what it holds.
        let args = if integer_bytes(base).is_some() { Vec::new() } else { args };
        Self { base, args, unsigned }
    }

    fn integer_bytes(&self) -> Option<u8> {
        integer_bytes(self.base)
    }

    /// Whether another type's values may be too long, too large or too fine for it.
    fn is_bounded(&self) -> bool {
        let bounded = ["char", "real", "date", "time", "boolean", "bit", "year", "enum", "set", "inet", "uuid"];
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
mod tests {
    use super::*;
    use crate::engine::Engine::{Mysql, Postgres};

    #[test]
    fn a_type_that_is_known_is_compared_and_an_unknown_one_is_taken_for_the_worst() {
        for (engine, from, to, expected) in [
            (Postgres, Some("varchar(50)"), "varchar(100)", Change::Free),
            (Postgres, Some("character varying(100)"), "varchar(50)", Change::Narrow),
            (Postgres, Some("varchar(50)"), "text", Change::Free),
            (Postgres, Some("text"), "varchar(50)", Change::Narrow),
            (Postgres, Some("integer"), "bigint", Change::Rewrite),
            (Postgres, Some("bigint"), "int4", Change::Narrow),
            (Postgres, Some("int"), "integer", Change::Free),
            (Postgres, Some("numeric(10,2)"), "numeric(12,2)", Change::Free),
            (Postgres, Some("numeric(10,2)"), "numeric(12,1)", Change::Narrow),
            (Postgres, Some("numeric(10,2)"), "numeric(12,4)", Change::Rewrite),
            (Postgres, Some("timestamp"), "timestamp with time zone", Change::Rewrite),
            (Postgres, Some("timestamptz"), "date", Change::Narrow),
            (Postgres, Some("jsonb"), "text", Change::Rewrite),
            (Postgres, None, "text", Change::Rewrite),
            (Postgres, None, "bigint", Change::Rewrite),
            (Postgres, None, "varchar(50)", Change::Narrow),
            (Postgres, None, "integer", Change::Narrow),
            (Mysql, Some("varchar(50)"), "varchar(60)", Change::Free),
            (Mysql, Some("varchar(50)"), "varchar(100)", Change::Rewrite),
            (Mysql, Some("varchar(100)"), "varchar(200)", Change::Free),
            (Mysql, Some("int(11)"), "int", Change::Free),
            (Mysql, Some("int unsigned"), "int", Change::Narrow),
            (Mysql, Some("varchar(50)"), "text", Change::Rewrite),
        ] {
            assert_eq!(change(engine, from, to), expected, "{engine}: {from:?} to {to}");
        }
    }
}
