//! The users inside a tenant's own database, as programs read them.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct TenantUser {
    pub id: String,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    pub roles: Vec<String>,
    pub disabled: bool,
    /// As the tenant's own database says it.
    pub created_at: Option<String>,
    /// On the tenant's address; null where they never have.
    #[serde(default, with = "crate::clock::maybe")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<crate::clock::Time>"))]
    pub last_signed_in_at: Option<i64>,
}

/// A page of them, in the order of their emails.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct TenantUsers {
    pub users: Vec<TenantUser>,
    /// What to ask for as `after`; null on the last page.
    pub next: Option<String>,
    /// What cannot be done in this tenant, whose tables are of another shape than Neo's; empty where everything can.
    #[serde(default)]
    pub closed: Vec<ClosedAct>,
}

/// What cannot be done with a tenant's users, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct ClosedAct {
    pub act: UserAct,
    /// What its tables lack for it.
    pub why: String,
}

names! {
    /// What is done with a tenant's users.
    pub enum UserAct: "act", "an act on a tenant's users" {
        See = "see" => "see its users",
        Create = "create" => "make users",
        SetRole = "set_role" => "give users a role",
        SetPassword = "set_password" => "set passwords",
        Disable = "disable" => "disable and enable users",
        Delete = "delete" => "delete users",
        /// On the tenant's address.
        SignIn = "sign_in" => "sign in on its address",
    }
}

/// The link by which somebody chooses their password, once. It is printed by nobody who does not mean to.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct TenantUserLink {
    /// The link itself: the only time that it is shown.
    pub url: String,
    /// Whose password is chosen by it.
    pub email: String,
    #[serde(with = "crate::clock::at")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "crate::clock::Time"))]
    pub expires_at: i64,
}
