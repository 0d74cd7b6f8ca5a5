//! What a rollback would undo.

use std::collections::{BTreeSet, HashMap};

use super::manifest::target_version;
use super::plan::{files, select};
use super::{Goal, store};
use crate::Platform;
use crate::actor::{Actor, Permission};
use crate::error::advice::Resolve;
use crate::error::{Advice, Do, Error, Result, Say};
use crate::migrations::Set;
use crate::tenants::{Filter, Tenant};

/// What a rollback is to undo on each tenant (by id), newest first; refuses by name where a down is missing.
pub(super) async fn plans(
    platform: &Platform,
    actor: &Actor,
    set: &Set,
    goal: &Goal,
    tenants: &[Tenant],
) -> Result<HashMap<String, Vec<i64>>> {
    let mut plans = HashMap::new();
    let mut without_down: BTreeSet<String> = BTreeSet::new();
    let mut conn = platform.central.read().await?;
    if let Goal::RollbackRun { run } = goal {
        super::get(&mut conn, actor, *run).await?;
    }
    for tenant in tenants {
        let version = tenant.version.unwrap_or(0);
        let newest_first = || set.on(tenant.engine).rev().map(|(m, _)| m.version).filter(|v| *v <= version);
        let plan: Vec<i64> = match goal {
            Goal::RollbackSteps { steps } => newest_first().take(*steps as usize).collect(),
            Goal::RollbackTo { to } => newest_first().filter(|v| v > to).collect(),
            Goal::RollbackRun { run } => {
                store::tasks::batch(&mut conn, &tenant.id, Some(*run), version).await?.unwrap_or_default()
            }
            _ => store::tasks::batch(&mut conn, &tenant.id, None, version).await?.unwrap_or_default(),
        };
        let stays = newest_first().zip(&plan).find(|(newest, planned)| newest != *planned);
        if let Some((newest, planned)) = stays {
            return Err(Error::conflict(format!(
                "{} cannot be rolled back on {}",
                set.label_of(*planned),
                tenant.slug
            ))
            .cause(format!("{} was applied after it, and would stay", set.label_of(newest)))
            .hint(Advice::from("roll back what came after as well: ").act(Say::Steps).and(", or ").act(Say::To)));
        }
        for version in &plan {
            let script = set.find(*version).and_then(|m| m.on(tenant.engine));
            if script.is_none_or(|script| script.down.is_none()) {
                without_down.insert(set.label_of(*version));
            }
        }
        plans.insert(tenant.id.clone(), plan);
    }
    if !without_down.is_empty() {
        let names: Vec<_> = without_down.into_iter().collect();
        return Err(Error::conflict(format!("{} cannot be rolled back", names.join(", ")))
            .cause("there is no down file")
            .hint(Advice::from("write the .down.sql, or roll back less with ").act(Say::FewerSteps)));
    }
    Ok(plans)
}

/// What says that this is meant: the slug of the only tenant on which something is undone, else how many they are.
pub(super) fn to_confirm<'a>(undone: impl IntoIterator<Item = &'a Tenant>) -> Option<String> {
    let undone: Vec<_> = undone.into_iter().collect();
    match undone.as_slice() {
        [] => None,
        [one] => Some(one.slug.clone()),
        many => Some(many.len().to_string()),
    }
}

/// Refuses a rollback unless somebody has said what it undoes.
pub(super) fn confirmed(tenants: &[Tenant], plans: &HashMap<String, Vec<i64>>, said: Option<&str>) -> Result<()> {
    let undone: Vec<_> = tenants.iter().filter(|t| plans.get(&t.id).is_some_and(|plan| !plan.is_empty())).collect();
    match to_confirm(undone.iter().copied()) {
        Some(word) if said.map(str::trim) != Some(word.as_str()) => {
            let cause = match undone.as_slice() {
                [one] => format!("this rolls back {}", one.slug),
                many => format!("this rolls back {} tenants", many.len()),
            };
            Err(Error::invalid("confirm", format!("type {word} to confirm")).cause(cause))
        }
        _ => Ok(()),
    }
}

pub(super) async fn preview(
    platform: &Platform,
    actor: &Actor,
    goal: &Goal,
    selection: &Filter,
) -> Result<Vec<(Tenant, Vec<String>)>> {
    actor.authorise(Permission::View)?;
    let set = files(platform).await?;
    target_version(&set, goal)?;
    let tenants = select(platform, actor, selection).await?;
    // The run would refuse it, whatever could be undone there.
    if let [tenant] = tenants.as_slice()
        && tenant.is_half_done()
    {
        let way = Do::ResolveTenant { tenant: Some(tenant.slug.clone()), how: Resolve::Look };
        return Err(Error::conflict(format!("{} is half way through a migration", tenant.slug))
            .cause("nothing is rolled back there before somebody has said what is true of it")
            .hint(Advice::from(way)));
    }
    let mut plans = plans(platform, actor, &set, goal, &tenants).await?;
    Ok(tenants
        .into_iter()
        .map(|tenant| {
            let plan = plans.remove(&tenant.id).unwrap_or_default();
            (tenant, plan.into_iter().map(|version| set.label_of(version)).collect())
        })
        .collect())
}
