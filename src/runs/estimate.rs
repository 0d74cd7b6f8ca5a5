//! How long a run may take, from what earlier ones took. An estimate says what it rests on; without history there is none.

use std::collections::HashMap;

use super::Basis;
use super::store::history::History;

/// Mean milliseconds, since what is added up in the end is a whole fleet.
pub(super) struct Estimator {
    by_label: HashMap<String, f64>,
    any: Option<f64>,
    /// What a tenant takes beside its migrations: to connect, to lock, to look.
    beside: f64,
}

impl Estimator {
    pub fn new(history: &History) -> Self {
        let mut sums: HashMap<&str, (i64, i64)> = HashMap::new();
        for (label, ms) in &history.applied {
            let (sum, n) = sums.entry(label).or_default();
            (*sum, *n) = (*sum + ms, *n + 1);
        }
        let mean = |sum: i64, n: i64| (n > 0).then(|| sum as f64 / n as f64);
        let any = mean(history.applied.iter().map(|(_, ms)| ms).sum(), history.applied.len() as i64);
        let (ms, applied, tasks) = history.tasks;
        let beside = match (mean(ms, tasks), mean(applied, tasks), any) {
            (Some(task), Some(migrations), Some(each)) => (task - migrations * each).max(0.0),
            _ => 0.0,
        };
        let by_label = sums.into_iter().filter_map(|(l, (sum, n))| Some((l.to_owned(), mean(sum, n)?))).collect();
        Self { by_label, any, beside }
    }

    /// Milliseconds on one tenant.
    pub fn of(&self, label: &str) -> Option<(f64, Basis)> {
        let known = self.by_label.get(label).map(|ms| (*ms, Basis::Migration));
        known.or_else(|| self.any.map(|ms| (ms, Basis::Others)))
    }

    /// Milliseconds in all, `at_once` tenants at a time; `pending`: each migration with on how many tenants.
    pub fn whole<'a>(&self, tenants: i64, pending: impl Iterator<Item = (&'a str, i64)>, at_once: u32) -> Option<i64> {
        let mut sum = self.beside * tenants as f64;
        for (label, on) in pending {
            sum += self.of(label)?.0 * on as f64;
        }
        let at_once = i64::from(at_once.max(1)).min(tenants.max(1));
        Some((sum / at_once as f64).round() as i64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(applied: &[(&str, i64)], tasks: (i64, i64, i64)) -> Estimator {
        let applied = applied.iter().map(|(label, ms)| ((*label).to_owned(), *ms)).collect();
        Estimator::new(&History { applied, tasks })
    }

    #[test]
    fn without_history_nothing_is_guessed() {
        let none = history(&[], (0, 0, 0));
        assert_eq!(none.of("a"), None);
        assert_eq!(none.whole(10, [("a", 10)].into_iter(), 8), None);
    }

    #[test]
    fn a_migration_is_judged_by_itself_and_a_new_one_by_the_others() {
        let some = history(&[("a", 10), ("a", 30), ("b", 80)], (0, 0, 0));
        assert_eq!(some.of("a"), Some((20.0, Basis::Migration)));
        assert_eq!(some.of("new"), Some((40.0, Basis::Others)));
    }

    #[test]
    fn a_fleet_takes_its_tenants_some_at_once_with_what_each_takes_beside() {
        // Two tasks of 100 ms with one migration of 40 ms each: 60 ms beside it.
        let some = history(&[("a", 40), ("a", 40)], (200, 2, 2));
        assert_eq!(some.whole(80, [("a", 80)].into_iter(), 8), Some(1000));
        // One tenant is not done eight at a time.
        assert_eq!(some.whole(1, [("a", 1)].into_iter(), 8), Some(100));
    }
}
