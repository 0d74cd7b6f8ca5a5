//! What the provider says of itself, and its keys: asked for when they are needed, and kept for a while.

use std::sync::Arc;
use std::time::{Duration, Instant};

use openidconnect::core::{
    CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClient, CoreClientAuthMethod, CoreGrantType, CoreJsonWebKey,
    CoreJsonWebKeySet, CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreResponseMode,
    CoreResponseType, CoreSubjectIdentifierType,
};
use openidconnect::{
    AdditionalProviderMetadata, AuthType, ClientId, ClientSecret, DiscoveryError, EndSessionUrl, EndpointMaybeSet,
    EndpointNotSet, EndpointSet, IssuerUrl, ProviderMetadata,
};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use super::web::{Asker, Unreached};
use crate::Platform;
use crate::config::Oidc;
use crate::error::{Error, Result};

/// How long it is kept.
const KEPT: Duration = Duration::from_secs(60 * 60);
/// After it could not be had, nobody waits for it again for so long.
const REST: Duration = Duration::from_secs(5);
/// Its keys are asked for anew once in so long, whatever tokens come.
const KEYS: Duration = Duration::from_secs(60);

/// What it says of itself beyond what everybody's does.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Further {
    #[serde(default)]
    pub end_session_endpoint: Option<EndSessionUrl>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: Option<bool>,
}

impl AdditionalProviderMetadata for Further {}

impl Further {
    /// Whether each of its answers says whose it is.
    pub fn says_issuer(&self) -> bool {
        self.authorization_response_iss_parameter_supported == Some(true)
    }
}

pub(super) type Metadata = ProviderMetadata<
    Further,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// What is known of the provider, in this process.
#[derive(Default)]
pub struct Known(Mutex<State>);

#[derive(Default)]
struct State {
    found: Option<(Arc<Metadata>, Instant)>,
    failed: Option<Instant>,
    keys_asked: Option<Instant>,
}

/// As it is known, or else as it says now. Of many who want it at once one asks.
pub(super) async fn metadata(platform: &Platform, oidc: &Oidc, asker: &Asker<'_>) -> Result<Arc<Metadata>> {
    let mut state = platform.provider.0.lock().await;
    if let Some((found, _)) = state.found.as_ref().filter(|(_, at)| at.elapsed() < KEPT) {
        return Ok(found.clone());
    }
    if state.failed.is_some_and(|at| at.elapsed() < REST) {
        return Err(away(oidc, "it did not answer a moment ago", None));
    }
    let found = discover(oidc, asker).await;
    let checked = found.map(Arc::new).map_err(|Unknown { why, error }| away(oidc, why.text(), error));
    match &checked {
        Ok(metadata) => *state = State { found: Some((metadata.clone(), Instant::now())), ..State::default() },
        Err(error) => {
            tracing::warn!(error = error.log_text(), "the identity provider is not known");
            state.failed = Some(Instant::now());
        }
    }
    checked
}

/// Why nothing is known of it.
pub(super) struct Unknown {
    pub why: Why,
    pub error: Option<DiscoveryError<Unreached>>,
}

#[derive(Clone, Copy)]
pub(super) enum Why {
    Away,
    AnotherName,
    NoProvider,
    Addresses,
}

impl Why {
    pub fn text(self) -> &'static str {
        match self {
            Why::Away => "it cannot be reached",
            Why::AnotherName => "it calls itself otherwise than OIDC_ISSUER does",
            Why::NoProvider => "what it answers is no provider's",
            Why::Addresses => "an address that it names is missing, or is not https",
        }
    }
}

/// What it says of itself now, with its keys.
pub(super) async fn discover(oidc: &Oidc, asker: &Asker<'_>) -> Result<Metadata, Unknown> {
    let issuer = IssuerUrl::new(oidc.issuer.clone())
        .map_err(|error| Unknown { why: Why::NoProvider, error: Some(DiscoveryError::UrlParse(error)) })?;
    let metadata = Metadata::discover_async(issuer, asker).await.map_err(|error| {
        let why = match &error {
            DiscoveryError::Request(_) => Why::Away,
            DiscoveryError::Validation(_) => Why::AnotherName,
            _ => Why::NoProvider,
        };
        Unknown { why, error: Some(error) }
    })?;
    let end = metadata.additional_metadata().end_session_endpoint.as_ref().map(|url| url.url());
    let token = metadata.token_endpoint().map(|url| url.url());
    let named = [Some(metadata.authorization_endpoint().url()), token, end];
    match token.is_some() && named.into_iter().flatten().all(|url| asker.goes_to(url)) {
        true => Ok(metadata),
        false => Err(Unknown { why: Why::Addresses, error: None }),
    }
}

/// The same with its keys as they are now, where those of `before` do not do; none where they were asked for a moment ago.
pub(super) async fn with_new_keys(
    platform: &Platform,
    asker: &Asker<'_>,
    before: &Arc<Metadata>,
) -> Option<Arc<Metadata>> {
    let mut state = platform.provider.0.lock().await;
    if let Some((found, _)) = &state.found
        && !Arc::ptr_eq(found, before)
    {
        return Some(found.clone());
    }
    if state.keys_asked.is_some_and(|at| at.elapsed() < KEYS) {
        return None;
    }
    state.keys_asked = Some(Instant::now());
    match CoreJsonWebKeySet::fetch_async(before.jwks_uri(), asker).await {
        Ok(keys) => {
            let found = Arc::new(Metadata::clone(before).set_jwks(keys));
            let since = state.found.as_ref().map_or_else(Instant::now, |(_, at)| *at);
            state.found = Some((found.clone(), since));
            Some(found)
        }
        Err(error) => {
            let error = Error::unavailable("its keys cannot be had").source(error);
            tracing::warn!(error = error.log_text(), "the identity provider's keys are not known");
            None
        }
    }
}

fn away(oidc: &Oidc, why: &str, error: Option<DiscoveryError<Unreached>>) -> Error {
    let told = Error::unavailable(format!("{} does not answer just now", oidc.name)).cause(why);
    match error {
        Some(error) => told.source(error),
        None => told,
    }
}

pub(super) type Client =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

/// Ourselves, as the provider knows us.
pub(super) fn client(oidc: &Oidc, metadata: &Metadata) -> Client {
    let secret = ClientSecret::new(oidc.client_secret.expose_secret().to_owned());
    let client =
        CoreClient::from_provider_metadata(metadata.clone(), ClientId::new(oidc.client_id.clone()), Some(secret));
    let ways = metadata.token_endpoint_auth_methods_supported();
    let by_header = ways.is_none_or(|ways| ways.contains(&CoreClientAuthMethod::ClientSecretBasic));
    client.set_auth_type(if by_header { AuthType::BasicAuth } else { AuthType::RequestBody })
}
