//! When whoever is not let in on a tenant's address hears it.
//!
//! What a tenant's database takes to answer tells of what is in it (whether there is such a user, what kind of hash they have).
//! So the answer comes when a moment has passed since they were admitted. Where one has taken longer (a hash at the very
//! bounds, a slow machine), everybody who is not let in by this tenant hears it as late from then on.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

const MOMENT: Duration = Duration::from_secs(1);
/// What a hash at the bounds takes on a slow machine. An answer that came even later tells of a database that was slow.
const MOST: u32 = 4;
/// How long a tenant that was late stays so.
const REMEMBERED: Duration = Duration::from_secs(60 * 60);

/// The tenants that were late, with how many moments their slowest answer took and when.
#[derive(Default)]
pub struct Pace(Mutex<HashMap<String, (u32, Instant)>>);

impl Pace {
    /// How long after they were admitted somebody hears from this tenant (its id), whose answer was there after `elapsed`.
    pub(super) fn of(&self, tenant: &str, elapsed: Duration) -> Duration {
        let passed = u32::try_from(elapsed.as_millis() / MOMENT.as_millis()).unwrap_or(u32::MAX - 1);
        let moments = passed + 1;
        let Ok(mut late) = self.0.lock() else { return MOMENT.saturating_mul(moments) };
        late.retain(|_, (_, at)| at.elapsed() < REMEMBERED);
        let slowest = late.get(tenant).map_or(1, |(slowest, _)| *slowest);
        if moments > 1 && (slowest..=MOST).contains(&moments) {
            late.insert(tenant.to_owned(), (moments, Instant::now()));
        }
        MOMENT.saturating_mul(moments.max(slowest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_comes_at_the_next_full_moment_and_never_before_the_slowest() {
        let pace = Pace::default();
        let after = |tenant: &str, elapsed| pace.of(tenant, Duration::from_millis(elapsed)).as_secs();
        assert_eq!([after("acme", 0), after("acme", 999)], [1, 1]);
        assert_eq!(after("acme", 1000), 2, "it was late");
        assert_eq!([after("acme", 3), after("acme", 1500), after("acme", 20)], [2, 2, 2]);
        assert_eq!([after("acme", 3500), after("acme", 20)], [4, 4]);
        assert_eq!([after("acme", 20_500), after("acme", 20)], [21, 4], "its database was slow, once");
        assert_eq!(after("globex", 20), 1, "and nobody else is");
    }
}
