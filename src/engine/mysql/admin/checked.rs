//! How a server is told the password of a user that is made there, and who may stand in that user's way.

use std::net::IpAddr;

use super::*;
use crate::engine::Tls;
use crate::error::{Advice, Say};

/// MariaDB's general log would hold the statement as it is; MySQL's own leaves the password out. Where a plugin of MariaDB's wants to
/// see each password, it is told in clear: a hash cannot be checked.
pub(super) async fn identified(admin: &mut Admin, target: &Target, password: &str) -> Result<String, Failure> {
    Ok(match may_be_sent(admin, target, password).await? {
        Sent::Hash(hash) => format!("identified by password '{hash}'"),
        Sent::Clear { .. } => format!("identified by {}", text(password)),
    })
}

/// The same of the password that the administrator's own login gets. MariaDB leaves in place whatever else it may sign in by.
pub(super) async fn renewed(admin: &mut Admin, target: &Target, password: &str) -> Result<String, Failure> {
    Ok(match may_be_sent(admin, target, password).await? {
        Sent::Hash(hash) => format!("set password = '{hash}'"),
        Sent::Clear { is_mariadb: true } => format!("set password = password({})", text(password)),
        Sent::Clear { is_mariadb: false } => format!("alter user current_user() identified by {}", text(password)),
    })
}

/// Runs what gives an account a password. MariaDB says of one that its plugins refuse no more than that it failed, as of an account
/// that is not there; what they said stands in the warnings.
pub(super) async fn given(admin: &mut Admin, sql: &str) -> Result<(), Failure> {
    match admin.run(sql).await {
        Err(failure) if matches!(failure.code.as_deref(), Some("1396" | "1819")) => Err(because(admin, failure).await),
        outcome => outcome,
    }
}

async fn because(admin: &mut Admin, failure: Failure) -> Failure {
    let rows = admin.rows("show warnings").await.unwrap_or_default();
    let text = |row: &MySqlRow, column: usize| row.try_get_unchecked::<String, _>(column).unwrap_or_default();
    let said = rows.iter().filter(|row| text(row, 1) == "1819").map(|row| (text(row, 0), text(row, 2)));
    let (errors, reasons): (Vec<_>, Vec<_>) = said.partition(|(level, _)| level == "Error");
    let error = errors.into_iter().next().map(|(_, said)| said);
    refused(failure, error, reasons.into_iter().map(|(_, said)| said).collect())
}

/// The same failure with what the plugins have said.
fn refused(failure: Failure, error: Option<String>, reasons: Vec<String>) -> Failure {
    let is_said = failure.code.as_deref() == Some("1819");
    let Some(words) = error.or_else(|| is_said.then(|| failure.message.clone())) else { return failure };
    let failure = Failure::new(Category::Permission, words).code("1819");
    let failure = match failure.remedy(Engine::Mysql) {
        Some(remedy) => failure.hint(remedy),
        None => failure,
    };
    if reasons.is_empty() { failure } else { failure.detail(reasons.join("; ")) }
}

enum Sent {
    Hash(String),
    Clear { is_mariadb: bool },
}

async fn may_be_sent(admin: &mut Admin, target: &Target, password: &str) -> Result<Sent, Failure> {
    let version = admin.texts("select version()").await?;
    let is_mariadb = version.iter().any(|v| v.contains("MariaDB"));
    if is_mariadb && !checks(admin).await? {
        return Ok(Sent::Hash(passwords::native(password)));
    }
    if is_mariadb && !may_say(target) {
        return Err(unsaid());
    }
    Ok(Sent::Clear { is_mariadb })
}

async fn checks(admin: &mut Admin) -> Result<bool, Failure> {
    let asked = "select cast(@@strict_password_validation and exists (select * from information_schema.plugins \
                 where plugin_type = 'PASSWORD VALIDATION' and plugin_status = 'ACTIVE') as char)";
    Ok(admin.maybe(asked).await?.as_deref() == Some("1"))
}

/// Whether what is said there is heard on this machine alone, or by nobody on the way.
fn may_say(target: &Target) -> bool {
    let host = target.host.as_str();
    let is_here =
        host.starts_with('/') || host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    is_here || target.tls != Tls::Off
}

fn unsaid() -> Failure {
    let words = "this server checks passwords itself, and would have to be sent them in the clear";
    Failure::new(Category::Permission, words).hint(
        Advice::from("let Neo speak TLS with it: ")
            .act(Say::RequireTls)
            .and("; or have somebody who may run there: set global strict_password_validation = off"),
    )
}

/// Why a tenant's login that was just made is not let in, where another one stands before it: a server looks for the host first,
/// and a user without a name at this very host is everybody.
pub(in crate::engine) async fn shadowed(target: &Target, failure: Failure) -> Failure {
    if failure.code.as_deref() != Some("1045") {
        return failure;
    }
    let Ok(mut admin) = Admin::open(target).await else { return failure };
    let hosts = admin.texts("select cast(host as char) from mysql.user where user = ''").await.unwrap_or_default();
    admin.close().await;
    let anonymous: Vec<_> = hosts.iter().map(|host| format!("''@{}", text(host))).collect();
    if anonymous.is_empty() {
        return failure;
    }
    let words = format!("the anonymous user {} stands before a tenant's login", anonymous.join(", "));
    Failure::new(Category::Auth, words)
        .code("1045")
        .detail("the server takes whoever comes from there for that user, whatever name he gives")
        .hint(format!("have somebody who may run: drop user {}", anonymous.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_plugin_has_said_is_told_and_not_that_it_failed() {
        let failed = || Failure::new(Category::Exists, "Operation ALTER USER failed for 'u'@'%'").code("1396");
        let said = "Your password does not satisfy the current policy requirements (simple_password_check)".to_owned();
        let failure = refused(failed(), Some(said.clone()), vec!["Too short".to_owned(), "Not enough".to_owned()]);
        assert_eq!((failure.code.as_deref(), failure.message.as_str()), (Some("1819"), said.as_str()));
        assert_eq!(
            (failure.category, failure.detail.as_deref()),
            (Category::Permission, Some("Too short; Not enough"))
        );
        assert!(failure.hint.is_some_and(|hint| hint.command().contains("strict_password_validation")));
        // Of an account that is not there no plugin has said anything.
        assert_eq!(refused(failed(), None, Vec::new()), failed());
    }

    #[test]
    fn a_password_is_said_where_nobody_listens_and_never_on_an_open_way() {
        let target = |host: &str, tls| Target {
            engine: Engine::Mysql,
            host: host.into(),
            port: 3306,
            database: String::new(),
            username: String::new(),
            password: None,
            second: None,
            tls,
            path: Default::default(),
            application_name: String::new(),
            connect_timeout: Default::default(),
            lock_timeout: Default::default(),
            tls_ca: None,
        };
        for host in ["/run/mysqld/mysqld.sock", "localhost", "127.0.0.1", "::1"] {
            assert!(may_say(&target(host, Tls::Off)), "{host}");
        }
        for host in ["db.example.com", "10.0.0.7", "localhost.example.com"] {
            assert!(!may_say(&target(host, Tls::Off)) && may_say(&target(host, Tls::Require)), "{host}");
        }
        assert!(unsaid().hint.is_some_and(|hint| hint.command().contains("--tls require")));
    }
}
