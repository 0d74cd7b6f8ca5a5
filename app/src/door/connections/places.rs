//! The places there are, and who has them.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use neo::config::Network;

use super::watched::Watched;
use crate::door::address::is_trusted;
use crate::door::limits::Limits;

/// Whose a connection counts as: a trusted proxy's, or an address's.
type Holder = Option<IpAddr>;

/// That connections are ended for want of room is said so often at most.
const SAID: Duration = Duration::from_secs(10);

pub struct Places {
    limits: Limits,
    trusted: Vec<Network>,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    by: HashMap<Holder, HashMap<u64, Arc<Watched>>>,
    in_all: usize,
    next: u64,
    said: Option<Instant>,
}

/// A connection's place, until it is dropped.
pub struct Place {
    pub watched: Arc<Watched>,
    places: Arc<Places>,
    holder: Holder,
    number: u64,
}

/// Whose places are all taken by somebody who is at work.
#[derive(Debug, PartialEq, Eq)]
pub enum Refused {
    Address,
    All,
}

impl Places {
    pub fn new(limits: Limits, trusted: Vec<Network>) -> Arc<Self> {
        Arc::new(Self { limits, trusted, taken: Mutex::default() })
    }

    pub fn admit(self: &Arc<Self>, peer: IpAddr) -> Result<Place, Refused> {
        let holder = (!is_trusted(peer, &self.trusted)).then(|| counted(peer));
        let mut taken = self.taken();
        let its = taken.by.get(&holder).map_or(0, HashMap::len);
        if holder.is_some() && its >= self.limits.connections_per_address {
            let number = taken.longest_waiting(&holder).ok_or(Refused::Address)?;
            taken.say("an address has all the connections it may have");
            taken.evict(&holder, number);
        } else if taken.in_all >= self.limits.connections {
            let (from, number) = taken.of_the_most().ok_or(Refused::All)?;
            taken.say("there are as many connections as may be");
            taken.evict(&from, number);
        }
        let watched = Arc::new(Watched::new());
        let number = taken.next;
        taken.next += 1;
        taken.in_all += 1;
        taken.by.entry(holder).or_default().insert(number, watched.clone());
        Ok(Place { watched, places: self.clone(), holder, number })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    fn longest_waiting(&self, holder: &Holder) -> Option<u64> {
        let waiting = self.by.get(holder)?.iter().filter_map(|(number, watched)| Some((watched.waiting()?, *number)));
        waiting.min().map(|(_, number)| number)
    }

    /// One of those who have the most: who has few keeps them.
    fn of_the_most(&self) -> Option<(Holder, u64)> {
        let mut holders: Vec<_> = self.by.iter().map(|(holder, its)| (its.len(), *holder)).collect();
        holders.sort_by_key(|(its, _)| std::cmp::Reverse(*its));
        holders.into_iter().find_map(|(_, holder)| Some((holder, self.longest_waiting(&holder)?)))
    }

    fn evict(&mut self, holder: &Holder, number: u64) {
        if let Some(watched) = self.free(holder, number) {
            watched.evict();
        }
    }

    fn free(&mut self, holder: &Holder, number: u64) -> Option<Arc<Watched>> {
        let its = self.by.get_mut(holder)?;
        let watched = its.remove(&number)?;
        if its.is_empty() {
            self.by.remove(holder);
        }
        self.in_all -= 1;
        Some(watched)
    }

    fn say(&mut self, why: &str) {
        if self.said.is_none_or(|at| at.elapsed() > SAID) {
            self.said = Some(Instant::now());
            tracing::warn!(connections = self.in_all, "{why}: those that wait longest for a request are closed");
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.taken().free(&self.holder, self.number);
    }
}

/// Whoever has one IPv6 address has the 2^64 of its network.
pub fn counted(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(per_address: usize, in_all: usize) -> Arc<Places> {
        let limits = Limits { connections_per_address: per_address, connections: in_all, ..Limits::default() };
        Places::new(limits, vec!["10.0.0.0/8".parse().expect("a network")])
    }

    fn from(places: &Arc<Places>, address: &str) -> Result<Place, Refused> {
        places.admit(address.parse().expect("an address"))
    }

    async fn is_over(place: &Place) -> bool {
        tokio::time::timeout(Duration::from_millis(5), place.watched.over(&Limits::default())).await.is_ok()
    }

    #[tokio::test]
    async fn whoever_waits_longest_makes_room_and_who_is_at_work_stays() {
        let places = places(3, 100);
        let busy = from(&places, "192.0.2.1").expect("room");
        busy.watched.busy();
        let first = from(&places, "192.0.2.1").expect("room");
        let second = from(&places, "192.0.2.1").expect("room");
        let third = from(&places, "::ffff:192.0.2.1").expect("the first makes it");
        assert!(is_over(&first).await && !is_over(&second).await && !is_over(&busy).await && !is_over(&third).await);
        drop(first);
        for place in [&second, &third] {
            place.watched.busy();
        }
        assert_eq!(from(&places, "192.0.2.1").err(), Some(Refused::Address));
        from(&places, "192.0.2.2").expect("another address has its own");
        drop(second);
        from(&places, "192.0.2.1").expect("one has left");
    }

    #[tokio::test]
    async fn in_all_there_are_so_many_and_who_has_few_keeps_them() {
        let places = places(100, 4);
        let mine = from(&places, "192.0.2.1").expect("room");
        let theirs = [0; 3].map(|_| from(&places, "192.0.2.2").expect("room"));
        let another = from(&places, "192.0.2.3").expect("one of the three makes it");
        assert!(!is_over(&mine).await && !is_over(&another).await);
        assert!(is_over(&theirs[0]).await && !is_over(&theirs[1]).await);
        for place in [&mine, &another, &theirs[1], &theirs[2]] {
            place.watched.busy();
        }
        assert_eq!(from(&places, "192.0.2.4").err(), Some(Refused::All));
    }

    #[tokio::test]
    async fn a_trusted_proxy_is_not_counted() {
        let places = places(1, 100);
        let held: Vec<_> = (0..5).map(|_| from(&places, "10.0.0.1").expect("room")).collect();
        for place in &held {
            assert!(!is_over(place).await);
        }
        let one = from(&places, "2001:db8::1").expect("room");
        from(&places, "2001:db8::2").expect("room");
        assert!(is_over(&one).await, "one network of IPv6 is one address");
    }
}
