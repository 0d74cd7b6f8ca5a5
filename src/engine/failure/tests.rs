use super::cause::normalised;
use super::*;

fn alike(a: &str, b: &str) -> bool {
    Failure::new(Category::Other, a).fingerprint == Failure::new(Category::Other, b).fingerprint
}

#[test]
fn of_words_without_end_only_the_beginning_is_held() {
    let endless = format!("no such thing {}", "ä".repeat(5_000_000));
    let failure = Failure::new(Category::Other, &endless).detail(&endless).hint(&endless);
    for (text, whole) in [
        (&failure.message, &failure.whole.message),
        (failure.detail.as_ref().unwrap(), &failure.whole.detail),
        (&failure.hint.as_ref().unwrap().command(), &failure.whole.hint),
    ] {
        assert!(text.len() < KEPT + 64 && text.ends_with("… (cut: 10000014 bytes in all)"), "{}", text.len());
        assert!(whole.as_ref().is_some_and(|long| long.text.capacity() <= 2 * HELD && long.text.len() > LOGGED));
    }
    let redacted = failure.redacted("no such thing");
    assert!(redacted.message.starts_with(REDACTED) && redacted.message.ends_with("(cut: 10000014 bytes in all)"));
}

/// Who mends one file has not mended the other.
#[test]
fn two_migrations_that_fail_in_the_same_words_are_two_causes_but_for_what_comes_and_goes() {
    let of = |category, file: &str| {
        Failure::new(category, "duplicate key value").in_file(file.to_owned(), format!("{file}.up.sql")).fingerprint
    };
    assert_ne!(of(Category::Constraint, "01_a"), of(Category::Constraint, "02_b"));
    assert_eq!(of(Category::Constraint, "01_a"), of(Category::Constraint, "01_a"));
    for passing in [Category::Connect, Category::Lock, Category::Timeout] {
        assert_eq!(of(passing, "01_a"), of(passing, "02_b"), "{passing:?}");
    }
}

#[test]
fn the_same_cause_with_other_names_has_the_same_fingerprint() {
    for (a, b) in [
        (
            r#"column "status" of relation "contacts" already exists"#,
            r#"column "state" of relation "t_x9.accounts" already exists"#,
        ),
        ("Duplicate column name 'status'", "Duplicate column name 'it's'"),
        ("Duplicate entry 'a@b.c' for key 'users.email'", "Duplicate entry '7' for key 'PRIMARY'"),
        ("duplicate column name: status", "duplicate column name: is_custom"),
        ("UNIQUE constraint failed: users.email", "UNIQUE constraint failed: users.email, users.tenant"),
        ("table users already exists", "table accounts already exists"),
        ("no such table: users", "no such table: t_acme_k3x9"),
        ("permission denied for table users", "permission denied for table contacts"),
        (
            "You have an error in your SQL syntax near 'don't do' at line 3",
            "You have an error in your SQL syntax near '' at line 12",
        ),
        ("no answer from 10.0.0.1:5432", "no answer from db_7:5433"),
    ] {
        assert!(alike(a, b), "{a} | {b}: {} | {}", normalised(a), normalised(b));
    }
}

#[test]
fn other_causes_have_other_fingerprints() {
    for (a, b) in [
        ("duplicate column name: status", "no such column: status"),
        ("table users already exists", "index users already exists"),
        ("database is locked", "database table is locked"),
        (r#"relation "a" does not exist"#, r#"relation "a" already exists"#),
    ] {
        assert!(!alike(a, b), "{a} | {b}");
    }
    let code = |code: &str| Failure::new(Category::Other, "same").code(code).fingerprint;
    assert_ne!(code("1060"), code("1061"));
}

#[test]
fn a_server_that_is_not_ready_is_nobodys_own_failure() {
    for code in ["08000", "08006", "08P01", "57P01", "57P02", "57P03", "57P04", "57P05", "25006"] {
        assert_eq!(postgres(code, ""), Category::Connect, "{code}");
    }
    for (number, message) in [
        (1047, "WSREP has not yet prepared node for application use"),
        (1290, "The MariaDB server is running with the --read-only option so it cannot execute this statement"),
        (1290, "The MySQL server is running with the --super-read-only option so it cannot execute this statement"),
        (1836, "Running in read-only mode"),
    ] {
        let category = mysql(number, message);
        assert!(category == Category::Connect && !category.is_own(), "{number} {message}");
    }
    let kept_out =
        "The MariaDB server is running with the --secure-file-priv option so it cannot execute this statement";
    assert_eq!(mysql(1290, kept_out), Category::Permission);
    assert_eq!(mysql(1047, "Unknown command"), Category::Other);
}

#[test]
fn a_deadline_that_somebody_has_set_does_not_pass_by_itself() {
    let of = |code: &str| Failure::new(Category::Timeout, "too long").code(code);
    for code in ["1969", "3024", "57014", "25P04"] {
        assert!(!of(code).may_pass(), "{code}");
    }
    assert!(Failure::new(Category::Timeout, "the connection timed out").may_pass());
    assert!(Failure::new(Category::Lock, "deadlock").code("1213").may_pass());
    assert!(!Failure::new(Category::Syntax, "near").code("1064").may_pass());
}

#[test]
fn a_message_cannot_drive_a_terminal() {
    let failure = Failure::new(Category::Other, "a\u{1b}[31mred\u{7}\r\nfake: ok\u{202e}x").detail("d\u{0}\u{9b}2J");
    assert_eq!(failure.message, "a[31mred  fake: okx");
    assert_eq!(failure.detail.as_deref(), Some("d2J"));
}

#[test]
fn a_secret_that_the_database_repeats_is_hidden() {
    let mut failure = Failure::new(Category::Syntax, "near 'hunter2'").at((1, 6));
    failure.excerpt_of("alter hunter2;");
    let failure = failure.redacted("hunter2");
    assert_eq!(failure.message, "near '[redacted]'");
    assert_eq!(failure.excerpt, None);
    // Half of it stands before the place where the text is cut.
    let failure = Failure::new(Category::Other, format!("{}hunter2{}", "x".repeat(KEPT - 3), "y".repeat(KEPT)));
    assert!(failure.message.contains("xhun…"));
    assert!(failure.redacted("hunter2").message.contains("x[re…"));
}

#[test]
fn what_nobody_reads_to_its_end_is_cut_and_its_length_said() {
    let text = "é".repeat(150_000);
    let failure = Failure::new(Category::Other, &text).detail(&text).hint(&text);
    for kept in [&failure.message, failure.detail.as_ref().unwrap(), &failure.hint.as_ref().unwrap().command()] {
        assert!(kept.starts_with('é') && kept.ends_with("é… (cut: 300000 bytes in all)"), "{kept}");
        assert!((KEPT..KEPT + 64).contains(&kept.len()), "{}", kept.len());
    }
    // Cut once, however often it is told again.
    let again = Failure::new(Category::Other, &failure.message);
    assert_eq!(again.message, failure.message);
    let short = "x".repeat(KEPT);
    assert_eq!(Failure::new(Category::Other, &short).message, short);
    let stored = serde_json::to_string(&failure).unwrap();
    assert!(stored.len() < 3 * (KEPT + 100) + 1_000, "{}", stored.len());
}

#[test]
fn a_long_text_has_the_same_cause_with_another_name_in_it() {
    let about = |name: &str| format!("Duplicate entry '{}' for key 'a'", name.repeat(KEPT));
    assert!(alike(&about("a "), &about("bc ")));
    assert!(!alike(&about("a "), &"b ".repeat(KEPT)));
}

#[test]
fn what_was_kept_of_a_failure_before_it_had_a_line_is_read() {
    let stored = r#"{"category":"other","code":null,"message":"m","detail":null,"hint":null,"migration":null,"file":null,
        "line":3,"column":1,"statement":null,"fingerprint":"abcdef"}"#;
    let failure: Failure = serde_json::from_str(stored).unwrap();
    assert_eq!((failure.line, failure.excerpt), (Some(3), None));
}

#[test]
fn what_has_one_way_out_says_it() {
    let hint = |engine: Engine, code: &str, message: &str| {
        let failure = Failure::new(Category::Other, message).code(code).with_remedy(engine, Some("its own"));
        failure.hint.map(|hint| hint.command()).or(failure.detail).unwrap()
    };
    for (engine, code, message, says) in [
        (Engine::Postgres, "25006", "cannot execute CREATE TABLE in a read-only transaction", "a standby or replica"),
        (Engine::Postgres, "53100", "could not extend file", "disk is full"),
        (Engine::Postgres, "42501", "permission denied for table _sqlx_migrations", "own Neo's ledger"),
        (Engine::Postgres, "55P04", "unsafe use of new value \"x\" of enum type mood", "-- neo: no-transaction"),
        (Engine::Postgres, "42501", "permission denied for table users", "its own"),
        (Engine::Mysql, "1227", "you need (at least one of) the SET USER privilege(s)", "leave DEFINER out"),
        (Engine::Mysql, "1227", "you need (at least one of) the BINLOG ADMIN privilege(s)", "its own"),
        (Engine::Mysql, "1419", "You do not have the SUPER privilege", "log_bin_trust_function_creators = 1"),
        (
            Engine::Mysql,
            "1153",
            "Got a packet bigger than 'max_allowed_packet' bytes",
            "raise the server's max_allowed_packet",
        ),
        (Engine::Mysql, "1290", "running with the --read-only option so it cannot", "takes no writes"),
        (Engine::Mysql, "1290", "running with the --secure-file-priv option", "secure_file_priv folder"),
        (Engine::Mysql, "1290", "running with the --skip-grant-tables option", "its own"),
        (Engine::Sqlite, "1544", "attempt to write a readonly database", "the folder that the file lies in"),
        (Engine::Sqlite, "8", "attempt to write a readonly database", "the file cannot be written"),
        // The same number means another thing elsewhere.
        (Engine::Postgres, "1544", "", "its own"),
    ] {
        assert!(hint(engine, code, message).contains(says), "{engine} {code}: {}", hint(engine, code, message));
    }
}
