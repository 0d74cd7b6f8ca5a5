//! What the library is asked: options for a browser, and whether what it answers is so. Which addresses are ours, and what a list of
//! keys looks like to a stranger, is said here.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use webauthn_rs::prelude::{Passkey, PasskeyAuthentication, PasskeyRegistration, Url, Uuid, WebauthnError};
use webauthn_rs::{Webauthn, WebauthnBuilder};

use super::store::{PATIENCE, Row};
use crate::admins::Admin;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::vault::Vault;

/// Before anybody has proven anything, so many keys are listed at least, whoever it is.
const SHOWN: usize = 4;
/// How long a device's name of a key is: as those that there are make them.
const SIZES: [usize; 8] = [16, 16, 20, 20, 32, 32, 32, 64];

/// To what passkeys are bound: the base domain, so that one works on each of the console's addresses. A domain of one label (`localhost`)
/// is nobody's, and browsers bind nothing to it: there it is the console's first address.
pub(super) fn domain(config: &Config) -> String {
    match config.base_domain.contains('.') {
        true => config.base_domain.clone(),
        false => format!("{}.{}", config.central_subdomains[0], config.base_domain),
    }
}

fn party(config: &Config) -> Result<Webauthn> {
    let domain = domain(config);
    let origins: Vec<Url> = config
        .central_subdomains
        .iter()
        .map(|label| config.origin(label).parse().map_err(Error::internal))
        .collect::<Result<_>>()?;
    let is_ours = |origin: &&Url| {
        let host = origin.domain().unwrap_or_default();
        host == domain || host.strip_suffix(&domain).is_some_and(|rest| rest.ends_with('.'))
    };
    let mut origins = origins.iter().filter(is_ours);
    let first = origins.next().ok_or_else(|| Error::internal("no address of the console is of its own domain"))?;
    let builder = WebauthnBuilder::new(&domain, first).map_err(Error::internal)?.rp_name("Neo");
    let builder = builder.timeout(PATIENCE);
    origins.fold(builder, WebauthnBuilder::append_allowed_origin).build().map_err(Error::internal)
}

/// As it is written into a row.
fn written(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(Error::internal)
}

fn kept<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(Error::internal)
}

pub(super) fn credential_id(passkey: &Passkey) -> String {
    URL_SAFE_NO_PAD.encode(passkey.cred_id())
}

/// What a browser is asked for that is to make a key, and what its answer is held against.
pub(super) fn to_enrol(config: &Config, admin: &Admin, mine: &[Row]) -> Result<(Value, String)> {
    let digest = Sha256::digest(format!("passkey|{}", admin.id).as_bytes());
    let mut id = [0; 16];
    id.copy_from_slice(&digest[..16]);
    let name = format!("{} {}", admin.first_name, admin.last_name);
    let has: Vec<_> = mine
        .iter()
        .map(|row| URL_SAFE_NO_PAD.decode(&row.credential_id).map_err(Error::internal))
        .collect::<Result<_>>()?;
    let party = party(config)?;
    let (options, state) = party
        .start_passkey_registration(Uuid::from_bytes(id), &admin.email, &name, Some(has))
        .map_err(Error::internal)?;
    Ok((serde_json::to_value(options).map_err(Error::internal)?, written(&state)?))
}

/// The key that was made, as it is kept; none where the answer is not one to what was asked.
pub(super) fn enrolled(config: &Config, state: &str, answer: &str) -> Result<Option<(Passkey, String)>> {
    let state: PasskeyRegistration = kept(state)?;
    let Ok(answer) = serde_json::from_str(answer) else { return Ok(None) };
    match party(config)?.finish_passkey_registration(&answer, &state) {
        Ok(passkey) => {
            let text = written(&passkey)?;
            Ok(Some((passkey, text)))
        }
        Err(error) => {
            tracing::warn!(%error, "a passkey was not taken");
            Ok(None)
        }
    }
}

/// How often the device says that it was used, as it is written in what is kept of it.
pub(super) fn counter(credential: &str) -> Result<i64> {
    let kept: Value = kept(credential)?;
    kept["cred"]["counter"].as_i64().ok_or_else(|| Error::internal("a passkey without a counter"))
}

/// What a browser is asked for that is to prove one of these.
pub(super) fn to_prove(config: &Config, mine: &[Row]) -> Result<(Value, String)> {
    let keys: Vec<Passkey> = mine.iter().map(|row| kept(&row.credential)).collect::<Result<_>>()?;
    asked(config, &keys)
}

/// The same of somebody who has proven nothing: their keys among others that nobody has, so that who has any looks like who has none,
/// and like nobody. The same email is told the same every time.
pub(super) fn to_come_in(config: &Config, vault: &Vault, canonical: &str, mine: &[Row]) -> Result<(Value, String)> {
    let mut keys: Vec<Passkey> = mine.iter().map(|row| kept(&row.credential)).collect::<Result<_>>()?;
    for n in keys.len()..SHOWN {
        keys.push(nobodys(vault, canonical, n)?);
    }
    keys.sort_by(|a, b| a.cred_id().cmp(b.cred_id()));
    asked(config, &keys)
}

fn asked(config: &Config, keys: &[Passkey]) -> Result<(Value, String)> {
    let (mut options, state) = party(config)?.start_passkey_authentication(keys).map_err(Error::internal)?;
    // How a device is reached tells which it is.
    options.public_key.allow_credentials.iter_mut().for_each(|key| key.transports = None);
    Ok((serde_json::to_value(options).map_err(Error::internal)?, written(&state)?))
}

/// A key that no device has. It is listed, and nothing more: an answer is looked up among those that are kept, before it is read.
fn nobodys(vault: &Vault, canonical: &str, n: usize) -> Result<Passkey> {
    let mut bytes = [0u8; 96];
    for (part, chunk) in bytes.chunks_mut(32).enumerate() {
        let text = json!(["v1", canonical, n, part]).to_string();
        chunk.copy_from_slice(&vault.made_up(&text));
    }
    let (id, size) = bytes.split_at(64);
    let id = &id[..SIZES[usize::from(size[0]) % SIZES.len()]];
    let credential = json!({ "cred": {
        "cred_id": URL_SAFE_NO_PAD.encode(id),
        // The point that P-256 is generated by: it stands in for a key, and none is proven with it.
        "cred": { "type_": "ES256", "key": { "EC_EC2": {
            "curve": "SECP256R1",
            "x": "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY",
            "y": "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU",
        } } },
        "counter": 0,
        "transports": null,
        "user_verified": true,
        "backup_eligible": false,
        "backup_state": false,
        "registration_policy": "required",
        "extensions": {},
        "attestation": { "data": "None", "metadata": "None" },
        "attestation_format": "none",
    } });
    serde_json::from_value(credential).map_err(Error::internal)
}

/// What an answer proves.
pub(super) enum Shown {
    /// With what is kept of the key from here on, and its counter.
    Key {
        credential: String,
        counter: i64,
    },
    /// The signature is right, and its counter is not above the one before.
    WentBack,
    Nothing,
}

/// What a device calls the key that this answer is of.
pub(super) fn of_which(answer: &str) -> Option<String> {
    let answer: webauthn_rs::prelude::PublicKeyCredential = serde_json::from_str(answer).ok()?;
    Some(URL_SAFE_NO_PAD.encode(&answer.raw_id))
}

/// Holds an answer against what was asked and what is kept of its key.
pub(super) fn shown(config: &Config, state: &str, answer: &str, row: &Row) -> Result<Shown> {
    let state: PasskeyAuthentication = kept(state)?;
    let Ok(answer) = serde_json::from_str(answer) else { return Ok(Shown::Nothing) };
    let mut passkey: Passkey = kept(&row.credential)?;
    match party(config)?.finish_passkey_authentication(&answer, &state) {
        Ok(result) => {
            let counter = i64::from(result.counter());
            // The library compares with what was when it was asked: somebody else may have come since.
            if row.counter > 0 && counter <= row.counter {
                return Ok(Shown::WentBack);
            }
            passkey.update_credential(&result);
            Ok(Shown::Key { credential: written(&passkey)?, counter })
        }
        Err(WebauthnError::CredentialPossibleCompromise) => Ok(Shown::WentBack),
        Err(error) => {
            tracing::warn!(%error, passkey = row.id, "what a passkey was to prove was not proven");
            Ok(Shown::Nothing)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_has_is_told_the_same_every_time_and_differs_from_person_to_person() {
        let keys = crate::config::Keys { current: Some("0123456789abcdef0123456789ABCDEF".into()), old: Vec::new() };
        let vault = Vault::new(&keys).unwrap();
        let made = |email: &str, n: usize| nobodys(&vault, email, n).unwrap().cred_id().clone();
        assert_eq!(made("ada@example.com", 0), made("ada@example.com", 0));
        assert_ne!(made("ada@example.com", 0), made("ada@example.com", 1));
        assert_ne!(made("ada@example.com", 0), made("grace@example.com", 0));
        let sizes: std::collections::BTreeSet<_> = (0..200).map(|n| made("ada@example.com", n).len()).collect();
        assert_eq!(sizes.into_iter().collect::<Vec<_>>(), [16, 20, 32, 64]);
    }
}
