mod behind;
mod copied;
mod doubtful;
mod effects;
mod expressions;
mod lost;
mod partial;
mod servers;
mod taken;
mod truth;
mod undone;
mod unseen;
mod whatever;

use std::fs;

use super::*;
use crate::engine::Engine::{Mysql, Postgres, Sqlite};

/// A folder with the files of these migrations: name, text.
fn set(files: &[(&str, &str)]) -> Set {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("a file");
    }
    Set::read(folder.path()).expect("a set")
}

const V1: i64 = 20260101000001;

/// `error drop-table 3:1 drops …`, a line for each finding of one pair.
fn shown(engine: Engine, up: &str, down: Option<&str>) -> String {
    let mut files = vec![("20260101000001_a.up.sql", up)];
    files.extend(down.map(|down| ("20260101000001_a.down.sql", down)));
    lines(&set(&files), V1, &[engine])
}

fn lines(set: &Set, version: i64, engines: &[Engine]) -> String {
    let line = |f: Finding| {
        let place = f.place();
        let place = place.split_once("_a.").map_or(place.as_str(), |(_, rest)| rest);
        let accepted = f.accepted.as_ref().map(|why| format!(" [accepted: {why}]")).unwrap_or_default();
        format!("{} {} {place} {}{accepted}", f.severity.as_str(), f.rule, f.message)
    };
    set.findings_of(version, engines).into_iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Only the rules, of an up file with a harmless way back.
fn rules(engine: Engine, up: &str) -> Vec<&'static str> {
    let set = set(&[("20260101000001_a.up.sql", up), ("20260101000001_a.down.sql", "select 1;")]);
    set.findings_of(V1, &[engine]).into_iter().map(|f| f.rule.as_str()).collect()
}

const DANGEROUS: &str = "\
-- header
alter table contacts drop column phone, drop column \"Fax\";
drop table if exists \"Accounts\", public.leads cascade;
truncate table apps;
delete from pages;
delete from pages where id = '1';
update pages set title = '';
alter table contacts alter column email type text;
alter table contacts add column age integer not null;
alter table contacts add column tall boolean not null default false;
create index contacts_phone on contacts (phone);
create table new (id int);
create index new_id on new (id);
alter table new drop column id;
alter table contacts rename column phone to telephone;
alter table contacts rename to people;
drop schema old cascade;
this is no sql at all;
";

#[test]
fn what_destroys_or_locks_is_named_with_its_place() {
    insta::assert_snapshot!(shown(Postgres, DANGEROUS, Some("select 1;")), @r"
    error drop-column up.sql:2:22 drops the column contacts.phone and what is in it
    error drop-column up.sql:2:41 drops the column contacts.fax and what is in it
    error drop-table up.sql:3:1 drops the table accounts and its rows
    error drop-table up.sql:3:1 drops the table public.leads and its rows
    error truncate up.sql:4:1 empties the table apps
    error delete-all-rows up.sql:5:1 deletes every row of pages
    warning update-all-rows up.sql:7:1 writes every row of pages in one go: on a large table, in portions, outside migrations
    warning change-type up.sql:8:22 makes contacts.email text: rewrites the table under a full lock
    warning not-null-without-default up.sql:9:22 contacts.age is not null without a default: fails where there are rows
    warning index-not-concurrent up.sql:11:1 writes to contacts wait while the index is built: create index concurrently lets them through
    warning rename-column up.sql:15:22 renames contacts.phone: code that runs now still asks for the old name
    warning rename-table up.sql:16:22 renames contacts: code that runs now still asks for the old name
    error drop-schema up.sql:17:1 drops the schema old
    warning not-understood up.sql:18:1 the linter cannot read this (expected command, found IDENT): look at it yourself
    ");
}

#[test]
fn what_only_a_client_program_knows_or_never_ends_is_an_error_at_its_place() {
    insta::assert_snapshot!(shown(Mysql, "create table a (b int);\nsource more.sql;", Some("select 1;")), @r"
    notice not-atomic up.sql not atomic on MySQL: should one of the 2 statements fail, those before it stay
    error client-command up.sql:2:1 source is for the client program, and no statement: write it as SQL
    ");
    for (engine, sql) in
        [(Postgres, "select 1; \\connect other"), (Postgres, "COPY a (b) FROM stdin;"), (Sqlite, ".read x")]
    {
        assert_eq!(rules(engine, sql), ["client-command"], "{sql}");
    }
    for engine in [Postgres, Mysql, Sqlite] {
        let found = shown(engine, "insert into a values ('x');\ninsert into a values ('y", Some("select 1;"));
        assert!(found.contains("error unclosed-quote up.sql:2:23"), "{engine}: {found}");
    }
    assert!(rules(Postgres, "copy a from '/tmp/file'").is_empty());
}

#[test]
fn a_column_that_each_row_fills_anew_rewrites_the_table() {
    let volatile = ["default gen_random_uuid()", "default clock_timestamp()", "generated always as identity"];
    for fill in volatile.into_iter().chain(["generated always as (a + 1) stored"]) {
        let found = rules(Postgres, &format!("alter table t add column c int {fill};"));
        assert_eq!(found, ["rewrites-table"], "{fill}");
    }
    assert_eq!(rules(Postgres, "alter table t add column c bigserial;"), ["rewrites-table"]);
    for fill in ["default 1", "default now()", "default current_timestamp", "default '{}'::jsonb", ""] {
        assert!(rules(Postgres, &format!("alter table t add column c text {fill};")).is_empty(), "{fill}");
    }
    for statement in ["vacuum full t", "cluster t using i", "alter table t set unlogged"] {
        assert!(rules(Postgres, statement).contains(&"rewrites-table"), "{statement}");
    }
}

#[test]
fn a_constraint_that_reads_the_table_at_once_is_told_from_one_that_does_not() {
    let add = |constraint: &str| rules(Postgres, &format!("alter table t add constraint c {constraint};"));
    assert_eq!(add("check (a > 0)"), ["constraint-not-not-valid"]);
    assert_eq!(add("foreign key (a) references b (id)"), ["constraint-not-not-valid"]);
    assert!(add("check (a > 0) not valid").is_empty());
    assert_eq!(add("unique (a)"), ["constraint-builds-index"]);
    assert_eq!(add("primary key (a)"), ["constraint-builds-index"]);
    assert!(add("unique using index i").is_empty());
    assert_eq!(rules(Postgres, "alter table t add column a int references b (id);"), ["constraint-not-not-valid"]);
    assert_eq!(rules(Postgres, "alter table t alter column a set not null;"), ["set-not-null"]);
    let both = "alter table t add constraint c check (a > 0) not valid; alter table t validate constraint c;";
    assert_eq!(rules(Postgres, both), ["validated-at-once"]);
    assert_eq!(rules(Mysql, "alter table t add constraint c foreign key (a) references b (id);"), ["rewrites-table"]);
}

#[test]
fn concurrently_wants_no_transaction_and_no_transaction_wants_one_statement() {
    let index = "create index concurrently i on t (a);";
    assert_eq!(rules(Postgres, index), ["needs-no-transaction"]);
    assert_eq!(rules(Postgres, &format!("-- neo: no-transaction\n{index}")), ["no-transaction"]);
    assert_eq!(
        rules(Postgres, &format!("-- neo: no-transaction\n{index}\ncreate index concurrently j on t (b);")),
        ["no-transaction", "several-without-transaction"]
    );
    // A transaction of the file's own is one piece, and a setting none.
    let own =
        "-- neo: no-transaction\npragma foreign_keys = off; begin; insert into t values (1); drop table u; commit;";
    assert_eq!(rules(Sqlite, own), ["no-transaction", "drop-table"]);
    assert_eq!(
        rules(Postgres, &format!("-- what for\n-- neo: no-transaction\n{index}")),
        ["misplaced-marker", "needs-no-transaction"]
    );
    assert_eq!(rules(Postgres, "drop index i;"), ["drop-index-not-concurrent"]);
    assert_eq!(rules(Postgres, "drop index concurrently i;"), ["needs-no-transaction"]);
    assert_eq!(rules(Postgres, "reindex table t;"), ["reindex-not-concurrent"]);
    for statement in ["vacuum t;", "drop database d;", "alter table t detach partition p concurrently;"] {
        assert!(rules(Postgres, statement).contains(&"needs-no-transaction"), "{statement}");
    }
    assert_eq!(rules(Sqlite, "vacuum;"), ["needs-no-transaction"]);
    assert!(rules(Mysql, "create index i on t (a);").is_empty());
}

#[test]
fn a_transaction_inside_the_transaction_is_refused() {
    for engine in [Postgres, Sqlite] {
        let found = rules(engine, "begin; create table t (a int); commit;");
        assert_eq!(found, ["transaction-control", "transaction-control"], "{engine}");
    }
    for (engine, statements) in [
        (Postgres, &["start transaction", "end", "abort", "rollback", "prepare transaction 'x'"][..]),
        (Mysql, &["begin", "start transaction", "commit", "rollback"]),
        (Sqlite, &["end", "rollback"]),
    ] {
        for statement in statements {
            assert_eq!(rules(engine, statement), ["transaction-control"], "{engine}: {statement}");
        }
    }
    assert!(rules(Postgres, "savepoint s; rollback to savepoint s;").is_empty());
}

#[test]
fn a_column_type_that_earlier_files_tell_is_not_taken_for_a_stranger() {
    let set = set(&[
        ("20260101000001_a.up.sql", "create table t (name varchar(50), note text, n int);"),
        ("20260101000002_b.up.sql", "alter table t rename column name to title; alter table t rename to things;"),
        (
            "20260101000003_a.up.sql",
            "alter table things alter column title type varchar(80);\n\
             alter table things alter column note type varchar(80);\n\
             alter table things alter column n type bigint;\n\
             alter table things alter column stranger type varchar(80);",
        ),
    ]);
    insta::assert_snapshot!(lines(&set, 20260101000003, &[Postgres]), @r"
    notice no-down up.sql there is no down file: it cannot be rolled back
    error narrow-type up.sql:2:20 makes things.note varchar(80) (it is text): what does not fit is cut off or stops the migration
    warning change-type up.sql:3:20 makes things.n bigint (it is int): rewrites the table under a full lock
    error narrow-type up.sql:4:20 makes things.stranger varchar(80): what does not fit is cut off or stops the migration
    ");
}

#[test]
fn mysql_changes_types_by_modify_and_change() {
    let set = set(&[
        ("20260101000001_a.up.sql", "create table t (name varchar(50), n int)"),
        ("20260101000002_a.up.sql", "alter table t modify column name varchar(60), change n amount bigint not null;"),
    ]);
    insta::assert_snapshot!(lines(&set, 20260101000002, &[Mysql]), @r"
    notice no-down up.sql there is no down file: it cannot be rolled back
    warning change-type up.sql:1:1 makes t.n bigint (it is int): rewrites the table under a full lock
    warning rename-column up.sql:1:1 renames t.n: code that runs now still asks for the old name
    ");
}

#[test]
fn a_file_without_a_way_back_says_so() {
    insta::assert_snapshot!(shown(Sqlite, "create table a (id int);", None), @r"
    notice no-down up.sql there is no down file: it cannot be rolled back
    ");
}

#[test]
fn several_statements_are_not_atomic_on_mysql() {
    let up = "create table a (id int);\nalter table b modify column c varchar(10);";
    insta::assert_snapshot!(shown(Mysql, up, Some("drop table a;")), @r"
    notice not-atomic up.sql not atomic on MySQL: should one of the 2 statements fail, those before it stay
    error narrow-type up.sql:2:1 makes b.c varchar(10): what does not fit is cut off or stops the migration
    notice down-drops-own down.sql:1:1 rolling back drops the table a, with what was written into it since
    ");
}

#[test]
fn a_down_that_drops_what_its_up_has_not_made_is_worse_than_one_that_takes_its_own_back() {
    let up = "create table a (id int);\nalter table b add column c int;";
    let down = "alter table b drop column c;\ndrop table a;\ndrop table b;\ntruncate d;";
    insta::assert_snapshot!(shown(Postgres, up, Some(down)), @r"
    notice down-drops-own down.sql:1:15 rolling back drops the column b.c, with what was written into it since
    notice down-drops-own down.sql:2:1 rolling back drops the table a, with what was written into it since
    error data-loss-in-down down.sql:3:1 rolling back drops the table b, which the up file has not made
    error data-loss-in-down down.sql:4:1 rolling back empties the table d, which the up file has not made
    ");
}

#[test]
fn a_new_file_is_found_empty() {
    insta::assert_snapshot!(shown(Postgres, "-- Purpose: \n", Some("-- Reverses\n")), @r#"
    error empty-file up.sql holds no statement, and is refused for that: should it be so, make "-- neo: empty" the first line
    error empty-file down.sql holds no statement, and is refused for that: should it be so, make "-- neo: empty" the first line
    "#);
    assert!(shown(Postgres, "-- neo: empty\n-- nothing on PostgreSQL", Some("-- neo: empty")).is_empty());
}

#[test]
fn sqlite_copies_a_table_to_change_it_and_loses_nothing() {
    let up = "create table new_t (id int primary key, a text);\n\
              insert into new_t select id, a from t;\n\
              drop table t;\n\
              alter table new_t rename to t;\n\
              create index t_a on t (a);";
    assert_eq!(rules(Sqlite, up), ["rewrites-table"]);
    assert_eq!(rules(Sqlite, "alter table t add column a int not null;"), ["not-null-without-default"]);
    assert_eq!(rules(Sqlite, "pragma foreign_keys = off; drop table t;"), ["drop-table"]);
}

#[test]
fn what_is_accepted_with_a_reason_is_told_and_does_not_count() {
    let up = "-- neo: allow drop-column nobody has read it since May\nalter table t drop column a;\ndrop table u;";
    let set = set(&[("20260101000001_a.up.sql", up), ("20260101000001_a.down.sql", "select 1;")]);
    insta::assert_snapshot!(lines(&set, V1, &[Postgres]), @r"
    error drop-column up.sql:2:15 drops the column t.a and what is in it [accepted: nobody has read it since May]
    error drop-table up.sql:3:1 drops the table u and its rows
    ");
    let counted = set.findings_of(V1, &[Postgres]).into_iter().filter(|f| f.counts(Severity::Notice)).count();
    assert_eq!(counted, 1);
}

#[test]
fn an_acceptance_without_a_reason_or_of_nothing_accepts_nothing() {
    let up = "-- neo: allow drop-table\n-- neo: allow everything please\ndrop table t;\nselect '\n-- neo: no';";
    insta::assert_snapshot!(shown(Postgres, up, Some("select 1;")), @r#"
    warning unusable-allow up.sql:1:1 say why drop-table is allowed: -- neo: allow drop-table <why>
    warning unusable-allow up.sql:2:1 there is no rule "everything" to allow
    error drop-table up.sql:3:1 drops the table t and its rows
    "#);
    // Another linter's word is no reason.
    assert_eq!(rules(Postgres, "-- squawk-ignore-file\ndrop table t;"), ["drop-table"]);
    let hidden =
        "-- squawk-ignore adding-field-with-default\nalter table t add column a uuid default gen_random_uuid();";
    assert_eq!(rules(Postgres, hidden), ["rewrites-table"]);
}

#[test]
fn a_plain_file_is_told_once_for_all_engines_it_holds_on() {
    let set = set(&[
        ("20260101000001_a.up.sql", "alter table t drop column a;\ncreate index i on t (b);"),
        ("20260101000001_a.mysql.up.sql", "select 1;"),
        ("20260101000001_a.down.sql", "select 1;"),
    ]);
    let found = set.findings_of(V1, &Engine::ALL);
    let on: Vec<_> = found.iter().map(|f| (f.rule, f.engines.clone())).collect();
    assert_eq!(on, [(Rule::DropColumn, vec![Postgres, Sqlite]), (Rule::IndexNotConcurrent, vec![Postgres])]);
}

#[test]
fn statements_that_harm_nobody_are_passed_over_even_when_the_parser_does_not_know_them() {
    for (engine, sql) in [
        (Sqlite, "create virtual table f using fts5(a, b);"),
        (Sqlite, "create trigger g after insert on t begin update u set a = new.a; end;"),
        (Mysql, "create definer=`root`@`%` procedure p() begin select 1; end;"),
        (Postgres, "do $$ begin raise notice 'x'; end $$;"),
        (Postgres, "create function f() returns int language sql as $$ select 1 $$;"),
        (Postgres, "create temporary table tmp as select 1; drop table tmp;"),
        (Postgres, "comment on table t is 'a'; grant select on t to public; analyze t;"),
    ] {
        assert!(rules(engine, sql).is_empty(), "{sql}: {:?}", rules(engine, sql));
    }
}

#[test]
fn every_rule_has_a_name_of_its_own_and_a_sentence() {
    let names: std::collections::HashSet<_> = Rule::ALL.iter().map(|rule| rule.as_str()).collect();
    assert_eq!(names.len(), Rule::ALL.len());
    for rule in Rule::ALL {
        assert!(rule.about().ends_with('.') && rule.as_str().parse() == Ok(*rule), "{rule}");
        assert!(rule.as_str().bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{rule}");
    }
}

#[test]
fn mysql_statements_that_its_parser_does_not_know_are_read_by_their_words() {
    for sql in [
        "alter table t add column if not exists a int, algorithm=instant",
        "alter table t add column (a int, b varchar(10) default 'x')",
        "alter table t enable keys",
        "/*!40000 alter table t disable keys */",
        "/*M!100616 set note_verbosity = '' */",
        "create index if not exists i on t (a)",
        "drop event if exists e",
        "alter table t add partition (partition p3 values less than (30))",
        "alter table t rename key a to b, alter index b invisible",
        "alter table t comment = 'a', auto_increment = 7",
        "prepare s from 'select 1'",
        "execute s",
        "execute s using @a, @b",
        "deallocate prepare s",
        "signal sqlstate '45000' set message_text = 'no'",
        "begin not atomic declare a int; if a > 1 then insert into t values (1); else set a = 2; end if; end",
        "if (select count(*) from t) > 3 then insert into t values (1); end if",
        "for i in 1..3 do insert into t values (i); end for",
        "l: while 1 do set @a = case when 1 then 2 end; end while l",
        "create sequence s start with 100 increment by 10",
        "create table u (id int default (next value for s)) engine=InnoDB",
        "create table u (a int, rs timestamp(6) as row start, re timestamp(6) as row end, period for system_time (rs, re)) with system versioning",
        "create table u (a varchar(30) binary, key (a)) partition by range (a) (partition p0 values less than maxvalue)",
        "flush tables; handler t open; xa recover; install soname 'x'; analyze table t persistent for all; do sleep(0)",
        "update low_priority ignore t set a = 1 where b = 2",
        "delete quick from t where a = 1 limit 3",
        "create server s foreign data wrapper mysql options (host 'h')",
    ] {
        let found = rules(Mysql, sql);
        let told: Vec<_> = found.into_iter().filter(|rule| *rule != "not-atomic").collect();
        assert!(told.is_empty(), "{sql}: {told:?}");
    }
    for (sql, by) in [
        ("alter table t convert to character set utf8mb4", "convert to character set"),
        ("alter online table t force", "force"),
        ("alter table t engine=innodb", "another engine"),
        ("alter table t modify a varchar(30) binary", "another collation"),
        ("alter table t partition by hash (a) partitions 4", "partition by"),
        ("optimize table t", "optimize table"),
    ] {
        let found = shown(Mysql, sql, Some("select 1"));
        assert!(found.contains("warning rewrites-table up.sql:1:"), "{sql}: {found}");
        assert!(found.contains(&format!("{by} writes t anew")), "{sql}: {found}");
    }
    insta::assert_snapshot!(
        shown(Mysql, "alter table t add column a int,\n  drop column if exists b, rename u, drop partition p0,\n  truncate partition p1, frobnicate;", Some("select 1")),
        @r"
    error drop-column up.sql:2:3 drops the column t.b and what is in it
    warning rename-table up.sql:2:28 renames t: code that runs now still asks for the old name
    error drop-rows up.sql:2:38 drops the partition p0 of u, and what is in it
    error drop-rows up.sql:3:3 empties the partition p1 of u, and what is in it
    warning not-understood up.sql:3:26 the linter cannot read this (alter table … frobnicate): look at it yourself
    "
    );
}
