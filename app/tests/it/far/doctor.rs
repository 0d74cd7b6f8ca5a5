//! What the doctor finds, asked for beside the central database and from afar, of the same console.

use super::transcript::told;
use super::{Console, token};
use crate::program::Program;

/// Both say the same, and end with this code; answers what was said.
#[track_caller]
fn both(home: &Program, afar: &Program, line: &str, code: i32) -> String {
    let (near, far) = (home.run(line), afar.run(line));
    assert_eq!(told(line, &near), told(line, &far));
    assert_eq!(far.code, code, "{}{}", far.out, far.err);
    far.out
}

const FORMS: [&str; 4] = ["", " --json", " --format ndjson", " --format plain"];

#[test]
fn what_the_doctor_finds_and_how_it_ends_is_the_same_from_afar() {
    // What was seen to a moment ago would be another moment for each of them.
    let home = Program::new().with("RETENTION", "never");
    home.run("tenant create acme").expect(0);
    let console = Console::of(&home);
    let afar = console.afar(&token(&home, "watch --role support"));
    for form in FORMS {
        both(&home, &afar, &format!("doctor{form}"), 0);
        both(&home, &afar, &format!("doctor locks{form}"), 0);
    }
    home.migration("20990101000000_more.up.sql", "create table more (id int);\n");
    for form in FORMS {
        let said = both(&home, &afar, &format!("doctor{form}"), 1);
        assert!(
            said.contains("1 are behind the newest migration") && said.contains("neo migrate all-tenants"),
            "{said}"
        );
    }
    let found = afar.run("doctor --json").json();
    let found = found.as_array().unwrap();
    let wrong: Vec<_> = found.iter().filter(|one| one["ok"] == false).map(|one| &one["area"]).collect();
    assert_eq!(wrong, ["tenant"], "{found:?}");
    // Locks alone are as they were.
    let locks = both(&home, &afar, "doctor locks --json", 0);
    assert!(
        locks.len() < both(&home, &afar, "doctor --json", 1).len() && locks.contains("no migration lock"),
        "{locks}"
    );
}
