//! `neo tenant adopt --from-file`: every database of a file is looked at before the first is adopted.

use std::path::Path;
use std::time::Duration;

use futures::StreamExt;
use serde_json::{Value, json};

use super::{Adopt, note, show};
use crate::cli::Session;
use crate::cli::central::Central;
use crate::cli::live::Progress;
use crate::cli::print::{count, or_dash};
use crate::cli::tenant::listing;
use crate::error::{Error, Result};
use crate::tenants::{Entry, Outcome, Survey};

/// Databases looked at, or adopted, at once.
const AT_ONCE: usize = 16;

type Entries = [(usize, Entry)];

/// How often there is a sign of life: as often as one of a run.
fn beat_of(progress: Progress) -> Duration {
    match progress {
        Progress::All => Duration::from_secs(10),
        Progress::Failures | Progress::None => Duration::from_secs(60),
    }
}

pub(super) async fn run(asked: &Adopt, session: &Session, central: &dyn Central, file: &Path) -> Result<u8> {
    let printer = session.printer;
    let mut listing = listing::read::<Entry>(file)?;
    listing.once(|entry| Some(format!("\"{}\"", entry.slug)));
    for (_, entry) in &mut listing.entries {
        settle(entry, asked);
    }
    listing.once(|entry| {
        let server = entry.server.as_deref().unwrap_or_default();
        Some(format!("the database \"{}\" on server \"{server}\"", entry.database))
    });
    // What is no entry at all, or contradicts another, is for nobody to keep going over.
    listing::refuse(file, &listing.bad)?;
    let entries = listing.entries;
    let surveys = match looked(asked, session, central, &entries).await? {
        Ok(surveys) => surveys,
        Err(code) => {
            printer.say("Stopped: nothing was touched");
            return Ok(code);
        }
    };
    let refused = surveys.iter().filter(|s| s.outcome == Outcome::Refused).count();
    if asked.dry_run {
        show(session, &surveys);
        printer
            .say(format!("{}, {refused} of them refused; nothing was touched", count(surveys.len() as i64, "tenant")));
        return Ok(if refused > 0 { 6 } else { 0 });
    }
    if refused > 0 && !asked.keep_going {
        let bad: Vec<_> = entries
            .iter()
            .zip(&surveys)
            .filter(|(_, survey)| survey.outcome == Outcome::Refused)
            .map(|((line, entry), survey)| {
                (*line, format!("{}: {}", entry.slug, survey.problem.as_deref().unwrap_or_default()))
            })
            .collect();
        let error = listing::refuse(file, &bad).err().unwrap_or_else(|| Error::internal("no line was bad"));
        return Err(error.hint("mend them; or adopt the others with --keep-going"));
    }
    adopted(asked, session, central, &entries, &surveys).await
}

/// What a line does not say is what was said for all.
fn settle(entry: &mut Entry, asked: &Adopt) {
    if entry.server.as_ref().is_none_or(String::is_empty) {
        entry.server = Some(asked.server.clone());
    }
    entry.password_hash.get_or_insert(asked.password_hash);
    let is_silent = entry.record_table.as_ref().is_none_or(String::is_empty) && entry.no_record.is_none();
    if is_silent {
        entry.record_table.clone_from(&asked.record_table);
        entry.no_record = Some(asked.no_record);
    }
}

/// In the order of the file; the code of a signal that came first.
async fn looked(
    asked: &Adopt,
    session: &Session,
    central: &dyn Central,
    entries: &Entries,
) -> Result<Result<Vec<Survey>, u8>> {
    let mut looking = futures::stream::iter(entries).map(|(_, entry)| central.survey(entry)).buffered(AT_ONCE);
    let mut surveys = Vec::new();
    let mut beat = tokio::time::interval(beat_of(asked.follow.progress));
    beat.tick().await;
    loop {
        tokio::select! {
            survey = looking.next() => match survey {
                Some(survey) => surveys.push(survey?),
                None => return Ok(Ok(surveys)),
            },
            code = session.signals.received() => return Ok(Err(code)),
            _ = beat.tick() => session.printer.say(format!("… {} of {} looked at", surveys.len(), entries.len())),
        }
    }
}

async fn adopted(
    asked: &Adopt,
    session: &Session,
    central: &dyn Central,
    entries: &Entries,
    surveys: &[Survey],
) -> Result<u8> {
    let (printer, progress) = (session.printer, asked.follow.progress);
    let fail = |slug: &str, problem: String| {
        if progress >= Progress::Failures {
            printer.say(format!("{} {slug}  {problem}", printer.red("✗")));
        }
        json!({ "tenant": slug, "problem": problem })
    };
    let (mut tried, mut done, mut notes) = (0, 0, Vec::<Value>::new());
    let refused = surveys.iter().filter(|survey| survey.outcome == Outcome::Refused);
    let mut failed: Vec<Value> =
        refused.map(|survey| fail(&survey.tenant, survey.problem.clone().unwrap_or_default())).collect();
    let ready: Vec<_> = entries.iter().zip(surveys).filter(|(_, survey)| survey.outcome == Outcome::Ready).collect();
    let wanted = ready.len();
    let adopting = futures::stream::iter(ready)
        .take_until(session.signals.received())
        .map(|((_, entry), _)| async move { (&entry.slug, central.adopt(entry).await) })
        .buffer_unordered(AT_ONCE);
    tokio::pin!(adopting);
    let mut beat = tokio::time::interval(beat_of(progress));
    beat.tick().await;
    loop {
        let (slug, outcome) = tokio::select! {
            next = adopting.next() => match next {
                Some(next) => next,
                None => break,
            },
            _ = beat.tick() => {
                printer.say(format!("… {done} of {wanted} adopted"));
                continue;
            }
        };
        tried += 1;
        match outcome {
            Ok(tenant) => {
                done += 1;
                if progress >= Progress::All {
                    printer.say(format!("{} {slug}  {}", printer.green("✓"), or_dash(tenant.row.version)));
                    note(printer, slug, &tenant.notes);
                }
                if !tenant.notes.is_empty() {
                    notes.push(json!({ "tenant": slug, "notes": tenant.notes }));
                }
            }
            Err(error) => failed.push(fail(slug, error.to_string())),
        }
    }
    let stopped = session.signals.code().filter(|_| tried < wanted);
    if stopped.is_some() {
        printer.say("Stopped: the same command goes on with the rest");
    }
    let there = surveys.iter().filter(|s| s.outcome == Outcome::Adopted).count();
    printer.say(format!("{done} adopted, {there} were already, {} refused", failed.len()));
    if printer.is_json() {
        printer.json(&json!({ "adopted": done, "already": there, "refused": failed, "notes": notes }));
    }
    Ok(stopped.unwrap_or(if failed.is_empty() { 0 } else { 3 }))
}
