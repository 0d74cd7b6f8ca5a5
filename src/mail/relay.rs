//! The server that mails are handed to, as the settings name it.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, Tokio1Executor};
use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};

use super::PATIENCE;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::servers::percent_decode;

/// How the way to the server is kept from others' eyes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// TLS from the first byte.
    Whole,
    /// TLS as soon as the server was greeted, or nothing is said to it.
    Upgraded,
    Open,
}

/// Where mails go. It holds a password, and has no Debug.
pub struct Relay {
    host: String,
    port: u16,
    way: Way,
    login: Option<(String, SecretString)>,
    pub(super) from: Mailbox,
}

const LIKE: &str = "like smtps://USER:PASSWORD@mail.example.com, or smtp://mail.example.com:587";

impl Relay {
    /// As `SMTP_URL` and `SMTP_FROM` name it; none where the first is not set. What is wrong with them is told without what they say.
    pub fn of(config: &Config) -> Result<Option<Self>> {
        match (&config.smtp_url, &config.smtp_from) {
            (None, _) => Ok(None),
            (Some(url), Some(from)) => Self::read(url, from).map(Some),
            (Some(_), None) => Err(Error::config("SMTP_URL is set, and SMTP_FROM is not")
                .hint("say who the mails are from: SMTP_FROM=neo@example.com")),
        }
    }

    fn read(url: &SecretString, from: &str) -> Result<Self> {
        let wrong = |why: &str| Error::config("SMTP_URL is no address of a mail server").cause(why).hint(LIKE);
        let url = Url::parse(url.expose_secret()).map_err(|error| wrong(&error.to_string()))?;
        let host = url.host().map(|host| host.to_owned()).filter(|host| !host.to_string().is_empty());
        let Some(host) = host else { return Err(wrong("it names no host")) };
        let is_here = is_this_machine(&host);
        let (way, usual) = match url.scheme() {
            "smtps" => (Way::Whole, 465),
            "smtp" => (if is_here { Way::Open } else { Way::Upgraded }, 587),
            _ => return Err(wrong("it begins with neither smtp:// nor smtps://")),
        };
        let way = match url.query() {
            None => way,
            Some("tls=off") if way != Way::Whole => Way::Open,
            Some("tls=on") if way != Way::Whole => Way::Upgraded,
            Some(_) => return Err(wrong("what may follow the host is ?tls=off or ?tls=on, after smtp:// alone")),
        };
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(wrong("there is more in it than login, host and port"));
        }
        let decoded = |part: &str| percent_decode(part).ok_or_else(|| wrong("its login is not UTF-8"));
        let login = match (url.username(), url.password()) {
            ("", None) => None,
            ("", Some(_)) => return Err(wrong("it has a password and no user")),
            (_, None) => return Err(wrong("it has a user and no password")),
            (user, Some(password)) => Some((decoded(user)?, SecretString::from(decoded(password)?))),
        };
        if login.is_some() && way == Way::Open && !is_here {
            return Err(wrong("the password would go to another machine for everybody to read")
                .hint("leave ?tls=off away, or the login"));
        }
        let from = from.parse().map_err(|_| {
            Error::config("SMTP_FROM is no address").hint("like neo@example.com, or: Neo <neo@example.com>")
        })?;
        // What an address in brackets is to a resolver.
        let host = match host {
            Host::Ipv6(address) => address.to_string(),
            Host::Ipv4(address) => address.to_string(),
            Host::Domain(name) => name,
        };
        Ok(Self { host, port: url.port().unwrap_or(usual), way, login, from })
    }

    /// Where it is, without the login.
    pub fn name(&self) -> String {
        match self.host.contains(':') {
            true => format!("[{}]:{}", self.host, self.port),
            false => format!("{}:{}", self.host, self.port),
        }
    }

    /// Authorities are read from the disk, so that happens off the async threads.
    pub(super) async fn transport(&self) -> Result<AsyncSmtpTransport<Tokio1Executor>, String> {
        let (host, way) = (self.host.clone(), self.way);
        let tls = tokio::task::spawn_blocking(move || {
            Ok(match way {
                Way::Whole => Tls::Wrapper(TlsParameters::new(host)?),
                Way::Upgraded => Tls::Required(TlsParameters::new(host)?),
                Way::Open => Tls::None,
            })
        });
        let tls = tls.await.map_err(|error| error.to_string())?;
        let tls = tls.map_err(|error: lettre::transport::smtp::Error| format!("TLS cannot be begun: {error}"))?;
        let builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(self.host.clone())
            .port(self.port)
            .tls(tls)
            .timeout(Some(PATIENCE))
            .hello_name(ClientId::Domain(self.from.email.domain().to_owned()));
        Ok(match &self.login {
            Some((user, password)) => {
                builder.credentials(Credentials::new(user.clone(), password.expose_secret().to_owned())).build()
            }
            None => builder.build(),
        })
    }

    /// Whether a text has the password in it, in one of the forms in which it was said.
    pub(super) fn gives_away(&self, text: &str) -> bool {
        let Some((user, password)) = &self.login else { return false };
        let password = password.expose_secret();
        [password.to_owned(), STANDARD.encode(password), STANDARD.encode(format!("\0{user}\0{password}"))]
            .iter()
            .any(|form| text.contains(form.as_str()))
    }
}

fn is_this_machine(host: &Host<String>) -> bool {
    match host {
        Host::Domain(name) => name.parse::<IpAddr>().map_or(name == "localhost", |address| address.is_loopback()),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str) -> Result<Relay> {
        Relay::read(&url.into(), "Neo <neo@example.com>")
    }

    #[test]
    fn a_mail_server_is_named_by_its_address_and_the_way_there_is_closed_unless_it_is_here() {
        for (url, name, way) in [
            ("smtps://mail.example.com", "mail.example.com:465", Way::Whole),
            ("smtp://mail.example.com", "mail.example.com:587", Way::Upgraded),
            ("smtp://mail.example.com:25?tls=off", "mail.example.com:25", Way::Open),
            ("smtp://localhost:25", "localhost:25", Way::Open),
            ("smtp://u:p@localhost:25?tls=on", "localhost:25", Way::Upgraded),
            ("smtp://127.0.0.1:25", "127.0.0.1:25", Way::Open),
            ("smtp://u:p@[::1]:25", "[::1]:25", Way::Open),
            ("smtp://[2001:db8::1]", "[2001:db8::1]:587", Way::Upgraded),
        ] {
            let relay = read(url).unwrap_or_else(|error| panic!("{url}: {error}"));
            assert_eq!((relay.name().as_str(), relay.way), (name, way), "{url}");
        }
        let relay =
            read("smtp://ada%40example.com:p%40ss%2Fw%20rd@mail.example.com:2525/").unwrap_or_else(|e| panic!("{e}"));
        let (user, password) = relay.login.as_ref().unwrap();
        assert_eq!((user.as_str(), password.expose_secret()), ("ada@example.com", "p@ss/w rd"));
        assert!(relay.gives_away("535 p@ss/w rd is wrong") && relay.gives_away(&STANDARD.encode("p@ss/w rd")));
        assert!(!relay.gives_away("535 authentication failed"));
    }

    #[test]
    fn an_address_that_cannot_be_used_says_why_and_not_what_it_is() {
        for wrong in [
            "mail.example.com",
            "http://u:hush@mail.example.com",
            "smtp://u:hush@",
            "smtp://u:hush@mail.example.com?tls=off",
            "smtps://u:hush@mail.example.com?tls=off",
            "smtp://u:hush@mail.example.com?tls=opportunistic",
            "smtp://u:hush@mail.example.com/path",
            "smtp://u:hush@mail.example.com#hush",
            "smtp://:hush@mail.example.com",
            "smtp://u@mail.example.com",
            "smtp://u:%ffhush@mail.example.com",
        ] {
            let error = read(wrong).err().unwrap_or_else(|| panic!("{wrong} was taken"));
            assert_eq!(error.kind.exit_code(), 2, "{wrong}");
            assert!(error.hint.is_some() && !format!("{error} {error:?}").contains("hush"), "{wrong}: {error:?}");
        }
        let from = Relay::read(&"smtp://localhost:25".into(), "nobody").err().unwrap();
        assert_eq!(from.message, "SMTP_FROM is no address");
    }
}
