//! What may be wrong with a tenant: it does not answer, its last run failed, it is left out of runs.

use leptos::prelude::*;
use neo::actor::Permission;
use neo::runs::Run;
use neo::tenants::{Status as Life, Tenant};

use super::model::One;
use super::overview::Overview;
use crate::islands::outcome::tested;
use crate::may::{denied, denied_or};
use crate::page::advice;
use crate::query::Query;
use crate::rooms::runs::{links as runs, why, words};
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
    let failure = overview.failure.as_ref();
    let meant = failure.map(|failure| view! { <p><strong>{words::meaning(failure.category)}</strong></p> });
    let run = tenant.last_run.map(
        |run| view! { <a class="button quiet" href=runs::log(run, &tenant.slug)>{format!("Log in run {run}")}</a> },
    );
    let half_done = tenant.is_half_done();
    let resolve = half_done.then(|| {
        let closed = denied(&one.actor, Permission::Resolve);
        view! { <Act label="Resolve…" href=one.part("resolve") primary=true denied=closed /> }
    });
    let why = failure.map(why::view);
    // What is half done fails the same until somebody has said what is true of it.
    let rerun =
        tenant.last_run.filter(|_| failure.is_some() && !half_done && tenant.status == Life::Active).map(|run| {
            let href = Query::from([("tenant", tenant.slug.as_str())]).href(&runs::act(run, "rerun"));
            let closed = overview.working.as_ref().map(|run| format!("Run {} has it already.", run.number));
            let denied = denied_or(&one.actor, Permission::Rerun, closed.as_deref());
            view! { <Act label="Rerun" href=href asks=true primary=denied.is_none() denied=denied /> }
        });
    Some(
        view! {
            <Banner tone=Tone::Bad title="The last run failed here">
                {meant}
                <span class="err">{error}</span>
                {why}
                <div class="acts">{resolve}{rerun}{run}</div>
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
