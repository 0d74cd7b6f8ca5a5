//! Rollouts: who is in which wave, and what happens when one is over.
//!
//! Tasks may be claimed up to the run's open wave. When nothing of it is left, the next opens by itself, waits for a person, or
//! the run halts because its canary failed.

use std::collections::{BTreeMap, HashSet};

use serde_json::json;

use super::skips::Skips;
use super::{EventKind, PlannedWave, Policy, Run, Status, Wait, Wave, WaveStatus, ending, store};
use crate::Platform;
use crate::audit;
use crate::central::Conn;
use crate::error::{Advice, Do, Error, Result, Say};
use crate::tenants::Tenant;

/// So many tenants of a planned wave are named.
const NAMED: usize = 10;

/// The first of several waves.
const CANARY: &str = "canary";

/// Which of `tenants` is in which wave (from 1), and what the waves are called. Tenants that are `done` already belong to the
/// last: a canary is somebody on whom something happens. A wave that would be empty is left out when it is a number or a
/// share, and refused when it says who.
pub(super) fn assign(policy: &Policy, tenants: &[Tenant], is_done: &[bool]) -> Result<(Vec<i64>, Vec<String>)> {
    if policy.waves.is_empty() && policy.wait != Wait::Never {
        return Err(Error::invalid("wait", "there are no waves to wait between").hint(Say::WhoGoesFirst));
    }
    let mut left = in_turn(tenants, is_done);
    let total = left.len();
    let mut waves: Vec<Vec<usize>> = Vec::new();
    for wave in &policy.waves {
        let meant: HashSet<usize> = match wave {
            Wave::Some(amount) => left.iter().copied().take(amount.of(total)).collect(),
            Wave::Tag(tag) => {
                if !tenants.iter().any(|t| t.tags.contains(tag)) {
                    return Err(Error::invalid("wave", format!("no tenant of this run has the tag \"{tag}\""))
                        .hint(Do::TenantsTagged {}));
                }
                (0..tenants.len()).filter(|at| tenants[*at].tags.contains(tag)).collect()
            }
            Wave::Tenants(keys) => named(keys, tenants)?.into_iter().collect(),
        };
        // In the order in which they are taken.
        let members: Vec<usize> = left.iter().copied().filter(|at| meant.contains(at)).collect();
        if let (true, Some(at)) = (members.is_empty(), meant.iter().find(|at| tenants[**at].quarantine.is_some())) {
            return Err(Error::invalid("wave", format!("nobody of the wave \"{wave}\" would be tried"))
                .cause(format!("tenant \"{}\" is in quarantine", tenants[*at].slug))
                .hint(Advice::from("name others, or ").act(Do::ReleaseTenant { tenant: None })));
        }
        if !members.is_empty() {
            let taken: HashSet<usize> = members.iter().copied().collect();
            left.retain(|at| !taken.contains(at));
            waves.push(members);
        }
    }
    if !left.is_empty() || waves.is_empty() {
        waves.push(left);
    }
    let last = waves.len();
    let mut of = vec![last as i64; tenants.len()];
    for (number, members) in waves.iter().enumerate() {
        for at in members {
            of[*at] = number as i64 + 1;
        }
    }
    let names = (1..=last).map(|wave| match wave {
        _ if last == 1 => "all".to_owned(),
        1 => CANARY.to_owned(),
        wave if wave == last => "rest".to_owned(),
        wave => format!("wave {wave}"),
    });
    Ok((of, names.collect()))
}

/// What [`assign`] would make of a run with these `skips`.
pub(super) fn planned(policy: &Policy, tenants: &[Tenant], skips: &Skips) -> Result<Vec<PlannedWave>> {
    let is_done: Vec<bool> = tenants.iter().map(|tenant| skips.of(tenant).is_some()).collect();
    let (of, names) = assign(policy, tenants, &is_done)?;
    let of_wave = |number: i64| {
        let members =
            tenants.iter().zip(&of).zip(&is_done).filter(move |((_, wave), done)| **wave == number && !**done);
        members.map(|((tenant, _), _)| tenant.slug.clone())
    };
    let planned = names.into_iter().zip(1..).map(|(name, number)| PlannedWave {
        name,
        tenants: of_wave(number).count() as i64,
        first: of_wave(number).take(NAMED).collect(),
    });
    Ok(planned.collect())
}

/// The order in which a number or a share is taken: one of each server in turn, there the quickest known first, so that a
/// canary meets every server and is over soon.
fn in_turn(tenants: &[Tenant], is_done: &[bool]) -> Vec<usize> {
    let mut by_server: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, tenant) in tenants.iter().enumerate().filter(|(at, _)| !is_done[*at]) {
        by_server.entry(&tenant.server).or_default().push(at);
    }
    let mut placed: Vec<(usize, &str, usize)> = Vec::new();
    for (server, mut members) in by_server {
        members.sort_by_key(|at| (tenants[*at].last_ms.unwrap_or(i64::MAX), &tenants[*at].slug));
        placed.extend(members.into_iter().enumerate().map(|(turn, at)| (turn, server, at)));
    }
    placed.sort();
    placed.into_iter().map(|(_, _, at)| at).collect()
}

fn named(keys: &[String], tenants: &[Tenant]) -> Result<Vec<usize>> {
    let find = |key: &String| {
        tenants.iter().position(|t| t.slug == *key || t.id == *key).ok_or_else(|| {
            Error::invalid(
                "wave",
                format!("tenant \"{}\" of a wave is not among those of the run", crate::error::printable(key)),
            )
            .hint(Advice::from("name tenants that the run is on, or a number: ").act(Say::Canary))
        })
    };
    keys.iter().map(find).collect()
}

/// What became of a run of which nothing runs any more and something waits.
#[derive(PartialEq, Eq)]
pub(super) enum Turn {
    /// There is something to claim in the open wave.
    Claim,
    /// The next wave has just been opened.
    Opened,
    /// The run has stopped at the end of a wave.
    Stopped,
}

/// Called when no task of the run is running and some are queued.
pub(super) async fn turn(platform: &Platform, tx: &mut Conn, run: &Run) -> Result<Turn> {
    let open = store::waves::open(tx, &run.id).await?;
    if store::waves::queued_up_to(tx, &run.id, open).await? > 0 {
        return Ok(Turn::Claim);
    }
    let waves = store::waves::all(tx, run).await?;
    let Some(over) = waves.iter().find(|wave| wave.wave == open) else { return Ok(Turn::Claim) };
    let failed = over.tenants.unsettled();
    if open == 1 && failed > 0 && run.policy.max_failures.is_none() {
        let why = format!("{} of {} in {} failed", failed, over.tenants.total, over.spoken());
        return stop(tx, run, over, Status::Halted, &why).await;
    }
    if open == 1 && over.tenants.migrated + over.tenants.current + failed == 0 {
        let why = format!("nobody in {} was tried: all were skipped", over.spoken());
        return stop(tx, run, over, Status::Halted, &why).await;
    }
    if run.policy.wait.after(open) {
        let left: i64 = waves.iter().filter(|wave| wave.wave > open).map(|wave| wave.tenants.queued).sum();
        let body = json!({"wave": open, "name": over.name, "tenants": over.tenants, "left": left});
        if store::waves::set_gate(tx, &run.id, open).await? {
            store::append(tx, &run.id, &[(EventKind::WaveWaiting, body)]).await?;
        }
        let why = format!("{} is over; the next wave waits for a person", over.spoken());
        return stop(tx, run, over, Status::Paused, &why).await;
    }
    match open_next(platform, tx, run, open).await? {
        true => Ok(Turn::Opened),
        false => Ok(Turn::Claim),
    }
}

async fn stop(tx: &mut Conn, run: &Run, over: &WaveStatus, status: Status, why: &str) -> Result<Turn> {
    store::waves::set_gate(tx, &run.id, over.wave).await?;
    store::set_wanted(tx, &run.id, None, Some(why)).await?;
    ending::enter(tx, run, status, Some(why)).await?;
    Ok(Turn::Stopped)
}

/// Opens the wave after `open`; false when somebody else just has.
pub(super) async fn open_next(platform: &Platform, tx: &mut Conn, run: &Run, open: i64) -> Result<bool> {
    if !store::waves::open_next(tx, &run.id, open).await? {
        return Ok(false);
    }
    announce(tx, run, open + 1).await?;
    let asked = store::asked(tx, &run.id).await?;
    let subject = format!("run:{}", run.number);
    audit::record(platform, tx, &asked, "run.wave", &subject, &json!({"wave": open + 1})).await?;
    Ok(true)
}

/// Says that a wave begins, where there are several.
pub(super) async fn announce(tx: &mut Conn, run: &Run, wave: i64) -> Result<()> {
    let waves = store::waves::all(tx, run).await?;
    let Some(now) = waves.iter().find(|w| w.wave == wave).filter(|_| waves.len() > 1) else { return Ok(()) };
    let body = json!({"wave": wave, "of": waves.len(), "name": now.name, "tenants": now.tenants.total});
    store::append(tx, &run.id, &[(EventKind::WaveStarted, body)]).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runs::Amount;

    fn tenant(slug: &str, server: &str, last_ms: Option<i64>, tags: &[&str]) -> Tenant {
        let tags: Vec<_> = tags.iter().map(|t| (*t).to_owned()).collect();
        Tenant { last_ms, tags, ..Tenant::sketch(slug, server) }
    }

    fn waves(waves: &[&str], tenants: &[Tenant], is_done: &[bool]) -> Result<Vec<Vec<String>>> {
        let waves = waves.iter().map(|w| w.parse()).collect::<Result<Vec<Wave>, _>>()?;
        let (of, names) = assign(&Policy { waves, ..Policy::default() }, tenants, is_done)?;
        let members = |wave: usize| {
            let all = tenants.iter().zip(&of).filter(|(_, w)| **w == wave as i64);
            all.map(|(t, _)| t.slug.clone()).collect()
        };
        Ok((1..=names.len()).map(members).collect())
    }

    #[test]
    fn a_canary_meets_every_server_quickest_first_and_the_rest_follows() {
        let tenants = [
            tenant("slow", "a", Some(900), &[]),
            tenant("quick", "a", Some(10), &[]),
            tenant("other", "b", Some(500), &[]),
            tenant("strange", "b", None, &[]),
        ];
        let found = waves(&["2"], &tenants, &[false; 4]).expect("waves");
        assert_eq!(found, [vec!["quick", "other"], vec!["slow", "strange"]]);
        let found = waves(&["25%", "50%"], &tenants, &[false; 4]).expect("waves");
        assert_eq!(found, [vec!["quick"], vec!["slow", "other"], vec!["strange"]]);
    }

    #[test]
    fn who_has_nothing_to_do_is_no_canary() {
        let tenants = [tenant("a", "s", Some(1), &[]), tenant("b", "s", Some(2), &[]), tenant("c", "s", Some(3), &[])];
        let found = waves(&["1"], &tenants, &[true, false, false]).expect("waves");
        assert_eq!(found, [vec!["b"], vec!["a", "c"]]);
        assert_eq!(waves(&["1"], &tenants, &[true; 3]).expect("nothing to do").len(), 1);
    }

    #[test]
    fn named_waves_must_be_in_the_run() {
        let tenants = [tenant("a", "s", None, &["early"]), tenant("b", "s", None, &[]), tenant("c", "s", None, &[])];
        assert_eq!(waves(&["c"], &tenants, &[false; 3]).expect("waves"), [vec!["c"], vec!["a", "b"]]);
        assert_eq!(waves(&["tag:early", "c"], &tenants, &[false; 3]).expect("waves"), [["a"], ["c"], ["b"]]);
        assert!(waves(&["zeta"], &tenants, &[false; 3]).expect_err("not there").message.contains("zeta"));
        assert!(waves(&["tag:late"], &tenants, &[false; 3]).expect_err("nobody").message.contains("late"));
    }

    #[test]
    fn a_wave_of_everybody_leaves_no_other() {
        let tenants = [tenant("a", "s", None, &[]), tenant("b", "s", None, &[])];
        assert_eq!(waves(&["100%"], &tenants, &[false; 2]).expect("one").len(), 1);
        let (_, names) =
            assign(&Policy { waves: vec![Wave::Some(Amount::Count(9))], ..Policy::default() }, &tenants, &[false; 2])
                .expect("one");
        assert_eq!(names, ["all"]);
    }
}
