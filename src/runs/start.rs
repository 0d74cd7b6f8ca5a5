//! The row that freezes a run: which tenants, which files, in which order; and who may begin it.

use serde_json::json;

use super::manifest::{manifest, target_version};
use super::plan::{files, select};
use super::process::Process;
use super::skips::Skips;
use super::store::tasks::NewTask;
use super::store::{self, NewRun};
use super::{EventKind, Goal, Kind, Reason, Request, Run, asked, busy, guarded, undo, waves, weight, windows, workers};
use crate::Platform;
use crate::actor::{Actor, Leave, Permission};
use crate::clock::rfc3339;
use crate::error::{Error, Result, Say};
use crate::migrations::Set;
use crate::requests::Applicant;
use crate::windows::in_force;
use crate::{audit, central, requests, tenants};

/// A time for a run to begin at that is longer ago than this was mistyped.
const OVERDUE_MS: i64 = 60_000;

/// As far as can be told before the tenants are known.
fn authorise(who: &mut Applicant<'_>, request: &Request) -> Result<()> {
    who.authorise(match request.goal.kind() {
        Kind::Rollback => Permission::RollBack,
        Kind::Migrate | Kind::Backup if request.selection.is_fleet_wide() => Permission::OperateFleet,
        Kind::Migrate | Kind::Verify | Kind::Provision | Kind::Backup => Permission::Operate,
        Kind::Rotate => Permission::RotatePasswords,
    })
}

pub(super) async fn start(platform: &Platform, actor: &Actor, mut request: Request) -> Result<Run> {
    let mut who = Applicant::new(platform, actor);
    authorise(&mut who, &request)?;
    if let Some(why) = &request.policy.despite_windows {
        request.policy.despite_windows = Some(windows::words(why)?);
        who.authorise(Permission::PassWindows)?;
    }
    asked::check_goal(&request.goal)?;
    asked::check_policy(&request.policy)?;
    workers::halt_abandoned(platform).await?;
    let set = match request.goal.kind().is_of_files() {
        true => files(platform).await?,
        false => Set::none(&platform.config.tenant_migrations),
    };
    // What was asked for is held against its own plan.
    let is_planned = matches!(actor.leave, Leave::Ask | Leave::Approved { .. });
    if let Some(expected) = request.expect.as_ref().filter(|_| !is_planned) {
        set.expected(expected)?;
    }
    let to = target_version(&set, &request.goal)?;
    let mut tenants = select(platform, actor, &request.selection).await?;
    if let Goal::RotatePassword { older_than_ms: Some(age) } = request.goal {
        let now = central::now(&mut *platform.central.read().await?).await?;
        tenants.retain(|tenant| tenant.has_password_older_than(age, now));
    }
    let kind = request.goal.kind();
    if kind == Kind::Rollback && tenants.len() > 1 {
        who.authorise(Permission::RollBackMany)?;
    }
    let active = tenants.iter().filter(|tenant| tenant.status == tenants::Status::Active).count() as i64;
    {
        let mut conn = platform.central.read().await?;
        for need in weight::needs(&mut conn, (kind, active), Permission::Operate, Permission::OperateFleet).await? {
            who.authorise(need)?;
        }
        if kind == Kind::Rollback && active > 1 {
            actor.authorise_rollback_of_many()?;
        }
    }
    // The longest known first: the run is over when its slowest tenant is.
    tenants.sort_by_key(|t| std::cmp::Reverse(t.last_ms.unwrap_or(0)));
    check_schedule(platform, &request).await?;
    let plans = match kind {
        Kind::Rollback => Some(undo::plans(platform, actor, &set, &request.goal, &tenants).await?),
        _ => None,
    };
    if let Some(plans) = plans.as_ref().filter(|_| !is_planned) {
        undo::confirmed(&tenants, plans, request.confirm.as_deref())?;
    }
    let approval = match guarded::guard(platform, actor, (&request.goal, &request.selection), &tenants).await? {
        Some(guard) => {
            let chosen = guarded::Chosen { set: &set, to, tenants: &tenants, plans: plans.as_ref() };
            Some(requests::pass(platform, actor, &guarded::plan(guard, &request, who.needs(), &chosen)).await?)
        }
        None => None,
    };
    who.alone()?;

    let id = crate::id::new();
    let mut tx = platform.central.write().await?;
    // Whoever holds the counter is the only one who is starting a run: what is busy now stays so until the commit.
    let number = central::next(&mut tx, "run").await?;
    let now = central::now(&mut tx).await?;
    let not_before = request.not_before.map(|at| at.after(now));
    if not_before.is_none_or(|at| at <= now) {
        busy::refuse(&mut tx, &tenants).await?;
    }
    requests::used(&mut tx, approval.as_ref(), Some(number)).await?;
    let trust_ms = request.policy.trust_until(request.not_before);
    let skips = Skips::new(&mut tx, &set, &request.goal, &request.selection, trust_ms).await?;
    let skips: Vec<_> = tenants.iter().map(|tenant| skips.of(tenant)).collect();
    let is_done: Vec<bool> = skips.iter().map(Option::is_some).collect();
    if request.policy.despite_windows.is_none() && guarded::changes(kind) {
        let tried = tenants.iter().zip(&is_done).filter(|(_, done)| !**done).map(|(tenant, _)| tenant);
        in_force(&mut tx, not_before.filter(|at| *at > now)).await?.refuse(tried)?;
    }
    let (wave_of, wave_names) = waves::assign(&request.policy, &tenants, &is_done)?;
    let tasks: Vec<NewTask<'_>> = tenants
        .iter()
        .zip(skips)
        .zip(wave_of)
        .map(|((tenant, skip), wave)| NewTask {
            tenant,
            skip,
            wave,
            plan: plans.as_ref().and_then(|plans| plans.get(&tenant.id).cloned()),
        })
        .collect();
    let cached = tasks.iter().filter(|t| t.skip == Some(Reason::Current)).count();
    let quarantined: Vec<_> = tasks.iter().filter(|t| t.skip == Some(Reason::Quarantined)).map(|t| t.tenant).collect();
    store::insert(
        &mut tx,
        &NewRun {
            id: &id,
            number,
            kind,
            goal: &request.goal,
            selection: &request.selection,
            policy: &request.policy,
            to_version: to,
            asked: actor,
            reason: request.reason.as_deref(),
            total: tasks.len() as i64,
            not_before,
            approval: approval.clone(),
            starter: (!request.detached).then(Process::this),
        },
    )
    .await?;
    store::waves::insert(&mut tx, &id, &wave_names).await?;
    store::insert_manifest(&mut tx, &id, &manifest(&set, kind, to)).await?;
    store::tasks::insert(&mut tx, platform.central.engine, &id, &tasks, to).await?;
    if kind == Kind::Rollback {
        // Whatever comes of it: nothing is assumed about these until somebody has looked again.
        tenants::forget_run(&mut tx, &id).await?;
    }
    let label = to.and_then(|v| set.find(v)).map(|m| m.label());
    let mut planned = json!({
        "kind": kind, "tenants": {"total": tasks.len(), "current": cached}, "to": label, "actor": actor.name, "reason": request.reason,
    });
    if let Some(approval) = &approval {
        planned["approval"] = json!(approval);
    }
    let mut events = vec![(EventKind::RunPlanned, planned)];
    events.extend(quarantined.iter().map(|tenant| {
        let body = json!({
            "tenant": tenant.slug, "reason": Reason::Quarantined,
            "message": tenant.quarantine.as_ref().map(|q| q.reason.as_str()),
        });
        (EventKind::TenantSkipped, body)
    }));
    if let Some(why) = &request.policy.despite_windows {
        events.push((EventKind::WindowPassed, json!({"by": actor.name, "message": why})));
    }
    store::append(&mut tx, &id, &events).await?;
    let subject = format!("run:{number}");
    let mut body =
        json!({"goal": request.goal, "selection": request.selection, "tenants": tasks.len(), "reason": request.reason});
    if let Some(why) = &request.policy.despite_windows {
        body["despite_windows"] = json!(why);
    }
    requests::people::still(&mut tx, approval.as_ref()).await?;
    audit::record(platform, &mut tx, actor, "run.start", &subject, &body).await?;
    let run = store::by_number(&mut tx, number).await?.ok_or_else(|| Error::not_found("run", &number.to_string()))?;
    tx.commit().await?;
    platform.bell.notify_waiters();
    Ok(run)
}

/// What is planned for later is begun by somebody else, and knows no more than it does now.
async fn check_schedule(platform: &Platform, request: &Request) -> Result<()> {
    let Some(not_before) = request.not_before else { return Ok(()) };
    let now = central::now(&mut *platform.central.read().await?).await?;
    if let Some(at) = Some(not_before.after(now)).filter(|at| *at < now - OVERDUE_MS) {
        return Err(
            Error::invalid("at", format!("{} is over", rfc3339(at))).hint(format!("it is {} now", rfc3339(now)))
        );
    }
    if request.goal.kind() == Kind::Rollback {
        return Err(Error::invalid("at", "a rollback cannot be planned for later")
            .cause("what it would undo is settled when it is asked for")
            .hint("start it when it is to happen"));
    }
    if !request.detached {
        return Err(
            Error::invalid("at", "what is planned for later is done by neo serve or neo work").hint(Say::Detach)
        );
    }
    Ok(())
}
