//! What the last looks through the files have found: pages and plans ask about the same files again and again.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use super::Finding;
use crate::engine::Engine;

/// Which files, down to the last letter, and on which engines.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Of {
    pub folder: PathBuf,
    /// As [`Set::edition`](crate::migrations::Set::edition) has them.
    pub files: String,
    pub engines: Vec<Engine>,
}

type Found = BTreeMap<i64, Vec<Finding>>;

/// Those of all engines, of each alone, and of the few that a fleet has.
const KEPT: usize = 8;

static LOOKS: Mutex<VecDeque<(Of, Found)>> = Mutex::new(VecDeque::new());

pub(super) fn kept(of: &Of) -> Option<Found> {
    let looks = LOOKS.lock().unwrap_or_else(PoisonError::into_inner);
    looks.iter().find(|(other, _)| other == of).map(|(_, found)| found.clone())
}

pub(super) fn keep(of: Of, found: Found) {
    let mut looks = LOOKS.lock().unwrap_or_else(PoisonError::into_inner);
    looks.retain(|(other, _)| *other != of);
    looks.push_front((of, found));
    looks.truncate(KEPT);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrations::Set;

    #[tokio::test]
    async fn the_same_files_are_looked_through_once_and_others_anew() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("20260101000001_one.up.sql");
        let found = async |text: &str| {
            std::fs::write(&file, text).expect("written");
            let set = Set::load(folder.path()).await.expect("a set");
            let of = Of { folder: set.folder.clone(), files: set.edition().digest, engines: vec![Engine::Sqlite] };
            let (mut found, mut is_kept) = (Found::new(), false);
            // Other tests look through theirs meanwhile.
            for _ in 0..9 {
                found = set.looked_through(&of.engines).await.expect("findings");
                is_kept |= kept(&of).as_ref() == Some(&found);
            }
            assert!(is_kept);
            found[&20_260_101_000_001].iter().map(|finding| finding.rule).collect::<Vec<_>>()
        };
        let first = found("create table a (id int);\n").await;
        let other = found("create table a (id int);\ndrop table b;\n").await;
        assert_ne!(first, other);
        assert_eq!(found("create table a (id int);\n").await, first);
    }
}
