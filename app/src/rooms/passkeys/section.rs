//! One's passkeys on the page of the account.

use leptos::prelude::*;
use neo_model::PasskeyRow;

use super::links;
use crate::ui::{Act, Banner, Column, Mark, Status, Table, Time, Tone};

pub fn section(passkeys: Vec<PasskeyRow>) -> impl IntoView {
    let stopped = passkeys.iter().any(|passkey| passkey.stopped_at.is_some()).then(|| {
        let title = "A passkey of yours is not taken any more: its counter went back.";
        view! {
            <Banner tone=Tone::Bad title=title>
                "Somebody may have a copy of it. Remove it, make another, and look through the sessions below."
            </Banner>
        }
    });
    let list = match passkeys.is_empty() {
        true => view! {
            <p class="muted">
                "Keys of a telephone, a computer or a stick, unlocked by a finger, a face or a number. One lets you in without the password, or after it in the place of a code."
            </p>
        }
        .into_any(),
        false => {
            let columns = vec![
                Column::new("Status"),
                Column::new("Name"),
                Column::num("Since"),
                Column::num("Last used"),
                Column::hidden("Act"),
            ];
            let rows = passkeys.into_iter().map(row).collect_view();
            view! { <Table caption="Passkeys" columns=columns><tbody>{rows}</tbody></Table> }.into_any()
        }
    };
    view! {
        <section aria-labelledby="passkeys">
            <h2 id="passkeys">"Passkeys"</h2>
            {stopped}
            {list}
            <div class="acts"><Act label="Add a passkey" href=links::NEW /></div>
        </section>
    }
}

fn row(passkey: PasskeyRow) -> AnyView {
    let (mark, word) = match passkey.stopped_at {
        None => (Mark::Ok, "Taken"),
        Some(_) => (Mark::Failed, "Not taken"),
    };
    let used = match passkey.last_used_at {
        Some(at) => view! { <Time ms=at /> }.into_any(),
        None => view! { <span class="muted">"never"</span> }.into_any(),
    };
    view! {
        <tr>
            <td><Status mark=mark word=word /></td>
            <td>{passkey.name}</td>
            <td class="num nowrap" data-label="Since"><Time ms=passkey.created_at /></td>
            <td class="num nowrap" data-label="Last used">{used}</td>
            <td class="num">
                <div class="acts">
                    <Act label="Rename…" href=links::about(links::RENAME, &passkey.id) />
                    <Act label="Remove…" href=links::about(links::REMOVE, &passkey.id) />
                </div>
            </td>
        </tr>
    }
    .into_any()
}
