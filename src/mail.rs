//! Mail: plain text, by the server that `SMTP_URL` names. What a mail is about has happened when it is sent, so that one which cannot
//! be sent changes nothing: it is told, in words, and nobody waits for it longer than [`PATIENCE`].

mod letters;
mod relay;

use std::sync::Arc;
use std::time::Duration;

use lettre::message::Mailbox;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::transport::smtp;
use lettre::{Address, AsyncTransport, Message};
use neo_model::{Mailed, clean};

use crate::{metrics, outside};

pub(crate) use letters::Letter;
pub use relay::Relay;

/// How long a mail server has for all that it is asked.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// So much of what a server says is told.
const MOST: usize = 200;

impl Relay {
    /// Hands a letter to the server, and says whether it took it.
    pub(crate) async fn send(self: &Arc<Self>, letter: Letter) -> Mailed {
        let relay = self.clone();
        let why = patiently(async move { relay.hand_over(letter).await }).await.err();
        metrics::mailed(why.is_none());
        if let Some(why) = &why {
            tracing::warn!(server = self.name(), why, "a mail was not sent");
        }
        Mailed { sent: why.is_none(), why }
    }

    /// Whether the server answers, and lets in whoever `SMTP_URL` names; or why not.
    pub(crate) async fn probe(self: &Arc<Self>) -> Result<(), String> {
        let relay = self.clone();
        patiently(async move {
            let transport = relay.transport().await?;
            match transport.test_connection().await {
                Ok(true) => Ok(()),
                Ok(false) => Err("the mail server answers something else".to_owned()),
                Err(error) => Err(relay.words(&error, |_| false)),
            }
        })
        .await
    }

    async fn hand_over(&self, letter: Letter) -> Result<(), String> {
        let nowhere = |_| "mail cannot be sent to this address".to_owned();
        let to = Mailbox::new(None, letter.to.parse::<Address>().map_err(nowhere)?);
        let id = match &letter.id {
            Some(id) => id.clone(),
            None => crate::id::new(),
        };
        let id = format!("<{id}@{}>", self.from.email.domain());
        // Nobody's holiday note is an answer to it.
        let by_itself = HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned());
        let message = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(&letter.subject)
            .message_id(Some(id))
            .raw_header(by_itself)
            .header(ContentType::TEXT_PLAIN)
            .body(letter.text.clone())
            .map_err(|error| format!("the mail cannot be written: {error}"))?;
        let transport = self.transport().await?;
        transport.send(message).await.map(drop).map_err(|error| self.words(&error, |said| letter.is_told_by(said)))
    }

    /// What a server refused, and no secret that this process has said to it.
    fn words(&self, error: &smtp::Error, tells: impl Fn(&str) -> bool) -> String {
        let said = clean(&std::error::Error::source(error).map(ToString::to_string).unwrap_or_default());
        let said = match said.is_empty() || self.gives_away(&said) || tells(&said) {
            true => String::new(),
            false => format!(": {}", said.chars().take(MOST).collect::<String>()),
        };
        match error.status().map(u16::from) {
            Some(code @ (530 | 534 | 535 | 538)) => format!("the mail server refused the login ({code})"),
            Some(code) => format!("the mail server refused it ({code}){said}"),
            None if error.is_timeout() => silent(),
            // A certificate that does not hold is no connection, in the library's words.
            None if error.is_tls() || said.contains("certificate") => {
                format!("the mail server could not be talked to under TLS{said}")
            }
            None if error.is_client() => format!("the mail server does not do what is needed{said}"),
            None if error.is_response() => format!("the mail server answers what is no answer{said}"),
            None => format!("the mail server cannot be reached{said}"),
        }
    }
}

/// Whether mails can be sent to this address.
pub(crate) fn is_address(address: &str) -> bool {
    address.parse::<Address>().is_ok()
}

async fn patiently(work: impl Future<Output = Result<(), String>> + Send + 'static) -> Result<(), String> {
    tokio::time::timeout(PATIENCE, outside::MAIL.run(work)).await.map_err(|_| silent()).flatten().flatten()
}

fn silent() -> String {
    format!("the mail server did not answer within {} s", PATIENCE.as_secs())
}
