//! Backups of PostgreSQL: `pg_dump`'s custom format, restored by the `pg_restore` beside it.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

use super::apart::{self, Entries};
use super::authority::Authority;
use super::dump::{self, Dump};
use super::programs::{Program, Version, is_program};
use super::{password, patience};
use crate::engine::{Category, Connection, Failure, Target, Tls};
use crate::error::Advice;

/// How amounts of money are written, whatever server, database or role would: an amount that is read in another way is another one, a
/// hundred times as much as a rule.
pub(super) const MONEY: &str = "C";

/// Only the entries that it reads there.
const LISTED: &str = "--use-list=/dev/stdin";

/// What every program of PostgreSQL's is told of where to go, by its environment.
fn environment(tenant: &Target, authority: &Authority, lc_monetary: Option<&str>) -> Vec<(&'static str, String)> {
    let tls = if tenant.tls == Tls::Off { "disable" } else { tenant.tls.as_str() };
    // Told of authorities, libpq holds a certificate against them even where it is to be encrypted and no more.
    let whom = (tenant.tls == Tls::VerifyFull).then(|| authority.or(&["PGSSLROOTCERT", "SSL_CERT_FILE"])).flatten();
    vec![
        ("LANG", "C".to_owned()),
        ("PGHOST", tenant.host.clone()),
        ("PGPORT", tenant.port.to_string()),
        ("PGDATABASE", tenant.database.clone()),
        ("PGUSER", tenant.username.clone()),
        ("PGPASSWORD", password(tenant)),
        ("PGSSLMODE", tls.to_owned()),
        ("PGAPPNAME", tenant.application_name.clone()),
        ("PGCONNECT_TIMEOUT", tenant.connect_timeout.as_secs().max(1).to_string()),
    ]
    .into_iter()
    .chain(whom.map(|file| ("PGSSLROOTCERT", file)))
    // A null in an array is one, and an amount what it was.
    .chain([(
        "PGOPTIONS",
        std::iter::once("-c array_nulls=on".to_owned())
            .chain(lc_monetary.map(|name| format!("-c lc_monetary={name}")))
            .collect::<Vec<_>>()
            .join(" "),
    )])
    .collect()
}

pub(super) fn dump(tenant: &Target, authority: &Authority) -> Dump {
    Dump {
        arguments: vec![
            "--format=custom".to_owned(),
            "--no-password".to_owned(),
            format!("--lock-wait-timeout={}ms", patience(tenant).as_millis()),
        ],
        environment: environment(tenant, authority, Some(MONEY)),
        lines: None,
    }
}

/// Some of the tables whose policies bind this login: those that bind their owner too, and those of others. `pg_dump` refuses to
/// read one only in part.
pub(super) async fn bound(conn: &mut Connection) -> Result<Vec<String>, Failure> {
    let sql = "select c.oid::pg_catalog.regclass::text from pg_catalog.pg_class c \
               join pg_catalog.pg_roles r on r.rolname = current_user \
               where c.relrowsecurity and c.relkind in ('r', 'p') and not (r.rolsuper or r.rolbypassrls) \
               and (c.relforcerowsecurity or not pg_catalog.pg_has_role(c.relowner, 'usage')) order by 1 limit 5";
    Ok(conn.texts(sql).await?.into_iter().flatten().collect())
}

/// Why these tables cannot be read whole, with the ways out.
pub(super) fn kept_out(failure: Failure, tables: &[String]) -> Failure {
    let own = format!("as its owner: alter table {} no force row level security", tables[0]);
    let detail = format!("FORCE ROW LEVEL SECURITY binds its owner too: {}; {}", tables.join(", "), failure.message);
    let hint = match &failure.hint {
        Some(hint) => Advice::from(hint).and(format!("; or, {own}")),
        None => Advice::from(own),
    };
    failure.reworded("a table's row-level security would keep rows out of the backup").detail(detail).hint(hint)
}

/// As the tenant, into a database that is empty: all of it or nothing, and then what is restored apart, all of that or nothing.
/// Everything is whoever restores it; what others were given is not given again, since a role of that name may be another tenant's by
/// now.
pub(super) async fn restore(
    (tenant, authority): (&Target, &Authority),
    file: &Path,
    dump: &Program,
    lc_monetary: Option<&str>,
) -> Result<(), Failure> {
    // It comes from a manifest, and is to be a name.
    if lc_monetary
        .is_some_and(|name| name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.@-".contains(&b)))
    {
        return Err(Failure::new(Category::Other, "nothing can be restored: its manifest names no lc_monetary"));
    }
    let program = beside(&dump.file)?;
    let pg_restore = |arguments: &[&str]| {
        let mut command = Command::new(&program);
        command.args(arguments).args(["--no-owner", "--no-privileges", "--no-password"]);
        command
            .env_clear()
            .envs(environment(tenant, authority, lc_monetary))
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        command.stderr(Stdio::piped()).kill_on_drop(true);
        command
    };
    let mut list = pg_restore(&["--list"]);
    let entries =
        Entries::listed(&String::from_utf8_lossy(&dump::printed(&program, list.arg("--").arg(file), None).await?));
    let mut print = pg_restore(&["--file=-", LISTED]);
    // In another encoding than UTF-8 nothing of it can be said: it is pg_restore's then, as everything else is.
    let printed = match entries.apart.is_empty() {
        true => None,
        false => {
            String::from_utf8(dump::printed(&program, print.arg("--").arg(file), Some(&entries.apart)).await?).ok()
        }
    };
    // What a view holds of a table whose policies bind its owner too is what they let its owner see. No policy is there before
    // the rows are.
    let mut all = pg_restore(&["--exit-on-error", "--single-transaction", "--enable-row-security"]);
    all.arg(format!("--dbname=dbname='{}'", tenant.database.replace('\\', r"\\").replace('\'', r"\'")));
    let listed = printed.as_ref().map(|_| &entries.usual[..]);
    all.args(listed.map(|_| LISTED)).arg("--").arg(file);
    dump::printed(&program, &mut all, listed).await.map_err(crowded)?;
    match printed {
        Some(printed) => apart::say(tenant, &printed, &entries.owners).await,
        None => Ok(()),
    }
}

/// It holds a lock for every table until its end.
fn crowded(failure: Failure) -> Failure {
    match failure.message.contains("out of shared memory") {
        true => failure
            .hint("raise max_locks_per_transaction on that server, which takes a restart of it, and restore it again"),
        false => failure,
    }
}

pub(super) fn beside(dump: &Path) -> Result<PathBuf, Failure> {
    Some(dump.with_file_name("pg_restore")).filter(|file| is_program(file)).ok_or_else(|| {
        Failure::new(
            Category::Other,
            format!("nothing can be restored: there is no pg_restore beside {}", dump.display()),
        )
        .hint("install PostgreSQL's client programs beside neo")
    })
}

/// The version of a server that a session is on.
pub(super) async fn version(conn: &mut Connection) -> Result<(String, Version), Failure> {
    let said = conn.texts("select pg_catalog.current_setting('server_version')").await?;
    let said = said.into_iter().flatten().next().unwrap_or_default();
    let version = Version::of(&said);
    version.map(|version| (format!("PostgreSQL {said}"), version)).ok_or_else(|| {
        Failure::new(Category::Other, format!("the server says a version that nobody understands: {said}"))
    })
}
