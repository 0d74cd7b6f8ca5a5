//! What the server functions about tokens do; the page that makes one does the same.

use neo::actor::Confinement;
use neo::error::{Error, Result};
use neo::tokens::{self, NewToken};
use neo_model::{Role, TokenMade, TokenRow};
use secrecy::ExposeSecret;

use crate::door::Door;

/// A token as it is asked for.
pub struct Wanted {
    pub name: String,
    pub role: Role,
    pub lifetime: Option<String>,
    pub tags: Option<Vec<String>>,
    pub tenants: Option<Vec<String>>,
    pub networks: Option<Vec<String>>,
    pub allow_destructive: Option<bool>,
    pub connect: Option<bool>,
}

impl TryFrom<Wanted> for NewToken {
    type Error = Error;

    fn try_from(wanted: Wanted) -> Result<Self> {
        Ok(Self {
            name: wanted.name,
            role: wanted.role,
            lifetime: wanted.lifetime.map(|text| text.trim().parse()).transpose()?.unwrap_or_default(),
            confinement: Confinement {
                tags: wanted.tags.unwrap_or_default(),
                tenants: wanted.tenants.unwrap_or_default(),
            },
            networks: wanted.networks.unwrap_or_default(),
            allow_destructive: wanted.allow_destructive.unwrap_or_default(),
            connect: wanted.connect.unwrap_or_default(),
        })
    }
}

pub async fn list(door: &Door) -> Result<Vec<TokenRow>> {
    Ok(tokens::list(&door.platform, &door.actor).await?.into_iter().map(TokenRow::from).collect())
}

pub async fn create(door: &Door, wanted: Wanted) -> Result<TokenMade> {
    make(door, wanted).await.map_err(by_argument)
}

async fn make(door: &Door, wanted: Wanted) -> Result<TokenMade> {
    let (row, text) = tokens::create(&door.platform, &door.actor, wanted.try_into()?).await?;
    Ok(TokenMade { token: text.expose_secret().to_owned(), row: row.into() })
}

pub async fn revoke(door: &Door, id: &str) -> Result<TokenRow> {
    Ok(tokens::revoke(&door.platform, &door.actor, id).await?.into())
}

/// What is a flag on the command line is an argument here, and a field of the page.
fn by_argument(error: Error) -> Error {
    match error.field {
        Some("for") => error.field("lifetime"),
        Some("tag") => error.field("tags"),
        Some("tenant") => error.field("tenants"),
        Some("from") => error.field("networks"),
        _ => error,
    }
}
