//! Sending: whoever runs takes what is due, tries it within bounds, and writes what became of it.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use neo_model::{NoticeKind, NoticeRow};
use secrecy::ExposeSecret;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};
use url::{Position, Url};

use super::post::{PATIENCE, Parcel, Post, Receipt, Unreached};
use super::store::{Fate, Held, TRIED_MS};
use super::{Said, message, shape, sign, store, sweep, words};
use crate::Platform;
use crate::actor::{Actor, Permission};
use crate::channels::{self, Channel, Opened, reach};
use crate::error::Result;
use crate::servers::percent_decode;
use crate::sessions::store::turn_of;
use crate::{audit, metrics};

/// How often is looked where other processes cannot be heard.
const LOOK: Duration = Duration::from_millis(500);
/// Looks are no closer together than this, however often it rings.
const APART: Duration = Duration::from_millis(200);
/// On their way at once, over all channels.
const AT_ONCE: usize = 32;
/// How long a command at a shell waits for what it has caused to be told.
const FAREWELL: Duration = Duration::from_secs(12);

/// After the first try that failed, the second, …; then an hour, until a day is over.
const PAUSES: [i64; 6] = [5_000, 30_000, 120_000, 600_000, 1_800_000, 3_600_000];
/// A receiver may ask for more patience, and for no more than this.
const LONGEST_PAUSE: i64 = 6 * 3_600_000;

/// Sends what is due until the platform shuts down. Several processes may do so: each notice is in one pair of hands.
pub async fn keep_sending(platform: &Platform, post: Arc<dyn Post>) {
    crate::bell::attend(platform);
    let mut ears = platform.bell.ears();
    let mut under_way = JoinSet::new();
    let mut sweeper = sweep::Sweeper::default();
    while !platform.shutdown.is_cancelled() {
        ears.note();
        let looked = Instant::now();
        if let Err(error) = take_due(platform, &post, &mut under_way).await {
            tracing::warn!(error = error.log_text(), "notices cannot be seen; trying again");
        }
        sweeper.look(platform).await;
        tokio::select! {
            () = platform.shutdown.cancelled() => break,
            () = tokio::time::sleep(platform.bell.patience(LOOK)) => {}
            () = ears.ring() => {}
            // The next of the same channel.
            Some(_) = under_way.join_next() => {}
        }
        tokio::time::sleep_until(looked + APART).await;
    }
    // What is on its way comes to its end, or is sent again by the next.
    let farewell = async { while under_way.join_next().await.is_some() {} };
    tokio::time::timeout(FAREWELL, farewell).await.ok();
}

async fn take_due(platform: &Platform, post: &Arc<dyn Post>, under_way: &mut JoinSet<()>) -> Result<()> {
    while under_way.try_join_next().is_some() {}
    let due = store::due(&mut *platform.central.read().await?).await?;
    for id in due {
        if under_way.len() >= AT_ONCE {
            return Ok(());
        }
        let holder = crate::id::new();
        let mut tx = platform.central.write().await?;
        let is_ours = store::take(&mut tx, &id, &holder).await?;
        tx.commit().await?;
        if is_ours {
            let (platform, post) = (platform.clone(), post.clone());
            under_way.spawn(async move {
                if let Err(error) = send(&platform, &*post, &id, &holder, true).await {
                    tracing::warn!(error = error.log_text(), "what became of a notice could not be written");
                }
            });
        }
    }
    Ok(())
}

/// What a command at a shell could not send before it ended.
#[derive(Debug, Default)]
pub struct Leftover {
    /// Notices that wait, and are tried again by whoever runs next.
    pub waiting: i64,
    /// Why the newest of them was not taken.
    pub why: Option<String>,
}

/// For a command that is about to end: sends what was told within the last `since`, with all else that is due, and waits for it a while.
/// Nothing where it has told nothing.
pub async fn send_own(platform: &Platform, post: Arc<dyn Post>, since: Duration) -> Result<Leftover> {
    let ms = i64::try_from(since.as_millis()).unwrap_or(i64::MAX / 2) + 1000;
    if !store::told_since(&mut *platform.central.read().await?, ms).await? {
        return Ok(Leftover::default());
    }
    let deadline = Instant::now() + FAREWELL;
    let mut under_way = JoinSet::new();
    loop {
        take_due(platform, &post, &mut under_way).await?;
        if under_way.is_empty() {
            break;
        }
        if timeout_at(deadline, under_way.join_next()).await.is_err() {
            break;
        }
    }
    // What was cut off is in nobody's hands once its lease is over.
    under_way.shutdown().await;
    let (waiting, why) = store::waiting_since(&mut *platform.central.read().await?, ms).await?;
    Ok(Leftover { waiting, why })
}

/// Sends a test to a channel, switched off or not, and says what became of it. It is tried once.
pub async fn test(platform: &Platform, actor: &Actor, post: &dyn Post, channel: &str) -> Result<NoticeRow> {
    actor.authorise(Permission::ManageChannels)?;
    let row = channels::find(platform, actor, channel).await?;
    let holder = crate::id::new();
    let said = Said {
        title: format!("A test of the channel {}, by {}", row.name, actor.name),
        path: "/channels".into(),
        ..Said::default()
    };
    let notice = message(NoticeKind::Test, None, said);
    let mut tx = platform.central.write().await?;
    turn_of(&mut tx, actor).await?;
    let channel = channels::by_id(&mut tx, &row.id).await?.ok_or_else(|| channels::missing(&row.name))?;
    let id = store::keep_held(&mut tx, &format!("test:{holder}"), &notice, &channel.id, &holder).await?;
    audit::record(platform, &mut tx, actor, "channel.test", &channels::subject(&channel), &json!({})).await?;
    tx.commit().await?;
    send(platform, post, &id, &holder, false).await?;
    let told = store::row(&mut *platform.central.read().await?, &id).await?;
    told.ok_or_else(|| channels::missing(&row.name))
}

/// One try of one delivery in these hands. `again`: where it fails it is tried again.
async fn send(platform: &Platform, post: &dyn Post, id: &str, holder: &str, again: bool) -> Result<()> {
    let (held, channel) = {
        let mut conn = platform.central.read().await?;
        let Some(held) = store::held(&mut conn, id).await? else { return Ok(()) };
        let Some(channel) = channels::by_id(&mut conn, &held.channel_id).await? else { return Ok(()) };
        (held, channel)
    };
    let tried = attempt(platform, post, &channel, &held).await;
    metrics::notice_tried(channel.kind.as_str(), tried.is_ok());
    let rest = tried.as_ref().err().map(|refused| refused.wait.unwrap_or(PAUSES[0]));
    let fate = match tried {
        Ok(()) => Fate::Sent,
        Err(refused) => {
            tracing::warn!(channel = channel.name, try_ = held.tries, why = refused.why, "a notice was not taken");
            if again { next(&held, refused) } else { Fate::GivenUp(refused.why) }
        }
    };
    let mut tx = platform.central.write().await?;
    store::settle(&mut tx, id, holder, &fate).await?;
    if let Some(rest) = rest {
        store::let_rest(&mut tx, &channel.id, rest.min(LONGEST_PAUSE)).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Why a message was not taken, and how long its receiver asks to be left alone (milliseconds).
struct Refused {
    why: String,
    wait: Option<i64>,
}

impl From<String> for Refused {
    fn from(why: String) -> Self {
        Self { why, wait: None }
    }
}

fn next(held: &Held, Refused { why, wait }: Refused) -> Fate {
    let step = usize::try_from(held.tries - 1).unwrap_or(0).min(PAUSES.len() - 1);
    let pause = PAUSES[step].max(wait.unwrap_or(0)).min(LONGEST_PAUSE);
    match held.now + pause - held.made_at > TRIED_MS {
        true => Fate::GivenUp(why),
        false => Fate::Again(pause, why),
    }
}

async fn attempt(platform: &Platform, post: &dyn Post, channel: &Channel, held: &Held) -> Result<(), Refused> {
    let opened = channel.open(platform).map_err(|error| error.message)?;
    let notice = ready(platform, held);
    let address = opened.address.expose_secret();
    let Some(body) = shape::posted(channel.kind, &notice) else { return by_mail(platform, &notice, address).await };
    let url = Url::parse(address).map_err(|_| "its address cannot be read".to_owned())?;
    let mut headers = vec![("content-type", "application/json".to_owned())];
    if let Some(key) = opened.signing_key() {
        headers.extend(sign::headers(&key, &notice.id, held.now, &body));
    }
    let at = match channel.anywhere {
        true => None,
        false => Some(reach::resolve(&url).await.map_err(|unfit| unfit.to_string())?),
    };
    // Whatever the way there does.
    let answered = tokio::time::timeout(PATIENCE, post.post(Parcel { url, at, headers, body })).await;
    let silent = || Unreached(format!("nothing came within {} s", PATIENCE.as_secs()));
    match answered.unwrap_or_else(|_| Err(silent())) {
        Ok(receipt) => weigh(receipt, &opened),
        Err(Unreached(why)) if tells(&why, &opened) => Err("it cannot be reached".to_owned().into()),
        Err(Unreached(why)) => Err(words::in_one_line(&why).into()),
    }
}

/// A message as it goes out: with where the console is.
fn ready(platform: &Platform, held: &Held) -> neo_model::Notice {
    let origin = platform.config.central_origin();
    let mut notice = held.notice.clone();
    notice.id.clone_from(&held.id);
    notice.environment.clone_from(&platform.config.environment);
    let lead = |path: &mut String| path.insert_str(0, &origin);
    lead(&mut notice.url);
    notice.causes.iter_mut().for_each(|cause| lead(&mut cause.url));
    notice.about.iter_mut().for_each(|about| lead(&mut about.url));
    notice
}

async fn by_mail(platform: &Platform, notice: &neo_model::Notice, to: &str) -> Result<(), Refused> {
    let relay = platform.mail.as_ref().ok_or_else(|| "no mail server is set here".to_owned())?;
    let mailed = relay.send(shape::letter(notice, to)).await;
    match mailed.sent {
        true => Ok(()),
        false => Err(mailed.why.unwrap_or_default().into()),
    }
}

fn weigh(receipt: Receipt, opened: &Opened) -> Result<(), Refused> {
    let status = receipt.status;
    let why = match status {
        200..300 => return Ok(()),
        300..400 => format!("it sends elsewhere ({status}), and that is not followed"),
        429 => "it has had too many messages (429)".to_owned(),
        _ => format!("it answered {status}"),
    };
    let said = match tells(&String::from_utf8_lossy(&receipt.body), opened) {
        true => String::new(),
        false => words::said(&receipt.body),
    };
    let why = if said.is_empty() || status < 400 { why } else { format!("{why}: {said}") };
    // A date in its place is no number: one's own patience then.
    let seconds = receipt.retry_after.and_then(|text| text.trim().parse::<i64>().ok()).filter(|n| *n >= 0);
    Err(Refused { why, wait: seconds.map(|seconds| seconds.saturating_mul(1000)) })
}

/// So many letters of an address in a row are a part of it.
const TELLING: usize = 6;

/// Whether what somebody says, all of it, has a part of the address in it, as it stands there or read: whoever has that can post there.
fn tells(said: &str, opened: &Opened) -> bool {
    let Ok(url) = Url::parse(opened.address.expose_secret()) else { return true };
    let secret = &url[Position::BeforePath..];
    let read = percent_decode(&secret.replace('+', " ")).unwrap_or_default();
    let forms = [secret, read.as_str()].map(str::to_lowercase);
    let said = said.to_lowercase();
    let stretches: HashSet<&[u8]> = said.as_bytes().windows(TELLING).collect();
    forms.iter().any(|form| match form.len() {
        0..=1 => false,
        2..TELLING => said.contains(form),
        _ => form.as_bytes().windows(TELLING).any(|stretch| stretches.contains(stretch)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt(status: u16, retry_after: Option<&str>, body: &str) -> Receipt {
        Receipt { status, retry_after: retry_after.map(str::to_owned), body: body.into() }
    }

    fn opened() -> Opened {
        Opened {
            address: "https://hooks.example.com/services/T000000/hush-hush?key=another-one&also=key+with%20a+blank"
                .to_owned()
                .into(),
            secret: None,
        }
    }

    #[test]
    fn a_receiver_is_told_of_in_words_and_says_nothing_secret() {
        assert!(weigh(receipt(204, None, "x"), &opened()).is_ok());
        let late = format!("{} /services/T000000/hush-hush", "words ".repeat(30));
        for (status, body, why) in [
            (301, "moved", "it sends elsewhere (301), and that is not followed"),
            (500, "o\u{1b}[2J\nops", "it answered 500: o[2J ops"),
            (404, "no service hush-hush", "it answered 404"),
            (403, "key another-one is wrong", "it answered 403"),
            (404, "no hook at T000000 today", "it answered 404"),
            (404, "no HUSH-H…", "it answered 404"),
            (403, "a key with a blank", "it answered 403"),
            (410, late.as_str(), "it answered 410"),
            (600, "", "it answered 600"),
        ] {
            assert_eq!(
                weigh(receipt(status, None, body), &opened()).map_err(|refused| refused.why),
                Err(why.to_owned())
            );
        }
        let waits = |text| weigh(receipt(429, Some(text), ""), &opened()).err().and_then(|refused| refused.wait);
        assert_eq!(waits("7"), Some(7000));
        assert_eq!(waits("Wed, 21 Oct 2026 07:28:00 GMT"), None);
        assert_eq!(waits("-1"), None);
        assert_eq!(waits("9223372036854775807"), Some(i64::MAX));
    }

    #[test]
    fn it_is_tried_for_a_day_and_ever_more_seldom() {
        let notice = message(NoticeKind::Failed, None, Said::default());
        let held = |tries, age| Held {
            id: String::new(),
            channel_id: String::new(),
            tries,
            notice: notice.clone(),
            made_at: 0,
            now: age,
        };
        let pause = |tries, age, wait| match next(&held(tries, age), Refused { why: String::new(), wait }) {
            Fate::Again(pause, _) => Some(pause),
            _ => None,
        };
        assert_eq!([1, 2, 6, 40].map(|tries| pause(tries, 0, None)), [5_000, 30_000, 3_600_000, 3_600_000].map(Some));
        assert_eq!(pause(1, 0, Some(60_000)), Some(60_000));
        assert_eq!(pause(1, 0, Some(i64::MAX)), Some(LONGEST_PAUSE));
        assert_eq!(pause(20, TRIED_MS - 1000, None), None);
        // Seen from its beginning to its end.
        let (mut at, mut tries) = (0, 0);
        while let Some(pause) = pause(tries + 1, at, None) {
            (at, tries) = (at + pause, tries + 1);
        }
        assert!((23..=24).contains(&(at / 3_600_000)) && tries < 40, "{at} {tries}");
    }
}
