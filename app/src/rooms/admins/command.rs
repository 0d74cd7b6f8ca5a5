//! What the pages of admins ask for, on the command line, which asks for a password itself.

use neo::actor::Role;
use neo::admins::Admin;

use crate::line::Line;
use crate::query::Query;

/// One who is given a password.
pub fn new(query: &Query) -> Option<String> {
    let line = Line::of("neo create-central-admin").needed("email", query, "email");
    let line = line.needed("first-name", query, "first_name").needed("last-name", query, "last_name");
    role(line, query).end()
}

/// One who chooses it.
pub fn invite(query: &Query) -> Option<String> {
    let line = role(Line::of("neo admin invite").word(query.text("email")), query);
    let name = format!("{} {}", query.text("first_name"), query.text("last_name"));
    match name.trim() {
        "" => line.end(),
        name => line.flag("name", name).end(),
    }
}

fn role(line: Line, query: &Query) -> Line {
    line.only_if(query.text("role").parse::<Role>().is_ok()).needed("role", query, "role")
}

/// What a form on the page of one does: `role`, `disable`.
pub fn act(admin: &str, act: &str, query: &Query) -> Option<String> {
    let line = |verb: &str| Line::of(&format!("neo admin {verb}")).word(admin);
    match act {
        "role" => {
            let role = query.text("role");
            line("set-role").only_if(role.parse::<Role>().is_ok()).word(role)
        }
        "password" => line("reset-password"),
        "link" | "revoke" | "end-sessions" | "enable" | "disable" | "reset-2fa" | "unlink" => line(act),
        _ => return None,
    }
    .end()
}

/// What can be done to this one but for the role, which is to be chosen first.
pub fn of(admin: &Admin, has_provider: bool) -> Vec<String> {
    let acts = [
        ("link", true),
        ("revoke", admin.link_until.is_some()),
        ("password", true),
        ("end-sessions", true),
        ("reset-2fa", admin.second_factor),
        ("unlink", has_provider),
        ("enable", admin.disabled),
        ("disable", !admin.disabled),
    ];
    let open = acts.into_iter().filter(|(_, is_open)| *is_open);
    open.filter_map(|(name, _)| act(&admin.email, name, &Query::default())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::runs;

    #[test]
    fn admins_have_their_commands() {
        let ada = Query::parse("email=ada%40example.com&first_name=Ada&last_name=King+L.&role=admin&password=…");
        for (line, is) in [
            (
                new(&ada),
                "neo create-central-admin --email ada@example.com --first-name Ada --last-name 'King L.' --role admin",
            ),
            (invite(&ada), "neo admin invite ada@example.com --role admin --name 'Ada King L.'"),
            (invite(&Query::parse("email=a%40b.c&role=support")), "neo admin invite a@b.c --role support"),
            (act("a@b.c", "role", &Query::parse("role=superadmin")), "neo admin set-role a@b.c superadmin"),
        ] {
            assert_eq!(line.as_deref(), Some(is));
            runs(is);
        }
        for verb in ["password", "link", "revoke", "end-sessions", "enable", "disable", "reset-2fa", "unlink"] {
            runs(&act("a@b.c", verb, &Query::default()).unwrap());
        }
        assert_eq!(new(&Query::parse("email=a%40b.c&role=admin")), None, "without a name");
        assert_eq!(invite(&Query::parse("email=a%40b.c&role=boss")), None);
        assert_eq!(act("a@b.c", "nothing", &Query::default()), None);
    }
}
