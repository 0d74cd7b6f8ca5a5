//! How it runs, and the button that starts it.

use leptos::prelude::*;
use neo::actor::Permission;
use neo::runs::Kind;

use super::choice::is_choice;
use super::command::command_line;
use super::model::New;
use super::{FORM, fields};
use crate::may::denied_or;
use crate::page::forms::Form;
use crate::problems;
use crate::query::Query;
use crate::rooms::runs::links;
use crate::rooms::runs::preview::Preview;
use crate::rooms::tenants::links as tenants;
use crate::ui::text::{count, number};
use crate::ui::{CopyCli, Field};

pub fn view(new: &New, form: &Form) -> AnyView {
    let tenants = new.outcome.as_ref().map_or(0, Preview::tenants);
    let hidden = hidden(&new.query);
    let wrong = |name: &str| problems::on(form, name);
    let verb = match new.kind {
        Kind::Rollback => format!("Roll back {}", count(tenants, "tenant")),
        Kind::Verify => "Verify".to_owned(),
        Kind::Backup => format!("Back up {}", count(tenants, "tenant")),
        Kind::Rotate if tenants == 1 => "Renew the password".to_owned(),
        Kind::Rotate => format!("Renew {} passwords", number(tenants)),
        _ => format!("Migrate {}", count(tenants, "tenant")),
    };
    let permission = match (&new.outcome, new.kind) {
        (Ok(Preview::Rollback(tenants)), Kind::Rollback) if tenants.len() > 1 => Permission::RollBackMany,
        (_, Kind::Rotate) => Permission::RotatePasswords,
        _ => Permission::Operate,
    };
    let nothing = match &new.outcome {
        Err(_) => Some("This cannot be run as it is."),
        Ok(Preview::Rollback(_)) if tenants == 0 => Some("There is nothing to undo."),
        Ok(Preview::Migrate(plan)) if plan.tenants == 0 => Some("No active tenant is chosen."),
        Ok(Preview::Act(0)) => Some("No active tenant is chosen."),
        Ok(_) => None,
    };
    let closed = match new.asks {
        true => nothing.map(str::to_owned),
        false => denied_or(&new.actor, permission, nothing),
    };
    let verb = if new.asks { format!("Ask to {}", uncapitalised(&verb)) } else { verb };
    let disabled = closed.is_some();
    let confirm = new.expected().map(|word| {
        view! { <Field name="confirm" label=format!("Type {word} to confirm") error=wrong("confirm") mono=true /> }
    });
    // While something is wrong with what was typed, the usual run stands in.
    let empty = Form::empty();
    let command = command_line(&new.goal, &new.selection, form)
        .unwrap_or_else(|_| command_line(&new.goal, &new.selection, &empty).unwrap_or_default())
        .map(|command| {
            let open = new.query.get("command").is_some();
            view! {
                <CopyCli command=command from=links::NEW open=open>
                    <noscript>
                        <button type="submit" name="command" value="1" formmethod="get" formaction=links::NEW formnovalidate=true>
                            "As typed above"
                        </button>
                    </noscript>
                </CopyCli>
            }
        });
    let despite = despite(new, form);
    let first = match &new.outcome {
        Ok(Preview::Migrate(plan)) => fields::in_waves(plan),
        _ => None,
    };
    let cancel = match new.selection.keys.as_slice() {
        [one] => tenants::one(one),
        [] => links::LIST.to_owned(),
        _ => tenants::LIST.to_owned(),
    };
    view! {
        <section aria-labelledby="how">
        <h2 id="how">"How it runs"</h2>
        <form method="post" action=links::NEW class="column" id=FORM>
            {hidden}
            {fields::view(form, new.kind, new.is_of_many())}
            {first}
            {despite}
            {confirm}
            {new.asks.then(|| view! { <p>"Somebody else has to say yes to this: it is asked for, and nothing is begun before."</p> })}
            <div class="acts">
                <button
                    type="submit"
                    class=if new.kind == Kind::Rollback { "primary danger" } else { "primary" }
                    disabled=disabled
                    title=closed.clone()
                >
                    {verb}
                </button>
                <a class="button" href=cancel>"Cancel"</a>
                {command}
                {closed.map(|reason| view! { <span class="muted">{reason}</span> })}
            </div>
        </form>
        </section>
    }
    .into_any()
}

/// Where a window keeps somebody, whoever may can say why it is not heeded.
fn despite(new: &New, form: &Form) -> Option<AnyView> {
    let said = form.text("despite_windows").to_owned();
    if said.is_empty() && (new.windows.is_empty() || !new.actor.may(Permission::PassWindows)) {
        return None;
    }
    let wrong = problems::on(form, "despite_windows");
    Some(
        view! {
            <Field
                name="despite_windows"
                label="In spite of maintenance windows, because"
                value=said
                error=wrong
                hint="Empty: who is in one waits. What is said is kept with the run and in the audit."
                maxlength=1000
            />
        }
        .into_any(),
    )
}

/// In the middle of a sentence.
fn uncapitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().collect::<String>() + letters.as_str())
}

/// The choice, carried along by the form.
fn hidden(query: &Query) -> AnyView {
    query
        .pairs()
        .filter(|(name, _)| is_choice(name))
        .map(|(name, value)| view! { <input type="hidden" name=name.to_owned() value=value.to_owned() /> })
        .collect_view()
        .into_any()
}
