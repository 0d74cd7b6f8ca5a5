//! What is made only where it is not there yet, and is there: it is neither made nor filled.

use super::known::{Known, is_of_session, key};
use crate::engine::acts::{Act, What};

/// The acts of a file without those of a `create table if not exists … as select` that does nothing. `before`: what the files before have made.
pub(super) fn without_idle(acts: Vec<Act>, before: &Known) -> Vec<Act> {
    if !acts.iter().any(|act| matches!(act.what, What::OnlyIfNew { .. })) {
        return acts;
    }
    let mut known = before.clone();
    let mut idle: Option<(usize, String)> = None;
    let mut kept = Vec::with_capacity(acts.len());
    for (n, act) in acts.iter().enumerate() {
        if let What::CreateTable { table, .. } = &act.what {
            idle = is_there(&acts[n..], &known).then(|| (act.offset, key(table)));
        }
        let is_idle =
            |(offset, table): &(usize, String)| *offset == act.offset && of(&act.what).as_ref() == Some(table);
        if !idle.as_ref().is_some_and(is_idle) {
            known.learn(&act.what);
            kept.push(act.clone());
        }
    }
    kept
}

/// Whether the table that is made and filled first here is so only where there is none, and there is one.
fn is_there(acts: &[Act], known: &Known) -> bool {
    let [Act { what: What::CreateTable { table, .. }, offset, .. }, rest @ ..] = acts else { return false };
    let is_another = |act: &&Act| matches!(act.what, What::CreateTable { .. }) && of(&act.what) == Some(key(table));
    let of_statement = || rest.iter().take_while(|act| act.offset == *offset && !is_another(act));
    let is_filled =
        of_statement().any(|act| matches!(&act.what, What::Copies { table: filled, .. } if key(filled) == key(table)));
    let of_session = of_statement().find_map(|act| match &act.what {
        What::OnlyIfNew { table: named, temporary } if key(named) == key(table) => {
            Some(*temporary || is_of_session(named))
        }
        _ => None,
    });
    is_filled && of_session.is_some_and(|of_session| known.is_there(table, of_session))
}

/// The table that an act of the statement which makes it is about.
fn of(what: &What) -> Option<String> {
    match what {
        What::CreateTable { table, .. }
        | What::Computed { table, .. }
        | What::Copies { table, .. }
        | What::Fleeting { table, .. }
        | What::Refers { table, .. }
        | What::Unseen { table, .. } => Some(key(table)),
        _ => None,
    }
}
