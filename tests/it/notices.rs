//! Notices: who is told of what, once, and what becomes of it.

mod facts;
mod fate;
mod places;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use neo::Platform;
use neo::actor::Actor;
use neo::channels::{self, NewChannel};
use neo::notices::{self, Parcel, Post, Receipt, Unreached};
use neo_model::{ChannelKind, ChannelRow, Notice, NoticeKind};
use secrecy::SecretString;

use crate::world::World;

/// What came to a receiver.
#[derive(Clone)]
pub struct Got {
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
    /// It was found and weighed before.
    pub pinned: bool,
}

impl Got {
    pub fn notice(&self) -> Notice {
        serde_json::from_str(&self.body).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }
}

/// What a receiver does with the next message.
pub enum Manner {
    Answers(u16, Option<&'static str>, &'static str),
    /// Nothing, for as long as anybody waits.
    Hangs,
    Unreached,
}

/// Receivers of this test's own. What is not said is taken.
#[derive(Clone, Default)]
pub struct Receivers {
    pub got: Arc<Mutex<Vec<Got>>>,
    pub manners: Arc<Mutex<VecDeque<Manner>>>,
}

#[async_trait::async_trait]
impl Post for Receivers {
    async fn post(&self, parcel: Parcel) -> Result<Receipt, Unreached> {
        let headers = parcel.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let got = Got { url: parcel.url.to_string(), headers, body: parcel.body, pinned: parcel.at.is_some() };
        self.got.lock().unwrap().push(got);
        let manner = self.manners.lock().unwrap().pop_front();
        let answer = |status, retry_after: Option<&str>, body: &str| {
            Ok(Receipt { status, retry_after: retry_after.map(str::to_owned), body: body.into() })
        };
        match manner {
            None => answer(204, None, ""),
            Some(Manner::Answers(status, retry_after, body)) => answer(status, retry_after, body),
            Some(Manner::Hangs) => std::future::pending().await,
            Some(Manner::Unreached) => Err(Unreached("the connection was refused".into())),
        }
    }
}

impl Receivers {
    pub fn all(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }

    pub fn will(&self, manners: impl IntoIterator<Item = Manner>) {
        self.manners.lock().unwrap().extend(manners);
    }

    /// Once so many have come.
    pub async fn wait(&self, n: usize) -> Vec<Got> {
        let since = Instant::now();
        loop {
            let all = self.all();
            if all.len() >= n {
                return all;
            }
            assert!(since.elapsed().as_secs() < 30, "{} of {n} came", all.len());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Sends in the background, until it is dropped or the platform shuts down.
pub struct Sender(tokio::task::JoinHandle<()>);

impl Sender {
    pub fn of(platform: &Platform, receivers: &Receivers) -> Self {
        let (platform, post) = (platform.clone(), Arc::new(receivers.clone()));
        Self(tokio::spawn(async move { notices::keep_sending(&platform, post).await }))
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        self.0.abort();
    }
}

pub fn new(name: &str, kind: ChannelKind, on: &[NoticeKind], tag: Option<&str>) -> NewChannel {
    let address =
        if kind == ChannelKind::Mail { "ops@example.com".into() } else { format!("https://1.1.1.1/{name}-hush-hush") };
    NewChannel { name: name.into(), kind, address: address.into(), on: on.to_vec(), tag: tag.map(str::to_owned) }
}

/// A webhook for these.
pub async fn channel(platform: &Platform, name: &str, on: &[NoticeKind], tag: Option<&str>) -> (ChannelRow, Vec<u8>) {
    let new = new(name, ChannelKind::Webhook, on, tag);
    let (row, secret) = channels::add(platform, &Actor::operator(), new).await.unwrap();
    (row, key(&secret.unwrap()))
}

fn key(secret: &SecretString) -> Vec<u8> {
    use base64::Engine as _;
    use secrecy::ExposeSecret;
    let text = secret.expose_secret().strip_prefix("whsec_").unwrap();
    base64::engine::general_purpose::STANDARD.decode(text).unwrap()
}

/// What became of what a channel was told, the newest first.
pub async fn told(world: &World, channel: &str) -> Vec<neo_model::NoticeRow> {
    notices::list(&world.platform, &Actor::operator(), channel, 100).await.unwrap()
}
