//! What is done to one tenant, or to all of them.

use neo::actor::Permission;
use neo::error::Result;
use neo::migrations::Set;
use neo::tenants::{Filter, PageRequest, Status, Tenant};
use neo_model::{Goal, Hit};

use super::Typed;
use crate::door::Door;
use crate::query::Query;
use crate::rooms::runs::api::StartRun;
use crate::rooms::runs::links as runs;
use crate::rooms::search::hit::{FEW, act, asked};
use crate::rooms::tenants::api::SuspendTenant;
use crate::rooms::tenants::api::acts::{ArchiveTenant, ReleaseTenant, ResumeTenant, TestTenant};
use crate::rooms::tenants::api::making::RetryTenant;
use crate::rooms::tenants::{links, standing};
use crate::ui::text::{count, sentence};

const VERBS: [&str; 16] = [
    "migrate",
    "verify",
    "roll",
    "back",
    "retry",
    "clean",
    "suspend",
    "resume",
    "quarantine",
    "release",
    "test",
    "credentials",
    "renew",
    "move",
    "archive",
    "delete",
];

pub async fn acts(door: &Door, typed: &Typed<'_>) -> Result<Vec<Hit>> {
    if !VERBS.iter().any(|verb| typed.is(verb)) {
        return Ok(Vec::new());
    }
    if typed.of.is_empty() {
        let mut hits = on_all(door, typed);
        if hits.is_empty() && VERBS.contains(&typed.verb) {
            hits = on_some(door, typed).await?;
        }
        return Ok(hits);
    }
    let filter = Filter { text: Some(typed.of.to_owned()), ..Filter::default() };
    let request = PageRequest { limit: FEW, ..PageRequest::default() };
    let found = neo::tenants::list(&door.platform, &door.actor, &filter, &request).await?.tenants;
    let set = if typed.is("migrate") { Set::load(&door.platform.config.tenant_migrations).await.ok() } else { None };
    Ok(found.iter().flat_map(|tenant| on_one(door, typed, tenant, set.as_ref())).collect())
}

/// What is done to many is looked at before, on the page of a new run.
fn on_all(door: &Door, typed: &Typed<'_>) -> Vec<Hit> {
    let may = door.actor.may(Permission::Operate);
    let kinds = [
        ("migrate", "Migrate tenants…", ""),
        ("verify", "Verify tenants…", "verify"),
        ("roll", "Roll back tenants…", "rollback"),
        ("back", "Back up tenants…", "backup"),
    ];
    let meant = kinds.into_iter().filter(|(verb, ..)| may && typed.is(verb));
    meant.map(|(_, text, kind)| asked(text, Query::from([("kind", kind)]).href(runs::NEW))).collect()
}

/// A verb alone: some of those it is possible for, and that a name chooses among the others.
async fn on_some(door: &Door, typed: &Typed<'_>) -> Result<Vec<Hit>> {
    let filter = match typed.verb {
        "resume" => Filter { statuses: vec![Status::Suspended], ..Filter::default() },
        "retry" | "clean" => Filter { statuses: vec![Status::Failed], ..Filter::default() },
        "release" => Filter { quarantined: true, ..Filter::default() },
        _ => Filter { statuses: vec![Status::Active], ..Filter::default() },
    };
    let request = PageRequest { limit: FEW, ..PageRequest::default() };
    let found = neo::tenants::list(&door.platform, &door.actor, &filter, &request).await?;
    let mut hits: Vec<Hit> = found.tenants.iter().flat_map(|tenant| on_one(door, typed, tenant, None)).collect();
    if !hits.is_empty() && found.next.is_some() {
        let verb = if typed.verb == "clean" { "Clean up".to_owned() } else { sentence(typed.verb) };
        let another = asked(format!("{verb} another…"), links::LIST);
        hits.push(Hit { detail: Some("type its name".to_owned()), ..another });
    }
    Ok(hits)
}

fn on_one(door: &Door, typed: &Typed<'_>, tenant: &Tenant, set: Option<&Set>) -> Vec<Hit> {
    let slug = || tenant.slug.clone();
    let (here, is) = (links::one(&tenant.slug), |status| tenant.status == status);
    let new = |kind: &str| Query::from([("keys", tenant.slug.as_str()), ("kind", kind)]).href(runs::NEW);
    let page = |part: &str| links::part(&tenant.slug, part);
    let means = |verb: &str, permission: Permission, holds: bool| holds && typed.is(verb) && door.actor.may(permission);
    let mut hits = Vec::new();
    if means("migrate", Permission::Operate, is(Status::Active)) {
        let pending = set.map_or(0, |set| standing::pending(tenant, set));
        let sure = match pending {
            0 => format!("Nothing is pending for {}, as far as is known.", tenant.slug),
            n => format!("Applies {} to {}.", count(n, "migration"), tenant.slug),
        };
        hits.push(act(
            format!("Migrate {}", tenant.slug),
            new(""),
            Some(&sure),
            &StartRun::as_usual(Goal::Migrate { to: None }, &tenant.slug),
        ));
    }
    if means("verify", Permission::Operate, is(Status::Active)) {
        hits.push(act(
            format!("Verify {}", tenant.slug),
            new("verify"),
            None,
            &StartRun::as_usual(Goal::Verify, &tenant.slug),
        ));
    }
    if means("roll", Permission::Operate, is(Status::Active)) {
        hits.push(asked(format!("Roll back {}…", tenant.slug), new("rollback")));
    }
    if means("back", Permission::Operate, is(Status::Active)) {
        hits.push(asked(format!("Back up {}…", tenant.slug), new("backup")));
    }
    if means("retry", Permission::ProvisionTenants, is(Status::Failed)) {
        let sure = "Its provisioning goes on from the step that failed.";
        let retry = RetryTenant { tenant: slug() };
        hits.push(act(format!("Retry {}", tenant.slug), here.clone(), Some(sure), &retry));
    }
    if means("clean", Permission::ProvisionTenants, is(Status::Failed)) {
        hits.push(asked(format!("Clean up {}…", tenant.slug), page("clean-up")));
    }
    if means("suspend", Permission::EditTenants, is(Status::Active)) {
        let sure = "Its users cannot sign in, and runs on all tenants leave it out, until it is resumed.";
        let suspend = SuspendTenant { tenant: slug() };
        hits.push(act(format!("Suspend {}", tenant.slug), page("suspend"), Some(sure), &suspend));
    }
    if means("resume", Permission::EditTenants, is(Status::Suspended)) {
        hits.push(act(format!("Resume {}", tenant.slug), here.clone(), None, &ResumeTenant { tenant: slug() }));
    }
    if means("quarantine", Permission::EditTenants, is(Status::Active) && tenant.quarantine.is_none()) {
        hits.push(asked(format!("Quarantine {}…", tenant.slug), page("quarantine")));
    }
    if means("release", Permission::EditTenants, tenant.quarantine.is_some()) {
        hits.push(act(format!("Release {}", tenant.slug), here.clone(), None, &ReleaseTenant { tenant: slug() }));
    }
    if means("test", Permission::View, !is(Status::Deleted)) {
        let text = format!("Test the connection of {}", tenant.slug);
        hits.push(act(text, Query::from([("test", "1")]).href(&here), None, &TestTenant { tenant: slug() }));
    }
    let has_login = !tenant.engine.is_file() && (is(Status::Active) || is(Status::Suspended));
    if means("credentials", Permission::SeeCredentials, has_login) {
        hits.push(asked(format!("Credentials of {}…", tenant.slug), page("credentials")));
    }
    if means("renew", Permission::RotatePasswords, has_login) {
        hits.push(asked(format!("Renew the password of {}…", tenant.slug), new("rotate")));
    }
    if means("archive", Permission::ArchiveTenants, is(Status::Active) || is(Status::Suspended)) {
        let sure = "It leaves the working fleet: no sign-in, no runs. Its database stays.";
        let archive = ArchiveTenant { tenant: slug() };
        hits.push(act(format!("Archive {}", tenant.slug), page("archive"), Some(sure), &archive));
    }
    let may_go = is(Status::Active) || is(Status::Suspended) || is(Status::Archived);
    if means("move", Permission::SeeCredentials, may_go) {
        hits.push(asked(format!("Move {}…", tenant.slug), page("move")));
    }
    if means("delete", Permission::DeleteTenants, may_go) {
        hits.push(asked(format!("Delete {}…", tenant.slug), page("delete")));
    }
    hits
}
