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

#[test]
fn what_holds_every_value_of_another_is_no_loss_and_what_does_not_is() {
    for (engine, from, to) in [
        (Postgres, "int", "double precision"),
        (Postgres, "int", "float"),
        (Postgres, "smallint", "real"),
        (Postgres, "int", "numeric(12)"),
        (Postgres, "int", "numeric(20,2)"),
        (Postgres, "bigint", "numeric"),
        (Postgres, "int", "varchar(20)"),
        (Postgres, "serial", "bigint"),
        (Postgres, "uuid", "text"),
        (Postgres, "uuid", "varchar(36)"),
        (Postgres, "uuid", "char(36)"),
        (Postgres, "cidr", "inet"),
        (Postgres, "macaddr", "varchar(17)"),
        (Postgres, "boolean", "varchar(5)"),
        (Postgres, "varchar(36)", "char(36)"),
        (Postgres, "int[]", "bigint[]"),
        (Postgres, "timestamp(3)", "timestamp(6)"),
        (Postgres, "date", "timestamptz"),
        (Postgres, "text", "timestamptz"),
        (Mysql, "int unsigned", "bigint"),
        (Mysql, "int(10) unsigned", "bigint(20)"),
        (Mysql, "int", "decimal(12,2)"),
        (Mysql, "int", "decimal"),
        (Mysql, "year", "int"),
        (Mysql, "year(4)", "smallint"),
        (Mysql, "bit(1)", "tinyint(1)"),
        (Mysql, "bit(1)", "boolean"),
        (Mysql, "binary(16)", "varbinary(16)"),
        (Mysql, "varchar(36)", "char(36)"),
        (Mysql, "enum('a','bcd')", "varchar(3)"),
        (Mysql, "enum('a','b')", "enum('b','a')"),
        (Mysql, "timestamp", "datetime"),
        (Mysql, "datetime", "datetime(6)"),
        (Mysql, "text", "mediumtext"),
        (Mysql, "mediumint", "float"),
    ] {
        assert_eq!(change(engine, Some(from), to), Change::Rewrite, "{engine}: {from} to {to}");
    }
    for (engine, from, to) in [
        (Postgres, "bigint", "double precision"),
        (Postgres, "bigint", "real"),
        (Postgres, "int", "real"),
        (Postgres, "int", "numeric(9)"),
        (Postgres, "int", "numeric(11,2)"),
        (Postgres, "int", "varchar(10)"),
        (Postgres, "uuid", "varchar(32)"),
        (Postgres, "text", "uuid"),
        (Postgres, "inet", "cidr"),
        (Postgres, "bigint[]", "int[]"),
        (Postgres, "timestamp", "timestamp(0)"),
        (Postgres, "text", "timestamp"),
        (Postgres, "varchar(40)", "timestamp without time zone"),
        (Mysql, "bigint unsigned", "bigint"),
        (Mysql, "int", "int unsigned"),
        (Mysql, "int", "decimal(9,2)"),
        (Mysql, "bit(8)", "tinyint"),
        (Mysql, "binary(16)", "varbinary(8)"),
        (Mysql, "varchar(36)", "char(32)"),
        (Mysql, "enum('a','b')", "enum('a')"),
        (Mysql, "enum('a','bcd')", "varchar(2)"),
        (Mysql, "datetime", "timestamp"),
        (Mysql, "longtext", "text"),
        (Mysql, "datetime(6)", "datetime"),
        (Mysql, "int", "float"),
    ] {
        assert_eq!(change(engine, Some(from), to), Change::Narrow, "{engine}: {from} to {to}");
    }
}

#[test]
fn what_is_one_type_by_two_names_or_only_grows_at_its_end_is_free() {
    for (engine, from, to) in [
        (Mysql, "tinyint(1)", "boolean"),
        (Mysql, "bool", "tinyint"),
        (Mysql, "real", "double"),
        (Mysql, "enum('a','b')", "enum('a','b','c')"),
        (Postgres, "float", "double precision"),
        (Postgres, "float(10)", "real"),
        (Postgres, "timestamp without time zone", "timestamp"),
    ] {
        assert_eq!(change(engine, Some(from), to), Change::Free, "{engine}: {from} to {to}");
    }
}
