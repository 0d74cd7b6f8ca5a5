//! Rehearse on a copy of one tenant: asked for here, and told here when it is over.

use leptos::prelude::*;
use neo::actor::Permission;
use neo::runs::{Kind, Plan, Standing, Verdict};

use super::model::New;
use super::{FORM, rehearsed};
use crate::page::advice;
use crate::page::forms::Form;
use crate::problems;
use crate::rooms::runs::links;
use crate::rooms::runs::preview::Preview;
use crate::ui::{Banner, Field, Mark, Status, Time, Tone};

/// How the one stands that the address names: on top of the page, where it is seen.
pub fn standing(new: &New) -> Option<AnyView> {
    let id = new.query.text("rehearsal").to_owned();
    new.rehearsal.standing.as_ref().map(|now| now_or_over(now, id))
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
    let suggested = new.rehearsal.suggested.clone();
    let only_mysql = plan.migrations.iter().flat_map(|m| &m.engines).all(|on| !on.engine.can_copy());
    if suggested.is_none() && only_mysql {
        let text = "MySQL and MariaDB have no way to copy a database. Restore a backup as another tenant, and migrate that \
                    one first.";
        return view! { <p class="muted">{text}</p> }.into_any();
    }
    let closed = crate::may::denied(&new.actor, Permission::Operate);
    // Of many the first are looked through, no more.
    let which = suggested.is_none().then_some("None of the first can be copied: name another.");
    let one = suggested.clone().filter(|_| new.selection.keys.len() == 1);
    let (field, label) = match one {
        Some(slug) => {
            let label = format!("Rehearse on a copy of {slug}");
            (view! { <input type="hidden" name="tenant" value=slug form=FORM /> }.into_any(), label)
        }
        None => {
            let typed = form.text("tenant").to_owned();
            let value = if typed.is_empty() { suggested.unwrap_or_default() } else { typed };
            let error = problems::on(form, "tenant");
            let field = view! {
                <Field name="tenant" label="Tenant" value=value hint=which.unwrap_or_default() error=error mono=true form=FORM />
            };
            (field.into_any(), "Rehearse on a copy of it".to_owned())
        }
    };
    view! {
        <p class="muted">
            "Runs everything pending on a copy of one tenant's database and throws the copy away. The tenant is not touched. On PostgreSQL nobody else may be connected to it."
        </p>
        <div class="choose">
            <div class="row">
                {field}
                <button
                    type="submit"
                    form=FORM
                    formaction=links::REHEARSE
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

fn now_or_over(standing: &Standing, id: String) -> AnyView {
    let slug = standing.tenant.clone();
    match &standing.verdict {
        None => view! {
            <p role="status" data-again="">
                <Status mark=Mark::Running word="Rehearsing" />
                " on a copy of "<code>{slug}</code>", begun by "{standing.actor.clone()}" "<Time ms=standing.started_at />
                ". You can leave this page and come back. "
                // Not by itself: what is being typed below would be lost.
                <noscript>
                    <button type="submit" form=FORM formmethod="get" formaction=links::NEW formnovalidate=true name="rehearsal" value=id>
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
        Some(Verdict::Done(rehearsal)) => rehearsed::view(rehearsal),
    }
}
