//! What may be asked of a run at all, whoever asks and through whichever door.

use super::{Amount, Goal, Policy, Wave};
use crate::error::{Error, Result};

/// Tenants at once, at most.
const AT_ONCE: std::ops::RangeInclusive<u32> = 1..=1000;
/// An hour: nobody waits longer for a connection or a lock.
const LONGEST_MS: u64 = 3_600_000;

/// Refuses what no run can do, or does of itself.
pub(super) fn check_goal(goal: &Goal) -> Result<()> {
    match goal {
        Goal::Provision => Err(Error::invalid("goal", "a tenant's provisioning is not asked for as a run")
            .hint("create the tenant, or try its provisioning again")),
        Goal::RollbackSteps { steps: 0 } => Err(Error::invalid("goal", "a rollback of no steps undoes nothing")),
        _ => Ok(()),
    }
}

/// Refuses a policy that no run can follow.
pub(super) fn check_policy(policy: &Policy) -> Result<()> {
    let wrong = |what: &str, expected: &str| {
        Err(Error::invalid("policy", format!("the policy's {what} cannot be taken"))
            .cause(format!("expected {expected}")))
    };
    for (what, n) in [("concurrency", policy.concurrency), ("per_server", policy.per_server)] {
        if !AT_ONCE.contains(&n) {
            return wrong(what, "1 to 1000");
        }
    }
    let waits = [
        ("connect_timeout_ms", policy.connect_timeout_ms),
        ("lock_timeout_ms", policy.lock_timeout_ms),
        ("lock_deadline_ms", policy.lock_deadline_ms),
    ];
    if let Some((what, _)) = waits.into_iter().find(|(_, ms)| !(1..=LONGEST_MS).contains(ms)) {
        return wrong(what, "1 to 3600000 milliseconds");
    }
    if policy.trust_ms < 0 {
        return wrong("trust_ms", "0 or more");
    }
    let is_share = |amount: &Amount| match amount {
        Amount::Count(_) => true,
        Amount::Percent(share) => (0.0..=100.0).contains(share),
    };
    if policy.max_failures.as_ref().is_some_and(|amount| !is_share(amount)) {
        return wrong("max_failures", "a number, or a share from 0 to 100 percent");
    }
    for wave in &policy.waves {
        let is_somebody = match wave {
            Wave::Some(amount) => {
                is_share(amount) && !matches!(amount, Amount::Count(0)) && *amount != Amount::Percent(0.0)
            }
            Wave::Tag(tag) => !tag.is_empty(),
            Wave::Tenants(keys) => !keys.is_empty(),
        };
        if !is_somebody {
            return wrong("waves", "a number, a share, a tag or tenants for each");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_that_no_run_can_follow_is_refused_with_its_member() {
        let usual = Policy::default;
        let wave = |wave| Policy { waves: vec![wave], ..Policy::default() };
        assert!(check_policy(&usual()).is_ok() && check_policy(&wave(Wave::Some(Amount::Percent(2.5)))).is_ok());
        for (policy, member) in [
            (Policy { concurrency: 0, ..usual() }, "concurrency"),
            (Policy { per_server: 1001, ..usual() }, "per_server"),
            (Policy { lock_timeout_ms: 0, ..usual() }, "lock_timeout_ms"),
            (Policy { connect_timeout_ms: u64::MAX, ..usual() }, "connect_timeout_ms"),
            (Policy { trust_ms: -1, ..usual() }, "trust_ms"),
            (Policy { max_failures: Some(Amount::Percent(101.0)), ..usual() }, "max_failures"),
            (wave(Wave::Some(Amount::Count(0))), "waves"),
            (wave(Wave::Some(Amount::Percent(0.0))), "waves"),
            (wave(Wave::Tag(String::new())), "waves"),
            (wave(Wave::Tenants(Vec::new())), "waves"),
        ] {
            let error = check_policy(&policy).expect_err(member);
            assert!(error.field == Some("policy") && error.message.contains(member), "{error}");
        }
    }

    #[test]
    fn a_provisioning_is_no_goal_that_somebody_asks_for() {
        assert!(check_goal(&Goal::Provision).is_err() && check_goal(&Goal::RollbackSteps { steps: 0 }).is_err());
        assert!(check_goal(&Goal::Verify).is_ok() && check_goal(&Goal::RollbackSteps { steps: 1 }).is_ok());
    }
}
