//! A script that fails at each of its statements: what is left, what is told, and how it goes on.

use std::sync::Arc;

use neo::engine::{Category, Engine};
use neo::migrations::apply::{Checkpoint, Outcome};

use super::place::{NEUTRAL, Place, difference};
use super::script::{Script, is_marked};
use super::ways::told;
use super::{Problems, is_whole};

pub async fn compare(script: Arc<Script>) -> Problems {
    let stops = script.stops();
    if script.refused.is_some() || script.no_stops.is_some() || stops.is_empty() {
        return Problems::new();
    }
    let sample = [stops[script.name.bytes().map(usize::from).sum::<usize>() % stops.len()]];
    let mut problems = Problems::new();
    let (base, whole) = match through_the_client(&script).await {
        Ok(both) => both,
        Err(words) => return vec![words],
    };
    for n in if is_whole() { &stops[..] } else { &sample } {
        let found = stopped(&script, *n, &base, &whole).await;
        problems.extend(found.into_iter().map(|problem| format!("  at statement {n}: {problem}")));
    }
    problems
}

/// What is there before the script and after it, through the engine's own program.
async fn through_the_client(script: &Script) -> Result<(Vec<String>, Vec<String>), String> {
    let place = Place::new(script).await;
    for text in before(script) {
        place.client(&text).await.map_err(|words| format!("  the engine's program, before the script: {words}"))?;
    }
    let base = place.dump().await;
    place.client(&script.clients()).await.map_err(|words| format!("  the engine's program: {words}"))?;
    let whole = place.dump().await;
    place.drop().await;
    Ok((base, whole))
}

fn before(script: &Script) -> Vec<String> {
    [NEUTRAL.to_owned()].into_iter().chain(script.setup.iter().cloned()).collect()
}

async fn stopped(script: &Script, n: u32, base: &[String], whole: &[String]) -> Problems {
    let (stopped, clients) = script.stopped(n);
    let left = match left_by_the_client(script, &clients, base).await {
        Ok(left) => left,
        Err(words) => return vec![words],
    };
    let mut files = before(script);
    files.push(stopped.text);
    let place = Place::new(script).await;
    let set = place.set(&files);
    let mut problems = Problems::new();
    match place.up(&set).await {
        Err(words) => problems.push(words),
        Ok(outcome) => {
            problems.extend(said(script, n, stopped.line, &outcome, &left, base));
            problems.extend(difference(&left, &place.dump().await).map(|d| format!("left behind: {d}")));
            if problems.is_empty() {
                let checkpoint = Checkpoint::of(&set, script.engine(), &outcome, false);
                // The table that it lacks is made, or the statement that wants it is another.
                let is_made = script.engine() == Engine::Mysql && n.is_multiple_of(2) && !script.mend_file;
                if is_made {
                    place.execute(&format!("create table nosuch_{n} (id int)")).await.unwrap();
                } else {
                    files.pop();
                    files.push(stopped.mended);
                }
                problems.extend(
                    goes_on(&place, &files, &outcome, checkpoint, is_made.then_some(n), whole, script.is_lost).await,
                );
            }
        }
    }
    place.drop().await;
    problems
}

/// What the engine's program leaves: nothing, where the file is one transaction.
async fn left_by_the_client(script: &Script, text: &str, base: &[String]) -> Result<Vec<String>, String> {
    if script.is_whole_or_nothing() {
        return Ok(base.to_vec());
    }
    let place = Place::new(script).await;
    for text in before(script) {
        place.client(&text).await?;
    }
    let words = place.client(text).await.err().ok_or("the engine's program goes through")?;
    if !words.contains("nosuch_") {
        return Err(format!("the engine's program fails otherwise: {words}"));
    }
    let left = place.dump().await;
    place.drop().await;
    Ok(left)
}

/// Whether what Neo tells is true.
fn said(script: &Script, n: u32, line: u32, outcome: &Outcome, left: &[String], base: &[String]) -> Problems {
    let Some(failure) = &outcome.failure else { return vec!["Neo goes through".to_owned()] };
    let mut problems = Problems::new();
    if !failure.message.contains("nosuch_") {
        problems.push(format!("Neo fails otherwise: {} ({:?})", failure.message, failure.line));
    }
    if failure.line != Some(line) {
        problems.push(format!("told in line {:?} instead of {line}", failure.line));
    }
    if failure.statement.is_some_and(|told| told != n) {
        problems.push(format!("told as statement {:?}", failure.statement));
    }
    let rows = outcome.ledger.as_deref().unwrap_or_default();
    let dirty = rows.iter().find(|row| !row.success);
    if dirty.is_some() && (script.is_whole_or_nothing() || n == 1) {
        problems.push("half done, and nothing was touched".to_owned());
    }
    let is_half_done = script.engine() == Engine::Mysql && left != base;
    // What the file has begun itself and not ended is taken back, and goes on where it was begun.
    let is_told = |stopped: usize| if script.is_marked() { stopped <= n as usize } else { stopped == n as usize };
    if is_half_done && !dirty.and_then(|row| row.stopped_at()).is_some_and(is_told) {
        problems
            .push(format!("the ledger does not say where it stopped: {:?}", dirty.and_then(|row| row.stopped_at())));
    }
    if is_half_done && failure.statement.is_none() {
        problems.push("which statement failed is not told".to_owned());
    }
    problems
}

/// The file as mended (or the database) goes on, and ends as if it had never failed. `made`: the table that was made for it,
/// into which it has written once.
async fn goes_on(
    place: &Place,
    files: &[String],
    outcome: &Outcome,
    checkpoint: Option<Checkpoint>,
    made: Option<u32>,
    whole: &[String],
    may_be_lost: bool,
) -> Problems {
    let before = place.dump().await;
    let set = place.set(files);
    let rows = outcome.ledger.as_deref().unwrap_or_default();
    let is_dirty = rows.iter().any(|row| !row.success);
    let went = if is_dirty {
        told(Ok(place.go_on(&set, checkpoint.as_ref()).await))
    } else if outcome.failure.as_ref().is_some_and(|f| f.category == Category::Dirty) {
        return vec!["it was never tried".to_owned()];
    } else {
        told(place.up(&set).await)
    };
    if let Err(words) = went {
        if may_be_lost && words.contains("left in its session is gone") {
            return difference(&before, &place.dump().await)
                .map(|d| format!("refused, and touched: {d}"))
                .into_iter()
                .collect();
        }
        // What a file outside a transaction has left may stand in its own way.
        let is_in_the_way = !is_dirty && files.last().is_some_and(|f| is_marked(f));
        return if is_in_the_way { Problems::new() } else { vec![format!("it does not go on: {words}")] };
    }
    let mut problems = Problems::new();
    if let Some(n) = made {
        let times = place.ask(&format!("select count(*) from nosuch_{n} where id = {n}")).await;
        if times != "1" {
            problems.push(format!("the statement that failed is run {times} times"));
        }
        if let Err(e) = place.execute(&format!("drop table nosuch_{n}")).await {
            problems.push(e.to_string());
        }
    }
    problems.extend(difference(whole, &place.dump().await).map(|d| format!("gone on: {d}")));
    problems
}
