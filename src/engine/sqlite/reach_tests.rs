use super::*;

fn what(sql: &str) -> String {
    reaches(sql).map(|reach| reach.what).unwrap_or_default()
}

#[test]
fn what_goes_for_another_file_is_told_wherever_it_hides() {
    for (expected, sql) in [
        ("attach", "attach 'data/central.db' as c"),
        ("attach", "select 1;\u{feff}/* a */ATTACH--b\ndatabase 'a' as b"),
        ("attach", "explain query plan attach 'a' as b"),
        ("attach", "create trigger t after insert on a begin select 1; end; attach 'a' as b"),
        // To SQLite none of these quotes is one, or each ends where another reading would go on.
        ("attach", "select $a('); attach 'a' as b; --')"),
        ("attach", "select $a::b('); attach 'a' as b; --')"),
        ("attach", "select 1 as [1']; attach 'a' as b; --']"),
        ("attach", "select 1 as [a'b]; attach 'a' as b; --'"),
        ("attach", "select 'a\\'; attach 'a' as b; --'"),
        ("attach", "select 1 -- '\n; attach 'a' as b"),
        ("attach", "select 1 /* /* */; attach 'a' as b -- */"),
        ("detach", ";;detach b"),
        ("vacuum into", "vacuum /* far */ main into 'a.db'"),
        ("load_extension", "select load_extension ('x')"),
        ("load_extension", "create view v as select \"load_EXTENSION\"/**/('x')"),
        ("load_extension", "create table t (a default (`load_extension`('x')))"),
        ("load_extension", "create trigger t after insert on a begin select [load_extension]('x'); end"),
        ("fts3_tokenizer", "select fts3_tokenizer('simple')"),
        ("readfile", "insert into a select readfile('/etc/passwd')"),
        ("fsdir", "create view v as select * from fsdir('/')"),
        ("a virtual table using csv", "create virtual table if not exists temp.t using csv(filename = 'a')"),
        ("zipfile", "create virtual table t USING \"zipfile\"('a.zip')"),
    ] {
        assert_eq!(what(sql), expected, "{sql}");
        assert!(reaches(sql).is_some_and(|reach| reach.is_elsewhere), "{sql}");
    }
    let far = format!("vacuum{}into 'a'", " ".repeat(9000));
    assert_eq!(what(&far), "vacuum into");
    let far = format!("insert into a values ({}load_extension('x'))", "1, ".repeat(9000));
    assert_eq!(what(&far), "load_extension");
}

#[test]
fn a_pragma_that_is_on_no_list_is_told_in_every_spelling() {
    for sql in [
        "pragma writable_schema = on",
        "PRAGMA main . \"writable_schema\"(1)",
        "pragma 'writable_schema'=1",
        "pragma [main].`writable_schema` = 1",
        "explain pragma writable_schema = on",
        "explain query plan pragma/**/writable_schema=on",
        "pragma Writable_Schema",
    ] {
        assert_eq!(what(sql), "pragma writable_schema", "{sql}");
        assert!(reaches(sql).is_some_and(|reach| !reach.is_elsewhere), "{sql}");
    }
    for name in
        ["schema_version = 4", "hard_heap_limit = 1", "temp_store_directory = 'a'", "key = 'a'", "mmap_size = 1"]
    {
        assert!(what(&format!("pragma {name}")).starts_with("pragma "), "{name}");
    }
    for off in
        ["pragma journal_mode ( \"OFF\" )", "pragma main . journal_mode=off", "explain pragma journal_mode = 'off'"]
    {
        assert_eq!(what(off), "pragma journal_mode = off");
    }
    assert_eq!(what("pragma journal_mode = memory"), "pragma journal_mode = memory");
    for word in ["del", "w", "4", "-1", "[wal2]"] {
        assert!(what(&format!("pragma journal_mode = {word}")).starts_with("pragma journal_mode = "), "{word}");
    }
}

#[test]
fn what_stays_in_its_own_file_is_let_be() {
    for sql in [
        "pragma foreign_keys = off; pragma main.defer_foreign_keys(1); pragma user_version = 3; pragma journal_mode = wal",
        "pragma journal_mode; pragma journal_mode = 'Delete'; pragma journal_mode(truncate); select 1",
        "select name from pragma_table_info('t')",
        "create table attach (detach text, vacuum int, pragma int, load_extension int, readfile text)",
        "insert into t values ('attach ''a'' as b; pragma writable_schema = on; load_extension(1)') -- attach",
        "create table zipfile (id int); create index i on zipfile (id); insert into zipfile (id) values (1)",
        "create virtual table t using fts5(a, content = 'b'); create virtual table r using RTREE(id, a, b)",
        "create trigger t after insert on a begin update b set attach = 1; end; vacuum; select 1 into_",
        "select ':memory:', x'ab', 1e+5, .5, ?1, :a, @b, $c(d)",
        "select \"unclosed",
        "/* unclosed",
        "/*",
        "$a(",
    ] {
        assert_eq!(what(sql), "", "{sql}");
    }
}

/// The judge of where a quote ends is SQLite: whatever it attaches in the end was told before.
#[tokio::test]
async fn nothing_is_hidden_in_what_only_looks_like_a_quote() {
    use rand::{RngExt, SeedableRng};
    use sqlx::{AssertSqlSafe, Connection as _};

    const PARTS: [&str; 20] = [
        "'", "\"", "`", "[", "]", "$a(", "@b::", ")", "--", "\n", "/*", "*/", " ", "\u{feff}", "\\", "1", "a", "x'",
        "é", ";",
    ];
    let mut random = rand::rngs::StdRng::seed_from_u64(10);
    let mut conn = sqlx::SqliteConnection::connect("sqlite::memory:").await.unwrap();
    let mut attached = 0;
    for _ in 0..30_000 {
        let mut some = |most| {
            (0..random.random_range(0..most)).map(|_| PARTS[random.random_range(0..PARTS.len())]).collect::<String>()
        };
        let sql = format!("select {};attach ':memory:' as far;{}", some(5), some(3));
        let _ = sqlx::raw_sql(AssertSqlSafe(sql.clone())).execute(&mut conn).await;
        if sqlx::raw_sql("detach far").execute(&mut conn).await.is_ok() {
            attached += 1;
            assert_eq!(what(&sql), "attach", "{sql:?}");
        }
    }
    assert!(attached > 500, "{attached}");
}

/// What a schema that was written by hand calls is not in reach either: no session of Neo's lets extensions be loaded.
#[tokio::test]
async fn an_extension_is_loaded_by_nobody() {
    use sqlx::ConnectOptions as _;

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("t.db");
    std::fs::write(&file, "").unwrap();
    let mut conn = super::super::options(&file, false).connect().await.unwrap();
    let planted = "create view v as select 1 as x; pragma writable_schema = on; \
                   update sqlite_master set sql = 'create view v as select load_extension(''libm.so.6'') as x'; \
                   pragma writable_schema = reset";
    sqlx::raw_sql(planted).execute(&mut conn).await.unwrap();
    let refused = sqlx::raw_sql("select x from v").execute(&mut conn).await.unwrap_err();
    assert!(
        refused.to_string().contains("unsafe use of load_extension") || refused.to_string().contains("not authorized"),
        "{refused}"
    );
}
