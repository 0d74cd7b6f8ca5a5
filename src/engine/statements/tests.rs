use super::*;
use proptest::prelude::*;

const ALL: [Engine; 3] = [Engine::Postgres, Engine::Mysql, Engine::Sqlite];

fn split(engine: Engine, sql: &str) -> Vec<&str> {
    statements(engine, sql).into_iter().map(|s| s.sql).collect()
}

#[test]
fn a_semicolon_in_a_comment_or_a_quote_ends_nothing() {
    for engine in ALL {
        let sql = "-- a; b\nselect ';' /* ; */, \";\" ; ; /* only; this */ ;\n select 'it''s; 2'\n -- end;";
        let found = statements(engine, sql);
        assert_eq!(found.len(), 2, "{engine:?}: {found:?}");
        assert_eq!(found[0].sql, "select ';' /* ; */, \";\"");
        assert_eq!((found[0].line, found[0].column), (2, 1));
        assert!(found[1].sql.starts_with("select 'it''s; 2'"));
        assert_eq!((found[1].line, found[1].column), (3, 2));
    }
}

#[test]
fn what_is_never_closed_is_found_where_it_begins() {
    for engine in ALL {
        assert_eq!(unclosed(engine, "select 'a', \"b\" -- it's\n; /* \" */ select 'it''s'"), None, "{engine:?}");
        assert_eq!(unclosed(engine, "select 'a'; select 'it''s"), Some(19), "{engine:?}");
    }
    assert_eq!(unclosed(Engine::Mysql, r"select 'a\'"), Some(7));
    assert_eq!(unclosed(Engine::Sqlite, r"select 'a\'"), None);
    assert_eq!(unclosed(Engine::Postgres, "do $x$ begin $$ end $$"), Some(3));
}

#[test]
fn columns_count_characters() {
    let found = statements(Engine::Postgres, "select 'ü€'; select 2");
    assert_eq!((found[1].line, found[1].column, found[1].offset), (1, 14, 16));
    assert_eq!(position("é\nüa", 5), (2, 2));
}

#[test]
fn postgres_quotes_bodies_with_dollars_and_nests_comments() {
    let sql = "create function f() returns int as $body$ begin; $$ ; end; $body$ language plpgsql;\n\
               do $$ begin raise notice ';'; end $$; /* a /* b; */ c; */ select $1, a$b$c; select E'\\';' ; \
               create rule r as on insert to t do (delete from a; delete from b);\n\
               create function g() returns int begin atomic select case when true then 1 end; select 2; end; select 3";
    let found = split(Engine::Postgres, sql);
    assert_eq!(found.len(), 7, "{found:#?}");
    assert_eq!(found[3], "select E'\\';'");
    assert_eq!(found[6], "select 3");
}

#[test]
fn mysql_has_backslashes_hashes_backticks_and_routines() {
    let sql = "# one; two\nselect 'a\\';b', \"c\\\";\", `d;e`; select 5--1;select 2 -- x;\n;\
               /*!40101 set names utf8; */;\n\
               create definer=`root`@`%` procedure p() begin if 1 then select case 2 when 2 then 3 end; end if; \
               case 1 when 1 then select 1; end case; begin select 2; end; while 0 do select 1; end while; end; select 9;\
               begin; select 1; commit";
    let found = split(Engine::Mysql, sql);
    assert_eq!(found.len(), 9, "{found:#?}");
    assert_eq!(found[0], "select 'a\\';b', \"c\\\";\", `d;e`");
    assert_eq!(found[3], "/*!40101 set names utf8; */");
    assert_eq!(found[5], "select 9");
}

#[test]
fn mysql_bodies_of_every_form_end_where_they_end() {
    for body in [
        "create trigger t before insert on a for each row if new.v is null then set new.v = 'x'; else set new.v = 'y'; end if",
        "create trigger t before insert on a for each row follows s set new.v = case when new.id > 1 then 'a' else 'b' end",
        "create procedure p() l1: loop leave l1; end loop l1",
        "create procedure p() comment 'a; b' sql security invoker l1: begin end l1",
        "create procedure if not exists p(x int) case x when 1 then select 1; when 2 then select case x when 1 then 2 end; else begin end; end case",
        "create definer=`a`@`b` function f(a int, b varchar(3)) returns int deterministic return case a when 1 then if(b, 1, 2) else 3 end",
        "create function f() returns int begin declare x int; declare continue handler for not found begin set x = 1; end; \
         repeat set x = x + 1; until x > 5 end repeat; while x > 0 do set x = x - 1; end while; return x; end",
        "create procedure p() begin if new.end < new.start then set new.end = new.start; end if; select end from t; end",
        "create event e on schedule every 1 day do delete from a",
        "create event e on schedule every 1 day do begin delete from a; delete from b; end",
        "begin not atomic declare x int; for i in 1..3 do set x = i; end for; end",
        "if 1 then select 1; elseif 2 then select 2; else select 3; end if",
        "create or replace procedure p() begin for r in (select * from t) do insert into u values (r.a); end for; end",
        "create procedure p() begin outer_block: begin iterate_me: while true do leave iterate_me; end while iterate_me; end outer_block; end",
    ] {
        let script = format!("select 0; {body}; select 1");
        assert_eq!(split(Engine::Mysql, &script), ["select 0", body, "select 1"]);
    }
}

#[test]
fn mysql_delimiters_are_the_clients() {
    let sql = "delimiter $$\ncreate procedure p() begin select 1; select '$$'; end$$\nselect 2; select 3 $$\nDELIMITER ;\n\
               select 4;\n  delimiter //\n\nselect 5 -- a // b\n//";
    let found = split(Engine::Mysql, sql);
    assert_eq!(
        found,
        ["create procedure p() begin select 1; select '$$'; end", "select 2", "select 3", "select 4", "select 5"]
    );
    let found = statements(Engine::Mysql, sql);
    assert_eq!((found[1].line, found[1].column, found[4].line), (3, 1, 8));
    assert!(split(Engine::Mysql, "delimiter ;;\n;;\n").is_empty());
    let quoted = "delimiter \"//\"\nselect 1; select '//' //\n delimiter 'end of it' x\nselect 2 end of it\ndelimiter `;`\nselect 3;";
    assert_eq!(split(Engine::Mysql, quoted), ["select 1", "select '//'", "select 2", "select 3"]);
    assert_eq!(split(Engine::Mysql, "delimiter \"\"\nselect 1"), ["delimiter \"\"\nselect 1"]);
}

#[test]
fn a_body_of_the_standards_kind_may_name_a_column_end() {
    let body = "create function g() returns int begin atomic select max(x) as end from t; end";
    assert_eq!(split(Engine::Postgres, &format!("{body}; select 1")), [body, "select 1"]);
}

#[test]
fn what_stands_outside_quotes_is_where_it_was() {
    for (engine, sql, bare) in [
        (Engine::Postgres, "a E'x\\' \\y' \"b\" $q$ c $q$ -- d\n e$q$f", "a E                            \n e$q$f"),
        (Engine::Mysql, "a 'x\\'y' # z\n`b` \\G", "a           \n    \\G"),
    ] {
        let found = super::bare(engine, sql);
        assert_eq!(found.len(), sql.len());
        assert_eq!(found.split_whitespace().collect::<Vec<_>>(), bare.split_whitespace().collect::<Vec<_>>());
    }
}

#[test]
fn a_comment_for_a_version_that_nobody_has_is_no_statement() {
    let sql = "/*M!999999\\- enable the sandbox mode */ \n-- dump\n/*!40101 set names utf8mb4 */;/*!999999 x */; select 1;/*M!99999 select 2 */";
    assert_eq!(split(Engine::Mysql, sql), ["/*!40101 set names utf8mb4 */", "select 1", "/*M!99999 select 2 */"]);
}

#[test]
fn mariadb_has_blocks_outside_routines() {
    assert_eq!(split(Engine::Mysql, "begin not atomic select 1; select 2; end; select 3").len(), 2);
}

#[test]
fn sqlite_triggers_end_with_their_end() {
    let sql = "create temp trigger t after insert on a begin update b set c = case when 1 then 2 end; delete from [d;e]; end;\
               select 1";
    let found = split(Engine::Sqlite, sql);
    assert_eq!(found.len(), 2, "{found:#?}");
    assert_eq!(found[1], "select 1");
}

#[test]
fn a_table_named_like_a_routine_is_a_table() {
    for engine in ALL {
        assert_eq!(split(engine, "create table trigger_log (a int); insert into event values (1); select 1").len(), 3);
    }
}

proptest! {
    #[test]
    fn whatever_is_written_positions_hold_and_order_is_kept(sql in r#"[a-zA-Z;'"`$()\[\]/*#!\\ \n\-é€0-9_]{0,80}"#) {
        for engine in ALL {
            let mut end = 0;
            for s in statements(engine, &sql) {
                prop_assert!(s.offset >= end && !s.sql.is_empty());
                prop_assert_eq!(&sql[s.offset..s.offset + s.sql.len()], s.sql);
                prop_assert_eq!(position(&sql, s.offset), (s.line, s.column));
                end = s.offset + s.sql.len();
            }
        }
    }

    #[test]
    fn what_is_joined_comes_apart_again(
        parts in prop::collection::vec(("[a-z]{1,8}", "[^'\\\\]{0,12}", 0..4_usize), 1..8)
    ) {
        for engine in ALL {
            let whole: Vec<String> = parts.iter().map(|(word, text, _)| format!("select_{word} '{text}'")).collect();
            let blanks = [";", "; ", ";\n-- note; it's\n", "; /* ' ; */ ;\n"];
            let sql: String = whole.iter().zip(&parts).map(|(s, (_, _, n))| format!("{s}{}", blanks[*n])).collect();
            prop_assert_eq!(split(engine, &sql), whole.iter().map(String::as_str).collect::<Vec<_>>());
        }
    }
}
