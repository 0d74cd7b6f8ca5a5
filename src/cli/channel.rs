//! `neo channel …`.

use neo_model::{ChannelKind, ChannelRow, NoticeKind, NoticeRow, NoticeState};
use secrecy::SecretString;

use super::Session;
use super::ask;
use super::print::{Printer, count, number, or_dash};
use crate::channels::NewChannel;
use crate::clock::rfc3339;
use crate::error::{Error, Kind, Result, printable};

#[derive(clap::Subcommand)]
pub enum Channel {
    Add(Add),
    /// List the channels, each with what became of what it was told
    List,
    /// What a channel was told lately, with what became of it
    Show {
        channel: String,
    },
    /// Send a test
    Test {
        channel: String,
    },
    /// Tell a channel of things again
    On {
        channel: String,
    },
    /// Tell a channel of nothing for a while
    Off {
        channel: String,
    },
    /// Remove a channel, with what waited for it
    Remove {
        channel: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// Add a channel
///
/// Whoever has an address of Slack, Teams or Discord can post there: - in its place reads it from standard input. An address on this
/// machine or in a private network is taken here, beside the key, and nowhere else.
#[derive(clap::Args)]
#[command(group = clap::ArgGroup::new("where").required(true))]
pub struct Add {
    /// Letters, digits and - _ . without spaces
    name: String,
    /// Post JSON there, signed; the secret of the signatures goes to standard output, this once
    #[arg(long, group = "where", value_name = "URL")]
    webhook: Option<String>,
    /// Post to Slack
    #[arg(long, group = "where", value_name = "URL")]
    slack: Option<String>,
    /// Post to Microsoft Teams
    #[arg(long, group = "where", value_name = "URL")]
    teams: Option<String>,
    /// Post to Discord
    #[arg(long, group = "where", value_name = "URL")]
    discord: Option<String>,
    /// Send mails there (SMTP_URL names the server)
    #[arg(long, group = "where", value_name = "ADDRESS")]
    mail: Option<String>,
    /// What it is told of: failed, halted, waiting, finished, quarantine, server, provisioning, backup, expiring
    #[arg(long, required = true, value_name = "KIND", value_delimiter = ',', value_parser = kind)]
    on: Vec<NoticeKind>,
    /// Tell it of tenants with this tag alone
    #[arg(long, value_name = "TAG")]
    tag: Option<String>,
}

impl Channel {
    pub async fn run(self, session: &Session) -> Result<u8> {
        let printer = session.printer;
        match self {
            Channel::Add(args) => args.run(session).await,
            Channel::List => list(session).await,
            Channel::Show { channel } => {
                let found = session.central().await?.notices(&channel).await?;
                if found.is_empty() {
                    printer.say("Nothing was told there yet");
                }
                told(printer, &found);
                Ok(0)
            }
            Channel::Test { channel } => test(session, &channel).await,
            Channel::On { channel } => switched(session, &channel, true).await,
            Channel::Off { channel } => switched(session, &channel, false).await,
            Channel::Remove { channel, yes } => {
                let central = session.central().await?;
                // Without a terminal nobody is asked: what is told nowhere can be told elsewhere.
                if ask::is_terminal() {
                    ask::confirmed(yes, &format!("Nothing goes to {} any more", printable(&channel))).await?;
                }
                let row = central.remove_channel(&channel).await?;
                printer.say(format!("Removed {}", row.name));
                if printer.is_json() {
                    printer.json(&row);
                }
                Ok(0)
            }
        }
    }
}

impl Add {
    async fn run(self, session: &Session) -> Result<u8> {
        let printer = session.printer;
        let ways = [
            (ChannelKind::Webhook, self.webhook),
            (ChannelKind::Slack, self.slack),
            (ChannelKind::Teams, self.teams),
            (ChannelKind::Discord, self.discord),
            (ChannelKind::Mail, self.mail),
        ];
        let way = ways.into_iter().find_map(|(kind, address)| Some((kind, address?)));
        let (kind, address) = way.ok_or_else(|| Error::internal("a channel without an address"))?;
        let address = match address.as_str() {
            "-" => ask::from_stdin().await?,
            _ => SecretString::from(address),
        };
        let new = NewChannel { name: self.name, kind, address, on: self.on, tag: self.tag };
        let made = session.central().await?.add_channel(new).await?;
        printer.say(format!("Added {}. See that it works: neo channel test {}", made.row.name, made.row.name));
        if printer.is_json() {
            printer.json(&made);
        } else if let Some(secret) = &made.secret {
            printer.say("Its messages are signed with this. Keep it now: it is not shown again");
            printer.line(secret);
        }
        Ok(0)
    }
}

async fn list(session: &Session) -> Result<u8> {
    let printer = session.printer;
    let found = session.central().await?.channels().await?;
    if found.is_empty() {
        printer.say("No channel yet. The first one: neo channel add NAME --mail ADDRESS --on failed,halted,waiting");
    }
    let head = ["name", "to", "on", "tag", "is", "sent", "waiting", "given up", "last"];
    printer.list(&found, &head, |channel| {
        vec![
            channel.name.clone(),
            format!("{} {}", channel.kind, channel.address),
            channel.on.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(","),
            or_dash(channel.tag.as_ref()),
            if channel.enabled { "on" } else { "off" }.to_owned(),
            number(channel.sent),
            number(channel.waiting),
            number(channel.given_up),
            or_dash(channel.last.as_ref().map(fate)),
        ]
    });
    Ok(0)
}

/// What became of a notice, in a line.
fn fate(notice: &NoticeRow) -> String {
    let why = notice.error.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    match notice.state {
        NoticeState::Sent => format!("sent {}", notice.sent_at.map(rfc3339).unwrap_or_default()),
        NoticeState::GivenUp => format!("given up after {}{why}", tries(notice)),
        NoticeState::Waiting if notice.tries == 0 => "waiting".to_owned(),
        NoticeState::Waiting => {
            format!("waiting after {}, again {}{why}", tries(notice), notice.next_at.map(rfc3339).unwrap_or_default())
        }
    }
}

fn tries(notice: &NoticeRow) -> String {
    match notice.tries {
        1 => "1 try".to_owned(),
        n => format!("{} tries", number(n)),
    }
}

fn told(printer: Printer, found: &[NoticeRow]) {
    printer.list(found, &["at", "kind", "what", "fate"], |notice| {
        vec![rfc3339(notice.made_at), notice.kind.as_str().to_owned(), notice.title.clone(), fate(notice)]
    });
}

async fn test(session: &Session, channel: &str) -> Result<u8> {
    let printer = session.printer;
    let notice = session.central().await?.test_channel(channel).await?;
    if printer.is_json() {
        printer.json(&notice);
    }
    match notice.state {
        NoticeState::Sent => {
            printer.say("Sent");
            Ok(0)
        }
        NoticeState::Waiting | NoticeState::GivenUp => {
            let error = Error::new(Kind::Unavailable, format!("the test did not reach {}", printable(channel)));
            Err(notice.error.into_iter().fold(error, Error::cause))
        }
    }
}

async fn switched(session: &Session, channel: &str, on: bool) -> Result<u8> {
    let row: ChannelRow = session.central().await?.set_channel(channel, on).await?;
    let waiting = if row.waiting > 0 { format!("; {} on", count(row.waiting, "notice waits")) } else { String::new() };
    match on {
        true => session.printer.say(format!("{} is told of things again", row.name)),
        false => session.printer.say(format!("{} is told of nothing until it is on again{waiting}", row.name)),
    }
    if session.printer.is_json() {
        session.printer.json(&row);
    }
    Ok(0)
}

fn kind(text: &str) -> Result<NoticeKind, String> {
    let names = || NoticeKind::chosen().map(NoticeKind::as_str).collect::<Vec<_>>().join(", ");
    NoticeKind::chosen().find(|kind| kind.as_str() == text).ok_or_else(|| format!("one of: {}", names()))
}
