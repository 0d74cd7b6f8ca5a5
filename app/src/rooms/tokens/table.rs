//! Tokens in a table: under the account one's own, among the admins everybody's.

use leptos::prelude::*;
use neo::tokens::{TokenInfo, TokenState};

use crate::rooms::tokens::links;
use crate::ui::{Act, Column, Mark, Status, Table, Time, text};

/// `makers`: with whose each is.
pub fn table(tokens: Vec<TokenInfo>, makers: bool) -> AnyView {
    if tokens.is_empty() {
        return view! { <p class="muted">"None yet."</p> }.into_any();
    }
    let mut columns = vec![Column::new("Status"), Column::new("Name"), Column::new("Role")];
    if makers {
        columns.push(Column::new("Of"));
    }
    columns.extend([
        Column::new("For"),
        Column::num("Expires"),
        Column::num("Last used"),
        Column::new("Last from"),
        Column::hidden("Act"),
    ]);
    let rows = tokens.into_iter().map(|token| row(token, makers)).collect_view();
    view! { <Table caption="Tokens" columns=columns><tbody>{rows}</tbody></Table> }.into_any()
}

fn row(token: TokenInfo, makers: bool) -> AnyView {
    let mark = if token.state == TokenState::Live { Mark::Ok } else { Mark::Skipped };
    let inside = match token.confinement.is_whole() {
        true => "all tenants".to_owned(),
        false => token.confinement.words(),
    };
    let more = [(token.allow_destructive, "may destroy"), (token.connect, "may connect")];
    let mut more: Vec<String> = more.into_iter().filter(|(may, _)| *may).map(|(_, words)| words.to_owned()).collect();
    if !token.networks.is_empty() {
        more.push(format!("only from {}", token.networks.join(", ")));
    }
    let time = |ms: Option<i64>| match ms {
        Some(ms) => view! { <Time ms=ms /> }.into_any(),
        None => view! { <span class="muted">"never"</span> }.into_any(),
    };
    let act = token.revoked_at.is_none().then(|| view! { <Act label="Revoke…" href=links::revoke(&token.id) /> });
    view! {
        <tr>
            <td><Status mark=mark word=text::sentence(token.state.word()) /></td>
            <td>{token.name}<br /><span class="muted mono">{token.id}</span></td>
            <td>{token.role.as_str()}</td>
            {makers.then(|| view! { <td data-label="Of">{token.maker}</td> })}
            <td>{inside}{(!more.is_empty()).then(|| format!("; {}", more.join(", ")))}</td>
            <td class="num nowrap" data-label="Expires">{time(token.expires_at)}</td>
            <td class="num nowrap" data-label="Last used">{time(token.last_used_at)}</td>
            <td class="mono" data-label="From">{token.last_address}</td>
            <td class="num"><div class="acts">{act}</div></td>
        </tr>
    }
    .into_any()
}
