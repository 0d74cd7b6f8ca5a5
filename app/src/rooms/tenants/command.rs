//! What the pages of tenants show, as the command that shows the same.

use crate::query::Query;
use crate::rooms::tenants::links;
use crate::words::quoted;

/// The list with these filters; nothing for what the command line cannot say in one line.
pub fn list(query: &Query) -> Option<String> {
    // Tenants that are named one by one have no flag.
    if query.get("keys").is_some() {
        return None;
    }
    let mut line = String::from("neo tenant list");
    for (name, value) in links::selection(query).pairs().filter(|(_, value)| !value.trim().is_empty()) {
        line.push_str(&match (name, value.trim()) {
            ("q", text) => format!(" --search {}", quoted(text)),
            ("behind", "latest") => " --behind".to_owned(),
            ("behind", version) => format!(" --behind={}", quoted(version)),
            ("quarantined", _) => " --quarantined".to_owned(),
            (name, value) => format!(" --{name} {}", quoted(value)),
        });
    }
    Some(line)
}

/// One of them, or what is asked about it on a page of its own.
pub fn one(slug: &str, act: Option<&str>, query: &Query) -> Option<String> {
    let said = |name: &str, flag: &str| query.get(name).map(|value| format!(" --{flag} {}", quoted(value.trim())));
    let flags = |flags: &[(&str, &str)]| flags.iter().filter_map(|(name, flag)| said(name, flag)).collect::<String>();
    let slug = quoted(slug);
    Some(match act {
        None => format!("neo tenant show {slug}"),
        Some("users") => format!("neo tenant users list {slug}"),
        Some("quarantine") if query.get("reason").is_none() => {
            format!("neo tenant quarantine {slug} --reason … --for 7d")
        }
        Some("quarantine") => {
            format!(
                "neo tenant quarantine {slug}{}",
                flags(&[("reason", "reason"), ("for", "for"), ("owner", "owner")])
            )
        }
        Some("unlock") => format!("neo tenant unlock {slug}{}", flags(&[("session", "session"), ("reason", "reason")])),
        Some("delete") if query.get("backup").is_none() => format!("neo tenant delete {slug} --no-backup"),
        Some("drop-replaced") if query.get("forget").is_some() => format!("neo tenant drop-replaced {slug} --forget"),
        Some("move") => format!("neo tenant move {slug} --server …"),
        Some("clean-up") => format!("neo tenant cleanup {slug}"),
        Some(act @ ("suspend" | "resume" | "release" | "archive" | "retry" | "delete" | "drop-replaced")) => {
            format!("neo tenant {act} {slug}")
        }
        Some(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_its_command_and_the_command_line_understands_it() {
        let query = Query::parse(
            "status=suspended&status=active&server=pg-1&tag=eu&behind=latest&quarantined=yes&q=x&sort=name",
        );
        let line = list(&query).unwrap();
        assert_eq!(
            line,
            "neo tenant list --status suspended --status active --server pg-1 --tag eu --behind --quarantined --search x"
        );
        assert!(neo::cli::parse(line.split(' ').map(Into::into)).is_ok());
        assert_eq!(list(&Query::parse("q=it%27s")).as_deref(), Some(r"neo tenant list --search 'it'\''s'"));
        let line = list(&Query::parse("state=drifted&state=failed&version=20260101000001")).unwrap();
        assert_eq!(line, "neo tenant list --state drifted --state failed --version 20260101000001");
        assert!(neo::cli::parse(line.split(' ').map(Into::into)).is_ok());
        assert_eq!(list(&Query::parse("keys=acme")), None);
    }

    #[test]
    fn what_is_done_to_a_tenant_has_its_command_and_the_command_line_understands_it() {
        for (act, query, line) in [
            (None, "", "neo tenant show acme"),
            (Some("users"), "", "neo tenant users list acme"),
            (Some("quarantine"), "reason=x&for=3d&owner=", "neo tenant quarantine acme --reason x --for 3d"),
            (Some("suspend"), "", "neo tenant suspend acme"),
            (Some("retry"), "", "neo tenant retry acme"),
            (Some("delete"), "backup=1", "neo tenant delete acme"),
            (Some("delete"), "confirm=acme", "neo tenant delete acme --no-backup"),
            (Some("clean-up"), "", "neo tenant cleanup acme"),
            (Some("unlock"), "session=7%402026&reason=x", "neo tenant unlock acme --session 7@2026 --reason x"),
        ] {
            assert_eq!(one("acme", act, &Query::parse(query)).as_deref(), Some(line));
            assert!(neo::cli::parse(line.split(' ').map(Into::into)).is_ok(), "{line}");
        }
        assert_eq!(one("acme", Some("nothing"), &Query::default()), None);
    }
}
