//! What may be wrong with a tenant: it does not answer, its last run failed, it is left out of runs.

use leptos::prelude::*;
use neo::actor::Permission;
use neo::runs::Run;
use neo::tenants::Tenant;

use super::model::One;
use super::overview::Overview;
use crate::islands::outcome::tested;
use crate::may::denied;
use crate::page::advice;
use crate::rooms::runs::{excerpt, links as runs, words};
use crate::rooms::tenants::reach::Connection;
use crate::ui::{Act, Banner, Mark, Status, Time, Tone};

pub fn connection(one: &One, connection: &Connection) -> AnyView {
    let slug = &one.tenant.slug;
    match &connection.fails {
        None => {
            let title = tested(slug, connection.ms, true);
            view! { <Banner tone=Tone::Ok title=title /> }.into_any()
        }
        Some(reason) => {
            let (title, reason) = (tested(slug, connection.ms, false), advice::view(reason));
            view! { <Banner tone=Tone::Bad title=title><span class="err">{reason}</span></Banner> }.into_any()
        }
    }
}

/// What stopped its provisioning is told with the steps.
pub fn failure(one: &One, overview: &Overview) -> Option<AnyView> {
    let tenant = &one.tenant;
    let error = tenant.last_error.clone().filter(|_| overview.steps.is_none())?;
    let way = overview.failure.as_ref().and_then(|failure| failure.hint.as_ref());
    let way = way.map(|hint| view! { <p>{advice::sentence(hint)}</p> });
    let excerpt = overview.failure.as_ref().and_then(excerpt::view);
    let run = tenant
        .last_run
        .map(|run| view! { <p><a href=runs::log(run, &tenant.slug)>{format!("Log in run {run}")}</a></p> });
    let resolve = tenant.is_half_done().then(|| {
        let closed = denied(&one.actor, Permission::Resolve);
        view! { <p><Act label="Resolve…" href=one.part("resolve") denied=closed /></p> }
    });
    Some(
        view! {
            <Banner tone=Tone::Bad title="The last run failed here">
                <span class="err">{error}</span>
                {excerpt}
                {way}
                {run}
                {resolve}
            </Banner>
        }
        .into_any(),
    )
}

/// A run is at it; the page is looked at again until it is not.
pub fn working(run: &Run) -> AnyView {
    view! {
        <p data-again="">
            <Status mark=Mark::Running word=format!("Run {} is at it", run.number) />" · "
            <a href=runs::one(run.number)>{words::title(run)}</a>
        </p>
    }
    .into_any()
}

pub fn left_out(tenant: &Tenant) -> Option<AnyView> {
    tenant.quarantine.clone().map(|q| {
        view! {
            <Banner tone=Tone::Warn title="In quarantine: runs on all tenants leave it out">
                <p>{q.reason}</p>
                <p>{format!("{}, since ", q.owner)}<Time ms=q.since />"; it ends "<Time ms=q.until /></p>
            </Banner>
        }
        .into_any()
    })
}
