//! Remarks on a file before it runs, and what the file itself accepts.
//!
//! A finding is about what is there already: a table that the same file has made is empty, so nothing on it is lost,
//! rewritten or waited for. What the files before say of a column's type is known, so a wider one is told from a narrower.

mod accepted;
mod copies;
mod down;
mod idle;
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

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{Migration, Script, Set, Source};
use crate::engine::Engine;
use crate::engine::acts::{self, Made, Server};
use crate::error::{Error, Result};
use accepted::Accepted;
use idle::without_idle;
use judge::{Judge, Remark};
use known::Known;

pub use neo_model::{Finding, LintLine, Rule, Severity};

impl Set {
    /// What there is to say of each migration on these engines, in order; a finding that holds on several is told once.
    fn findings(&self, engines: &[Engine]) -> Vec<(&Migration, Vec<Finding>)> {
        let mut all: Vec<(&Migration, Vec<Finding>)> = self.migrations.iter().map(|m| (m, Vec::new())).collect();
        for engine in engines {
            let mut servers: Vec<_> =
                self.servers(*engine).into_iter().map(|server| (server, Before::default())).collect();
            for (migration, found) in &mut all {
                let Some(script) = migration.on(*engine) else { continue };
                let mut told = Vec::new();
                for (server, before) in &mut servers {
                    worse(&mut told, script.findings(*engine, *server, before));
                }
                told.into_iter().for_each(|finding| merge(found, finding));
            }
        }
        for (_, found) in &mut all {
            // Up before down, then as they stand in the file.
            found.sort_by(|a, b| b.file.cmp(&a.file).then(a.line.cmp(&b.line)).then(a.column.cmp(&b.column)));
        }
        all
    }

    /// The kinds of servers that read these files in ways of their own.
    fn servers(&self, engine: Engine) -> Vec<Server> {
        let scripts = self.migrations.iter().filter_map(|migration| migration.on(engine));
        let sources = scripts.flat_map(|script| [&script.up].into_iter().chain(&script.down));
        Server::kinds(engine, sources.map(|source| source.sql.as_str()))
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

/// What another server makes of the same file: where that is worse, it is what is told.
fn worse(told: &mut Vec<Finding>, others: Vec<Finding>) {
    let place = |finding: &Finding| (finding.file.clone(), finding.line, finding.column);
    let worst = |all: &[Finding]| {
        let mut worst: HashMap<_, Severity> = HashMap::new();
        for finding in all {
            let at = worst.entry(place(finding)).or_insert(finding.severity);
            *at = finding.severity.max(*at);
        }
        worst
    };
    let (before, after) = (worst(told.as_slice()), worst(&others));
    told.retain(|finding| after.get(&place(finding)) <= before.get(&place(finding)));
    let rules: HashSet<_> = told.iter().map(|finding| (place(finding), finding.rule)).collect();
    told.extend(others.into_iter().filter(|finding| {
        let at = place(finding);
        before.get(&at) <= after.get(&at) && !rules.contains(&(at, finding.rule))
    }));
}

impl Script {
    /// This one's up is added to what the files before have made.
    fn findings(&self, engine: Engine, server: Server, Before { known, made }: &mut Before) -> Vec<Finding> {
        let (source, cut) = self.up.looked_at(engine);
        let up = without_idle(acts::of(engine, &acts::read_by(server, &source.sql), made), known);
        let atomic = self.is_atomic(engine);
        let mut remarks = Judge { engine, source: &source, atomic, acts: &up }.up(known);
        remarks.extend(cut.map(unseen));
        let own = Known::made_by(&up);
        up.iter().for_each(|act| known.learn(&act.what));
        if self.down.is_none() {
            remarks.push(Remark::new(Rule::NoDown, None, "there is no down file: it cannot be rolled back"));
        }
        let mut findings = weighed(engine, server, &source, remarks);
        if let Some(down) = &self.down {
            let (down, cut) = down.looked_at(engine);
            let acts = acts::of(engine, &acts::read_by(server, &down.sql), &mut made.clone());
            let acts = without_idle(acts, known);
            let mut remarks = Judge { engine, source: &down, atomic, acts: &acts }.down(&own, known);
            remarks.extend(cut.map(unseen));
            findings.extend(weighed(engine, server, &down, remarks));
        }
        findings
    }
}

/// Of a large file only the beginning is looked through. It holds something, whatever can be seen of it.
fn unseen(line: u32) -> Remark {
    let message = "the file is large: what follows is not looked through, look at it yourself";
    Remark::new(Rule::NotUnderstood, Some((line, 1)), message)
}

fn weighed(engine: Engine, server: Server, source: &Source, mut remarks: Vec<Remark>) -> Vec<Finding> {
    let Accepted { rules, unusable, misplaced } = accepted::read(&source.sql);
    let line = |number: u32| Some((number, 1));
    // What is refused is so for all.
    remarks.extend(if server == Server::ANY { refused(engine, source, &remarks) } else { None });
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
