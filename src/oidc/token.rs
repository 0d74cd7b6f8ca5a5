//! The code that a browser brings is changed for a token, and the token held against all that it has to be.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::DateTime;
use openidconnect::core::{CoreIdToken, CoreIdTokenVerifier, CoreJwsSigningAlgorithm as Algorithm};
use openidconnect::{
    AccessToken, AuthorizationCode, ClaimsVerificationError, ClientId, IssuerUrl, Nonce, OAuth2TokenResponse,
    PkceCodeVerifier, RedirectUrl, RequestTokenError, SignatureVerificationError, TokenResponse, http,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use super::Refused;
use super::claims::{self, Claims};
use super::known::{self, Metadata, client};
use super::web::Asker;
use crate::Platform;
use crate::config::Oidc;
use crate::error::{Error, Kind, printable};

/// Clocks may differ by so many seconds.
pub(super) const LEEWAY: i64 = 60;
/// A token is made when it is asked for: one that is older, in seconds, is another's, or a clock is wrong.
pub(super) const FRESH: i64 = 10 * 60;
/// A subject is 255 characters of ASCII at most, says the standard.
const SUBJECT: usize = 255;
/// Keys of the provider's own; nothing that our secret would sign as well, and never none.
pub(super) const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RsaSsaPkcs1V15Sha256,
    Algorithm::RsaSsaPkcs1V15Sha384,
    Algorithm::RsaSsaPkcs1V15Sha512,
    Algorithm::RsaSsaPssSha256,
    Algorithm::RsaSsaPssSha384,
    Algorithm::RsaSsaPssSha512,
    Algorithm::EcdsaP256Sha256,
    Algorithm::EcdsaP384Sha384,
    Algorithm::EdDsa,
];

/// What an answer is held against.
pub(super) struct Held<'a> {
    pub redirect: &'a str,
    /// Seconds of the central database's clock.
    pub now: i64,
    pub nonce: String,
    pub verifier: String,
}

pub(super) async fn redeem(
    platform: &Platform,
    oidc: &Oidc,
    asker: &Asker<'_>,
    metadata: Arc<Metadata>,
    code: &SecretString,
    held: Held<'_>,
) -> Result<Claims, Refused> {
    let refuse = Refuse(oidc);
    let redirect = RedirectUrl::new(held.redirect.to_owned()).map_err(|error| refuse.internal(error))?;
    let client = client(oidc, &metadata).set_redirect_uri(redirect);
    let request = client
        .exchange_code(AuthorizationCode::new(code.expose_secret().to_owned()))
        .map_err(|error| refuse.internal(error))?
        .set_pkce_verifier(PkceCodeVerifier::new(held.verifier.clone()));
    let answer = request.request_async(asker).await.map_err(|error| match error {
        RequestTokenError::Request(error) => refuse.away(error),
        RequestTokenError::ServerResponse(said) => refuse.code(said.error().as_ref()),
        other => refuse.unreadable(other),
    })?;
    let token = answer.id_token().ok_or_else(|| refuse.unreadable("there is no id_token in it"))?;
    let (subject, issued_at) = verified(platform, oidc, asker, metadata.clone(), token, &held).await?;
    let mut said = payload(&token.to_string()).ok_or_else(|| refuse.unreadable("its payload is no object"))?;
    // The library leaves this to us: a token for us that was made for another to use is not ours.
    if said.get("azp").is_some_and(|azp| azp.as_str() != Some(oidc.client_id.as_str())) {
        return Err(refuse.untrusted("azp", "the token was made for another party"));
    }
    if !claims::has(&said, &oidc.role_claim) || !claims::has(&said, "email") {
        besides(oidc, asker, &metadata, answer.access_token(), &subject, &mut said).await?;
    }
    Ok(Claims::read(oidc, subject, issued_at, &said))
}

/// Whom it is about, and when it was made, once signature, issuer, audience, nonce and times hold. A key that is not known is looked for
/// once among those that the provider has now.
async fn verified(
    platform: &Platform,
    oidc: &Oidc,
    asker: &Asker<'_>,
    metadata: Arc<Metadata>,
    token: &CoreIdToken,
    held: &Held<'_>,
) -> Result<(String, i64), Refused> {
    let refuse = Refuse(oidc);
    let tried = verify(oidc, &metadata, token, held);
    let tried = match tried {
        Err(ClaimsVerificationError::SignatureVerification(
            SignatureVerificationError::NoMatchingKey | SignatureVerificationError::CryptoError(_),
        )) => match known::with_new_keys(platform, asker, &metadata).await {
            Some(metadata) => verify(oidc, &metadata, token, held),
            None => tried,
        },
        tried => tried,
    };
    let (subject, issued_at) = tried.map_err(|error| match error {
        ClaimsVerificationError::Expired(_) => refuse.clocks(error),
        ClaimsVerificationError::SignatureVerification(_) => refuse.untrusted("signature", error),
        ClaimsVerificationError::InvalidNonce(_) => refuse.untrusted("nonce", error),
        ClaimsVerificationError::InvalidAudience(_) => refuse.untrusted("audience", error),
        ClaimsVerificationError::InvalidIssuer(_) => refuse.untrusted("issuer", error),
        _ => refuse.untrusted("token", error),
    })?;
    match subject.is_empty() || subject.len() > SUBJECT || !subject.bytes().all(|b| b.is_ascii_graphic() || b == b' ') {
        true => Err(refuse.untrusted("subject", "the subject is none")),
        false => Ok((subject, issued_at)),
    }
}

fn verify(
    oidc: &Oidc,
    metadata: &Metadata,
    token: &CoreIdToken,
    held: &Held<'_>,
) -> Result<(String, i64), ClaimsVerificationError> {
    let issuer = IssuerUrl::new(oidc.issuer.clone())
        .map_err(|error| ClaimsVerificationError::InvalidIssuer(error.to_string()))?;
    let now = held.now;
    // As one that has no secret: what is signed by one that is shared is not taken.
    let verifier =
        CoreIdTokenVerifier::new_public_client(ClientId::new(oidc.client_id.clone()), issuer, metadata.jwks().clone())
            .set_allowed_algs(ALGORITHMS)
            .set_time_fn(move || DateTime::from_timestamp(now - LEEWAY, 0).unwrap_or_default())
            .set_issue_time_verifier_fn(move |at| match at.timestamp() - now {
                early if early > LEEWAY => Err(format!("it was made in {early} s")),
                late if late < -FRESH => Err(format!("it was made {} s ago", -late)),
                _ => Ok(()),
            });
    let claims = token.claims(&verifier, &Nonce::new(held.nonce.clone()))?;
    Ok((claims.subject().to_string(), claims.issue_time().timestamp()))
}

/// What stands in a token whose signature held.
fn payload(token: &str) -> Option<Map<String, Value>> {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    serde_json::from_slice(&payload).ok()
}

/// What the provider says where it is asked for it, of the same person, and of which the token says nothing.
async fn besides(
    oidc: &Oidc,
    asker: &Asker<'_>,
    metadata: &Metadata,
    access: &AccessToken,
    subject: &str,
    said: &mut Map<String, Value>,
) -> Result<(), Refused> {
    let refuse = Refuse(oidc);
    let Some(endpoint) = metadata.userinfo_endpoint() else { return Ok(()) };
    let request = http::Request::get(endpoint.as_str())
        .header(http::header::ACCEPT, "application/json")
        .header(http::header::AUTHORIZATION, format!("Bearer {}", access.secret()))
        .body(Vec::new())
        .map_err(|error| refuse.internal(error))?;
    let answer = asker.ask(request).await.map_err(|error| refuse.away(error))?;
    if answer.status() != http::StatusCode::OK {
        return Err(refuse.unreadable(format!("userinfo answers {}", answer.status())));
    }
    let more: Map<String, Value> =
        serde_json::from_slice(answer.body()).map_err(|error| refuse.unreadable(format!("userinfo: {error}")))?;
    if more.get("sub").and_then(Value::as_str) != Some(subject) {
        return Err(refuse.untrusted("subject", "userinfo is about another"));
    }
    // An address and whether it was verified are said by one of the two.
    let has_email = said.contains_key("email");
    if !has_email {
        said.remove("email_verified");
    }
    for (name, value) in more {
        let is_left = TOKENS_OWN.contains(&name.as_str()) || has_email && name == "email_verified";
        if !is_left {
            said.entry(name).or_insert(value);
        }
    }
    Ok(())
}

/// What is about the token, and not about the person: signed, or not said.
const TOKENS_OWN: [&str; 10] = ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "azp", "amr", "acr"];

/// What the person is told; what the provider said is for the log.
struct Refuse<'a>(&'a Oidc);

impl Refuse<'_> {
    fn told(&self, why: &'static str, message: String, said: impl ToString) -> Refused {
        let said: String = printable(&said.to_string()).chars().take(300).collect();
        tracing::warn!(why, said, "an answer of the identity provider was not taken");
        Refused { why, error: Error::new(Kind::Unauthenticated, message) }
    }

    fn internal(&self, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Refused {
        Refused { why: "internal", error: Error::internal(error) }
    }

    fn away(&self, error: impl ToString) -> Refused {
        let message = format!("{} does not answer just now", self.0.name);
        Refused { error: Error::unavailable(&message), ..self.told("unreachable", message, error) }
    }

    fn code(&self, said: impl ToString) -> Refused {
        let message = format!("{} does not stand by its answer: it was used already, or took too long", self.0.name);
        self.told("code", message, said)
    }

    fn unreadable(&self, said: impl ToString) -> Refused {
        self.told("unreadable", format!("the answer of {} cannot be read", self.0.name), said)
    }

    fn untrusted(&self, why: &'static str, said: impl ToString) -> Refused {
        self.told(why, format!("the answer of {} is not one that can be trusted", self.0.name), said)
    }

    fn clocks(&self, said: impl ToString) -> Refused {
        self.told("time", format!("the clock of {} and the one here differ by too much", self.0.name), said)
    }
}
