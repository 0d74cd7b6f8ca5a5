//! Where a tenant's database is, and the password of its role, sealed to that place.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::Platform;
use crate::engine::Target;
use crate::error::{Advice, Do, Error, Result};
use crate::servers::Server;
use crate::tenants::Tenant;
use crate::vault::Binding;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const LOCK_TIMEOUT: Duration = Duration::from_secs(5);

/// Any difference between this and what was sealed makes the credential unreadable: a row that is moved to another tenant,
/// or an endpoint that is edited, sends no password anywhere.
pub(crate) fn binding<'a>(tenant: &'a Tenant, server: &'a Server) -> Binding<'a> {
    Binding {
        purpose: "tenant_db_password",
        subject_id: &tenant.id,
        engine: server.engine.as_str(),
        host: &server.host,
        port: server.port,
        database: &tenant.database,
        role: &tenant.username,
        generation: tenant.generation,
        tls: server.bound_tls(),
        ca: server.tls_ca.as_deref(),
    }
}

/// What the password is sealed to that takes its place.
pub(crate) fn next_binding<'a>(tenant: &'a Tenant, server: &'a Server) -> Binding<'a> {
    Binding { generation: tenant.generation + 1, ..binding(tenant, server) }
}

/// What the tenant's credential was sealed to.
fn sealed_to<'a>(tenant: &'a Tenant, server: &'a Server) -> Binding<'a> {
    Binding { tls: server.bound_tls().filter(|_| !tenant.tls_unbound), ..binding(tenant, server) }
}

/// Where to connect as this tenant's own role: unsealed, bound to its endpoint.
pub(crate) fn target(platform: &Platform, tenant: &Tenant, server: &Server) -> Result<Target> {
    let open = |envelope: &String, binding: &Binding<'_>| {
        platform.vault.open(envelope, binding, platform.config.legacy_ciphertext).map_err(|e| {
            Error::config(format!("the sealed credential of tenant \"{}\" cannot be opened", tenant.slug))
                .cause("it was sealed under another key, or for another database, or is damaged")
                .hint(Advice::from(Do::AskOperator {}).act(Do::KeyStatus {}).and(", ").act(Do::Doctor {}))
                .source(e)
        })
    };
    let password = tenant.credential.as_ref().map(|envelope| open(envelope, &sealed_to(tenant, server))).transpose()?;
    let next = next_binding(tenant, server);
    let second = tenant.credential_next.as_ref().map(|envelope| open(envelope, &next)).transpose()?;
    Ok(Target {
        engine: server.engine,
        host: server.host.clone(),
        port: server.port,
        database: tenant.database.clone(),
        username: tenant.username.clone(),
        password,
        second,
        tls: server.tls,
        path: if server.engine.is_file() { file(&server.path, &tenant.database) } else { PathBuf::new() },
        application_name: format!("neo::{}", tenant.slug),
        connect_timeout: CONNECT_TIMEOUT,
        lock_timeout: LOCK_TIMEOUT,
        tls_ca: server.tls_ca.as_deref().map(Into::into),
    })
}

/// The file of a SQLite tenant: made ones are `<folder>/<name>.db`, adopted ones may lie anywhere.
pub(crate) fn file(folder: &str, database: &str) -> PathBuf {
    if Path::new(database).is_absolute() {
        PathBuf::from(database)
    } else {
        Path::new(folder).join(format!("{database}.db"))
    }
}
