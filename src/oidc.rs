//! An identity provider (OpenID Connect): what it is asked, and what of its answer is believed. Who somebody is here by that, and
//! whether they come in, is decided elsewhere ([`crate::admins`], [`crate::sessions`]).
//!
//! A browser is sent there with a `state`, and keeps a ticket. Both are needed when it comes back, once, within ten minutes; what is
//! kept of them are hashes, and what else the answer is held against (nonce, PKCE) is made of the two. Nothing here is asked before
//! somebody wants to go there: the console begins, and passwords are taken, while the provider is away.

mod claims;
mod known;
mod probe;
mod store;
mod token;
mod web;

use openidconnect::core::{CoreAuthPrompt, CoreResponseType};
use openidconnect::{
    AuthenticationContextClass, AuthenticationFlow, ClientId, CsrfToken, LogoutRequest, Nonce, PkceCodeChallenge,
    PostLogoutRedirectUrl, RedirectUrl, Scope,
};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::Platform;
use crate::config::{Oidc, Sign, TheirFactor};
use crate::error::{Error, Kind, Result};
use crate::link::{hash, secret};
pub(crate) use claims::{Claims, Identity};
pub use known::Known;
use known::client;
pub(crate) use probe::probe;
pub(crate) use store::{Taken, sweep};
use web::Asker;
pub use web::{ANSWER, PATIENCE, Request, Response, Unreached, Web};

/// How long somebody has at the provider.
pub const ABSENCE: std::time::Duration = std::time::Duration::from_secs(10 * 60);

/// A browser on its way to the provider.
pub struct Sent {
    /// Where to.
    pub url: String,
    /// What it keeps, and shows when it comes back.
    pub ticket: SecretString,
}

/// What a browser comes back with, as it says.
#[derive(Default)]
pub struct Back {
    pub code: Option<SecretString>,
    pub state: Option<SecretString>,
    pub issuer: Option<String>,
    pub error: Option<String>,
}

/// What it is sent for.
pub(crate) struct Errand<'a> {
    /// Where the provider sends it back to.
    pub redirect: &'a str,
    /// Where to, once it is whole: a path.
    pub next: &'a str,
    /// What waits for that, as the console reads it: it is handed back.
    pub kept: Option<&'a str>,
    /// Of whoever proves themselves once more: their session's hash, and what of ours they have proven for it.
    pub again: Option<(&'a str, Option<&'static str>)>,
}

/// Why an answer is not taken: a word for the audit, and what the person is told.
pub(crate) struct Refused {
    pub why: &'static str,
    pub error: Error,
}

/// What is made of ticket and state, for one purpose: whoever has not both knows it before it is said to nobody.
fn derived(purpose: &str, ticket: &SecretString, state: &SecretString) -> String {
    use base64::Engine as _;
    let text = [purpose, ticket.expose_secret(), state.expose_secret()].join("\0");
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(Sha256::digest(text.as_bytes()))
}

pub(crate) fn settings(platform: &Platform) -> Result<&Oidc> {
    platform.config.oidc.as_ref().ok_or_else(|| Error::new(Kind::NotFound, "no identity provider is set here"))
}

/// Sends a browser to the provider.
pub(crate) async fn send(platform: &Platform, web: &dyn Web, errand: Errand<'_>) -> Result<Sent> {
    let oidc = settings(platform)?;
    let metadata = known::metadata(platform, oidc, &Asker::of(oidc, web)).await?;
    let (ticket, state) = (secret(), secret());
    let new = store::New {
        state_hash: hash(state.expose_secret()),
        ticket_hash: hash(ticket.expose_secret()),
        session: errand.again.map(|(session, _)| session),
        factor: errand.again.and_then(|(_, factor)| factor),
        next: errand.next,
        kept: errand.kept,
    };
    let mut tx = platform.central.write().await?;
    store::insert(&mut tx, &new).await?;
    tx.commit().await?;
    let client = client(oidc, &metadata)
        .set_redirect_uri(RedirectUrl::new(errand.redirect.to_owned()).map_err(Error::internal)?);
    let (sent, nonce) = (state.expose_secret().to_owned(), derived("nonce", &ticket, &state));
    let verifier = openidconnect::PkceCodeVerifier::new(derived("verifier", &ticket, &state));
    let mut request = client
        .authorize_url(
            AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
            || CsrfToken::new(sent),
            || Nonce::new(nonce),
        )
        .add_scopes(oidc.scopes.iter().cloned().map(Scope::new))
        .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
    if let TheirFactor::Where(signs) = &oidc.second_factor {
        for sign in signs {
            if let Sign::Acr(acr) = sign {
                request = request.add_auth_context_value(AuthenticationContextClass::new(acr.clone()));
            }
        }
    }
    if errand.again.is_some() {
        request = request.add_prompt(CoreAuthPrompt::Login).set_max_age(std::time::Duration::ZERO);
    }
    let (url, _, _) = request.url();
    Ok(Sent { url: url.into(), ticket })
}

/// What a browser was sent for that comes back with this; it is worth nothing from then on. None where it was not sent, or another was, or
/// it has been away for too long.
pub(crate) async fn take(platform: &Platform, ticket: &SecretString, back: &Back) -> Result<Option<Taken>> {
    let Some(state) = &back.state else { return Ok(None) };
    let mut tx = platform.central.write().await?;
    let taken = store::take(&mut tx, &hash(state.expose_secret()), &hash(ticket.expose_secret())).await?;
    tx.commit().await?;
    Ok(taken)
}

/// What the provider says of whoever comes back, once all of it holds.
pub(crate) async fn hear(
    platform: &Platform,
    web: &dyn Web,
    (redirect, now): (&str, i64),
    ticket: &SecretString,
    back: &Back,
) -> Result<Claims, Refused> {
    let oidc = settings(platform).map_err(|error| Refused { why: "not_set", error })?;
    let asker = Asker::of(oidc, web);
    let metadata =
        known::metadata(platform, oidc, &asker).await.map_err(|error| Refused { why: "unreachable", error })?;
    let refused = |why, message: String| Refused { why, error: Error::new(Kind::Unauthenticated, message) };
    let name = &oidc.name;
    // Another provider's answer, led here.
    let further = metadata.additional_metadata();
    let is_its_own = match &back.issuer {
        Some(issuer) => *issuer == oidc.issuer,
        None => !further.says_issuer(),
    };
    if !is_its_own {
        return Err(refused("other_issuer", format!("this answer is not one of {name}")));
    }
    if let Some(error) = &back.error {
        let said: String = crate::error::printable(error).chars().take(100).collect();
        tracing::warn!(said, "the identity provider let somebody not in");
        return Err(match error.as_str() {
            "access_denied" => refused("denied", format!("{name} did not let you in, or you turned back there")),
            _ => refused("error", format!("{name} could not sign you in")),
        });
    }
    let (Some(code), Some(state)) = (&back.code, &back.state) else {
        return Err(refused("cut", format!("the answer of {name} is not whole")));
    };
    let held = token::Held {
        redirect,
        now: now / 1000,
        nonce: derived("nonce", ticket, state),
        verifier: derived("verifier", ticket, state),
    };
    token::redeem(platform, oidc, &asker, metadata, code, held).await
}

/// Where whoever has signed out here signs out there too, if the provider has such a place. It comes back to `landing`.
pub(crate) async fn goodbye(platform: &Platform, web: &dyn Web, landing: &str) -> Option<String> {
    let oidc = settings(platform).ok()?;
    let metadata = known::metadata(platform, oidc, &Asker::of(oidc, web)).await.ok()?;
    let end = metadata.additional_metadata().end_session_endpoint.clone()?;
    let request = LogoutRequest::from(end).set_client_id(ClientId::new(oidc.client_id.clone()));
    let landing = PostLogoutRedirectUrl::new(landing.to_owned()).ok()?;
    Some(request.set_post_logout_redirect_uri(landing).http_get_url().into())
}
