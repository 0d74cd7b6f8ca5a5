//! What the pages of servers ask for, on the command line. A password is typed there as well: no command has one.

use neo::engine::Engine;
use neo::servers::Server;

use crate::line::{Line, UNTOLD};
use crate::page::forms::Form;
use crate::query::Query;

/// The file that is meant where an authority's certificates stand in a field.
const AUTHORITY: &str = "ca.pem";

/// What the form of a new one says.
pub fn add(query: &Query) -> Option<String> {
    let engine: Engine = query.text("engine").parse().unwrap_or(Engine::ALL[0]);
    let line = Line::of("neo server add").word(query.text("name")).flag("engine", engine.as_str());
    let line = match engine.is_file() {
        true => line.needed("path", query, "path"),
        false => {
            let line = line.needed("host", query, "host").number::<u16>("port", query, "port");
            let line = line.needed("user", query, "username").said("tls", query, "tls");
            let line = match query.text("tls_ca") {
                "" => line,
                _ => line.flag("tls-ca", AUTHORITY),
            };
            line.when(query.get("insecure").is_some(), "insecure")
        }
    };
    let line = line.number::<u32>("max-connections", query, "max_connections");
    line.said("app-host", query, "app_host").number::<u16>("app-port", query, "app_port").end()
}

/// What the form shows of one that is there, at first.
pub fn as_it_is(server: &Server) -> Form {
    let port = |port: u16| if port == 0 { String::new() } else { port.to_string() };
    Form::empty()
        .with("name", &server.name)
        .with("host", &server.host)
        .with("port", port(server.port))
        .with("username", &server.username)
        .with("tls", server.tls.as_str())
        .with("max_connections", server.max_connections.to_string())
        .with("app_host", &server.app_host)
        .with("app_port", port(server.app_port))
        .with("tls_ca", server.tls_ca.as_deref().unwrap_or_default())
}

/// What the form says that is not so already (`was`, of the server of this name); nothing while there is none.
pub fn set(name: &str, was: &Form, query: &Query) -> Option<String> {
    let is_new = |field: &str| query.pairs().any(|(name, _)| name == field) && query.text(field) != was.text(field);
    let (mut line, mut changes) = (Line::of("neo server set").word(name), false);
    for (field, flag) in [
        ("name", "rename"),
        ("host", "host"),
        ("port", "port"),
        ("username", "user"),
        ("tls", "tls"),
        ("max_connections", "max-connections"),
        ("app_host", "app-host"),
        ("app_port", "app-port"),
    ] {
        if !is_new(field) {
            continue;
        }
        changes = true;
        line = match (field, query.text(field)) {
            // The usual one.
            ("port", "") => line.flag(flag, "0"),
            ("app_host" | "app_port", "") => line.flag(flag, ""),
            ("port" | "app_port", _) => line.number::<u16>(flag, query, field),
            ("max_connections", text) => line.only_if(!text.is_empty()).number::<u32>(flag, query, field),
            (_, _) => line.needed(flag, query, field),
        };
    }
    // Of what there was before nobody can tell whether it was typed anew.
    let is_same = query.text("tls_ca") == UNTOLD && !was.text("tls_ca").is_empty();
    if is_new("tls_ca") && !is_same {
        changes = true;
        line = line.flag("tls-ca", if query.text("tls_ca").is_empty() { "" } else { AUTHORITY });
    }
    let has_password = query.get("password").is_some();
    line.when(has_password, "password-stdin")
        .when(query.get("insecure").is_some(), "insecure")
        .only_if(changes || has_password)
        .end()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::runs;

    #[test]
    fn a_new_server_has_its_command() {
        for (typed, line) in [
            (
                "engine=sqlite&name=files&path=%2Fsrv%2Fmy+files",
                "neo server add files --engine sqlite --path '/srv/my files'",
            ),
            (
                "engine=postgres&name=eu-1&host=db.example.com&username=neo&password=…&tls_ca=…&max_connections=40",
                "neo server add eu-1 --engine postgres --host db.example.com --user neo --tls-ca ca.pem --max-connections 40",
            ),
            (
                "engine=mysql&name=m&host=db&port=3307&username=root&tls=off&insecure=1&app_host=pool&app_port=6033",
                "neo server add m --engine mysql --host db --port 3307 --user root --tls off --insecure --app-host pool --app-port 6033",
            ),
        ] {
            assert_eq!(add(&Query::parse(typed)).as_deref(), Some(line));
            runs(line);
        }
        for typed in
            ["", "engine=postgres&name=eu-1", "engine=sqlite&name=x", "engine=mysql&name=m&host=h&username=u&port=x"]
        {
            assert_eq!(add(&Query::parse(typed)), None, "{typed}");
        }
    }

    #[test]
    fn what_is_another_by_now_has_its_command() {
        let was = Form::empty().with("name", "eu-1").with("host", "db").with("port", "5432").with("username", "neo");
        let was =
            was.with("tls", "verify-full").with("max_connections", "20").with("app_host", "pool").with("tls_ca", "PEM");
        let same = "name=eu-1&host=db&port=5432&username=neo&tls=verify-full&max_connections=20&app_host=pool&tls_ca=…";
        assert_eq!(set("eu-1", &was, &Query::parse(same)), None);
        for (from, to, line) in [
            ("host=db", "host=db2", "neo server set eu-1 --host db2"),
            ("port=5432", "port=", "neo server set eu-1 --port 0"),
            ("app_host=pool", "app_host=", "neo server set eu-1 --app-host ''"),
            ("name=eu-1", "name=eu-2", "neo server set eu-1 --rename eu-2"),
            ("tls_ca=…", "tls_ca=", "neo server set eu-1 --tls-ca ''"),
            ("tls_ca=…", "tls_ca=…&password=…", "neo server set eu-1 --password-stdin"),
            ("tls=verify-full", "tls=off&insecure=1", "neo server set eu-1 --tls off --insecure"),
        ] {
            assert_eq!(set("eu-1", &was, &Query::parse(&same.replace(from, to))).as_deref(), Some(line));
            runs(line);
        }
        for (from, to) in [("max_connections=20", "max_connections="), ("port=5432", "port=x"), ("host=db", "host=")] {
            assert_eq!(set("eu-1", &was, &Query::parse(&same.replace(from, to))), None, "{to}");
        }
    }
}
