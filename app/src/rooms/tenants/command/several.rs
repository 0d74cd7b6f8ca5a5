//! What is done to several tenants of the list at once, on the command line: of each a command of its own, as the page does each by itself.

use crate::line::{Line, parts};
use crate::query::Query;

/// `suspend`, `resume` or `tag` for all that are named one by one. Which tags stands open until some are said.
pub fn act(act: &str, query: &Query) -> Option<String> {
    // Without any the command would take all tags away that there are.
    let names_none = parts(query.text("add")).chain(parts(query.text("remove"))).next().is_none();
    let of = |slug: &str| {
        let line = Line::of(&format!("neo tenant {act}")).word(slug);
        match act {
            "suspend" | "resume" => line.end(),
            "tag" if names_none => line.end().map(|line| format!("{line} --add …")),
            "tag" => line.each("add", query.text("add")).each("remove", query.text("remove")).end(),
            _ => None,
        }
    };
    let all = query.all("keys").map(of).collect::<Option<Vec<_>>>()?;
    // As the page: who is so already is left as it is, and the others follow.
    (!all.is_empty()).then(|| all.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::runs;

    #[test]
    fn each_of_several_tenants_has_its_command_and_nobody_else() {
        for (verb, query, line) in [
            ("suspend", "keys=acme&keys=beta", "neo tenant suspend acme; neo tenant suspend beta"),
            ("resume", "keys=acme&add=eu", "neo tenant resume acme"),
            ("tag", "keys=acme&add=&remove=", "neo tenant tag acme --add …"),
            ("tag", "keys=acme&add=%2C+&remove=%2C", "neo tenant tag acme --add …"),
            (
                "tag",
                "keys=acme&keys=beta&add=eu%2C+big&remove=-old",
                "neo tenant tag acme --add eu --add big --remove=-old; neo tenant tag beta --add eu --add big --remove=-old",
            ),
        ] {
            assert_eq!(act(verb, &Query::parse(query)).as_deref(), Some(line), "{query}");
            runs(line);
        }
        // Who is chosen by a filter is not named, and what is no slug is no option.
        for (verb, query) in [("suspend", "status=active"), ("suspend", "keys=--yes"), ("export", "keys=acme")] {
            assert_eq!(act(verb, &Query::parse(query)), None, "{verb} {query}");
        }
        let line = act("suspend", &Query::parse("keys=a%3B+rm")).unwrap();
        assert_eq!(line, "neo tenant suspend 'a; rm'");
        runs(&line);
    }
}
