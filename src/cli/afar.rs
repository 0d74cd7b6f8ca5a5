//! A command line that asks a console elsewhere: `NEO_URL` and `NEO_TOKEN`, checked before anything is sent.

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::config;
use crate::error::{Error, Result};
use crate::tokens;

/// The console that is asked.
pub struct Remote {
    /// Its origin: scheme, host and port.
    pub url: Url,
    pub token: SecretString,
}

impl Remote {
    /// As the environment has it; none where the platform is at hand.
    pub fn from_env() -> Result<Option<Self>> {
        match config::elsewhere()? {
            (None, None) => Ok(None),
            (Some(_), None) => Err(Error::config("NEO_URL is set, and NEO_TOKEN is not")
                .hint("a console is asked with a token: neo token create NAME --role ROLE prints one, beside the central database")),
            (None, Some(_)) => Err(Error::config("NEO_TOKEN is set, and NEO_URL is not")
                .hint("say where the console is: NEO_URL=https://central.example.com")),
            (Some(url), Some(token)) => Self::of(url.expose_secret(), token).map(Some),
        }
    }

    fn of(url: &str, token: SecretString) -> Result<Self> {
        let url = origin(url.trim())?;
        if !tokens::is_one(token.expose_secret()) {
            return Err(Error::config("NEO_TOKEN is no token")
                .cause(
                    "its form is not that of one, or its last six digits are not the check of what stands before them",
                )
                .hint("it is neo_ with 8, 40 and 6 digits after it, as neo token create has printed it"));
        }
        Ok(Self { url, token })
    }
}

/// Whether a console elsewhere is asked.
pub(super) fn is_asked() -> bool {
    matches!(config::elsewhere(), Ok((Some(_), _)))
}

/// Refuses what cannot be asked for from afar.
pub(super) fn refuse(what: &str) -> Result<()> {
    match Remote::from_env()? {
        None => Ok(()),
        Some(remote) => Err(Error::config(format!("{what} needs the machine: the key and the central database"))
            .cause(format!("NEO_URL leads to {}", remote.url.origin().ascii_serialization()))
            .hint("call it there, without NEO_URL and NEO_TOKEN")),
    }
}

fn origin(text: &str) -> Result<Url> {
    const LIKE: &str = "the origin of a console alone: https://central.example.com";
    let wrong = |why: &str| Error::config("NEO_URL is no address of a console").cause(why).hint(LIKE);
    let url = Url::parse(text).map_err(|e| wrong(&e.to_string()))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("it names a user; what comes in is NEO_TOKEN"));
    }
    let Some(host) = url.host() else { return Err(wrong("it names no host")) };
    match url.scheme() {
        "https" => {}
        "http" if config::is_this_machine(&host) => {}
        "http" => {
            return Err(wrong("over http the token could be read on its way; only this machine itself is asked so")
                .hint(format!("https://{host}; on the machine of a console itself: http://central.localhost:PORT")));
        }
        other => return Err(wrong(&format!("{other} is neither https nor http"))),
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("there is more in it than scheme, host and port"));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_taken_over_https_or_on_this_machine() {
        for right in [
            "https://central.example.com",
            "https://central.example.com/",
            "https://central.example.com:8443",
            "http://central.localhost:3000",
            "http://localhost",
            "http://127.0.0.1:3000",
            "http://127.1.2.3",
            "http://[::1]:3000",
        ] {
            assert!(origin(right).is_ok(), "{right}");
        }
        for wrong in [
            "",
            "central.example.com",
            "ftp://central.example.com",
            "http://central.example.com",
            "http://localhost.example.com",
            "http://10.0.0.7",
            "https://user:secret@central.example.com",
            "https://central.example.com/api/v1",
            "https://central.example.com?x",
            "https://central.example.com#x",
            "file:///tmp",
        ] {
            let error = origin(wrong).unwrap_err();
            assert_eq!(error.kind.exit_code(), 2, "{wrong}");
            assert!(error.hint.is_some() && !format!("{error:?}").contains("secret"), "{wrong}");
        }
    }
}
