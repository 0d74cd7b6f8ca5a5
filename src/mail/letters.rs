//! What mails say: plain text, without a word that is only there to please.

use secrecy::{ExposeSecret, SecretString};

use crate::actor::Role;
use crate::clock::rfc3339;
use crate::link::Link;

/// A mail that is ready to go.
pub(crate) struct Letter {
    pub to: String,
    pub subject: String,
    pub text: String,
    /// What it is known by, however often it comes; none: it comes once.
    pub id: Option<String>,
    /// What opens the door, which is in the text.
    secret: SecretString,
}

/// So much of a secret in a row is no accident.
const TELLING: usize = 8;

impl Letter {
    /// To somebody who is to come in to the console at `origin`.
    pub fn invitation(link: &Link, role: Role, origin: &str) -> Self {
        let said =
            format!("You are invited to the console of Neo at {origin}, as {role}. Choose a password to come in:");
        Self::with_link(link, format!("Your invitation to Neo at {}", host(origin)), &said)
    }

    /// To somebody who is there, and is to choose a new password.
    pub fn reset(link: &Link, origin: &str) -> Self {
        let said = format!(
            "Somebody who manages the admins of the console of Neo at {origin} has made a link by which you choose a new password:"
        );
        Self::with_link(link, format!("A new password for Neo at {}", host(origin)), &said)
    }

    fn with_link(link: &Link, subject: String, said: &str) -> Self {
        let (url, until) = (link.url.expose_secret(), rfc3339(link.expires_at));
        let text = format!(
            "{said}\n\n{url}\n\nIt works once, until {until}. Whoever has it can choose the password: pass it on to nobody.\n\
             If you did not expect this, leave it be, and tell whoever runs the console.\n"
        );
        let secret = url.split_once("token=").map_or(url, |(_, secret)| secret).to_owned().into();
        Self { to: link.email.clone(), subject, text, id: None, secret }
    }

    /// What tells somebody of something; it opens nothing.
    pub fn notice(to: &str, subject: String, text: String, id: &str) -> Self {
        Self { to: to.to_owned(), subject, text, id: Some(id.to_owned()), secret: String::new().into() }
    }

    /// Whether somebody repeats what it lets in with, or a part of it: what filters mail likes to say which address it took offence at.
    pub fn is_told_by(&self, words: &str) -> bool {
        let secret = self.secret.expose_secret().as_bytes();
        secret
            .windows(TELLING.min(secret.len()).max(1))
            .any(|part| words.as_bytes().windows(part.len()).any(|w| w == part))
    }
}

fn host(origin: &str) -> &str {
    origin.split_once("://").map_or(origin, |(_, host)| host)
}
