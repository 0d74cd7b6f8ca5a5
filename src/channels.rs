//! Channels: where notices go. Whoever has a channel's address can post there, so that it is sealed, like what its messages are signed
//! with, and shown without the part that lets somebody in.
//!
//! An address is somebody's word for a machine that Neo is going to talk to. One on this machine or in a private network is taken from
//! whoever is at the machine, beside the key, and from nobody else ([`reach`]); whether it may be is weighed again at every message.

pub(crate) mod reach;
mod seal;
mod store;

use neo_model::{ChannelKind, ChannelRow, NoticeKind};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use url::Url;

use crate::actor::{Actor, Door, Permission};
use crate::error::{self, Advice, Error, Result};
use crate::named::{self, is_plain};
use crate::sessions::store::turn_of;
use crate::{Platform, audit, mail, tenants};
pub(crate) use seal::{Opened, reseal};
pub(crate) use store::{Channel, Listener, by_id, listening, newest, sealed, told};

/// As many as anybody looks after.
const MOST: usize = 50;
/// Characters of an address, more than any service gives out.
const LONGEST: usize = 2000;
const NAME: named::Rule = named::Rule {
    of: "channel",
    made_at: Some("/channels/new"),
    is: |name| is_plain(name) && !name.starts_with('.'),
    hint: "1 to 60 letters, digits and - _ . without spaces, and no dot at the beginning: it stands in the audit",
};

/// What a channel is to be.
pub struct NewChannel {
    pub name: String,
    pub kind: ChannelKind,
    /// An `https` address, or where mails go.
    pub address: SecretString,
    pub on: Vec<NoticeKind>,
    pub tag: Option<String>,
}

/// Makes a channel. The second answer is what its messages are signed with, shown this once; only a webhook's are.
pub async fn add(platform: &Platform, actor: &Actor, new: NewChannel) -> Result<(ChannelRow, Option<SecretString>)> {
    actor.authorise(Permission::ManageChannels)?;
    let name = named::check(&new.name, &NAME)?;
    let kinds = check_kinds(&new.on)?;
    let tag = match new.tag.as_deref().map(str::trim).filter(|tag| !tag.is_empty()) {
        Some(tag) => tenants::check_tags(&[tag.to_owned()]).map_err(|error| error.on("tag"))?.pop(),
        None => None,
    };
    let (address, shown, anywhere) = match new.kind {
        ChannelKind::Mail => mail_address(platform, new.address.expose_secret())?,
        ChannelKind::Webhook | ChannelKind::Slack | ChannelKind::Teams | ChannelKind::Discord => {
            web_address(actor, new.address.expose_secret()).await?
        }
    };
    let opened = Opened { address, secret: (new.kind == ChannelKind::Webhook).then(seal::new_secret) };
    let mut channel = Channel {
        id: crate::id::new(),
        name,
        kind: new.kind,
        sealed: String::new(),
        shown,
        kinds,
        tag,
        anywhere,
        enabled: true,
        made_by: actor.name.clone(),
        created_at: 0,
    };
    channel.sealed = seal::seal(platform, &channel, &opened)?;
    let mut tx = platform.central.write().await?;
    turn_of(&mut tx, actor).await?;
    if store::all(&mut tx).await?.len() >= MOST {
        return Err(Error::conflict(format!("there are {MOST} channels already"))
            .hint("remove one that nobody reads, or let one tell of more"));
    }
    store::insert(&mut tx, &channel).await?;
    let body = json!({
        "kind": channel.kind, "address": channel.shown, "on": channel.kinds, "tag": channel.tag, "anywhere": anywhere,
    });
    audit::record(platform, &mut tx, actor, "channel.add", &subject(&channel), &body).await?;
    let row = store::row(&mut tx, &channel.id).await?.ok_or_else(|| missing(&channel.name))?;
    tx.commit().await?;
    Ok((row, opened.secret))
}

/// All of them, by name, each with what became of what it was told lately.
pub async fn list(platform: &Platform, actor: &Actor) -> Result<Vec<ChannelRow>> {
    actor.authorise(Permission::SeeChannels)?;
    store::rows(&mut *platform.central.read().await?).await
}

/// One of them, by name or id.
pub async fn find(platform: &Platform, actor: &Actor, key: &str) -> Result<ChannelRow> {
    let all = list(platform, actor).await?;
    let names: Vec<_> = all.iter().map(|row| row.name.clone()).collect();
    let found = all.into_iter().find(|row| row.name == key || row.id == key);
    found.ok_or_else(|| missing(key).nearest(error::nearest(key, names)))
}

/// Whether it is told of things. What waits for one that is switched off waits on, until it is given up.
pub async fn set_enabled(platform: &Platform, actor: &Actor, key: &str, enabled: bool) -> Result<ChannelRow> {
    actor.authorise(Permission::ManageChannels)?;
    let found = find(platform, actor, key).await?;
    let mut tx = platform.central.write().await?;
    turn_of(&mut tx, actor).await?;
    let channel = by_id(&mut tx, &found.id).await?.ok_or_else(|| missing(key))?;
    if channel.enabled != enabled {
        store::set_enabled(&mut tx, &channel.id, enabled).await?;
        audit::record(platform, &mut tx, actor, "channel.set", &subject(&channel), &json!({ "enabled": enabled }))
            .await?;
    }
    let row = store::row(&mut tx, &channel.id).await?.ok_or_else(|| missing(key))?;
    tx.commit().await?;
    // What waited for it may go.
    platform.bell.notify_waiters();
    Ok(row)
}

/// Nothing goes there any more, what waited for it included.
pub async fn remove(platform: &Platform, actor: &Actor, key: &str) -> Result<ChannelRow> {
    actor.authorise(Permission::ManageChannels)?;
    let found = find(platform, actor, key).await?;
    let mut tx = platform.central.write().await?;
    turn_of(&mut tx, actor).await?;
    let channel = by_id(&mut tx, &found.id).await?.ok_or_else(|| missing(key))?;
    store::remove(&mut tx, &channel.id).await?;
    let body = json!({ "kind": channel.kind, "address": channel.shown });
    audit::record(platform, &mut tx, actor, "channel.remove", &subject(&channel), &body).await?;
    tx.commit().await?;
    Ok(found)
}

/// How the audit names a channel.
pub(crate) fn subject(channel: &Channel) -> String {
    format!("channel:{} {}", channel.id, channel.name)
}

pub(crate) fn missing(key: &str) -> Error {
    Error::not_found("channel", key).hint("see which channels there are")
}

fn check_kinds(kinds: &[NoticeKind]) -> Result<Vec<NoticeKind>> {
    let chosen: Vec<_> = NoticeKind::chosen().filter(|kind| kinds.contains(kind)).collect();
    match chosen.is_empty() || kinds.contains(&NoticeKind::Test) {
        false => Ok(chosen),
        true => {
            let names: Vec<_> = NoticeKind::chosen().map(NoticeKind::as_str).collect();
            Err(Error::invalid("on", "a channel is told of something")
                .hint(format!("one or more of: {}", names.join(", "))))
        }
    }
}

/// The address, what is shown of it, and whether it may lie anywhere.
type Address = (SecretString, String, bool);

fn mail_address(platform: &Platform, address: &str) -> Result<Address> {
    let address = address.trim();
    if platform.mail.is_none() {
        return Err(Error::invalid("address", "mails cannot be sent from here: no mail server is set")
            .hint(Advice::operator("name one: SMTP_URL and SMTP_FROM")));
    }
    match mail::is_address(address) {
        true => Ok((address.into(), address.to_owned(), false)),
        false => {
            Err(Error::invalid("address", format!("\"{}\" is no address for mails", neo_model::shortened(address)))
                .hint("like ops@example.com"))
        }
    }
}

async fn web_address(actor: &Actor, address: &str) -> Result<Address> {
    let address = address.trim();
    let wrong = |why: &str| Error::invalid("address", "this cannot be the address of a channel").cause(why);
    if address.len() > LONGEST {
        return Err(wrong("it is too long"));
    }
    let url = Url::parse(address).map_err(|_| wrong("it is no URL").hint("like https://hooks.example.com/…"))?;
    if !matches!(url.scheme(), "https" | "http") || url.host().is_none() {
        return Err(wrong("it does not begin with https://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("it has a login in it").hint("what is secret belongs behind the host"));
    }
    let is_at_the_machine = actor.door == Door::Cli;
    let beside_the_key = Advice::operator("whoever is at the machine, beside the key, may name it");
    if url.scheme() == "http" && !is_at_the_machine {
        return Err(wrong("it is not https").hint(beside_the_key));
    }
    let anywhere = match reach::resolve(&url).await {
        Ok(_) => url.scheme() == "http",
        Err(reach::Unfit::Private) if !is_at_the_machine => {
            return Err(wrong("it is on this machine, or in a private network").hint(beside_the_key));
        }
        // A name that nobody knows may be known to a proxy, or later.
        Err(_) => is_at_the_machine,
    };
    let shown = url.origin().ascii_serialization();
    Ok((url.as_str().into(), shown, anywhere))
}
