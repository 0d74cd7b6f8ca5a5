//! What the pages of a tenant's users ask for, on the command line, which asks for a password itself.

use neo::tenant_users::TenantUser;

use crate::line::Line;
use crate::query::Query;

/// A new one; where no password is typed, they choose it by a link.
pub fn new(slug: &str, query: &Query) -> Option<String> {
    let line = Line::of("neo create-tenant-user").word(slug).needed("email", query, "email");
    let line = line.needed("first-name", query, "first_name").needed("last-name", query, "last_name");
    line.needed("role", query, "role").when(query.get("password").is_none(), "link").end()
}

/// What a form on the page of one does: `role`, `disable`.
pub fn act(slug: &str, user: &str, act: &str, query: &Query) -> Option<String> {
    let line = |verb: &str| Line::of(&format!("neo tenant users {verb}")).word(slug).bare(user);
    match act {
        "role" => line("set-role").bare(query.text("role")),
        "password" => line("reset-password"),
        "link" | "end-sessions" | "enable" | "disable" | "delete" => line(act),
        _ => return None,
    }
    .end()
}

/// What can be done to this one but for the role, which is to be chosen first.
pub fn of(slug: &str, user: &TenantUser) -> Vec<String> {
    let switch = if user.disabled { "enable" } else { "disable" };
    let verbs = ["link", "password", "end-sessions", switch, "delete"];
    verbs.into_iter().filter_map(|verb| act(slug, &user.email, verb, &Query::default())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::runs;

    #[test]
    fn a_tenants_user_has_their_command() {
        let eve = "email=eve%40acme.nl&first_name=Eve&last_name=de+Wit&role=member";
        for (typed, line) in [
            (
                eve,
                "neo create-tenant-user acme --email eve@acme.nl --first-name Eve --last-name 'de Wit' --role member --link",
            ),
            (
                &format!("{eve}&password=…"),
                "neo create-tenant-user acme --email eve@acme.nl --first-name Eve --last-name 'de Wit' --role member",
            ),
        ] {
            assert_eq!(new("acme", &Query::parse(typed)).as_deref(), Some(line));
            runs(line);
        }
        assert_eq!(new("acme", &Query::parse("email=eve%40acme.nl")), None);
        let line = act("acme", "eve@acme.nl", "role", &Query::parse("role=member")).unwrap();
        assert_eq!(line, "neo tenant users set-role acme eve@acme.nl member");
        runs(&line);
        for verb in ["password", "link", "end-sessions", "enable", "disable", "delete"] {
            runs(&act("acme", "eve@acme.nl", verb, &Query::default()).unwrap());
        }
        assert_eq!(act("acme", "eve@acme.nl", "nothing", &Query::default()), None);
        // What stands in a tenant's database is never handed on to a shell.
        for hostile in ["x; reboot", "$(reboot)@a.nl", "a\nreboot", "-rf", "a\u{202e}b@c.nl", "'"] {
            assert_eq!(act("acme", hostile, "link", &Query::default()), None, "{hostile:?}");
            assert_eq!(act("acme", "eve@acme.nl", "role", &Query::from([("role", hostile)])), None, "{hostile:?}");
        }
    }
}
