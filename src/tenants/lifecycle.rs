//! What happens to a tenant after it was made: renamed, tagged, suspended, resumed, archived, deleted.

use crate::Platform;
use crate::actor::Actor;
use crate::error::Result;
use crate::tenants::Tenant;

/// A deleted tenant, and where its last backup lies.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Deleted {
    #[serde(flatten)]
    pub tenant: Tenant,
    pub backup: Option<std::path::PathBuf>,
}

pub async fn rename(_platform: &Platform, _actor: &Actor, _key: &str, _name: &str) -> Result<Tenant> {
    todo!()
}
pub async fn set_tags(_platform: &Platform, _actor: &Actor, _key: &str, _tags: &[String]) -> Result<Tenant> {
    todo!()
}
pub async fn suspend(_platform: &Platform, _actor: &Actor, _key: &str) -> Result<Tenant> {
    todo!()
}
pub async fn resume(_platform: &Platform, _actor: &Actor, _key: &str) -> Result<Tenant> {
    todo!()
}
pub async fn archive(_platform: &Platform, _actor: &Actor, _key: &str) -> Result<Tenant> {
    todo!()
}
/// Drops database and role after a backup (unless told otherwise); `confirm` must be the slug. The row stays.
pub async fn delete(
    _platform: &Platform,
    _actor: &Actor,
    _key: &str,
    _confirm: &str,
    _backup: bool,
) -> Result<Deleted> {
    todo!()
}
