use super::*;
use crate::engine::statements;

#[test]
fn what_is_sent_at_once_is_every_statement_with_its_comments() {
    let sql = "-- é;\n  create table a (id int) -- c\n;; /* x */ insert into a\nvalues ('é')\n;\n# end\ndrop table a; /* and so on";
    let text = joined(sql, &statements(Engine::Mysql, sql));
    assert_eq!(text, "create table a (id int) -- c\n\n;insert into a\nvalues ('é')\n\n;drop table a;");
    let sql = "select 1 /* and so on";
    assert_eq!(joined(sql, &statements(Engine::Mysql, sql)), "select 1\n;");
}

#[test]
fn a_file_that_only_writes_rows_is_one_transaction() {
    let is = |sql: &str| is_one_transaction(&statements(Engine::Mysql, sql));
    assert!(is("set @a = 1; insert into t values (@a); update t set a = 2; (select 1)"));
    for sql in [
        "select 1",
        "insert into t values (1); drop table t",
        "set sql_mode = ''; insert into t values (1)",
        "insert into t values (1); call p()",
        "insert into t values (1); select 1 into outfile 'x'",
    ] {
        assert!(!is(sql), "{sql}");
    }
}
