//! Rehearse on a copy of one tenant, from the preview of a run: asked for here, and told here when it is over.

use axum::extract::State;
use axum::response::IntoResponse;
use leptos::prelude::*;
use neo::Platform;
use neo::actor::{Actor, Permission};
use neo::error::{Error, Kind as ErrorKind, Result};
use neo::migrations::Set;
use neo::runs::{self, Goal, Kind, Plan, Rehearsal, Standing, Verdict};
use neo::tenants::{self, Filter, PageRequest, Status as TenantStatus, Tenant};

use super::excerpt;
use super::new::{self, New, Preview};
use super::words::place;
use crate::door::AppState;
use crate::door::visit::Signed;
use crate::error::Answer;
use crate::page::advice;
use crate::page::forms::Form;
use crate::page::render::see_other;
use crate::problems;
use crate::query::{Query, segment};
use crate::ui::text::{count, duration};
use crate::ui::{Banner, Field, Mark, Status, Time, Tone};

/// What the page knows of rehearsals: the one that the address names, and the tenant it would take.
#[derive(Default)]
pub struct Known {
    pub standing: Option<Standing>,
    pub suggested: Option<String>,
}

/// How many tenants are looked at for one that can be copied.
const CANDIDATES: u32 = 25;

impl Known {
    pub async fn load(
        platform: &Platform,
        actor: &Actor,
        query: &Query,
        selection: &Filter,
        goal: &Goal,
        set: &Set,
    ) -> Result<Self> {
        let standing = match query.get("rehearsal") {
            Some(id) => match runs::rehearsal(platform, actor, id).await {
                Err(error) if error.kind == ErrorKind::NotFound => None,
                found => Some(found?),
            },
            None => None,
        };
        let to = match goal {
            Goal::Migrate { to: Some(to) } => Some(*to),
            _ => set.latest(),
        };
        // One with nothing pending would rehearse nothing.
        let behind = selection.behind.into_iter().chain(to).min();
        let filter = Filter { statuses: vec![TenantStatus::Active], behind, ..selection.clone() };
        let page = PageRequest { limit: CANDIDATES, ..PageRequest::default() };
        let some = tenants::list(platform, actor, &filter, &page).await?.tenants;
        let suggested = some.into_iter().find(|tenant| is_fit(tenant, set)).map(|tenant| tenant.slug);
        Ok(Self { standing, suggested })
    }
}

/// Whether it can be copied, and lacks something.
fn is_fit(tenant: &Tenant, set: &Set) -> bool {
    tenant.engine.can_copy() && set.newer(tenant.engine, tenant.version) > 0
}

pub async fn act(State(app): State<AppState>, signed: Signed, form: Form) -> Answer {
    let query = new::choice(&form);
    let to = match new::goal(&query)? {
        Goal::Migrate { to } => to,
        _ => return Err(Error::invalid("kind", "only migrations are rehearsed").into()),
    };
    match runs::begin_rehearsal(&app.platform, &signed.actor, form.text("tenant"), to).await {
        Ok(id) => {
            let back = new::address(&query, &form).with("rehearsal", id);
            Ok(see_other(&back.href("/runs/new")).into_response())
        }
        Err(error) => {
            let field =
                if error.kind == ErrorKind::NotFound { Error::invalid("tenant", error.message.clone()) } else { error };
            new::shown(&app.platform, &signed, query, form.refuse(field)?).await
        }
    }
}

/// How the one stands that the address names: on top of the page, where it is seen.
pub fn told(new: &New) -> Option<AnyView> {
    let id = new.query.text("rehearsal").to_owned();
    new.rehearsal.standing.as_ref().map(|now| standing(now, id))
}

/// Nothing for what is not rehearsed: rollbacks, verifications, and when nothing is pending.
pub fn view(new: &New, form: &Form) -> Option<AnyView> {
    let plan = match &new.outcome {
        Ok(Preview::Migrate(plan)) if new.kind == Kind::Migrate => plan,
        _ => return None,
    };
    if plan.behind == 0 {
        return None;
    }
    let ask = ask(new, plan, form);
    Some(
        view! {
            <section aria-labelledby="rehearsal">
                <h2 id="rehearsal">"Rehearsal"</h2>
                {ask}
            </section>
        }
        .into_any(),
    )
}

fn ask(new: &New, plan: &Plan, form: &Form) -> AnyView {
    let Some(suggested) = new.rehearsal.suggested.clone() else {
        let only_mysql = plan.migrations.iter().flat_map(|m| &m.engines).all(|on| !on.engine.can_copy());
        let text = match only_mysql {
            true => {
                "MySQL and MariaDB have no way to copy a database. Restore a backup under another name, adopt it, and migrate \
                 that one first."
            }
            false => "None of the first tenants can be copied; name one on the command line: neo migrate rehearse SLUG",
        };
        return view! { <p class="muted">{text}</p> }.into_any();
    };
    let closed = crate::may::denied(&new.actor, Permission::Operate);
    let one = (new.selection.keys.len() == 1).then(|| suggested.clone());
    let (field, label) = match one {
        Some(slug) => {
            let label = format!("Rehearse on a copy of {slug}");
            (view! { <input type="hidden" name="tenant" value=slug form=new::FORM /> }.into_any(), label)
        }
        None => {
            let typed = form.text("tenant").to_owned();
            let value = if typed.is_empty() { suggested } else { typed };
            let error = problems::on(form, "tenant");
            let field =
                view! { <Field name="tenant" label="Tenant" value=value error=error mono=true form=new::FORM /> };
            (field.into_any(), "Rehearse on a copy of it".to_owned())
        }
    };
    view! {
        <p class="muted">
            "Runs everything pending on a copy of one tenant's database and throws the copy away. The tenant is not touched. On PostgreSQL nobody else may be connected to it."
        </p>
        // Enter in a field looks at what was typed: neither a rehearsal nor a run begins by it.
        <button
            type="submit"
            form=new::FORM
            formmethod="get"
            formaction="/runs/new"
            formnovalidate=true
            class="sr"
            tabindex="-1"
            aria-hidden="true"
        >
            "Preview"
        </button>
        <div class="choose">
            <div class="row">
                {field}
                <button
                    type="submit"
                    form=new::FORM
                    formaction="/runs/rehearse"
                    formnovalidate=true
                    disabled=closed.is_some()
                    title=closed.clone()
                >
                    {label}
                </button>
                {closed.map(|reason| view! { <span class="muted">{reason}</span> })}
            </div>
        </div>
    }
    .into_any()
}

fn standing(standing: &Standing, id: String) -> AnyView {
    let slug = standing.tenant.clone();
    match &standing.verdict {
        None => view! {
            <p role="status" data-again="">
                <Status mark=Mark::Running word="Rehearsing" />
                " on a copy of "<code>{slug}</code>", begun by "{standing.actor.clone()}" "<Time ms=standing.started_at />
                ". You can leave this page and come back. "
                // Not by itself: what is being typed below would be lost.
                <noscript>
                    <button type="submit" form=new::FORM formmethod="get" formaction="/runs/new" formnovalidate=true name="rehearsal" value=id>
                        "Look again"
                    </button>
                </noscript>
            </p>
        }
        .into_any(),
        Some(Verdict::Refused { message, cause, hint }) => {
            let cause = cause.clone().map(|cause| view! { <p>{cause}</p> });
            let hint = hint.as_ref().map(|hint| view! { <p>{advice::view(hint)}</p> });
            let rest = (cause, hint);
            view! { <Banner tone=Tone::Bad title=format!("Not rehearsed on {slug}: {message}")>{rest}</Banner> }.into_any()
        }
        Some(Verdict::Done(rehearsal)) => done(rehearsal),
    }
}

fn done(rehearsal: &Rehearsal) -> AnyView {
    let n = rehearsal.applied.len() as i64;
    let slug = &rehearsal.tenant;
    let took = format!("{}, and {} to copy", duration(rehearsal.ms), duration(rehearsal.copy_ms));
    let (tone, title) = match &rehearsal.failure {
        None if n == 0 => (Tone::Plain, format!("Nothing is pending on {slug}")),
        None => (Tone::Ok, format!("Rehearsed on a copy of {slug}: {} applied in {took}", count(n, "migration"))),
        Some(_) => {
            (Tone::Bad, format!("The rehearsal on a copy of {slug} failed after {} ({took})", count(n, "migration")))
        }
    };
    let lines = rehearsal.applied.iter().map(|one| {
        let href = format!("/migrations/{}", segment(&one.version.to_string()));
        view! { <li><Status mark=Mark::Ok word="" />" "<a class="mono" href=href>{one.migration.clone()}</a>" "{duration(one.ms)}</li> }
    }).collect_view();
    let failure = rehearsal.failure.as_ref().map(|failure| {
        let where_ = place(failure).map(|place| view! { <code>{place}</code>" " });
        let detail = failure.detail.clone().map(|detail| view! { <br /><span>{detail}</span> });
        let hint = failure.hint.as_ref().map(|hint| view! { <br /><span>{advice::view(hint)}</span> });
        let rest = (detail, hint);
        let code = failure.code.as_ref().map(|code| format!(" · code {code}"));
        view! { <li><Status mark=Mark::Failed word="" />" "{where_}<span class="err">{failure.message.clone()}{code}</span>{excerpt::view(failure)}{rest}</li> }
    });
    let left = rehearsal.left_behind.as_ref().map(|left| {
        view! { <p>"The copy could not be dropped, and holds the tenant's data: "<code>{left.clone()}</code></p> }
    });
    view! { <Banner tone=tone title=title><ul class="plain">{lines}{failure}</ul>{left}</Banner> }.into_any()
}
