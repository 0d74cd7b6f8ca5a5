//! Tokens: how programs come in. A token is made by somebody, bears a name, and is worth no more than its maker is at the moment.
//!
//! `neo_<id: 8>_<secret: 40>_<check: 6>`, in base62. The check is a CRC-32 of what stands before it, so that a scanner for leaked
//! secrets can tell a token from its like, and a mistyped one is refused before anything is read. The database holds the SHA-256
//! of the whole.

mod entry;
mod found;
mod rate;
mod store;
mod text;

use std::fmt;
use std::str::FromStr;

use neo_model::TokenRow;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::actor::{Actor, Confinement, Permission, Role};
use crate::clock::milliseconds;
use crate::config::Network;
use crate::error::{Error, Result};
use crate::named::{self, is_plain};
use crate::sessions::store::turn_of;
use crate::{Platform, audit, tenants};

pub use neo_model::TokenState;

pub use entry::{LOOK_EVERY, authenticate, still};
pub(crate) use entry::{by_id, role_now};
pub use rate::{Allowance, Place, Rates, admit, follow};

const DAY: i64 = 86_400_000;
/// How long a token lives of which nobody says it.
pub const USUAL: i64 = 90 * DAY;
const LONGEST: i64 = 365 * DAY;
/// Networks that one token is taken from, and names that it is confined to, at most.
const MANY: usize = 50;
const NAME: named::Rule = named::Rule {
    of: "token",
    made_at: None,
    is: is_plain,
    hint: "1 to 60 letters, digits and - _ . without spaces: it stands in the audit",
};

/// How long a token is to live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifetime {
    /// So many milliseconds.
    For(i64),
    /// Until it is revoked.
    Endless,
}

impl Default for Lifetime {
    fn default() -> Self {
        Lifetime::For(USUAL)
    }
}

/// What a token is to be.
#[derive(Debug, Clone)]
pub struct NewToken {
    pub name: String,
    pub role: Role,
    pub lifetime: Lifetime,
    pub confinement: Confinement,
    /// Networks that it is taken from, as `10.0.0.0/8`; none: from anywhere.
    pub networks: Vec<String>,
    /// It may delete tenants, prune runs, and roll back more than one.
    pub allow_destructive: bool,
    /// It is told how to connect to tenants' databases.
    pub connect: bool,
}

/// A token as it is shown: all of it but the secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenInfo {
    pub id: String,
    pub name: String,
    pub role: Role,
    /// Who made it: an email, or `cli:<os user>`.
    pub maker: String,
    pub state: TokenState,
    pub confinement: Confinement,
    pub networks: Vec<String>,
    pub allow_destructive: bool,
    pub connect: bool,
    pub created_at: i64,
    /// None: it lives until it is revoked.
    pub expires_at: Option<i64>,
    pub revoked_at: Option<i64>,
    /// May lag by a minute.
    pub last_used_at: Option<i64>,
    pub last_address: Option<String>,
    /// The admin who made it.
    pub maker_id: Option<String>,
}

/// Whether a text has the form of a token, and its check is right: what can be known without asking.
pub fn is_one(text: &str) -> bool {
    text::id(text).is_some()
}

const ENDLESS: &str = "never";

/// As it is read again.
impl fmt::Display for Lifetime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Lifetime::For(ms) => write!(f, "{ms}ms"),
            Lifetime::Endless => f.write_str(ENDLESS),
        }
    }
}

/// `90d`, or `never`.
impl FromStr for Lifetime {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if text == ENDLESS {
            return Ok(Lifetime::Endless);
        }
        let said = |error| Error::invalid("for", format!("{error}; or {ENDLESS}"));
        milliseconds(text).map(Lifetime::For).map_err(said)
    }
}

impl From<TokenInfo> for TokenRow {
    fn from(token: TokenInfo) -> Self {
        Self {
            id: token.id,
            name: token.name,
            role: token.role,
            maker: token.maker,
            state: token.state,
            tags: token.confinement.tags,
            tenants: token.confinement.tenants,
            networks: token.networks,
            allow_destructive: token.allow_destructive,
            connect: token.connect,
            created_at: token.created_at,
            expires_at: token.expires_at,
            revoked_at: token.revoked_at,
            last_used_at: token.last_used_at,
            last_address: token.last_address,
        }
    }
}

impl TokenInfo {
    /// How the audit names it.
    fn subject(&self) -> String {
        format!("token:{} {}", self.id, self.name)
    }
}

/// Makes a token. Its text is answered once, and nobody can have it again.
pub async fn create(platform: &Platform, actor: &Actor, new: NewToken) -> Result<(TokenInfo, SecretString)> {
    actor.authorise(Permission::MakeTokens)?;
    let name = named::check(&new.name, &NAME)?;
    if new.role > actor.role {
        return Err(Error::denied(format!("a token of yours may not be {}", new.role))
            .field("role")
            .cause(format!("your own role is {}", actor.role))
            .hint(format!("ask somebody with the role {}", new.role)));
    }
    let lives = check_lifetime(actor, new.lifetime)?;
    if new.connect && actor.role < Role::Superadmin {
        return Err(Error::denied("only a superadmin makes a token that connects to tenants' databases")
            .field("connect")
            .hint("ask somebody with the role superadmin"));
    }
    let confinement = Confinement {
        tags: tenants::check_tags(&new.confinement.tags).map_err(|error| error.on("tag"))?,
        tenants: check_slugs(platform, &new.confinement.tenants)?,
    };
    let networks = check_networks(&new.networks)?;

    let (id, text) = text::make();
    let row = store::NewRow {
        id: &id,
        hash: &text::hash(text.expose_secret()),
        name: &name,
        role: new.role,
        maker_id: actor.admin_id.as_deref(),
        maker: &actor.name,
        confinement: &confinement,
        networks: &networks,
        allow_destructive: new.allow_destructive,
        connect: new.connect,
        lives,
    };
    let mut tx = platform.central.write().await?;
    turn_of(&mut tx, actor).await?;
    store::insert(&mut tx, &row).await?;
    let missing = || Error::internal("a token vanished while being made");
    let (token, _) = store::find(&mut tx, &id).await?.ok_or_else(missing)?;
    let body = json!({
        "role": token.role, "expires_at": token.expires_at.map(crate::clock::rfc3339), "tags": confinement.tags,
        "tenants": confinement.tenants, "networks": networks, "allow_destructive": token.allow_destructive,
        "connect": token.connect,
    });
    audit::record(platform, &mut tx, actor, "token.create", &token.subject(), &body).await?;
    tx.commit().await?;
    Ok((token, text))
}

/// One's own, the newest first; everybody's for whoever may manage them. A token that is confined sees itself.
pub async fn list(platform: &Platform, actor: &Actor) -> Result<Vec<TokenInfo>> {
    actor.authorise(Permission::View)?;
    let mut all = store::all(&mut *platform.central.read().await?).await?;
    all.retain(|token| concerns(actor, token));
    Ok(all)
}

/// Its next request is refused, and what it follows ends. Of one that is revoked already nothing is written.
pub async fn revoke(platform: &Platform, actor: &Actor, id: &str) -> Result<TokenInfo> {
    actor.authorise(Permission::View)?;
    let mut tx = platform.central.write().await?;
    turn_of(&mut tx, actor).await?;
    let found = store::find(&mut tx, id).await?.map(|(token, _)| token).filter(|token| concerns(actor, token));
    let Some(token) = found else {
        return Err(Error::not_found("token", id).hint("see which tokens there are"));
    };
    if token.revoked_at.is_some() {
        return Ok(token);
    }
    store::revoke(&mut tx, id).await?;
    audit::record(platform, &mut tx, actor, "token.revoke", &token.subject(), &json!({})).await?;
    let revoked = store::find(&mut tx, id).await?.map_or(token, |(token, _)| token);
    tx.commit().await?;
    Ok(revoked)
}

/// Whether a token is this actor's to see and to revoke.
fn concerns(actor: &Actor, token: &TokenInfo) -> bool {
    if actor.may(Permission::ManageTokens) {
        return true;
    }
    match (&actor.token, actor.confinement()) {
        (Some(own), Some(_)) => own.id == token.id,
        (own, _) => {
            own.as_ref().is_some_and(|own| own.id == token.id)
                || actor.admin_id.is_some() && actor.admin_id == token.maker_id
        }
    }
}

fn check_lifetime(actor: &Actor, lifetime: Lifetime) -> Result<Option<i64>> {
    match lifetime {
        Lifetime::For(ms) if (1..=LONGEST).contains(&ms) => Ok(Some(ms)),
        Lifetime::For(_) => Err(Error::invalid("for", "a token lives from a moment to a year")
            .hint("365d at most; a superadmin may say never")),
        Lifetime::Endless if actor.role == Role::Superadmin => Ok(None),
        Lifetime::Endless => Err(Error::denied("only a superadmin makes a token that never expires")
            .field("for")
            .hint("365d at most, or ask somebody with the role superadmin")),
    }
}

fn check_slugs(platform: &Platform, slugs: &[String]) -> Result<Vec<String>> {
    let mut slugs: Vec<String> = slugs.iter().map(|slug| slug.trim().to_owned()).collect();
    slugs
        .iter()
        .try_for_each(|slug| tenants::check_slug(&platform.config, slug))
        .map_err(|error| error.on("tenant"))?;
    slugs.sort();
    slugs.dedup();
    match slugs.len() {
        0..=MANY => Ok(slugs),
        many => Err(Error::invalid("tenant", format!("{many} tenants are named, and {MANY} are the most"))
            .hint("give them a tag, and confine the token to that")),
    }
}

fn check_networks(networks: &[String]) -> Result<Vec<String>> {
    if networks.len() > MANY {
        return Err(Error::invalid("from", format!("{} networks are named, and {MANY} are the most", networks.len())));
    }
    let checked = networks.iter().map(|text| {
        let text = text.trim();
        text.parse::<Network>().map(|_| text.to_owned()).map_err(|error| {
            let refused = Error::invalid("from", error.message).hint("an address or a network: 10.1.0.0/16, fd00::/8");
            error.cause.into_iter().fold(refused, Error::cause)
        })
    });
    checked.collect()
}
