//! Every page is looked at in a browser: the table that end2end walks (end2end/pages.mjs) has each of the router's.

use std::collections::BTreeSet;
use std::path::Path;

use axum::http::Method;
use neo_app::page::route::Whom;

#[test]
fn no_page_is_left_out_of_the_walk_and_none_is_walked_that_is_not_there() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../end2end");
    let text = std::fs::read_to_string(folder.join("pages.mjs")).unwrap();
    let tables: Vec<&str> = text.split("export const ").skip(1).collect();
    let [walked, open, elsewhere] = tables[..] else { panic!("three tables in {text}") };
    let rows = |table: &str| {
        let rows = table.lines().filter_map(|line| line.strip_prefix("  \"")?.split_once("\": "));
        rows.map(|(path, rest)| (path.to_owned(), rest.to_owned())).collect::<Vec<_>>()
    };
    let paths = |table: &str| rows(table).into_iter().map(|(path, _)| path).collect::<BTreeSet<_>>();

    // What is no page: the answers of functions, streams, files.
    let is_page =
        |path: &str| !path.starts_with("/api/") && !path.starts_with("/events/") && !path.ends_with("/export");
    let pages = neo_app::pages().into_iter().filter(|row| row.method == Method::GET && is_page(&row.path));
    let (anybodys, theirs): (Vec<_>, Vec<_>) = pages.partition(|row| row.whom == Whom::Anybody);
    let named = |rows: Vec<neo_app::page::route::Route>| rows.into_iter().map(|row| row.path).collect::<BTreeSet<_>>();
    assert_eq!(named(theirs), paths(walked));
    assert_eq!(named(anybodys), paths(open).union(&paths(elsewhere)).cloned().collect());
    for (path, file) in rows(elsewhere) {
        let file = folder.join(file.trim_matches(['"', ',']));
        let story = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(story.contains("look(page"), "{path} is looked at in {}", file.display());
    }
}
