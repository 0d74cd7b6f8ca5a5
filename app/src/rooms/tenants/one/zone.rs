//! The acts of a tenant's lifecycle that stand at the end of its page.

use leptos::prelude::*;
use neo::actor::Permission;
use neo::backups::Backup;
use neo::runs::Kind;
use neo::tenants::Status as Life;

use super::model::One;
use super::overview::Overview;
use crate::may::{denied, denied_or};
use crate::query::Query;
use crate::rooms::backups::links as backups_at;
use crate::rooms::runs::links as runs;
use crate::rooms::tenants::api::acts::{ReleaseTenant, ResumeTenant};
use crate::rooms::tenants::command;
use crate::rooms::tenants::grave::Grave;
use crate::ui::{Act, CopySeveral, Danger, InPlace, Press};

pub fn view(one: &One, overview: &Overview) -> AnyView {
    let backups = &overview.backups[..];
    let (tenant, actor) = (&one.tenant, &one.actor);
    let asks = |grave: Grave| one.asks && !grave.asks().is_empty();
    let link = |grave: Grave, closed: Option<&str>| {
        view! {
            <Act
                label=if asks(grave) { format!("Ask to {}…", grave.verb().to_lowercase()) } else { format!("{}…", grave.verb()) }
                href=one.part(grave.segment())
                asks=true
                denied=if asks(grave) { closed.map(str::to_owned) } else { denied_or(actor, grave.permission(), closed) }
            />
        }
    };
    let row = |title: &'static str, text: &'static str, act: AnyView| {
        view! { <div class="bar"><div class="grow"><strong>{title}</strong><br /><span class="muted">{text}</span></div>{act}</div> }
            .into_any()
    };
    let press = |part: &str, verb: &str, act: InPlace| {
        // Whoever may take it out of the fleet may take it back.
        let is_back = tenant.status == Life::Archived;
        let closed = denied(actor, if is_back { Permission::ArchiveTenants } else { Permission::EditTenants });
        view! { <Press label=format!("{verb} {}", tenant.slug) action=one.part(part) act=act denied=closed /> }
            .into_any()
    };
    let release = InPlace::of(&ReleaseTenant { tenant: tenant.slug.clone() });
    let resume = InPlace::of(&ResumeTenant { tenant: tenant.slug.clone() });
    let link_to = |label: &'static str, href: String, permission: Permission| {
        view! { <Act label=label href=href asks=true denied=denied(actor, permission) /> }.into_any()
    };
    let at_work = !tenant.engine.is_file() && matches!(tenant.status, Life::Active | Life::Suspended);
    let archive = matches!(tenant.status, Life::Active | Life::Suspended);
    let delete = matches!(tenant.status, Life::Active | Life::Suspended | Life::Archived);
    let left_out = tenant.quarantine.is_some();
    let rows: Vec<AnyView> = [
        (tenant.status == Life::Active && !left_out).then(|| {
            row("Quarantine", "Left out of runs on all tenants for a while.", link(Grave::Quarantine, None).into_any())
        }),
        left_out.then(|| row("Release", "Runs on all tenants take it again.", press("release", "Release", release))),
        (tenant.status == Life::Active).then(|| {
            row("Suspend", "No sign-in and no runs until it is resumed.", link(Grave::Suspend, None).into_any())
        }),
        matches!(tenant.status, Life::Suspended | Life::Archived)
            .then(|| row("Resume", "Sign-in and runs again.", press("resume", "Resume", resume))),
        at_work.then(|| {
            let act = link_to("Show credentials…", one.part("credentials"), Permission::SeeCredentials);
            row("Credentials", "How to sign in to the database, password and all. The audit says who saw them.", act)
        }),
        at_work.then(|| {
            let href = Query::from([("keys", tenant.slug.as_str()), ("kind", Kind::Rotate.as_str())]).href(runs::NEW);
            let act = link_to("Renew password…", href, Permission::RotatePasswords);
            row("Password", "A new one for the database's login; the old one ends.", act)
        }),
        archive.then(|| row("Archive", "Out of the fleet; the database stays.", link(Grave::Archive, None).into_any())),
        delete.then(|| {
            let act = link_to("Move…", one.part("move"), Permission::SeeCredentials);
            row("Move", "To another server of its engine; out of use meanwhile, and the old database is kept.", act)
        }),
        overview.kept.is_some().then(|| {
            let act = link_to("Drop what it had before…", one.part("drop-replaced"), Permission::DeleteTenants);
            row("Before the move", "The database that it had is kept until it is dropped.", act)
        }),
        delete.then(|| {
            row("Delete", "Drops the database and its role, after a backup.", link(Grave::Delete, None).into_any())
        }),
        (tenant.status == Life::Failed).then(|| {
            row("Clean up", "Undoes what provisioning began and frees the slug.", link(Grave::CleanUp, None).into_any())
        }),
        (tenant.status == Life::Deleted).then(|| gone(one, backups)),
    ]
    .into_iter()
    .flatten()
    .collect();
    let commands = command::acts(&tenant.slug, tenant.status, tenant.engine.is_file(), left_out);
    // While it is being made there is nothing to take back yet.
    if rows.is_empty() {
        return ().into_any();
    }
    view! {
        <Danger>
            {(!commands.is_empty()).then(|| view! { <div class="acts"><CopySeveral commands=commands /></div> })}
            {rows}
        </Danger>
    }
    .into_any()
}

/// What was deleted, where its last backup lies, and how it comes back.
fn gone(one: &One, backups: &[Backup]) -> AnyView {
    let what = format!(
        "{} is deleted: its database {} and its login are dropped. Its row and its audit stay.",
        one.tenant.slug, one.tenant.database
    );
    let left = match backups.first() {
        None => view! { <p>"No backup of it is in the folder of backups. One that was moved elsewhere comes back on the command line: neo tenant restore FILE"</p> }
            .into_any(),
        Some(last) => view! {
            <p>"Its last backup: "<code>{last.file.clone()}</code></p>
            <div class="bar">
                <div class="grow muted">{format!("On the command line: neo tenant restore {}", backups_at::name(&last.file))}</div>
                <Act label="Restore…" href=backups_at::restore(&last.file) denied=denied(&one.actor, Permission::ProvisionTenants) />
            </div>
        }
        .into_any(),
    };
    view! { <p>{what}</p>{left} }.into_any()
}
