//! Whether somebody could come in by the provider now, told to whoever runs Neo: what else the first who tries finds out.

use std::error::Error as _;

use chrono::DateTime;

use super::known::{self, Unknown, Why};
use super::token::{ALGORITHMS, FRESH, LEEWAY};
use super::web::{Asker, Web};
use crate::Platform;
use crate::config::Oidc;
use crate::error::{Result, printable};

/// What is amiss, and what to do.
pub(crate) struct Amiss {
    pub what: String,
    pub remedy: String,
}

impl Amiss {
    fn new(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { what: what.into(), remedy: remedy.into() }
    }
}

/// Asks it anew, whatever is known of it: what it says of itself, its keys, and what time it is there.
pub(crate) async fn probe(platform: &Platform, oidc: &Oidc, web: &dyn Web) -> Result<Result<String, Amiss>> {
    let asker = Asker::of(oidc, web);
    let found = known::discover(oidc, &asker).await;
    let (url, date) = asker.last();
    let metadata = match found {
        Ok(metadata) => metadata,
        Err(unknown) => return Ok(Err(amiss(oidc, &unknown, &url))),
    };
    let keys = metadata.jwks().keys().len();
    if keys == 0 {
        let remedy = "no token of it can be believed: have it publish the keys that it signs with, or see whether OIDC_ISSUER is the right one";
        return Ok(Err(Amiss::new(format!("names no key: {}", printable(&url)), remedy)));
    }
    let signs = metadata.id_token_signing_alg_values_supported();
    if !signs.iter().any(|algorithm| ALGORITHMS.contains(algorithm)) {
        let remedy = "have it sign the tokens of OIDC_CLIENT_ID with RS256, ES256 or another key of its own";
        return Ok(Err(Amiss::new("signs with nothing that is taken here: keys of its own, RSA or elliptic", remedy)));
    }
    let now = crate::central::now(&mut *platform.central.read().await?).await? / 1000;
    let there = date.as_deref().and_then(|date| DateTime::parse_from_rfc2822(date).ok());
    Ok(clocks(there.map(|there| there.timestamp() - now)).map(|clock| {
        let word = if keys == 1 { "key" } else { "keys" };
        format!("answers, {keys} {word}, {clock}")
    }))
}

/// Its clock, by so many seconds before ours.
fn clocks(ahead: Option<i64>) -> Result<String, Amiss> {
    let differ = |how: String, most: i64| {
        Amiss::new(
            format!(
                "its clock is {how} that of the central database, and no token is taken that is made more than {most} s off"
            ),
            "set the clocks right, there and on the machine of the central database (NTP)",
        )
    };
    match ahead {
        None => Ok("does not say what time it is there".to_owned()),
        Some(early) if early > LEEWAY => Err(differ(format!("{early} s ahead of"), LEEWAY)),
        Some(late) if late < -FRESH => Err(differ(format!("{} s behind", -late), FRESH)),
        Some(late) if late < -LEEWAY => {
            Ok(format!("its clock is {} s behind: tokens that are good for less than that are refused", -late))
        }
        Some(_) => Ok("its clock agrees".to_owned()),
    }
}

fn amiss(oidc: &Oidc, unknown: &Unknown, url: &str) -> Amiss {
    let said =
        unknown.error.as_ref().map(|error| error.source().map_or_else(|| error.to_string(), ToString::to_string));
    let said: String =
        said.map(|said| format!(": {}", printable(&said))).unwrap_or_default().chars().take(300).collect();
    let remedy = match unknown.why {
        Why::Away => {
            "see that OIDC_ISSUER is its address and that this machine reaches it: its name, the network, a proxy (HTTPS_PROXY), who has signed its certificate (SSL_CERT_FILE)"
        }
        Why::AnotherName => "set OIDC_ISSUER to what it calls itself, to the letter: a slash at its end counts",
        Why::NoProvider => {
            "see what is at that address: OIDC_ISSUER is what stands before /.well-known/openid-configuration"
        }
        Why::Addresses => "have the provider name its authorization and token endpoints, with https",
    };
    // Where it was asked for something else than the first page there is to it.
    let at =
        if url.is_empty() || url.starts_with(&oidc.issuer) { String::new() } else { format!(" ({})", printable(url)) };
    Amiss::new(format!("{}{at}{said}", unknown.why.text()), remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_told_by_what_tokens_allow() {
        let told = |ahead| clocks(ahead).map_err(|amiss| amiss.what);
        for ahead in [0, 60, -60] {
            assert_eq!(told(Some(ahead)).as_deref(), Ok("its clock agrees"), "{ahead}");
        }
        assert!(told(Some(61)).is_err_and(|what| what.starts_with("its clock is 61 s ahead of that")));
        assert!(told(Some(-600)).is_ok_and(|said| said.starts_with("its clock is 600 s behind")));
        assert!(told(Some(-601)).is_err_and(|what| what.starts_with("its clock is 601 s behind that")));
        assert!(told(None).is_ok());
    }
}
