use std::path::Path;

use super::*;
use crate::migrations::files::source;

fn shown(engine: Engine, up: &str, down: Option<&str>) -> String {
    let script = Script {
        engine: None,
        up: source(Path::new("a.up.sql"), up),
        down: down.map(|d| source(Path::new("a.down.sql"), d)),
    };
    let line = |f: Finding| format!("{:>4} {}: {}", f.line.map_or("-".into(), |l| l.to_string()), f.rule, f.message);
    script.findings(engine).into_iter().map(line).collect::<Vec<_>>().join("\n")
}

const DANGEROUS: &str = "\
-- header
alter table contacts drop column phone;
drop table if exists \"Accounts\";
truncate table apps;
delete from pages;
delete from pages where id = '1';
alter table contacts alter column email type text;
alter table contacts add column age integer not null;
alter table contacts add column tall boolean not null default false;
create index contacts_phone on contacts (phone);
create table new (id int);
create index new_id on new (id);
alter table contacts rename column phone to telephone;
this is no sql at all;
";

#[test]
fn what_destroys_or_locks_is_named_with_its_line() {
    insta::assert_snapshot!(shown(Engine::Postgres, DANGEROUS, Some("select 1;")), @r"
     2 drop_column: drops the column contacts.phone
     3 drop_table: drops the table accounts
     4 truncate: empties the table apps
     5 delete_without_where: deletes every row of pages
     7 rewrites_table: changes the type of contacts.email: may rewrite the table under a full lock
     8 not_null_without_default: contacts.age is not null without a default: fails where there are rows
    10 index_locks_writes: writes to contacts wait while the index is built (CONCURRENTLY lets them through)
    13 rename: renames contacts.phone: code that runs now still asks for the old name
    ");
}

#[test]
fn a_file_without_a_way_back_says_so() {
    insta::assert_snapshot!(shown(Engine::Sqlite, "create table a (id int);", None), @"   - no_down: there is no down file: it cannot be rolled back");
}

#[test]
fn several_statements_are_not_atomic_on_mysql() {
    let up = "create table a (id int);\nalter table b modify column c varchar(10);";
    insta::assert_snapshot!(shown(Engine::Mysql, up, Some("drop table a;")), @r"
    2 rewrites_table: changes the type of b.c: may rewrite the table under a full lock
    - not_atomic: not atomic on MySQL: should one of the 2 statements fail, those before it stay
    - data_loss_in_down: rolling back drops the table a
    ");
}

#[test]
fn a_new_file_is_found_empty() {
    insta::assert_snapshot!(shown(Engine::Postgres, "-- Purpose: \n", Some("-- Reverses\n")), @r"
    - empty: the file holds no statement
    - empty_down: the down file holds no statement
    ");
}
