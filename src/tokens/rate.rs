//! How often a program may ask, and how many streams it may follow: counted in this process's memory, so that a request costs no
//! write. Whoever is refused is told when to come back.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::Platform;
use crate::actor::Actor;
use crate::error::{Error, Kind, Result};

/// So many in a minute, and so many of them at once.
#[derive(Debug, Clone, Copy)]
struct Rate {
    a_minute: u32,
    burst: u32,
}

/// What a program may ask.
const CALLS: Rate = Rate { a_minute: 600, burst: 60 };
/// How to connect to a tenant is asked by what serves tenants, at each of its own requests.
const CONNECTIONS: Rate = Rate { a_minute: 6_000, burst: 600 };
const CONNECTION: &str = "tenants/connection";
/// What is no token at all, from one address: as wrong passwords.
const MALFORMED: Rate = Rate { a_minute: 10, burst: 5 };
/// Streams of one token at once.
const STREAMS: u32 = 256;
/// Counters beyond which those that hold nobody back are thrown away.
const MANY: usize = 10_000;

const MINUTE: Duration = Duration::from_secs(60);

/// The counters of a process.
#[derive(Default)]
pub struct Rates {
    /// When what was asked so far is paid off.
    paid_off: Mutex<HashMap<String, Instant>>,
    streams: Arc<Mutex<HashMap<String, u32>>>,
}

/// How somebody stands with what they may ask, for the headers of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Calls a minute.
    pub limit: u32,
    /// Calls that may come at once, now.
    pub remaining: u32,
    /// Seconds until nothing is counted any more.
    pub reset: u64,
    /// Seconds to wait; `None` for whoever is let through.
    pub retry_after: Option<u64>,
}

impl Allowance {
    /// The refusal, for whoever has to wait.
    pub fn refusal(&self) -> Option<Error> {
        let wait = self.retry_after?;
        Some(
            Error::new(Kind::Throttled, format!("this token asks more than {} times a minute", self.limit))
                .hint(format!("wait {wait} s; many calls at once are spread over the minute"))
                .retry_after(wait),
        )
    }
}

/// Counts a call of a function by a token; `None` for everybody else, who is not counted.
pub fn admit(platform: &Platform, actor: &Actor, function: &str) -> Option<Allowance> {
    let token = actor.token.as_ref()?;
    let (class, rate) = if function == CONNECTION { ("connection", CONNECTIONS) } else { ("call", CALLS) };
    Some(platform.rates.take(format!("{class}:{}", token.id), rate, Instant::now()))
}

/// Counts what is no token; the seconds to wait when there were too many.
pub(super) fn admit_malformed(platform: &Platform, network: &str) -> Option<u64> {
    platform.rates.take(format!("malformed:{network}"), MALFORMED, Instant::now()).retry_after
}

/// Remembers that wrong tokens of a network are refused for so many seconds: a flood of them then costs no more writes.
pub(super) fn hold_back(platform: &Platform, network: &str, wait: u64) {
    let until = Instant::now() + Duration::from_secs(wait);
    let mut counters = platform.rates.paid_off.lock().unwrap_or_else(PoisonError::into_inner);
    counters.insert(format!("wrong:{network}"), until);
}

/// The seconds for which wrong tokens of a network are refused without being counted.
pub(super) fn held_back(platform: &Platform, network: &str) -> Option<u64> {
    let counters = platform.rates.paid_off.lock().unwrap_or_else(PoisonError::into_inner);
    let left = counters.get(&format!("wrong:{network}"))?.checked_duration_since(Instant::now())?;
    Some(seconds(left).max(1))
}

/// A place for one stream of a token, for as long as it is held; everybody else is counted elsewhere.
pub fn follow(platform: &Platform, actor: &Actor) -> Result<Option<Place>> {
    let Some(token) = &actor.token else { return Ok(None) };
    platform.rates.place(&token.id).map(Some).ok_or_else(|| {
        Error::new(Kind::Throttled, format!("this token follows {STREAMS} streams already"))
            .hint("end one of them first")
            .retry_after(5)
    })
}

/// Given back when it is dropped.
pub struct Place {
    streams: Arc<Mutex<HashMap<String, u32>>>,
    token: String,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = streams.get_mut(&self.token) {
            *held -= 1;
            if *held == 0 {
                streams.remove(&self.token);
            }
        }
    }
}

impl Rates {
    fn take(&self, key: String, rate: Rate, now: Instant) -> Allowance {
        let mut counters = self.paid_off.lock().unwrap_or_else(PoisonError::into_inner);
        if counters.len() >= MANY {
            counters.retain(|_, paid_off| *paid_off > now);
        }
        let each = MINUTE / rate.a_minute;
        let paid_off = counters.get(&key).copied().unwrap_or(now).max(now);
        let most = each * (rate.burst - 1);
        let ahead = paid_off - now;
        if ahead > most {
            let wait = ahead - most;
            return Allowance {
                limit: rate.a_minute,
                remaining: 0,
                reset: seconds(ahead),
                retry_after: Some(seconds(wait).max(1)),
            };
        }
        counters.insert(key, paid_off + each);
        let left = (most - ahead).as_nanos() / each.as_nanos();
        Allowance {
            limit: rate.a_minute,
            remaining: u32::try_from(left).unwrap_or(u32::MAX),
            reset: seconds(ahead + each),
            retry_after: None,
        }
    }

    fn place(&self, token: &str) -> Option<Place> {
        let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        let held = streams.entry(token.to_owned()).or_default();
        if *held >= STREAMS {
            return None;
        }
        *held += 1;
        Some(Place { streams: self.streams.clone(), token: token.to_owned() })
    }
}

/// Whole seconds, rounded up.
fn seconds(span: Duration) -> u64 {
    u64::try_from(span.as_millis().div_ceil(1000)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixty_may_come_at_once_and_six_hundred_a_minute() {
        let (rates, began) = (Rates::default(), Instant::now());
        let take = |at| rates.take("call:a".to_owned(), CALLS, began + at);
        for left in (0..60).rev() {
            let allowance = take(Duration::ZERO);
            assert_eq!((allowance.retry_after, allowance.remaining), (None, left));
        }
        let refused = take(Duration::ZERO);
        assert_eq!((refused.limit, refused.remaining, refused.reset, refused.retry_after), (600, 0, 6, Some(1)));
        assert_eq!(refused.refusal().map(|error| error.kind), Some(Kind::Throttled));
        let let_in = (1..=600).filter(|n| take(MINUTE * *n / 600).retry_after.is_none()).count();
        assert_eq!(let_in, 600, "one comes back every tenth of a second");
        assert_eq!(rates.take("call:b".to_owned(), CALLS, began).remaining, 59, "another token has its own");
    }

    #[test]
    fn a_token_follows_so_many_streams_and_gives_places_back() {
        let rates = Rates::default();
        let mut held: Vec<_> = (0..STREAMS).map(|_| rates.place("a").unwrap()).collect();
        assert!(rates.place("a").is_none() && rates.place("b").is_some());
        held.pop();
        assert!(rates.place("a").is_some());
        drop(held);
        assert!(rates.streams.lock().unwrap().is_empty());
    }

    #[test]
    fn counters_that_hold_nobody_back_are_thrown_away() {
        let (rates, began) = (Rates::default(), Instant::now());
        for n in 0..MANY {
            rates.take(format!("malformed:{n}"), MALFORMED, began);
        }
        rates.take("malformed:late".to_owned(), MALFORMED, began + MINUTE);
        assert_eq!(rates.paid_off.lock().unwrap().len(), 1);
    }
}
