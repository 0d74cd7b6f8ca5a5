//! `neo tenant credentials`: how to sign in to a tenant's database, in the form that a driver, a shell or a program reads.

use clap::Args;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::cli::Session;
use crate::cli::print::Form;
use crate::engine::{Engine, Tls};
use crate::error::Result;
use crate::tenants::{Credentials as Told, Status};

/// How to sign in to a tenant's database, on standard output and nothing else
///
/// As a URL that the engine's usual drivers read, as variables for a shell (set -a; . FILE), or as JSON with the members of the
/// API's tenants/connection. Of a suspended tenant too. Each time it is told, the audit says to whom.
#[derive(Args)]
pub struct Credentials {
    /// Slug or id
    #[arg(value_name = "SLUG|ID")]
    tenant: String,
    /// As a URL, as variables of a shell, or for programs
    #[arg(long, value_name = "FORMAT", value_parser = Form::of(&FORMS), help_heading = "Output")]
    format: Option<Form>,
}

/// The first unless another is asked for.
const FORMS: [Form; 3] = [Form::Url, Form::Env, Form::Json];

impl Credentials {
    pub async fn run(self, session: &Session) -> Result<u8> {
        let printer = session.printer;
        let told = session.central().await?.credentials(&self.tenant).await?;
        if told.status != Status::Active {
            printer.say(format!("{} is {}: no application is told its password", told.tenant, told.status.word()));
        }
        if told.next_password.is_some() {
            printer.say(
                "Its password is being renewed: where this one is refused, the one that follows it is in --format json",
            );
        }
        match self.format {
            _ if printer.is_json() => printer.json(&document(&told)),
            Some(Form::Env) => printer.raw(variables(&told).as_bytes()),
            _ => printer.line(url(&told)),
        }
        Ok(0)
    }
}

/// As `tenants/connection` has it.
fn document(told: &Told) -> Value {
    let secret =
        |secret: &Option<secrecy::SecretString>| secret.as_ref().map(|secret| secret.expose_secret().to_owned());
    json!({
        "tenant": told.tenant,
        "status": told.status,
        "engine": told.engine,
        "host": told.host,
        "port": told.port,
        "database": told.database,
        "user": told.user,
        "password": secret(&told.password),
        "next_password": secret(&told.next_password),
        "tls": told.tls,
        "version": told.version,
    })
}

/// `DB_` and the member's name, in the quotes of a shell; what is null is left out.
fn variables(told: &Told) -> String {
    let document = document(told);
    let mut text = String::new();
    for member in ["engine", "host", "port", "database", "user", "password", "tls"] {
        let value = match &document[member] {
            Value::Null => continue,
            Value::String(value) => value.clone(),
            other => other.to_string(),
        };
        text.push_str(&format!("DB_{}='{}'\n", member.to_uppercase(), value.replace('\'', "'\\''")));
    }
    text
}

/// As the usual drivers of the engine read it. What is no letter, digit or `-._~` is percent-encoded, so that no driver's own
/// reading of a URL matters.
fn url(told: &Told) -> String {
    if told.engine.is_file() {
        return format!("sqlite://{}", encoded(&told.database, "/"));
    }
    let scheme = match told.engine {
        Engine::Postgres => "postgres",
        Engine::Mysql => "mysql",
        Engine::Sqlite => "sqlite",
    };
    let user = told.user.as_deref().map(|user| encoded(user, "")).unwrap_or_default();
    let password = told.password.as_ref().map(|secret| format!(":{}", encoded(secret.expose_secret(), "")));
    let host = told.host.as_deref().unwrap_or_default();
    let port = told.port.unwrap_or_default();
    let mut asked = Vec::new();
    let place = match (host.starts_with('/'), told.engine) {
        // A socket: PostgreSQL's folder, MySQL's file.
        (true, Engine::Postgres) => {
            asked.push(format!("host={}", encoded(host, "")));
            format!("localhost:{port}")
        }
        (true, _) => {
            asked.extend(["socket", "socketPath"].map(|name| format!("{name}={}", encoded(host, ""))));
            "localhost".to_owned()
        }
        (false, _) if host.contains(':') => format!("[{host}]:{port}"),
        (false, _) => format!("{host}:{port}"),
    };
    asked.extend(tls(told.engine, told.tls));
    let asked = if asked.is_empty() { String::new() } else { format!("?{}", asked.join("&")) };
    let database = encoded(&told.database, "");
    format!("{scheme}://{user}{}@{place}/{database}{asked}", password.unwrap_or_default())
}

/// In the words of the drivers. MySQL's have no common one, and a word that a driver does not know must not lead to a connection
/// without TLS: sqlx and the server's own programs read the first, mysql2 the second.
fn tls(engine: Engine, tls: Tls) -> Vec<String> {
    match (engine, tls) {
        (Engine::Postgres, Tls::Off) => vec!["sslmode=disable".to_owned()],
        (Engine::Postgres, mode) => vec![format!("sslmode={}", mode.as_str())],
        (_, Tls::Off) => Vec::new(),
        (_, mode) => {
            let (word, checks) = match mode {
                Tls::VerifyFull => ("VERIFY_IDENTITY", true),
                Tls::Require | Tls::Off => ("REQUIRED", false),
            };
            let ssl = json!({ "rejectUnauthorized": checks }).to_string();
            vec![format!("ssl-mode={word}"), format!("ssl={}", encoded(&ssl, ""))]
        }
    }
}

fn encoded(text: &str, kept: &str) -> String {
    let is_plain =
        |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || kept.as_bytes().contains(&byte);
    let one = |byte: u8| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sign_in(engine: Engine, host: &str, tls: Tls) -> Told {
        Told {
            tenant: "acme".into(),
            status: Status::Active,
            engine,
            host: Some(host.into()),
            port: Some(5432),
            database: "Acme/Prod".into(),
            user: Some("App User".into()),
            password: Some("p@ss:w/rd%'\"$ é".into()),
            next_password: None,
            tls,
            version: Some(7),
        }
    }

    #[test]
    fn a_url_says_everything_in_letters_that_mean_nothing_else() {
        let at = |host, tls| url(&sign_in(Engine::Postgres, host, tls));
        let login = "App%20User:p%40ss%3Aw%2Frd%25%27%22%24%20%C3%A9";
        assert_eq!(at("10.0.0.7", Tls::Off), format!("postgres://{login}@10.0.0.7:5432/Acme%2FProd?sslmode=disable"));
        assert_eq!(
            at("::1", Tls::VerifyFull),
            format!("postgres://{login}@[::1]:5432/Acme%2FProd?sslmode=verify-full")
        );
        let socket = at("/run/postgresql", Tls::Off);
        assert_eq!(
            socket,
            format!("postgres://{login}@localhost:5432/Acme%2FProd?host=%2Frun%2Fpostgresql&sslmode=disable")
        );
        let at = |tls| url(&sign_in(Engine::Mysql, "db", tls));
        assert_eq!(at(Tls::Off), format!("mysql://{login}@db:5432/Acme%2FProd"));
        let strict = "ssl-mode=VERIFY_IDENTITY&ssl=%7B%22rejectUnauthorized%22%3Atrue%7D";
        assert_eq!(at(Tls::VerifyFull), format!("mysql://{login}@db:5432/Acme%2FProd?{strict}"));
        let file = Told { database: "/var/lib/neo/a b.db".into(), ..sign_in(Engine::Sqlite, "", Tls::Off) };
        assert_eq!(url(&file), "sqlite:///var/lib/neo/a%20b.db");
    }

    #[test]
    fn a_shell_reads_back_what_was_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("env");
        std::fs::write(&file, variables(&sign_in(Engine::Postgres, "db", Tls::Off))).unwrap();
        let script = format!("set -a; . {}; env", file.display());
        let output = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        for line in
            ["DB_HOST=db", "DB_PORT=5432", "DB_DATABASE=Acme/Prod", "DB_PASSWORD=p@ss:w/rd%'\"$ é", "DB_TLS=off"]
        {
            assert!(said.lines().any(|said| said == line), "{line}\n{said}");
        }
    }
}
