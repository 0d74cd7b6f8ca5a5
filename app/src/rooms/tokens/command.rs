//! What the page of a new token asks for, on the command line.

use neo::actor::Role;
use neo::tokens::Lifetime;

use crate::line::Line;
use crate::query::Query;

/// How long one lives of which that is not said.
pub const LIFETIME: &str = "90d";

pub fn create(query: &Query) -> Option<String> {
    let is_right = query.text("role").parse::<Role>().is_ok();
    let lifetime = query.get("lifetime").unwrap_or(LIFETIME).trim();
    let line = Line::of("neo token create").only_if(is_right && lifetime.parse::<Lifetime>().is_ok());
    let line = line.word(query.text("name")).needed("role", query, "role");
    let line = if lifetime == LIFETIME { line } else { line.flag("for", lifetime) };
    let line = line.each("tag", query.text("tags")).each("tenant", query.text("tenants"));
    line.each("from", query.text("networks"))
        .when(query.get("allow_destructive").is_some(), "allow-destructive")
        .when(query.get("connect").is_some(), "connect")
        .end()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::runs;

    #[test]
    fn a_token_has_its_command() {
        for (typed, line) in [
            ("name=ci&role=support&lifetime=90d", "neo token create ci --role support"),
            (
                "name=ci&role=admin&lifetime=30d&tags=eu%2Cbank&tenants=acme&networks=10.0.0.0%2F8&allow_destructive=1&connect=1",
                "neo token create ci --role admin --for 30d --tag eu --tag bank --tenant acme --from 10.0.0.0/8 --allow-destructive --connect",
            ),
            ("name=ci&role=superadmin&lifetime=never", "neo token create ci --role superadmin --for never"),
        ] {
            assert_eq!(create(&Query::parse(typed)).as_deref(), Some(line));
            runs(line);
        }
        for typed in ["role=admin", "name=ci&role=boss", "name=ci&role=admin&lifetime=soon"] {
            assert_eq!(create(&Query::parse(typed)), None, "{typed}");
        }
    }
}
