//! A secret among the arguments of a call. Arguments can be printed, as the macro makes them; this one cannot.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Described;

/// Read and sent as a text, and shown to nobody.
#[derive(Clone, Serialize, Deserialize, Described)]
#[serde(transparent)]
pub struct Secret(String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<Secret> for String {
    fn from(secret: Secret) -> Self {
        secret.0
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl From<Secret> for secrecy::SecretString {
    fn from(secret: Secret) -> Self {
        secret.0.into()
    }
}

/// One that is told to whoever asked for it.
#[cfg(not(target_arch = "wasm32"))]
impl From<secrecy::SecretString> for Secret {
    fn from(secret: secrecy::SecretString) -> Self {
        use secrecy::ExposeSecret;
        Self(secret.expose_secret().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn it_is_shown_to_nobody() {
        let read: Secret = serde_json::from_str("\"hush\"").unwrap();
        assert_eq!((format!("{read:?}"), String::from(read).as_str()), ("…".to_owned(), "hush"));
    }
}
