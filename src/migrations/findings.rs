//! Remarks on a file before it runs, and what the file itself accepts.
//!
//! A finding is about what is there already: a table that the same file has made is empty, so nothing on it is lost,
//! rewritten or waited for. What the files before say of a column's type is known, so a wider one is told from a narrower.

mod accepted;
mod copies;
mod down;
mod judge;
mod kept;
mod known;
mod lenient;
mod locks;
mod looks;
mod replaced;
mod rows;
mod trail;
mod types;
mod whole;

use std::collections::BTreeMap;

use super::{Migration, Script, Set, Source};
use crate::engine::Engine;
use crate::engine::acts::{self, Made};
use crate::error::{Error, Result};
use accepted::Accepted;
use judge::{Judge, Remark};
use known::Known;

pub use neo_model::{Finding, LintLine, Rule, Severity};

impl Set {
    /// What there is to say of each migration on these engines, in order; a finding that holds on several is told once.
    fn findings(&self, engines: &[Engine]) -> Vec<(&Migration, Vec<Finding>)> {
        let mut all: Vec<(&Migration, Vec<Finding>)> = self.migrations.iter().map(|m| (m, Vec::new())).collect();
        for engine in engines {
            let mut before = Before::default();
            for (migration, found) in &mut all {
                if let Some(script) = migration.on(*engine) {
                    script.findings(*engine, &mut before).into_iter().for_each(|finding| merge(found, finding));
                }
            }
        }
        for (_, found) in &mut all {
            // Up before down, then as they stand in the file.
            found.sort_by(|a, b| b.file.cmp(&a.file).then(a.line.cmp(&b.line)).then(a.column.cmp(&b.column)));
        }
        all
    }

    /// The same by version, off the async threads: many files take seconds to look through. The same files are once.
    pub async fn looked_through(&self, engines: &[Engine]) -> Result<BTreeMap<i64, Vec<Finding>>> {
        // The texts are shared.
        let (set, engines) = (self.clone(), engines.to_vec());
        let look = move || {
            let of = looks::Of { folder: set.folder.clone(), files: set.edition().digest, engines };
            looks::kept(&of).unwrap_or_else(|| {
                let found: BTreeMap<_, _> =
                    set.findings(&of.engines).into_iter().map(|(m, found)| (m.version, found)).collect();
                looks::keep(of, found.clone());
                found
            })
        };
        tokio::task::spawn_blocking(look).await.map_err(Error::internal)
    }

    /// All of it, each beside the migration that it is about.
    pub async fn lint(&self, engines: &[Engine]) -> Result<Vec<LintLine>> {
        let mut found = self.looked_through(engines).await?;
        let lines = self.migrations.iter().flat_map(|m| {
            let found = found.remove(&m.version).unwrap_or_default().into_iter();
            found.map(|finding| LintLine { version: m.version, migration: m.label(), finding })
        });
        Ok(lines.collect())
    }
}

/// What the files before have made, on one engine.
#[derive(Default)]
struct Before {
    known: Known,
    made: Made,
}

/// One that was found for another engine and says the same is the same; its parser may have known the place better.
fn merge(found: &mut Vec<Finding>, finding: Finding) {
    let is_same = |other: &&mut Finding| {
        other.rule == finding.rule
            && other.file == finding.file
            && other.message == finding.message
            && finding.engines.iter().all(|engine| !other.engines.contains(engine))
    };
    match found.iter_mut().find(is_same) {
        Some(other) => {
            other.severity = other.severity.max(finding.severity);
            other.engines.extend(finding.engines);
        }
        None => found.push(finding),
    }
}

impl Script {
    /// This one's up is added to what the files before have made.
    fn findings(&self, engine: Engine, Before { known, made }: &mut Before) -> Vec<Finding> {
        let (source, cut) = self.up.looked_at(engine);
        let up = acts::of(engine, &source.sql, made);
        let atomic = self.is_atomic(engine);
        let mut remarks = Judge { engine, source: &source, atomic, acts: &up }.up(known);
        remarks.extend(cut.map(unseen));
        let own = Known::made_by(&up);
        up.iter().for_each(|act| known.learn(&act.what));
        if self.down.is_none() {
            remarks.push(Remark::new(Rule::NoDown, None, "there is no down file: it cannot be rolled back"));
        }
        let mut findings = weighed(engine, &source, remarks);
        if let Some(down) = &self.down {
            let (down, cut) = down.looked_at(engine);
            let acts = acts::of(engine, &down.sql, &mut made.clone());
            let mut remarks = Judge { engine, source: &down, atomic, acts: &acts }.down(&own, known);
            remarks.extend(cut.map(unseen));
            findings.extend(weighed(engine, &down, remarks));
        }
        findings
    }
}

/// Of a large file only the beginning is looked through. It holds something, whatever can be seen of it.
fn unseen(line: u32) -> Remark {
    let message = "the file is large: what follows is not looked through, look at it yourself";
    Remark::new(Rule::NotUnderstood, Some((line, 1)), message)
}

fn weighed(engine: Engine, source: &Source, mut remarks: Vec<Remark>) -> Vec<Finding> {
    let Accepted { rules, unusable, misplaced } = accepted::read(&source.sql);
    let line = |number: u32| Some((number, 1));
    remarks.extend(refused(engine, source, &remarks));
    remarks.extend(unusable.into_iter().map(|(number, why)| Remark::new(Rule::UnusableAllow, line(number), why)));
    remarks.extend(misplaced.into_iter().map(|number| {
        Remark::new(Rule::MisplacedMarker, line(number), "this marker has no effect: it belongs on the first line")
    }));
    remarks
        .into_iter()
        .map(|remark| Finding {
            accepted: rules.get(&remark.rule).cloned(),
            rule: remark.rule,
            severity: remark.severity,
            message: remark.message,
            file: source.path.clone(),
            line: remark.at.map(|(line, _)| line),
            column: remark.at.map(|(_, column)| column),
            engines: vec![engine],
        })
        .collect()
}

/// What would be refused when it is run, unless another rule says so at that place.
fn refused(engine: Engine, source: &Source, remarks: &[Remark]) -> Option<Remark> {
    let failure = crate::engine::script::refuse(engine, &source.sql, source.no_transaction).err()?;
    let is_said =
        |remark: &Remark| remark.severity == Severity::Error && remark.at.map(|(line, _)| line) == failure.line;
    let way = failure.hint.map(|hint| format!(": {}", hint.command())).unwrap_or_default();
    (!remarks.iter().any(is_said)).then(|| {
        Remark::new(
            Rule::Refused,
            failure.line.zip(failure.column),
            format!("{}, which is refused{way}", failure.message),
        )
    })
}

#[cfg(test)]
impl Set {
    /// What there is to say of one migration.
    pub(super) fn findings_of(&self, version: i64, engines: &[Engine]) -> Vec<Finding> {
        let found = self.findings(engines).into_iter().find(|(migration, _)| migration.version == version);
        found.map(|(_, findings)| findings).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
