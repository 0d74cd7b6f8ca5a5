//! What is told of those who may come in: admins, their sessions, their tokens, and of what they did.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{AccountStatus, Role, WayIn};

/// An admin of the console.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct AdminRow {
    pub id: String,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    pub role: Role,
    pub status: AccountStatus,
    /// Whether they have a second factor.
    pub second_factor: bool,
    /// By what they sign in.
    #[serde(default)]
    pub ways: Vec<WayIn>,
    #[serde(with = "crate::clock::maybe")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<crate::clock::Time>"))]
    pub last_signed_in_at: Option<i64>,
    /// Until when a link is good by which they choose a password; null: there is none.
    #[serde(default, with = "crate::clock::maybe")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<crate::clock::Time>"))]
    pub link_until: Option<i64>,
    #[serde(with = "crate::clock::at")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "crate::clock::Time"))]
    pub created_at: i64,
}

/// The link by which an admin chooses their password, once. It is printed by nobody who does not mean to.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct AdminLink {
    /// The link itself: the only time that it is shown.
    pub url: String,
    /// Whose password is chosen by it.
    pub email: String,
    #[serde(with = "crate::clock::at")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "crate::clock::Time"))]
    pub expires_at: i64,
    /// Whether it was mailed to them as well; null where no mail server is set.
    #[serde(default)]
    pub mailed: Option<Mailed>,
}

/// What became of a mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Mailed {
    /// The mail server took it.
    pub sent: bool,
    /// Why it did not.
    pub why: Option<String>,
}

/// A session of one's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct SessionRow {
    /// What names it here; it opens nothing.
    pub id: String,
    /// It is the one that asks.
    pub this: bool,
    pub address: Option<String>,
    /// What it says of itself.
    pub user_agent: Option<String>,
    /// Browser and system, as that tells: `Firefox 128 on Linux`.
    #[serde(default)]
    pub device: String,
    #[serde(with = "crate::clock::at")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "crate::clock::Time"))]
    pub created_at: i64,
    /// May lag by some seconds.
    #[serde(with = "crate::clock::at")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "crate::clock::Time"))]
    pub last_seen_at: i64,
}

/// How many sessions were ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct SessionsEnded {
    pub ended: u64,
}

/// How it stands with one's own second factor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct SecondFactor {
    /// Since when an app makes codes; none: none does.
    #[serde(with = "crate::clock::maybe")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<crate::clock::Time>"))]
    pub confirmed_at: Option<i64>,
    /// How many there are: any is a second factor as well.
    pub passkeys: i64,
    /// Whether one has to be there to sign in.
    pub required: bool,
    /// Of ten.
    pub recovery_codes_left: i64,
    /// When one of them was used last.
    #[serde(with = "crate::clock::maybe")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<crate::clock::Time>"))]
    pub recovery_code_used_at: Option<i64>,
}

/// A passkey of one's own: all of it but the key, whose secret half is on its device alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct PasskeyRow {
    pub id: String,
    /// As its owner calls it.
    pub name: String,
    #[serde(with = "crate::clock::at")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "crate::clock::Time"))]
    pub created_at: i64,
    #[serde(with = "crate::clock::maybe")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<crate::clock::Time>"))]
    pub last_used_at: Option<i64>,
    /// Since when it is not taken any more: its counter went back, so somebody may have a copy of it.
    #[serde(with = "crate::clock::maybe")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<crate::clock::Time>"))]
    pub stopped_at: Option<i64>,
}

/// What a telephone makes codes with. It is printed by nobody who does not mean to.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct FactorBegun {
    /// To be typed: base32, in groups of four.
    pub secret: String,
    /// To be scanned as a QR code: `otpauth://totp/…`.
    pub address: String,
}

/// Recovery codes: the only time that they are shown. They come with the first factor: with another there are none, and those from before go on.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct RecoveryCodes {
    /// Each is worth one sign-in.
    pub codes: Vec<String>,
}

names! {
    /// Whether a token is taken.
    pub enum TokenState: "state", "a state of a token" {
        Live = "live",
        Expired = "expired",
        Revoked = "revoked",
        /// Whoever made it is disabled.
        Disabled = "disabled",
    }
}

/// A token: all of it but the secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct TokenRow {
    pub id: String,
    pub name: String,
    pub role: Role,
    /// Who made it: an email, or `cli:<os user>`.
    pub maker: String,
    pub state: TokenState,
    /// Tenants with one of these tags are there for it, and those that are named; where both are empty, all.
    pub tags: Vec<String>,
    pub tenants: Vec<String>,
    /// Where it is taken from; empty: from anywhere.
    pub networks: Vec<String>,
    /// It may delete tenants, prune runs, and roll back more than one.
    pub allow_destructive: bool,
    /// It is told how to connect to tenants' databases.
    pub connect: bool,
    #[serde(with = "crate::clock::at")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "crate::clock::Time"))]
    pub created_at: i64,
    /// None: it lives until it is revoked.
    #[serde(with = "crate::clock::maybe")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<crate::clock::Time>"))]
    pub expires_at: Option<i64>,
    #[serde(with = "crate::clock::maybe")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<crate::clock::Time>"))]
    pub revoked_at: Option<i64>,
    /// May lag by a minute.
    #[serde(with = "crate::clock::maybe")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<crate::clock::Time>"))]
    pub last_used_at: Option<i64>,
    pub last_address: Option<String>,
}

/// A token that was made. It is printed by nobody who does not mean to.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct TokenMade {
    /// The token itself: the only time that it is shown.
    pub token: String,
    #[serde(flatten)]
    pub row: TokenRow,
}

/// A row of the audit. Its keys are in the order of the alphabet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct AuditRow {
    /// `admin.create`
    pub action: String,
    pub actor: String,
    pub address: Option<String>,
    #[serde(with = "crate::clock::at")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "crate::clock::Time"))]
    pub at: i64,
    /// What there is to say of the act; each has its own.
    pub body: Value,
    pub door: String,
    /// `intended`, `succeeded` or `failed`.
    pub outcome: String,
    pub request_id: String,
    /// Its number.
    pub seq: i64,
    pub subject: String,
}
