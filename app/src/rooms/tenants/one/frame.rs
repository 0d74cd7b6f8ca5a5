//! What every page of one tenant stands in: its header and its tabs.

use leptos::prelude::*;
use neo::actor::Permission;
use neo::runs::{Goal, Kind};
use neo::tenants::Status as Life;

use super::model::One;
use crate::may::denied_or;
use crate::page::render::Page;
use crate::query::Query;
use crate::rooms::runs::api::StartRun;
use crate::rooms::runs::links as runs;
use crate::rooms::tenants::api::acts::TestTenant;
use crate::rooms::tenants::{links, words};
use crate::ui::text::version;
use crate::ui::{Act, CopyText, InPlace, Nav, Press, Status, Tab, Tabs, VersionRail};

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum At {
    Overview,
    Migrations,
    Runs,
    Users,
    Audit,
}

/// The page of this tenant that `title` names.
pub fn titled(one: &One, title: &str) -> Page {
    Page::new(Nav::Tenants, format!("{} · {title}", one.tenant.name)).under("Tenants", links::LIST)
}

/// Header, tabs, and below them whatever the tab shows.
pub fn view(one: &One, at: At, body: AnyView) -> AnyView {
    let tab = |label: &str, here: At, href: String| Tab { label: label.to_owned(), href, current: here == at };
    let mut tabs = vec![
        tab("Overview", At::Overview, one.path()),
        tab("Migrations", At::Migrations, one.part("migrations")),
        tab("Runs", At::Runs, one.part("runs")),
        tab("Users", At::Users, one.part("users")),
    ];
    // Whoever may not read it has no part of it here either.
    tabs.extend(one.actor.may(Permission::ReadAudit).then(|| tab("Audit", At::Audit, one.part("audit"))));
    view! {
        {head(one)}
        <Tabs label=format!("Tenant {}", one.tenant.slug) tabs=tabs />
        {body}
    }
    .into_any()
}

fn head(one: &One) -> AnyView {
    let (tenant, actor) = (&one.tenant, &one.actor);
    let (mark, word) = words::mark(tenant, one.pending, one.drifted);
    let here = Query::from([("keys", tenant.slug.as_str())]);
    let idle = (tenant.status != Life::Active).then_some("Only an active tenant is migrated.");
    let is_there = matches!(tenant.status, Life::Active | Life::Suspended | Life::Archived);
    let made = (!is_there).then_some("Only a tenant that has its database is backed up.");
    let rail = match one.pending {
        0 => view! { <code>{version(tenant.version)}</code> }.into_any(),
        n => view! { <VersionRail from=tenant.version pending=n to=one.latest() />{format!(" ({n} pending)")} }
            .into_any(),
    };
    let is_used = matches!(tenant.status, Life::Active | Life::Suspended);
    let sign_in = is_used.then(|| view! { " · "<a href=format!("{}/sign-in", one.address)>"Sign-in page"</a> });
    let tags = tenant.tags.iter().map(|tag| view! { " "<span class="tag">{tag.clone()}</span> }).collect_view();
    view! {
        <div class="head" id="tenant-head" data-live="">
            <div>
                <h1>{tenant.name.clone()}</h1>
                <p>
                    <Status mark=mark word=word />" · "<CopyText value=tenant.slug.clone() />" · "
                    {format!("on {}", tenant.server)}" · "{rail}{sign_in}{tags}
                </p>
            </div>
            <div class="acts">
                <Press
                    label="Test connection"
                    action=one.path()
                    get=true
                    hidden=vec![("test", "1".to_owned())]
                    act=InPlace::of(&TestTenant { tenant: tenant.slug.clone() })
                    outcome="#tenant-connection"
                />
                <Press
                    label="Verify"
                    action=runs::NEW
                    hidden=vec![("keys", tenant.slug.clone()), ("kind", Kind::Verify.to_string())]
                    act=InPlace::of(&StartRun::as_usual(Goal::Verify, &tenant.slug))
                    denied=denied_or(actor, Permission::Operate, idle)
                />
                <Press
                    label="Back up now"
                    action=runs::NEW
                    hidden=vec![("keys", tenant.slug.clone()), ("kind", Kind::Backup.to_string())]
                    act=InPlace::of(&StartRun::as_usual(Goal::Backup, &tenant.slug))
                    denied=denied_or(actor, Permission::Operate, made)
                />
                <Act
                    label="Roll back…"
                    href=here.with("kind", "rollback").href(runs::NEW)
                    denied=denied_or(actor, Permission::Operate, idle)
                />
                <Act
                    label="Migrate…"
                    href=here.href(runs::NEW)
                    primary=one.pending != 0
                    denied=denied_or(actor, Permission::Operate, idle)
                />
            </div>
        </div>
    }
    .into_any()
}
