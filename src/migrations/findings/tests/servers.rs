//! What some servers run and others take for a comment is judged both ways, and the worse is told.

use super::lost::{all_are, nothing_is_said, said};
use super::truth::later;
use super::*;

#[test]
fn a_condition_that_some_servers_leave_out_is_none_and_neither_is_a_copy() {
    for version in ["!50700", "!80000", "!99999", "!100100", "!110000", "M!110000", "M!"] {
        let of = |sql: &str| sql.replace("/*V", &format!("/*{version}"));
        let lost = [("delete-all-rows", Severity::Error)];
        assert_eq!(said(Mysql, &of("delete from t /*V where id = 5 */")), lost, "{version}");
        assert_eq!(said(Mysql, &of("execute immediate 'delete from t /*V where id = 5 */'")), lost, "{version}");
        assert_eq!(later(Mysql, &[&of("create procedure p() delete from t /*V where id = 5 */"), "call p()"]), lost);
        let written = [("update-all-rows", Severity::Warning)];
        assert_eq!(said(Mysql, &of("update t set a = null /*V where id = 5 */")), written, "{version}");
        let copied =
            "create table n (id int, b int); /*V insert into n select * from t */; drop table t; rename table n to t";
        assert_eq!(said(Mysql, &of(copied)), [("drop-table", Severity::Error)], "{version}");
        let copied = "create table n /*V as select * from t */; drop table t; rename table n to t";
        assert_eq!(said(Mysql, &of(copied)), [("drop-table", Severity::Error)], "{version}");
    }
    // What only one of two would take away is told once, and what all run is told as ever.
    all_are(
        Mysql,
        "delete-all-rows",
        Severity::Error,
        &["delete from t /*!80000 where id = 5 */ /*M!100100 where id = 6 */", "/*!80000 delete from t */"],
    );
    all_are(
        Mysql,
        "drop-table",
        Severity::Error,
        &["/*!80000 drop table t */", "drop table /*M!100100 if exists */ t"],
    );
}

#[test]
fn what_is_fine_on_each_server_stays_so() {
    nothing_is_said(
        Mysql,
        &[
            "delete from t /*!40000 where id = 5 */",
            "delete from t where id = 5 /*!80000 and a = 1 */",
            "/*!80000 set session information_schema_stats_expiry = 0 */; create table t (id int)",
            "create table t (id int) engine=InnoDB /*!80016 default encryption='N' */",
            "/*M!100616 set @old = @@note_verbosity, note_verbosity = 0 */; insert into t values ('/*!80000 x */')",
            "/*M!999999\\- enable the sandbox mode */ \ndelete from t where id = 5",
        ],
    );
    let copied = "create table n (id int, b int); insert into n select * from t /*!80000 where true */; drop table t; rename table n to t";
    assert_eq!(said(Mysql, copied), [("rewrites-table", Severity::Warning)]);
    // Elsewhere it is a comment to all.
    for engine in [Postgres, Sqlite] {
        assert!(said(engine, "/*!80000 delete from t */ delete from t where id = 5").is_empty(), "{engine}");
    }
}
