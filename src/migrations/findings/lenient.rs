//! What a file writes while MySQL and MariaDB cut values off without a word.

use super::Rule;
use super::judge::{Judge, Remark, is_of};
use super::known::Known;
use crate::engine::acts::{Act, Taken, What};

impl Judge<'_> {
    /// Told once, where the file takes strictness away, if it changes after that what was there before.
    pub(super) fn leniently(&self) -> Option<Remark> {
        let mut new = Known::default();
        let mut since: Option<&Act> = None;
        for act in self.acts {
            match &act.what {
                What::Lenient { is: true } => since = since.or(Some(act)),
                What::Lenient { is: false } => since = None,
                what => {
                    if let Some(set) = since.filter(|_| writes(what, &new)) {
                        let message = "what follows runs without strictness: a value that does not fit is cut off, and one that is \
                                       missing made up, without a word";
                        return Some(Remark::new(Rule::NotStrict, self.place(set), message));
                    }
                }
            }
            new.learn(&act.what);
            new.fill(&act.what);
        }
        None
    }
}

/// Whether values that were there before are made others of.
fn writes(what: &What, new: &Known) -> bool {
    match what {
        What::ChangeType { .. } | What::SetNotNull { .. } => !is_of(what, new),
        What::Copies { table, takes, .. } if takes.is_update => {
            let is_read = |value: &Taken| match value {
                Taken::Made { of, .. } => !of.is_empty(),
                Taken::Column { .. } | Taken::All => true,
            };
            takes.values.iter().any(is_read) && !new.has_table(table)
        }
        What::Copies { takes, .. } => !takes.whole.is_empty() && !takes.whole.iter().all(|whole| new.has_table(whole)),
        _ => false,
    }
}
