//! How many event streams there are, of each address and each session.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use neo::error::{Error, Kind};

use super::limits::Limits;

/// A stream that somebody closes is gone at the latest when the next "still here" does not reach them.
const COME_BACK: u64 = 15;

#[derive(Clone, Default)]
pub struct Streams(Arc<Mutex<Open>>);

#[derive(Default)]
struct Open {
    by_address: HashMap<IpAddr, usize>,
    by_session: HashMap<String, usize>,
}

/// One stream, until it is dropped.
pub struct Held {
    streams: Streams,
    address: Option<IpAddr>,
    session: String,
}

impl Streams {
    /// `address`: none where it is a trusted proxy's own.
    pub fn open(&self, address: Option<IpAddr>, session: &str, limits: &Limits) -> Result<Held, Error> {
        let mut open = self.all();
        if has_all(&open.by_session, session, limits.streams_per_session) {
            return Err(refused("this session", limits.streams_per_session));
        }
        if let Some(address) = address {
            if has_all(&open.by_address, &address, limits.streams_per_address) {
                return Err(refused("this address", limits.streams_per_address));
            }
            *open.by_address.entry(address).or_default() += 1;
        }
        *open.by_session.entry(session.to_owned()).or_default() += 1;
        Ok(Held { streams: self.clone(), address, session: session.to_owned() })
    }

    fn all(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut open = self.streams.all();
        give_back(&mut open.by_session, &self.session);
        if let Some(address) = self.address {
            give_back(&mut open.by_address, &address);
        }
    }
}

fn has_all<K: Hash + Eq + std::borrow::Borrow<Q>, Q: Hash + Eq + ?Sized>(
    of: &HashMap<K, usize>,
    who: &Q,
    most: usize,
) -> bool {
    of.get(who).is_some_and(|open| *open >= most)
}

fn give_back<K: Hash + Eq>(of: &mut HashMap<K, usize>, who: &K) {
    if let Some(open) = of.get_mut(who) {
        *open -= 1;
        if *open == 0 {
            of.remove(who);
        }
    }
}

fn refused(whose: &str, most: usize) -> Error {
    Error::new(Kind::Throttled, format!("{whose} watches {most} runs already, which is as many as it may"))
        .hint("close a page that shows a run, then try again")
        .retry_after(COME_BACK)
}
