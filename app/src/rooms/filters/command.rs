//! What the pages of saved filters ask for, on the command line.

use neo_model::FilterPage;

use crate::line::Line;
use crate::query::Query;

/// One that is to be kept; without a name, those that are.
pub fn of(query: &Query) -> Option<String> {
    let page: Option<FilterPage> = query.text("page").parse().ok();
    let on = |line: Line| match page {
        Some(page) if page != FilterPage::Tenants => line.flag("page", page.as_str()),
        _ => line,
    };
    match query.pairs().any(|(field, _)| field == "name") {
        false => on(Line::of("neo filter list")).end(),
        true => {
            let save = Line::of("neo filter save").only_if(page.is_some()).word(query.text("name"));
            on(save.needed("query", query, "query")).end()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::runs;

    #[test]
    fn a_filter_has_its_command() {
        for (typed, line) in [
            ("", "neo filter list"),
            ("page=audit", "neo filter list --page audit"),
            (
                "page=tenants&name=Banks%3A+behind&query=status%3Dactive%26tag%3Dbank",
                "neo filter save 'Banks: behind' --query 'status=active&tag=bank'",
            ),
            ("page=runs&name=Broken&query=status%3Dfailed", "neo filter save Broken --query status=failed --page runs"),
        ] {
            assert_eq!(of(&Query::parse(typed)).as_deref(), Some(line));
            runs(line);
        }
        assert_eq!(of(&Query::parse("page=runs&name=&query=status%3Dfailed")), None);
    }
}
