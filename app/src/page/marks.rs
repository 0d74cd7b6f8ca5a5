//! The renderer's marks (`<!>`), which say to a browser where one part of a view ends and the next begins. Only islands are taken up
//! by a browser, so everywhere else they are bytes, and in a `title` they would be shown.

const MARK: &str = "<!>";
const ISLAND: &str = "<leptos-island";
const END_OF_ISLAND: &str = "</leptos-island>";

/// A page without the marks that are outside of its islands. What somebody typed is no mark: in a text its `<` is escaped, and
/// what stands in quotes within a tag is left as it is.
pub fn without(page: &str) -> String {
    let mut kept = String::with_capacity(page.len());
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        kept.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(behind) = rest.strip_prefix(MARK) {
            rest = behind;
            continue;
        }
        let end = match rest.starts_with(ISLAND) {
            true => rest.find(END_OF_ISLAND).map(|at| at + END_OF_ISLAND.len()),
            false => end_of_tag(rest),
        };
        let (tag, behind) = rest.split_at(end.unwrap_or(rest.len()));
        kept.push_str(tag);
        rest = behind;
    }
    kept.push_str(rest);
    kept
}

/// Behind the `>` that is in no quotes.
fn end_of_tag(html: &str) -> Option<usize> {
    let mut is_quoted = false;
    html.bytes()
        .position(|byte| {
            is_quoted ^= byte == b'"';
            byte == b'>' && !is_quoted
        })
        .map(|at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_go_but_in_islands_and_in_what_was_typed() {
        assert_eq!(
            without("<title>Acme · Neo<!></title><p>one<!> two<!></p><!>"),
            "<title>Acme · Neo</title><p>one two</p>"
        );
        let typed = r#"<input value="a <!> b" title='x'><p>&lt;!&gt; it's "so"</p>"#;
        assert_eq!(without(typed), typed);
        let island = "<leptos-island data-props=\"{}\"><p>a<!></p><!></leptos-island>";
        assert_eq!(without(&format!("<!>{island}<!>é<!>")), format!("{island}é"));
        assert_eq!(without("<!DOCTYPE html><p"), "<!DOCTYPE html><p");
    }
}
