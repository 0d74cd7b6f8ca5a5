//! `neo audit …`.

mod verify;

use neo_model::AuditFormat;

use super::print::{Form, count};
use super::{Session, ask};
use crate::audit::{self, Filter, Said};
use crate::clock::{milliseconds, rfc3339};
use crate::error::{Error, Result};

#[derive(clap::Subcommand)]
pub enum Audit {
    /// List the newest rows
    List {
        #[command(flatten)]
        which: Said,
        /// Only rows before this number: the next page
        #[arg(long, value_name = "NUMBER")]
        before: Option<i64>,
        #[arg(long, default_value_t = 100, value_name = "N")]
        limit: u32,
    },
    /// Write all rows, or those that are chosen, to standard output, the oldest first, with a signed head at their end
    ///
    /// Each row has a hash that covers it and the hash before it. `neo audit verify --file` proves the file elsewhere, without a
    /// secret. In a CSV a text that a spreadsheet would work out stands behind an apostrophe.
    Export {
        #[command(flatten)]
        which: Said,
        #[arg(long, value_name = "FORMAT", value_parser = Form::of(&FORMS), help_heading = "Output")]
        format: Option<Form>,
    },
    /// Walk along the whole chain, or prove an export
    Verify(verify::Verify),
    /// The public key that exports are signed with: for whoever is to prove them
    Key,
    /// Take out the oldest rows: a sealed stub is left, and the chain still proves the rest
    Prune {
        /// Those older than this, 30d at least: 400d
        #[arg(long, value_name = "TIME", value_parser = milliseconds)]
        older_than: i64,
        /// Say what would go, and leave it
        #[arg(long, conflicts_with = "yes")]
        dry_run: bool,
        /// Without the question
        #[arg(long)]
        yes: bool,
    },
}

/// The first unless another is asked for.
const FORMS: [Form; 2] = [Form::Ndjson, Form::Csv];

impl Audit {
    pub async fn run(self, session: &Session) -> Result<u8> {
        match self {
            Audit::List { which, before, limit } => list(session, Filter { before, limit, ..which.filter()? }).await,
            Audit::Export { which, format } => export(session, &which.filter()?, format).await,
            Audit::Verify(args) => args.run(session).await,
            Audit::Key => key(session).await,
            Audit::Prune { older_than, dry_run, yes } => prune(session, older_than, dry_run, yes).await,
        }
    }
}

async fn list(session: &Session, filter: Filter) -> Result<u8> {
    let rows = session.central().await?.audit(&filter).await?;
    session.printer.list(&rows, &["number", "at", "actor", "action", "subject", "outcome"], |row| {
        vec![
            row.seq.to_string(),
            rfc3339(row.at),
            row.actor.clone(),
            row.action.clone(),
            row.subject.clone(),
            row.outcome.clone(),
        ]
    });
    Ok(0)
}

async fn export(session: &Session, filter: &Filter, format: Option<Form>) -> Result<u8> {
    let format = if format == Some(Form::Csv) { AuditFormat::Csv } else { AuditFormat::Ndjson };
    let printer = session.printer;
    session.central().await?.export_audit(filter, format, &mut |part| printer.whole(part)).await?;
    Ok(0)
}

async fn key(session: &Session) -> Result<u8> {
    let platform = session.open().await?;
    let keys = platform.vault.public_keys();
    let printer = session.printer;
    let told = |(kid, key): &(String, crate::vault::PublicKey)| serde_json::json!({ "kid": kid, "key": key.hex(), "fingerprint": key.fingerprint(), "pem": key.pem() });
    if printer.is_json() {
        printer.json(&keys.iter().map(told).collect::<Vec<_>>());
        return Ok(0);
    }
    let key = platform.vault.public_key();
    printer.say(format!("{}, in hex {}", key.fingerprint(), key.hex()));
    if keys.len() > 1 {
        printer.say("Those of the old keys of the ring: --json");
    }
    printer.raw(key.pem().as_bytes());
    Ok(0)
}

async fn prune(session: &Session, older_than: i64, dry_run: bool, yes: bool) -> Result<u8> {
    let (platform, actor, printer) = (session.open().await?, &session.actor, session.printer);
    let Some(found) = audit::prunable(&platform, actor, older_than).await? else {
        printer.say("Nothing is that old.");
        if printer.is_json() {
            printer.json(&serde_json::Value::Null);
        }
        return Ok(0);
    };
    let rows = format!(
        "{}, numbers {} to {}, of {} to {}",
        count(found.rows, "row"),
        found.first,
        found.last,
        found.from,
        found.until
    );
    if dry_run {
        printer.say(format!("{rows} would go"));
        if printer.is_json() {
            printer.json(&found);
        }
        return Ok(0);
    }
    ask::confirmed(yes, &format!("{rows}: take them out of the audit for good?")).await?;
    let gone = audit::prune(&platform, actor, older_than)
        .await?
        .ok_or_else(|| Error::conflict("somebody else has pruned the audit meanwhile"))?;
    printer.say(format!("{} taken out; the chain goes on after {}", count(gone.rows, "row"), gone.last));
    if printer.is_json() {
        printer.json(&gone);
    }
    Ok(0)
}
