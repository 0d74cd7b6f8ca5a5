//! Central admins.
use crate::{
    Platform,
    actor::{Actor, Role},
    error::Result,
};
use secrecy::SecretString;
use serde::Serialize;

#[derive(Debug, Clone, Serialize)]
pub struct Admin {
    pub id: String,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    pub role: Role,
    pub disabled: bool,
    pub last_signed_in_at: Option<i64>,
    pub created_at: i64,
}

pub struct NewAdmin {
    pub email: String,
    pub password: SecretString,
    pub first_name: String,
    pub last_name: String,
    pub role: Role,
}

pub async fn create(_platform: &Platform, _actor: &Actor, _new: NewAdmin) -> Result<Admin> {
    todo!()
}
pub async fn list(_platform: &Platform, _actor: &Actor) -> Result<Vec<Admin>> {
    todo!()
}
/// By id or email.
pub async fn find(_platform: &Platform, _actor: &Actor, _key: &str) -> Result<Admin> {
    todo!()
}
pub async fn set_role(_platform: &Platform, _actor: &Actor, _key: &str, _role: Role) -> Result<Admin> {
    todo!()
}
pub async fn disable(_platform: &Platform, _actor: &Actor, _key: &str) -> Result<Admin> {
    todo!()
}
pub async fn enable(_platform: &Platform, _actor: &Actor, _key: &str) -> Result<Admin> {
    todo!()
}
pub async fn reset_password(
    _platform: &Platform,
    _actor: &Actor,
    _key: &str,
    _password: SecretString,
) -> Result<Admin> {
    todo!()
}
/// Ends every session of this admin; answers how many.
pub async fn end_sessions(_platform: &Platform, _actor: &Actor, _key: &str) -> Result<u64> {
    todo!()
}
/// Whether no admin exists yet.
pub async fn none_yet(_platform: &Platform) -> Result<bool> {
    todo!()
}
/// A one-time token for the first superadmin, good for 30 minutes; only while there is no admin. Only its hash is kept.
pub async fn new_setup_token(_platform: &Platform) -> Result<SecretString> {
    todo!()
}
/// Redeems the token and creates the first superadmin (the role in `new` is ignored).
pub async fn redeem_setup(_platform: &Platform, _token: &str, _new: NewAdmin) -> Result<Admin> {
    todo!()
}
pub async fn setup_token_is_valid(_platform: &Platform, _token: &str) -> Result<bool> {
    todo!()
}
