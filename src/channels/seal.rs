//! What is secret of a channel, sealed: bound to the channel, to how it is spoken to, and to whether it may lie anywhere, so that a row
//! which somebody has changed opens nothing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use zeroize::Zeroizing;

use super::{Channel, store};
use crate::Platform;
use crate::error::{Error, Result};
use crate::vault::Binding;

/// What begins a secret of signatures, as Standard Webhooks has it; the rest is base64.
const PREFIX: &str = "whsec_";

/// What is secret of a channel. No Debug.
pub(crate) struct Opened {
    pub address: SecretString,
    /// What messages are signed with.
    pub secret: Option<SecretString>,
}

impl Opened {
    /// The bytes that sign.
    pub fn signing_key(&self) -> Option<Zeroizing<Vec<u8>>> {
        let text = self.secret.as_ref()?.expose_secret().strip_prefix(PREFIX)?;
        STANDARD.decode(text).ok().map(Zeroizing::new)
    }
}

pub(super) fn new_secret() -> SecretString {
    let mut bytes = Zeroizing::new([0u8; 32]);
    rand::fill(&mut *bytes);
    format!("{PREFIX}{}", STANDARD.encode(*bytes)).into()
}

fn binding(channel: &Channel) -> Binding<'_> {
    Binding {
        purpose: "channel",
        subject_id: &channel.id,
        engine: channel.kind.as_str(),
        host: &channel.shown,
        port: 0,
        database: "",
        role: if channel.anywhere { "anywhere" } else { "" },
        generation: 0,
        tls: None,
        ca: None,
    }
}

pub(super) fn seal(platform: &Platform, channel: &Channel, opened: &Opened) -> Result<String> {
    let secret = opened.secret.as_ref().map(|secret| secret.expose_secret());
    let text = json!({ "address": opened.address.expose_secret(), "secret": secret }).to_string();
    Ok(platform.vault.seal(&text.into(), &binding(channel)))
}

pub(super) fn open(platform: &Platform, channel: &Channel) -> Result<Opened> {
    #[derive(serde::Deserialize)]
    struct Read {
        address: String,
        secret: Option<String>,
    }
    let text = platform.vault.open(&channel.sealed, &binding(channel), false)?;
    let read: Read = serde_json::from_str(text.expose_secret()).map_err(Error::internal)?;
    Ok(Opened { address: read.address.into(), secret: read.secret.map(SecretString::from) })
}

impl Channel {
    pub fn open(&self, platform: &Platform) -> Result<Opened> {
        open(platform, self)
    }
}

/// Seals one anew under the current key; not one that was changed meanwhile.
pub(crate) async fn reseal(platform: &Platform, channel: &Channel) -> Result<bool> {
    let text = platform.vault.open(&channel.sealed, &binding(channel), false)?;
    let anew = platform.vault.seal(&text, &binding(channel));
    let mut tx = platform.central.write().await?;
    let is_swapped = store::swap_seal(&mut tx, &channel.id, &channel.sealed, &anew).await?;
    tx.commit().await?;
    Ok(is_swapped)
}
