//! Whose failure it is: a tenant's own, or one that most of the run share, which is then the file's or the server's.

use std::collections::{HashMap, HashSet};

use super::store::tasks::{self, Failed};
use super::{Kind, Run};
use crate::central::Conn;
use crate::engine::Engine;
use crate::error::Result;
use crate::tenants;

/// Once nothing runs any more: counts the failures of a run on the fleet that are their tenants' own, each once, and takes back
/// what was counted before most turned out to fail of the same. `after`: so many in a row lead to quarantine.
pub(super) async fn weigh(tx: &mut Conn, run: &Run, after: u32) -> Result<()> {
    if run.kind != Kind::Migrate || !run.selection.is_fleet_wide() {
        return Ok(());
    }
    let failed = tasks::failed(tx, &run.id).await?;
    if failed.is_empty() {
        return Ok(());
    }
    let common = common(&failed, &tasks::passed(tx, &run.id).await?);
    let mut left = Vec::new();
    for Failed { id, tenant_id, engine, failure, is_counted } in &failed {
        let is_common = common.contains(&(*engine, failure.fingerprint.as_str()));
        if is_common && *is_counted {
            tenants::take_back_failure(tx, tenant_id, after).await?;
            tasks::set_counted(tx, id, false).await?;
        } else if !is_common && !is_counted && failure.category.is_own() {
            left.extend(tenants::count_failure(tx, tenant_id, after, &run.actor, &failure.message).await?);
            tasks::set_counted(tx, id, true).await?;
        }
    }
    if left.is_empty() {
        return Ok(());
    }
    // What is weighed at another moment is another fact.
    let at = crate::central::now(tx).await?;
    tenants::tell_left(tx, &format!("quarantine:run:{}:{at}", run.number), &left).await
}

/// The fingerprints that at least two have, and more than half of those tried: of the whole run, or of their engine, which may
/// have files of its own. `passed` came through, or were through already; who failed of a server, a lock or a login was not tried.
fn common<'a>(failed: &'a [Failed], passed: &HashMap<Engine, i64>) -> HashSet<(Engine, &'a str)> {
    let mut tried = passed.clone();
    let mut alike: HashMap<&str, HashMap<Engine, i64>> = HashMap::new();
    for Failed { engine, failure, .. } in failed.iter().filter(|task| task.failure.category.is_own()) {
        *tried.entry(*engine).or_default() += 1;
        *alike.entry(&failure.fingerprint).or_default().entry(*engine).or_default() += 1;
    }
    let is_most = |n: i64, of: i64| n >= 2 && n * 2 > of;
    let all_tried = tried.values().sum();
    let mut common = HashSet::new();
    for (fingerprint, by_engine) in alike {
        let is_everywhere = is_most(by_engine.values().sum(), all_tried);
        let here = by_engine.into_iter().filter(|(engine, n)| is_everywhere || is_most(*n, tried[engine]));
        common.extend(here.map(|(engine, _)| (engine, fingerprint)));
    }
    common
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Category, Failure};

    fn failed(category: Category, message: &str, n: usize) -> impl Iterator<Item = Failed> {
        let failure = Failure::new(category, message);
        let one = move |i| Failed {
            id: format!("{i}"),
            tenant_id: format!("{i}"),
            engine: Engine::Mysql,
            failure: failure.clone().into(),
            is_counted: false,
        };
        (0..n).map(one)
    }

    #[test]
    fn what_more_than_half_of_those_tried_fail_of_is_nobodys_own() {
        let passed = |n| HashMap::from([(Engine::Mysql, n)]);
        let is_common = |failed: &[Failed], n| !common(failed, &passed(n)).is_empty();
        let of = |n| failed(Category::Syntax, "near", n).collect::<Vec<_>>();
        assert!(!is_common(&of(1), 0), "one alone may well be the odd one");
        assert!(is_common(&of(2), 0) && is_common(&of(2), 1));
        assert!(!is_common(&of(2), 2), "half is not most");
        // Another cause of its own stays its own; who could not be reached says nothing.
        let mixed: Vec<_> = of(3)
            .into_iter()
            .chain(failed(Category::Exists, "exists", 1))
            .chain(failed(Category::Connect, "refused", 9))
            .collect();
        let shared = (Engine::Mysql, mixed[0].failure.fingerprint.as_str());
        assert_eq!(common(&mixed, &passed(1)), HashSet::from([shared]));
        assert!(!is_common(&failed(Category::Connect, "refused", 9).collect::<Vec<_>>(), 0));
    }

    #[test]
    fn an_engine_has_files_of_its_own() {
        let passed = |mysql, sqlite| HashMap::from([(Engine::Mysql, mysql), (Engine::Sqlite, sqlite)]);
        let is_common = |failed: &[Failed], passed| !common(failed, &passed).is_empty();
        let of = |n| failed(Category::Syntax, "near", n).collect::<Vec<_>>();
        assert!(is_common(&of(2), passed(0, 9)) && !is_common(&of(2), passed(2, 9)));
        assert!(!is_common(&of(1), passed(0, 9)), "one alone may well be the odd one");
        // One of another engine fails of the same as most of the run.
        let alone = failed(Category::Syntax, "near", 1).map(|task| Failed { engine: Engine::Sqlite, ..task });
        let mixed: Vec<_> = of(3).into_iter().chain(alone).collect();
        assert_eq!(common(&mixed, &passed(0, 1)).len(), 2);
    }
}
