//! What provisioning is made of.
use super::{Failure, Probe, Target};
use secrecy::SecretString;
pub async fn probe(_target: &Target) -> Result<Probe, Failure> {
    todo!()
}
/// Creates and drops a scratch database, to prove that this login may provision.
pub async fn probe_provisioning(_admin: &Target) -> Result<(), Failure> {
    todo!()
}

// What provisioning is made of. `admin` is the server's administrator; every one of these may be called twice. `name` is
// both database and (postgres, mysql) role owner; SQLite: `admin.path` is the folder, the file is `<name>.db`, roles are no-ops.

/// Creates the login role with `password` (postgres: as a SCRAM verifier computed here), NOSUPERUSER and friends, with a
/// connection limit; an existing one that bears this tenant's marker gets the password anew.
pub async fn create_role(
    _admin: &Target,
    _role: &str,
    _password: &SecretString,
    _tenant_id: &str,
) -> Result<(), Failure> {
    todo!()
}
/// Creates the database, owned by `role` where the engine knows owners, marked with the tenant's id, closed to PUBLIC.
/// An existing one without this tenant's marker is `Category::Exists`.
pub async fn create_database(_admin: &Target, _database: &str, _role: &str, _tenant_id: &str) -> Result<(), Failure> {
    todo!()
}
/// Grants the role what it needs on its database and nothing elsewhere.
pub async fn grant(_admin: &Target, _database: &str, _role: &str) -> Result<(), Failure> {
    todo!()
}
/// Drops it if it is there and bears this tenant's marker (connections are ended first); one without is an error.
pub async fn drop_database(_admin: &Target, _database: &str, _tenant_id: &str) -> Result<(), Failure> {
    todo!()
}
pub async fn drop_role(_admin: &Target, _role: &str, _tenant_id: &str) -> Result<(), Failure> {
    todo!()
}
/// Databases on this server that bear a Neo marker: `(database, tenant id)`, for the doctor's orphans.
pub async fn marked(_admin: &Target) -> Result<Vec<(String, String)>, Failure> {
    todo!()
}
