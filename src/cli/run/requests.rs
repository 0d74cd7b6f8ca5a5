//! What waits for somebody's yes: `neo run requests`, `approve`, `decline`.

use neo_model::{RequestRow, RequestState, rfc3339};

use crate::cli::Session;
use crate::cli::central::Central;
use crate::cli::print::{count, or_dash};
use crate::error::{Result, printable};

/// Tenants that are named on a terminal.
const NAMED: usize = 20;

pub async fn list(
    session: &Session,
    central: &dyn Central,
    (all, before, limit): (bool, Option<i64>, u32),
) -> Result<u8> {
    let states: &[RequestState] = if all { &[] } else { &[RequestState::Open, RequestState::Approved] };
    let rows = central.requests(states, before, limit).await?;
    if rows.is_empty() {
        session.printer.say(if all { "nothing was asked for yet" } else { "nothing waits for anybody's yes" });
    }
    session.printer.list(&rows, &["request", "what", "state", "asked by", "until", "decided by", "run"], |row| {
        vec![
            row.request.to_string(),
            row.what.clone(),
            row.state.word().to_owned(),
            row.asked_by.clone(),
            rfc3339(row.expires_at),
            or_dash(row.decided_by.as_ref()),
            or_dash(row.run),
        ]
    });
    Ok(0)
}

pub async fn show(session: &Session, central: &dyn Central, number: i64) -> Result<u8> {
    let printer = session.printer;
    let detail = central.request(number).await?;
    if printer.is_json() {
        printer.json(&detail);
        return Ok(0);
    }
    let row = &detail.row;
    printer.line(format!("request {}: {}", row.request, printable(&row.what)));
    printer.line(format!("  {} (wants a yes: {})", row.state.word(), row.guard));
    printer.line(format!("  asked for by {} at {}", printable(&row.asked_by), rfc3339(row.asked_at)));
    if row.state == RequestState::Open {
        printer.line(format!("  waits until {}", rfc3339(row.expires_at)));
    }
    printer.line(format!("  begins {}", detail.act.begins()));
    for (name, value) in detail.act.options() {
        printer.line(format!("  {name}: {}", printable(&value)));
    }
    let told = [("reason", &row.reason), ("decided by", &row.decided_by), ("word", &row.word), ("why", &row.why)];
    for (name, text) in told {
        if let Some(text) = text {
            printer.line(format!("  {name}: {}", printable(text)));
        }
    }
    if let Some(run) = row.run {
        printer.line(format!("  run {run}: neo run show {run}"));
    }
    if let Some(anew) = row.replaced_by {
        printer.line(format!("  asked for anew: neo run requests {anew}"));
    }
    printer.line(format!("  {}:", count(row.tenants, "tenant")));
    for tenant in detail.targets.iter().take(NAMED) {
        let undone: Vec<_> = tenant.undone.iter().map(|version| format!("{version:014}")).collect();
        let undone = if undone.is_empty() { String::new() } else { format!("  undone: {}", undone.join(" ")) };
        printer.line(format!("    {}  {}  at {}{undone}", tenant.tenant, tenant.status, or_dash(tenant.version)));
    }
    let more = row.tenants - detail.targets.len().min(NAMED) as i64;
    if more > 0 {
        printer.line(format!("    and {more} more"));
    }
    if !detail.files.is_empty() {
        printer.line(format!("  {}:", count(detail.files.len() as i64, "file")));
        // All of them: somebody says yes to each.
        for file in detail.files.iter().rev() {
            printer.line(format!("    {}  {}", file.file, file.checksum));
        }
    }
    Ok(0)
}

pub async fn approve(session: &Session, central: &dyn Central, number: i64, why: Option<&str>) -> Result<u8> {
    let row = central.approve(number, why).await?;
    session.printer.say(match row.run {
        Some(run) => format!("Request {number} is approved: it is run {run}, done by neo serve or neo work. Follow it: neo run watch {run}"),
        None if row.state == RequestState::Approved => {
            format!("Request {number} is approved, and goes on. Look: neo run requests {number}")
        }
        None => format!("Request {number} is approved, and done"),
    });
    brief(session, &row)
}

pub async fn decline(session: &Session, central: &dyn Central, number: i64, why: Option<&str>) -> Result<u8> {
    let row = central.decline(number, why).await?;
    session.printer.say(format!("Request {number} is declined: nothing comes of it"));
    brief(session, &row)
}

fn brief(session: &Session, row: &RequestRow) -> Result<u8> {
    if session.printer.is_json() {
        session.printer.json(row);
    } else {
        session.printer.line(row.run.unwrap_or(row.request).to_string());
    }
    Ok(0)
}
