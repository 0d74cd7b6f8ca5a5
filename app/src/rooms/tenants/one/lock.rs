//! Who holds a tenant's migration lock.

use leptos::prelude::*;
use neo::actor::Permission;
use neo::tenants::{Lock, Status as Life};

use super::model::One;
use super::overview::Seen;
use crate::may::denied;
use crate::rooms::runs::links as runs;
use crate::ui::text::duration;
use crate::ui::{Act, Banner, Tone};

/// The part of a tenant's page.
///
/// `broken`: it comes from breaking it.
pub fn section(one: &One, seen: Option<&Seen>, broken: bool) -> AnyView {
    if matches!(one.tenant.status, Life::Deleted) {
        return ().into_any();
    }
    let found = seen.map(|seen| match seen {
        Ok(None) if broken => {
            view! { <Banner tone=Tone::Ok title="The lock is broken: that session was ended. The lock is free." /> }.into_any()
        }
        Ok(None) => view! { <Banner tone=Tone::Ok title="Nobody holds it: the lock is free." /> }.into_any(),
        Ok(Some(lock)) if broken => {
            view! { <Banner tone=Tone::Ok title="That session was ended; another holds the lock by now." />{held(one, lock)} }.into_any()
        }
        Ok(Some(lock)) => held(one, lock),
        Err(why) => {
            let why = why.clone();
            view! { <Banner tone=Tone::Bad title="That cannot be seen"><span class="err">{why}</span></Banner> }
                .into_any()
        }
    });
    view! {
        <section aria-labelledby="lock">
            <h2 id="lock">"Migration lock"</h2>
            {found}
            <p><Act label="Who holds the lock?" href=format!("{}?lock=1#lock", one.path()) /></p>
        </section>
    }
    .into_any()
}

fn held(one: &One, lock: &Lock) -> AnyView {
    let denied = denied(&one.actor, Permission::BreakLocks);
    let act = lock.kept.is_none().then(|| {
        view! {
            <p>
                <Act
                    label="Break it…"
                    href=one.part("unlock")
                    denied=denied
                />
            </p>
        }
    });
    view! { {holder(lock)}{act} }.into_any()
}

/// Whoever it is, with all that is known of them.
pub fn holder(lock: &Lock) -> AnyView {
    let holder = &lock.holder;
    let row = |name: &'static str, value: Option<String>| {
        value.filter(|text| !text.is_empty()).map(|text| view! { <dt>{name}</dt><dd>{text}</dd> })
    };
    let run = lock.run.map(|run| view! { <dt>"Run"</dt><dd><a href=runs::one(run)>{format!("Run {run}")}</a></dd> });
    let title = match &lock.kept {
        Some(why) => format!("Held, and not to be broken from here: {why}."),
        None => "Held by a session that is none of Neo's live workers.".to_owned(),
    };
    view! {
        <Banner tone=Tone::Warn title=title />
        <dl class="facts">
            {row("Session", holder.pid.map(|pid| format!("pid {pid}")))}
            {run}
            {row("User", holder.user.clone())}
            {row("Application", holder.application.clone())}
            {row("From", holder.address.clone())}
            {row("Connected for", holder.seconds.map(|s| duration(s * 1000)))}
            {row("State", holder.state.clone())}
            {holder
                .query
                .clone()
                .filter(|q| !q.is_empty())
                .map(|query| view! { <dt>"Statement"</dt><dd><code>{query}</code></dd> })}
        </dl>
    }
    .into_any()
}
