//! Files glued together at random: statements of all kinds, with texts, comments and line ends between them that look like
//! the end of one. What the engine's own program makes of them is what Neo makes of them.
//!
//! `NEO_FAITHFUL_GLUE=1000` tries so many of each engine, each time others; without it a few, always the same.

use std::fmt;

use neo::engine::Engine;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use rstest::rstest;
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use super::place::{NEUTRAL, Place, difference, probe};
use super::script::Script;
use super::ways::told;

/// What texts and comments are made of: most of it would end one, or begin another.
const CRUMBS: [&str; 24] = [
    ";",
    "'",
    "\"",
    "`",
    "--",
    "-- ",
    "#",
    "/*",
    "*/",
    "$$",
    "$f$",
    "\\",
    "\n",
    "é",
    "😀",
    " end ",
    "begin",
    " or ",
    "delimiter //",
    "x",
    " ",
    "0",
    "\t",
    ":a",
];

/// One statement: what stands before it, itself, and what stands between it and its end.
#[derive(Debug, Clone)]
struct Piece {
    before: String,
    sql: String,
    after: String,
    /// It only writes rows, asks, or sets a variable.
    is_rows: bool,
    /// It holds semicolons: beyond the mariadb program without a delimiter.
    is_body: bool,
    /// The server keeps its text, and the mariadb program sends a comment behind its end along.
    is_kept: bool,
}

#[derive(Clone)]
struct File {
    pieces: Vec<Piece>,
    /// Written with `delimiter` lines, as for the mariadb program.
    is_delimited: bool,
    has_last_end: bool,
    crlf: bool,
}

impl File {
    fn text(&self, is_delimited: bool) -> String {
        let mut text = String::new();
        for (n, piece) in self.pieces.iter().enumerate() {
            let is_last = n + 1 == self.pieces.len();
            let end = match (is_delimited, is_last && !self.has_last_end) {
                (_, true) => "\n",
                (true, false) => "//\n",
                (false, false) if piece.is_kept => ";\n",
                (false, false) => ";",
            };
            text += &format!("{}{}{}{end}", piece.before, piece.sql, piece.after);
        }
        let text = if is_delimited { format!("delimiter //\n{text}") } else { text };
        if self.crlf { text.replace('\n', "\r\n") } else { text }
    }

    fn own(&self) -> String {
        self.text(self.is_delimited)
    }

    /// SQLite's program has no option for one transaction.
    fn clients(&self, engine: Engine) -> String {
        match engine {
            Engine::Postgres => self.own(),
            Engine::Mysql => self.text(self.is_delimited || self.pieces.iter().any(|piece| piece.is_body)),
            Engine::Sqlite => format!("begin;{}\n;commit;", self.own()),
        }
    }
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n---------- crlf {}\n{}", self.crlf, self.own())
    }
}

fn crumbs() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(&CRUMBS[..]), 0..6).prop_map(|crumbs| crumbs.concat())
}

/// A text as this engine writes it, in one of its ways.
fn text(engine: Engine) -> impl Strategy<Value = String> {
    (crumbs(), 0..4u8).prop_map(move |(crumbs, way)| {
        let doubled = crumbs.replace('\'', "''");
        match (engine, way) {
            (Engine::Postgres, 0) => format!("E'{}'", crumbs.replace('\\', "\\\\").replace('\'', "\\'")),
            (Engine::Postgres, 1) if !crumbs.contains("$$") && !crumbs.ends_with('$') => format!("$${crumbs}$$"),
            (Engine::Postgres, 2) => format!("$é_1${crumbs}$é_1$"),
            (Engine::Postgres, _) => format!("'{doubled}'"),
            (Engine::Mysql, 0) => format!("'{}'", crumbs.replace('\\', "\\\\").replace('\'', "\\'")),
            (Engine::Mysql, 1) => format!("\"{}\"", crumbs.replace('\\', "\\\\").replace('"', "\"\"")),
            (Engine::Mysql, _) => format!("'{}'", doubled.replace('\\', "\\\\")),
            (Engine::Sqlite, _) => format!("'{doubled}'"),
        }
    })
}

/// A comment, or blanks.
fn trivia(engine: Engine) -> impl Strategy<Value = String> {
    (crumbs(), 0..9u8).prop_map(move |(crumbs, way)| {
        let line = crumbs.replace('\n', " ");
        // One within another is one more to close on PostgreSQL, and nothing elsewhere.
        let block = crumbs.replace("*/", "").replace("/*", "").replace(['/', '*'], "");
        match (way, engine) {
            (0, _) => format!(" -- {line}\n"),
            (1, _) => format!("/* {block} */"),
            (2, Engine::Postgres) => format!("/* {block} /* {block} */ ; */"),
            (2, Engine::Mysql) => format!(" # {line}\n"),
            (2 | 3, Engine::Sqlite) => format!("/* {block} /* {block} */"),
            (3, Engine::Postgres) => format!("--{line}\n"),
            (3, Engine::Mysql) => format!(" /*!99999 {} */ ", block.replace(['\'', '"', '`', ';', '#', '-', '\\'], "")),
            (4, _) => "\n".to_owned(),
            (5, _) => "\n\n  ".to_owned(),
            _ => " ".to_owned(),
        }
    })
}

/// Statements with places for numbers `{n}`, texts `{s}` and comments `{c}`. `r`: writes rows or asks; `b`: a body that holds
/// semicolons; `k`: one that does not.
fn statements(engine: Engine) -> &'static [(&'static str, &'static str)] {
    match engine {
        Engine::Postgres => &[
            ("r", "insert into t values ({n}, {s})"),
            ("r", "insert{c}into t{c}select{c}{n},{c}{s}"),
            ("r", "insert into t (v){c}values ({s}),{c}({s}) returning{c}id"),
            ("r", "update t set v = {s} where{c}id = {n}"),
            ("r", "select {s},{c}{s} as \"a;'b\""),
            ("r", "with x as (select {s}::text as v) insert into t select {n}, v from{c}x"),
            ("", "create table if not exists x{n} (id int{c}, v text default {s})"),
            ("", "drop table if exists x{n}"),
            (
                "",
                "create or replace function f{n}() returns text language sql as $body$ select {s}::text; {c}select 'x;' $body$",
            ),
            (
                "",
                "create or replace function g{n}() returns text language sql begin atomic select {s}::text; {c}select case when {n} > 1 then {s} end; end",
            ),
            (
                "",
                "do $do$ begin{c}insert into t values ({n}, {s}); if {n} > 2 then insert into t values (0, 'x;'); end if; end $do$",
            ),
            ("", "comment on table t is {s}"),
            ("", "create temporary table if not exists wanted (id int{c})"),
            ("", "set app.flag = 'x;{n}'"),
            ("", "set local timezone = 'Asia/Tokyo'"),
            ("", "select pg_advisory_lock(42)"),
            ("", "savepoint s{n}"),
            ("", "insert into nosuch values ({s})"),
            ("", "select {n} / ({n} - 2)"),
        ],
        Engine::Mysql => &[
            ("r", "insert into t values ({n}, {s})"),
            ("r", "insert{c}into t{c}select{c}{n},{c}{s}"),
            ("r", "insert into t (v){c}values ({s}),{c}({s}) returning{c}id"),
            ("r", "update t set v = {s} where{c}id = {n}"),
            ("r", "delete from t where id = {n}{c}and v = {s}"),
            ("r", "select {s},{c}{s} as `a;'b`"),
            ("r", "insert /*! into */ t values ({n}, {s} /*!99999 , {n} */)"),
            ("", "create table if not exists x{n} (id int{c}, v varchar(99) default {s}) comment {s}"),
            ("", "drop table if exists x{n}"),
            (
                "b",
                "create or replace procedure p{n}() begin{c}insert into t values ({n}, {s});{c}select 1; select {s}; end",
            ),
            (
                "b",
                "create or replace procedure p{n}() begin if {n} > 1 then insert into t values ({n}, {s}); else begin end; end if; case {n} when 1 then select 2; else select 3; end case; end",
            ),
            ("b", "create or replace procedure p{n}() l: loop insert into t values ({n}, {s}); leave l; end loop"),
            ("b", "create or replace procedure p{n}() for i in 1..2 do insert into t values (i, {s}); end for"),
            (
                "b",
                "create or replace trigger t_bi before insert on t for each row if new.id = {n} then set new.v = {s}; end if",
            ),
            (
                "b",
                "create or replace function f{n}() returns text deterministic begin declare x text default {s}; while length(x) < {n} do set x = concat(x, ';'); end while; return x; end",
            ),
            ("k", "create or replace procedure p{n}() insert into t values ({n}, {s})"),
            ("", "call p{n}()"),
            ("", "create or replace view v as select {s} as a, id from t where id > {n} || id < 0"),
            ("r", "set @x = {s}"),
            ("r", "insert into t values ({n}, @x)"),
            ("", "create temporary table if not exists wanted (id int{c})"),
            ("", "set foreign_key_checks = 0"),
            ("", "set time_zone = '+05:00'"),
            ("", "set sql_mode = concat(@@sql_mode, ',PIPES_AS_CONCAT')"),
            ("r", "select get_lock(database(), 1)"),
            // To Neo a file that only writes rows, or would, is one transaction.
            ("r", "insert into nosuch values ({s})"),
            ("r", "insert into u values ({n})"),
            ("", "alter table t comment {s}"),
        ],
        Engine::Sqlite => &[
            ("r", "insert into t values ({n}, {s})"),
            ("r", "insert{c}into t{c}select{c}{n},{c}{s}"),
            ("r", "insert into t (v){c}values ({s}),{c}({s}) returning{c}id"),
            ("r", "update t set v = {s} where{c}id = {n}"),
            ("r", "select {s},{c}{s} as \"a;'b\", 1 as [c;d], 2 as `e;f`"),
            ("", "create table if not exists x{n} (id int{c}, v text default {s})"),
            ("", "drop table if exists x{n}"),
            (
                "",
                "create trigger if not exists r{n} after insert on t when new.id = {n}{c}begin insert into log values ({s});{c}update log set w = case w when {s} then 'end;' else w end; end",
            ),
            ("", "drop trigger if exists r{n}"),
            ("", "create view if not exists v{n} as select {s} as a, case when id then {n} end as b from t"),
            ("", "create temp table if not exists wanted (id int{c})"),
            ("", "insert into log select v from t where id = {n}"),
            ("", "insert into nosuch values ({s})"),
            ("r", "insert into u values ({n})"),
        ],
    }
}

const SETUP: &str = "create table t (id int, v text); create table u (id int primary key); create table log (w text);";

fn piece(engine: Engine) -> impl Strategy<Value = Piece> {
    let kind = prop::sample::select(statements(engine));
    let texts = prop::collection::vec(text(engine), 2);
    let comments = prop::collection::vec(trivia(engine), 4);
    (kind, 0..4u8, texts, comments).prop_map(move |((marks, template), n, texts, comments)| {
        let mut sql = template.replace("{n}", &n.to_string());
        for text in &texts {
            sql = sql.replacen("{s}", text, 1);
        }
        // The mariadb program puts a blank behind a comment, and no line's end behind a line that begins with its own word; a
        // body is kept as it was sent.
        let is_kept = matches!(marks, "b" | "k");
        for comment in &comments[2..] {
            let comment = if is_kept { "\n" } else { comment };
            sql = sql.replacen("{c}", comment, 1);
        }
        if is_kept {
            sql = sql.replace("\ndelimiter", "\n delimiter");
        }
        let (sql, is_rows, is_body) = (sql.replace("{s}", "'s'").replace("{c}", " "), marks == "r", marks == "b");
        let after = if marks == "k" { String::new() } else { comments[1].clone() };
        Piece { before: comments[0].clone(), sql, after, is_rows, is_body, is_kept }
    })
}

fn file(engine: Engine) -> impl Strategy<Value = File> {
    let pieces = prop::collection::vec(piece(engine), 1..6);
    (pieces, any::<bool>(), any::<bool>(), prop::bool::weighted(0.2)).prop_map(
        move |(pieces, is_delimited, has_last_end, crlf)| {
            let is_delimited = is_delimited && engine == Engine::Mysql;
            File { pieces, is_delimited, has_last_end, crlf }
        },
    )
}

#[rstest]
#[case::postgres(Engine::Postgres)]
#[case::mariadb(Engine::Mysql)]
#[case::sqlite(Engine::Sqlite)]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_glued_together_means_what_the_engines_program_makes_of_it(#[case] engine: Engine) {
    let asked = std::env::var("NEO_FAITHFUL_GLUE").ok().and_then(|n| n.parse().ok());
    let config =
        Config { cases: asked.unwrap_or(5), max_shrink_iters: 60, failure_persistence: None, ..Config::default() };
    let mut runner = match asked {
        Some(_) => TestRunner::new(config),
        None => TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha)),
    };
    let files = (prop::collection::vec(file(engine), 1..4), any::<bool>());
    let outcome = block_in_place(|| {
        runner.run(&files, |(files, in_one)| {
            let outcome = Handle::current().block_on(compare(engine, &files, in_one));
            // Making it small takes its time, and a run may be given up meanwhile.
            outcome.inspect_err(|words| eprintln!("{words}\n{files:?}")).map_err(TestCaseError::fail)
        })
    });
    if let Err(found) = outcome {
        panic!("{found}");
    }
}

async fn compare(engine: Engine, files: &[File], in_one: bool) -> Result<(), String> {
    let script = Script { engine: Some(engine), ..Script::default() };
    let (place, own) = (Place::new(&script).await, Place::new(&script).await);
    let result = both(&place, &own, files, in_one).await;
    place.drop().await;
    own.drop().await;
    result
}

async fn both(place: &Place, own: &Place, files: &[File], in_one: bool) -> Result<(), String> {
    let engine = place.engine();
    let mut expected = vec![];
    let mut failed = None;
    let before = [NEUTRAL.to_owned(), SETUP.to_owned()];
    for text in &before {
        place.client(text).await?;
    }
    for (n, file) in files.iter().enumerate() {
        // All of it may be one transaction to Neo, which reads nothing into a statement that begins with a conditional comment.
        let is_rows =
            engine == Engine::Mysql && file.pieces.iter().all(|piece| piece.is_rows && !piece.before.contains("/*!"));
        if is_rows {
            expected = place.dump().await;
        }
        if let Err(words) = place.client(&file.clients(engine)).await {
            failed = Some((n, words));
            if !is_rows {
                expected = place.dump().await;
            }
            break;
        }
    }
    if failed.is_none() {
        place.client(&probe(engine)).await?;
        expected = place.dump().await;
    }

    let texts: Vec<_> = before.iter().cloned().chain(files.iter().map(File::own)).chain([probe(engine)]).collect();
    let mut done = 0;
    let mut words = None;
    for n in if in_one { texts.len()..=texts.len() } else { 1..=texts.len() } {
        let outcome = own.up(&own.set(&texts[..n])).await?;
        done += outcome.done.len();
        if let Err(told) = told(Ok(outcome)) {
            words = Some(told);
            break;
        }
    }
    let stopped = (done < texts.len()).then(|| done.saturating_sub(before.len()));
    if stopped != failed.as_ref().map(|(n, _)| *n) {
        return Err(format!("Neo stops at {stopped:?} ({words:?}), the engine's program at {failed:?}"));
    }
    match difference(&expected, &own.dump().await) {
        Some(difference) => Err(format!("{difference}\n(Neo: {words:?}, the engine's program: {failed:?})")),
        None => Ok(()),
    }
}
