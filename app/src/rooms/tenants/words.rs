//! Where a tenant stands, as one mark and one word: its lifecycle first, then its last run, then what it lacks.

use neo::runs::TaskStatus;
use neo::tenants::{Comparison, PasswordHash, State, Status, Tenant, Verdict};

use unicode_normalization::UnicodeNormalization;

use crate::text::slug_of;
use crate::ui::Mark;
use crate::ui::text::count;

/// How passwords may be hashed, to choose from.
pub fn password_hashes() -> Vec<(String, String)> {
    PasswordHash::ALL.map(|kind| (kind.as_str().to_owned(), kind.word().to_owned())).to_vec()
}

/// With `drifted` it had another schema than most before its last run failed: that is still so, for all that is known.
pub fn mark(tenant: &Tenant, pending: i64, drifted: bool) -> (Mark, String) {
    let (mark, said) = plain(tenant, pending);
    if drifted && mark == Mark::Failed { (mark, format!("{said}, drifted")) } else { (mark, said) }
}

fn plain(tenant: &Tenant, pending: i64) -> (Mark, String) {
    match tenant.status {
        Status::Provisioning => (Mark::Running, "Provisioning".into()),
        Status::Failed => (Mark::Failed, "Not provisioned".into()),
        Status::Suspended => (Mark::Paused, "Suspended".into()),
        Status::Archived => (Mark::Cancelled, "Archived".into()),
        Status::Deleted => (Mark::Cancelled, "Deleted".into()),
        Status::Active => match tenant.state {
            State::Failed => (Mark::Failed, "Failed".into()),
            State::Unreachable => (Mark::Failed, "Unreachable".into()),
            State::Drifted => (Mark::Drifted, "Drifted".into()),
            _ if pending > 0 => (Mark::Behind, format!("Behind {pending}")),
            State::Unknown => (Mark::Unknown, "Not looked at".into()),
            State::Current | State::Behind => (Mark::Ok, "Current".into()),
        },
    }
}

/// The dots of the last runs.
pub fn history(tasks: &[TaskStatus]) -> Vec<Mark> {
    tasks.iter().map(|status| Mark::from(*status)).collect()
}

/// What came of holding its schema against the others', in words.
pub fn compared(schema: Comparison) -> String {
    let others = count(schema.agreeing, "tenant");
    match schema.verdict {
        Verdict::Alike => format!("The same on {others}"),
        Verdict::Drifted => format!("Not what {others} have"),
        Verdict::NothingToCompareWith => "Nothing to compare with".to_owned(),
        Verdict::NotLookedAt => "Not looked at".to_owned(),
    }
}

/// The slug of a name: the same that a script proposes while that is typed.
pub fn proposed(name: &str) -> String {
    slug_of(&name.nfkd().collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::proposed;

    #[test]
    fn a_name_makes_a_slug() {
        assert_eq!(proposed("Acme Nederland B.V."), "acme-nederland-b-v");
        assert_eq!(proposed("  Ünï—Corp 2 "), "uni-corp-2");
        assert_eq!(proposed("Søhne & Müller B.V."), "s-hne-muller-b-v");
        assert_eq!(proposed("ﬁrma №5 \u{212a}"), "firma-no5-k");
        assert_eq!(proposed(&"long name ".repeat(9)), "long-name-long-name-long-name-long-name");
        assert_eq!(proposed("***"), "");
    }
}
