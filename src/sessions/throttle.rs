//! How often a password may be tried: per account and per address, counted before anybody is looked up. A browser from which
//! somebody has signed in before ([`known`]), and a session that proves itself again, have counters of their own.
//!
//! The counters are in the central database, so neither a restart nor a second replica resets them. A try is counted as a
//! failure when it begins, so that many at once get no more tries than one after the other; a success gives it back.

use std::net::IpAddr;

use serde_json::json;
use sqlx::Row as _;

use super::visitor;
use super::{Audience, Whence, hash, known};
use crate::central::Conn;
use crate::error::{Error, Kind, Result};
use crate::{Platform, admins, audit, metrics};

const SECOND: i64 = 1000;
const DAY: i64 = 24 * 60 * 60 * SECOND;

/// Seconds to wait after the first failure, the second, … and after every further one.
const WAITS: [i64; 7] = [1, 3, 5, 10, 20, 30, 60];
/// How many tries of one account are evaluated a day.
const A_DAY: i64 = 100;
/// One address: ten tries a minute, of which five may come at once.
const EVERY: i64 = 6 * SECOND;
const BURST: i64 = 5;
/// A block this short is waited out.
const IN_LINE: i64 = SECOND;

/// A try that was let through, and the counters it is on.
pub(crate) struct Try {
    account: String,
    address: Option<String>,
}

impl Try {
    /// Of somebody who has only a name and an address to show.
    fn of_stranger(audience: &Audience, canonical: &str, address: Option<&str>) -> Self {
        Self {
            account: account(audience, canonical),
            address: address.map(|address| format!("address:{}", network(address))),
        }
    }

    /// What it is counted by, in a word.
    fn by(&self, key: &str) -> &'static str {
        ["address", "device", "session", "factor"].into_iter().find(|kind| key.starts_with(kind)).unwrap_or("account")
    }
}

fn account(audience: &Audience, canonical: &str) -> String {
    format!("account:{}:{}", audience.as_text(), hash(canonical))
}

/// Counts a try at the sign-in, or refuses it. From a browser that is known for this account it is counted there alone: whatever
/// strangers do, it is not in their line.
pub(super) async fn admit(platform: &Platform, audience: &Audience, canonical: &str, from: Whence<'_>) -> Result<Try> {
    let wanted = admitted(platform, audience, canonical, from).await?;
    in_turn(platform, wanted, audience, canonical, from.address).await
}

/// A try that was counted by [`admit`] before, in another request.
pub(super) async fn admitted(
    platform: &Platform,
    audience: &Audience,
    canonical: &str,
    from: Whence<'_>,
) -> Result<Try> {
    let device = match from.device {
        Some(cookie) => known::recognise(platform, audience, canonical, cookie).await?,
        None => None,
    };
    Ok(match device {
        Some(device) => Try { account: format!("device:{device}"), address: None },
        None => Try::of_stranger(audience, canonical, from.address),
    })
}

/// The same for the code after a right password: nobody who has not that is in this line, and a browser that is known has its own.
pub(crate) async fn admit_code(platform: &Platform, admin_id: &str, canonical: &str, from: Whence<'_>) -> Result<Try> {
    let device = match from.device {
        Some(cookie) => known::recognise(platform, &Audience::Central, canonical, cookie).await?,
        None => None,
    };
    let account = match device {
        Some(device) => format!("factor-device:{device}"),
        None => format!("factor:{admin_id}"),
    };
    in_turn(platform, Try { account, address: None }, &Audience::Central, canonical, from.address).await
}

/// The same for somebody who has signed in and proves it once more: counted by their session.
pub(crate) async fn admit_again(
    platform: &Platform,
    audience: &Audience,
    id_hash: &str,
    canonical: &str,
    address: Option<&str>,
) -> Result<Try> {
    let wanted = Try { account: format!("session:{id_hash}"), address: None };
    in_turn(platform, wanted, audience, canonical, address).await
}

/// Forgets what strangers have tried at an account: its owner is there.
pub(crate) async fn forget(tx: &mut Conn, audience: &Audience, canonical: &str) -> Result<()> {
    sqlx::query("delete from throttles where key = $1").bind(account(audience, canonical)).execute(tx).await?;
    Ok(())
}

/// Counts a wrong token of this [`network`], as many as wrong passwords; the seconds to wait when it has tried too many. What is
/// right passes whatever else comes from there: guessing at a token gets nobody nearer.
pub(crate) async fn count_wrong_token(tx: &mut Conn, from: &str) -> Result<Option<u64>> {
    let mut counter = Counter::hold(tx, &format!("token:{from}")).await?;
    match counter.count_address() {
        Ok(()) => counter.save(tx).await.map(|()| None),
        Err(wait) => {
            metrics::throttled("token");
            Ok(Some((wait.max(1) as u64).div_ceil(SECOND as u64)))
        }
    }
}

/// Counts somebody of this address who goes to the identity provider, as many as passwords, or refuses them. Whoever comes in by it
/// has their try back.
pub(super) async fn admit_guest(platform: &Platform, address: Option<&str>) -> Result<()> {
    let Some(address) = address else { return Ok(()) };
    let mut tx = platform.central.write().await?;
    let mut counter = Counter::hold(&mut tx, &guest(address)).await?;
    if let Err(wait) = counter.count_address() {
        let seconds = (wait.max(1) as u64).div_ceil(SECOND as u64);
        metrics::throttled("provider");
        tracing::warn!(seconds, "the way to the identity provider was throttled");
        return Err(Error::new(Kind::Throttled, "too many tries").retry_after(seconds));
    }
    counter.save(&mut tx).await?;
    Ok(tx.commit().await?)
}

/// The try of somebody who is on their way back, held until it is known whether they come in.
pub(super) struct Guest(Option<Counter>);

impl Guest {
    pub async fn hold(tx: &mut Conn, address: Option<&str>) -> Result<Self> {
        let Some(address) = address else { return Ok(Self(None)) };
        Ok(Self(Some(Counter::hold(tx, &guest(address)).await?)))
    }

    /// Gives it back.
    pub async fn welcome(self, tx: &mut Conn) -> Result<()> {
        let Some(mut counter) = self.0 else { return Ok(()) };
        counter.blocked_until -= EVERY;
        counter.save(tx).await
    }
}

fn guest(address: &str) -> String {
    format!("provider:{}", network(address))
}

/// Waits in line once for the shortest block, so that a form sent twice by a double click is no failure.
async fn in_turn(
    platform: &Platform,
    wanted: Try,
    audience: &Audience,
    canonical: &str,
    address: Option<&str>,
) -> Result<Try> {
    let (mut wait, mut key) = match count(platform, &wanted).await? {
        Admission::Granted => return Ok(wanted),
        Admission::Refused { wait, key } => (wait, key),
    };
    if wait <= IN_LINE {
        tokio::time::sleep(std::time::Duration::from_millis(wait as u64)).await;
        (wait, key) = match count(platform, &wanted).await? {
            Admission::Granted => return Ok(wanted),
            Admission::Refused { wait, key } => (wait, key),
        };
    }
    let seconds = (wait.max(1) as u64).div_ceil(SECOND as u64);
    metrics::throttled("sign_in");
    tracing::warn!(seconds, "a sign-in was throttled");
    let subject = match audience {
        // Whoever it is, the same is asked: how long that takes tells nothing.
        Audience::Central => admins::store::by_email(&mut *platform.central.read().await?, canonical)
            .await?
            .map_or("nobody".to_owned(), |account| account.admin.subject()),
        Audience::Tenant { .. } => audience.as_text(),
    };
    let body = json!({ "audience": audience.as_text(), "by": wanted.by(&key), "wait": seconds });
    let mut tx = platform.central.write().await?;
    let told = ("session.throttle", subject.as_str());
    audit::record_seldom(platform, &mut tx, (&key, 1), &visitor(audience, None, address), told, body).await?;
    tx.commit().await?;
    Err(Error::new(Kind::Throttled, "too many tries")
        .retry_after(seconds)
        .hint(format!("wait {seconds} s, then try again")))
}

enum Admission {
    Granted,
    /// For so many milliseconds, by this counter.
    Refused {
        wait: i64,
        key: String,
    },
}

async fn count(platform: &Platform, wanted: &Try) -> Result<Admission> {
    let mut tx = platform.central.write().await?;
    if let Some(address) = &wanted.address {
        let mut counter = Counter::hold(&mut tx, address).await?;
        if let Err(wait) = counter.count_address() {
            return Ok(Admission::Refused { wait, key: address.clone() });
        }
        counter.save(&mut tx).await?;
    }
    let mut counter = Counter::hold(&mut tx, &wanted.account).await?;
    if let Err(wait) = counter.count_account() {
        if wait > IN_LINE {
            // The address has tried all the same.
            tx.commit().await?;
        }
        return Ok(Admission::Refused { wait, key: wanted.account.clone() });
    }
    counter.save(&mut tx).await?;
    tx.commit().await?;
    Ok(Admission::Granted)
}

impl Try {
    /// The password was right: this counter starts afresh, and the address has its try back. Of a day's tries only this one is
    /// given back: an owner who comes and goes lends a guesser no more of them.
    pub async fn succeeded(&self, tx: &mut Conn) -> Result<()> {
        if let Some(address) = &self.address {
            let mut counter = Counter::hold(tx, address).await?;
            counter.blocked_until -= EVERY;
            counter.save(tx).await?;
        }
        let mut counter = Counter::hold(tx, &self.account).await?;
        counter.failures = 0;
        counter.day_count = (counter.day_count - 1).max(0);
        counter.blocked_until = 0;
        counter.save(tx).await
    }
}

/// One row of `throttles`, held until the transaction ends.
struct Counter {
    key: String,
    failures: i64,
    day: i64,
    day_count: i64,
    /// For an account, a device or a session the end of its block; for an address when its tries so far are paid off.
    blocked_until: i64,
    now: i64,
}

impl Counter {
    async fn hold(tx: &mut Conn, key: &str) -> Result<Self> {
        let row = sqlx::query(
            "insert into throttles (key, failures, day, day_count, blocked_until, updated_at)
             select $1, 0, 0, 0, 0, now_ms from clock where 1 = 1
             on conflict (key) do update set updated_at = excluded.updated_at
             returning failures, day, day_count, blocked_until, updated_at",
        )
        .bind(key.to_owned())
        .fetch_one(tx)
        .await?;
        Ok(Self {
            key: key.to_owned(),
            failures: row.try_get("failures")?,
            day: row.try_get("day")?,
            day_count: row.try_get("day_count")?,
            blocked_until: row.try_get("blocked_until")?,
            now: row.try_get("updated_at")?,
        })
    }

    async fn save(&self, tx: &mut Conn) -> Result<()> {
        sqlx::query("update throttles set failures = $2, day = $3, day_count = $4, blocked_until = $5 where key = $1")
            .bind(self.key.clone())
            .bind(self.failures)
            .bind(self.day)
            .bind(self.day_count)
            .bind(self.blocked_until)
            .execute(tx)
            .await?;
        Ok(())
    }

    /// Refuses with the milliseconds to wait. A new day forgets: nobody is locked out for good.
    fn count_account(&mut self) -> std::result::Result<(), i64> {
        let today = self.now / DAY;
        if self.day != today {
            (self.day, self.day_count, self.failures) = (today, 0, 0);
        }
        if self.blocked_until > self.now {
            return Err(self.blocked_until - self.now);
        }
        if self.day_count >= A_DAY {
            return Err((today + 1) * DAY - self.now);
        }
        let wait = WAITS[(self.failures as usize).min(WAITS.len() - 1)];
        self.failures += 1;
        self.day_count += 1;
        self.blocked_until = self.now + wait * SECOND;
        Ok(())
    }

    fn count_address(&mut self) -> std::result::Result<(), i64> {
        let paid_off = self.blocked_until.max(self.now);
        let ahead = paid_off - self.now - (BURST - 1) * EVERY;
        if ahead > 0 {
            return Err(ahead);
        }
        self.blocked_until = paid_off + EVERY;
        Ok(())
    }
}

/// Whoever has an IPv6 address has 2⁶⁴ of them: their network is what counts.
pub(crate) fn network(address: &str) -> String {
    match address.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V6(v6)) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        Ok(v4) => v4.to_string(),
        Err(_) => hash(address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: i64 = 20_000 * DAY + DAY / 2;

    fn counter(now: i64) -> Counter {
        Counter { key: String::new(), failures: 0, day: 0, day_count: 0, blocked_until: 0, now }
    }

    #[test]
    fn each_failure_makes_the_account_wait_longer() {
        let mut account = counter(NOON);
        for wait in [1, 3, 5, 10, 20, 30, 60, 60] {
            assert_eq!(account.count_account(), Ok(()));
            assert_eq!(account.count_account(), Err(wait * SECOND));
            account.now += wait * SECOND - 1;
            assert_eq!(account.count_account(), Err(1));
            account.now += 1;
        }
    }

    #[test]
    fn a_hundred_tries_of_an_account_are_evaluated_a_day_and_the_next_day_is_free_again() {
        let mut account = counter(20_000 * DAY);
        let mut evaluated = 0;
        while account.count_account().is_ok() {
            evaluated += 1;
            account.now = account.blocked_until;
        }
        assert_eq!(evaluated, 100);
        account.now = 20_001 * DAY - 1;
        assert_eq!(account.count_account(), Err(1));
        account.now += 1;
        assert_eq!(account.count_account(), Ok(()));
        assert_eq!(account.blocked_until - account.now, SECOND, "and starts with the shortest wait");
    }

    #[test]
    fn an_address_has_five_tries_at_once_and_ten_a_minute() {
        let mut address = counter(NOON);
        for _ in 0..5 {
            assert_eq!(address.count_address(), Ok(()));
        }
        assert_eq!(address.count_address(), Err(6 * SECOND));
        let mut granted = 0;
        for _ in 0..60 {
            address.now += SECOND;
            granted += i32::from(address.count_address().is_ok());
        }
        assert_eq!(granted, 10);
    }

    #[test]
    fn an_ipv6_network_counts_as_one_address() {
        assert_eq!(network("2001:db8:1:2:aaaa::1"), network("2001:db8:1:2:bbbb::9"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_eq!(network("::ffff:192.0.2.1"), "192.0.2.1");
    }
}
