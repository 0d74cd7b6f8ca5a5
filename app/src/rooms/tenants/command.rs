//! What the pages of tenants show, as the command that shows the same.

pub mod several;
pub mod users;

use neo::tenants::{PasswordHash, Status, Tenant};

use super::words::proposed;
use crate::line::Line;
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

/// What can be done to one that stands like this: the mildest first.
pub fn acts(slug: &str, status: Status, is_file: bool, left_out: bool) -> Vec<String> {
    let verbs: &[&str] = match status {
        Status::Active => &["migrate tenant", "migrate verify", "tenant backup", "tenant suspend"],
        Status::Suspended | Status::Archived => &["tenant resume"],
        Status::Failed => &["tenant retry", "tenant cleanup"],
        Status::Provisioning | Status::Deleted => &[],
    };
    let at_work = matches!(status, Status::Active | Status::Suspended);
    let login: &[&str] = if at_work && !is_file { &["tenant credentials", "tenant rotate-password"] } else { &[] };
    let release: &[&str] = if left_out { &["tenant release"] } else { &[] };
    let archive: &[&str] = if at_work { &["tenant archive"] } else { &[] };
    let delete: &[&str] = if at_work || status == Status::Archived { &["tenant delete"] } else { &[] };
    let all = [verbs, release, login, archive, delete].concat();
    all.into_iter().filter_map(|verb| Line::of(&format!("neo {verb}")).word(slug).end()).collect()
}

/// What the form of a new one says. The password of its first admin is asked for there.
pub fn create(query: &Query) -> Option<String> {
    let line = begun("neo tenant create", query).each("tag", query.text("tags")).said("admin-email", query, "email");
    match query.get("email") {
        None => line.end(),
        Some(_) => line.said("admin-first-name", query, "first_name").said("admin-last-name", query, "last_name").end(),
    }
}

/// What the form of one says whose database exists. The password of its role is asked for there; a sealed one stands before it.
pub fn adopt(query: &Query) -> Option<String> {
    let command = match query.get("sealed") {
        Some(_) => "SEALED_PASSWORD=… neo tenant adopt",
        None => "neo tenant adopt",
    };
    begun(command, query)
        .needed("database", query, "database")
        .said("user", query, "user")
        .said("record-table", query, "record_table")
        .when(query.get("no_record").is_some(), "no-record")
        .end()
}

/// What both forms of a new one say.
fn begun(command: &str, query: &Query) -> Line {
    let slug = match query.text("slug") {
        "" => proposed(query.text("name")),
        slug => slug.to_owned(),
    };
    let line = Line::of(command).word(&slug).said("name", query, "name").said("server", query, "server");
    match query.text("password_hash").parse::<PasswordHash>() {
        Ok(kind) if kind != PasswordHash::default() => line.flag("password-hash", kind.as_str()),
        _ => line,
    }
}

/// What the form says that is not so already of this one.
pub fn edit(tenant: &Tenant, query: &Query) -> Option<String> {
    let line = |verb: &str| Line::of(&format!("neo tenant {verb}")).word(&tenant.slug);
    let tags: Vec<&str> = query.text("tags").split(',').map(str::trim).filter(|tag| !tag.is_empty()).collect();
    let kind = query.get("password_hash").and_then(|kind| kind.parse::<PasswordHash>().ok());
    let all = [
        (query.text("name") != tenant.name).then(|| line("rename").word(query.text("name"))),
        (tags != tenant.tags).then(|| tags.iter().fold(line("tag"), |line, tag| line.word(tag))),
        kind.filter(|kind| *kind != tenant.password_hash).map(|kind| line("password-hash").word(kind.as_str())),
    ];
    // Each is one, and all of them are what the form does.
    let all = all.into_iter().flatten().map(Line::end).collect::<Option<Vec<_>>>()?;
    (!all.is_empty()).then(|| all.join(" && "))
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

    #[test]
    fn a_new_tenant_has_its_command() {
        for (typed, line) in [
            ("name=Acme+Corp&slug=&server=eu-1", "neo tenant create acme-corp --name 'Acme Corp' --server eu-1"),
            ("name=&slug=acme&password_hash=argon2id", "neo tenant create acme"),
            (
                "name=A&slug=a&password_hash=bcrypt&email=eve%40a.nl&first_name=Eve&last_name=de+Wit&password=…",
                "neo tenant create a --name A --password-hash bcrypt --admin-email eve@a.nl --admin-first-name Eve --admin-last-name 'de Wit'",
            ),
        ] {
            assert_eq!(create(&Query::parse(typed)).as_deref(), Some(line));
            crate::line::runs(line);
        }
        assert_eq!(create(&Query::parse("name=***")), None);
    }

    #[test]
    fn a_database_that_exists_has_its_command() {
        for (typed, line) in [
            (
                "name=Old&slug=old&server=eu-1&database=old+prod&user=old&password=…&password_hash=bcrypt",
                "neo tenant adopt old --name Old --server eu-1 --password-hash bcrypt --database 'old prod' --user old",
            ),
            (
                "slug=old&database=/srv/old.db&record_table=my_migrations",
                "neo tenant adopt old --database /srv/old.db --record-table my_migrations",
            ),
            ("slug=old&database=d&no_record=1", "neo tenant adopt old --database d --no-record"),
        ] {
            assert_eq!(adopt(&Query::parse(typed)).as_deref(), Some(line));
            crate::line::runs(line);
        }
        assert_eq!(adopt(&Query::parse("slug=old")), None);
        let sealed = adopt(&Query::parse("slug=old&database=d&user=u&password=…&sealed=1"));
        assert_eq!(sealed.as_deref(), Some("SEALED_PASSWORD=… neo tenant adopt old --database d --user u"));
    }

    #[test]
    fn each_state_has_its_acts_and_the_command_line_understands_them() {
        for status in Status::ALL {
            for (is_file, left_out) in [(true, false), (false, true)] {
                acts("acme", status, is_file, left_out).iter().for_each(|line| crate::line::runs(line));
            }
        }
        assert_eq!(acts("acme", Status::Archived, true, false), ["neo tenant resume acme", "neo tenant delete acme"]);
        let active = acts("acme", Status::Active, true, true);
        assert!(
            active.contains(&"neo tenant release acme".to_owned())
                && !active.iter().any(|line| line.contains("credentials"))
        );
        assert!(acts("acme", Status::Deleted, false, false).is_empty());
    }
}
