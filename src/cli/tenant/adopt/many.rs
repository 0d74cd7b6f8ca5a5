//! `neo tenant adopt --from-file`: every database of a file is looked at before the first is adopted.

use std::collections::HashMap;
use std::path::Path;

use futures::StreamExt;
use neo_model::{Creation, Whereabouts};
use serde::Serialize;

use super::screen::Screen;
use super::{Adopt, note, show};
use crate::cli::Session;
use crate::cli::central::Central;
use crate::cli::live::Progress;
use crate::cli::print::{Format, count, or_dash};
use crate::cli::tenant::listing;
use crate::error::{Error, Result};
use crate::tenants::{Entry, Outcome, Survey};

/// Databases looked at, or adopted, at once.
const AT_ONCE: usize = 16;

type Entries = [(usize, Entry)];

/// What became of an entry, as programs read it.
#[derive(Serialize)]
struct Made {
    tenant: String,
    outcome: Creation,
    version: Option<i64>,
    problem: Option<String>,
    notes: Vec<String>,
}

impl Made {
    fn new(tenant: &str, outcome: Creation) -> Self {
        Self { tenant: tenant.to_owned(), outcome, version: None, problem: None, notes: Vec::new() }
    }
}

pub(super) async fn run(asked: &Adopt, session: &Session, central: &dyn Central, file: &Path) -> Result<u8> {
    let printer = session.printer;
    let mut listing = listing::read::<Entry>(file)?;
    listing.once(|entry| Some(format!("\"{}\"", entry.slug)));
    for (_, entry) in &mut listing.entries {
        fill_in(entry, asked);
    }
    listing.once(|entry| {
        let server = entry.server.as_deref().unwrap_or_default();
        Some(format!("the database \"{}\" on server \"{server}\"", entry.database))
    });
    // What is no entry at all, or contradicts another, is for nobody to keep going over.
    listing::refuse(file, &listing.bad)?;
    let entries = listing.entries;
    let mut surveys = match looked(asked, session, central, &entries).await? {
        Ok(surveys) => surveys,
        Err(code) => {
            printer.say("Stopped: nothing was touched");
            return Ok(code);
        }
    };
    tell_twins(&entries, &mut surveys);
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
fn fill_in(entry: &mut Entry, asked: &Adopt) {
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
    let mut screen = Screen::new(session.printer, asked.follow.progress, entries.len(), "looked at");
    let mut looking = futures::stream::iter(entries).map(|(_, entry)| central.survey(entry)).buffered(AT_ONCE);
    let mut surveys = Vec::new();
    let mut beat = screen.beat().await;
    loop {
        tokio::select! {
            survey = looking.next() => match survey {
                Some(survey) => {
                    let survey = survey?;
                    screen.count(survey.outcome == Outcome::Refused);
                    surveys.push(survey);
                }
                None => break,
            },
            code = session.signals.received() => {
                screen.clear();
                return Ok(Err(code));
            }
            _ = beat.tick() => screen.tick(),
        }
    }
    screen.clear();
    Ok(Ok(surveys))
}

/// Two entries that are one database, by whatever two names: whose it is nobody knows, and each is told of the other.
fn tell_twins(entries: &Entries, surveys: &mut [Survey]) {
    let mut places: HashMap<&str, Vec<(usize, &Whereabouts)>> = HashMap::new();
    for (at, survey) in surveys.iter().enumerate().filter(|(_, survey)| survey.outcome == Outcome::Ready) {
        if let Some(place) = &survey.place {
            places.entry(&place.name).or_default().push((at, place));
        }
    }
    let twin_of = |alike: &[(usize, &Whereabouts)], (one, place): (usize, &Whereabouts)| {
        let twin = alike.iter().find(|(other, there)| *other != one && there.is_same(place))?;
        Some((one, twin.0))
    };
    let twins: Vec<_> = places.values().flat_map(|alike| alike.iter().filter_map(|one| twin_of(alike, *one))).collect();
    for (one, other) in twins {
        let (line, entry) = &entries[other];
        let survey = &mut surveys[one];
        survey.outcome = Outcome::Refused;
        survey.problem = Some(format!("entry {line}, \"{}\", is the same database by another name", entry.slug));
        survey.hint = Some("take one of the two out of the file".into());
    }
}

/// One after the other as they come; what an interrupt leaves, the same command goes on with.
async fn adopted(
    asked: &Adopt,
    session: &Session,
    central: &dyn Central,
    entries: &Entries,
    surveys: &[Survey],
) -> Result<u8> {
    let printer = session.printer;
    let ready = surveys.iter().filter(|survey| survey.outcome == Outcome::Ready).count();
    let mut screen = Screen::new(printer, asked.follow.progress, ready, "adopted");
    let fail = |screen: &Screen, slug: &str, problem: String| {
        screen.tell(Progress::Failures, format!("{} {slug}  {problem}", printer.red("✗")));
        Made { problem: Some(problem), ..Made::new(slug, Creation::Failed) }
    };
    let mut all: Vec<Made> = surveys
        .iter()
        .map(|survey| match survey.outcome {
            Outcome::Ready => Made::new(&survey.tenant, Creation::Left),
            Outcome::Adopted => Made { version: survey.version, ..Made::new(&survey.tenant, Creation::There) },
            Outcome::Refused => fail(&screen, &survey.tenant, survey.problem.clone().unwrap_or_default()),
        })
        .collect();
    let wanted: Vec<_> = (0..surveys.len()).filter(|at| surveys[*at].outcome == Outcome::Ready).collect();
    let adopting = futures::stream::iter(wanted)
        .take_until(session.signals.received())
        .map(|at| async move { (at, central.adopt(&entries[at].1).await) })
        .buffer_unordered(AT_ONCE);
    tokio::pin!(adopting);
    let mut beat = screen.beat().await;
    loop {
        let (at, outcome) = tokio::select! {
            next = adopting.next() => match next {
                Some(next) => next,
                None => break,
            },
            _ = beat.tick() => {
                screen.tick();
                continue;
            }
        };
        let slug = &entries[at].1.slug;
        screen.count(outcome.is_err());
        all[at] = match outcome {
            Ok(tenant) => {
                let version = tenant.row.version;
                screen.tell(Progress::All, format!("{} {slug}  {}", printer.green("✓"), or_dash(version)));
                screen.aside(Progress::All, |printer| note(printer, slug, &tenant.notes));
                Made { version, notes: tenant.notes, ..Made::new(slug, Creation::Active) }
            }
            Err(error) => fail(&screen, slug, error.to_string()),
        };
    }
    screen.clear();
    let of = |outcome: Creation| all.iter().filter(|made| made.outcome == outcome).count();
    let stopped = session.signals.code().filter(|_| of(Creation::Left) > 0);
    if stopped.is_some() {
        printer.say(format!("Stopped, {} left: the same command goes on with them", of(Creation::Left)));
    }
    printer.say(format!(
        "{} adopted, {} were already, {} refused",
        of(Creation::Active),
        of(Creation::There),
        of(Creation::Failed)
    ));
    match printer.format {
        Format::Json => printer.json(&all),
        Format::Ndjson => all.iter().for_each(|made| printer.json(made)),
        Format::Table | Format::Plain => {}
    }
    Ok(stopped.unwrap_or(if of(Creation::Failed) > 0 { 3 } else { 0 }))
}
