//! `neo migrate list` and `neo migrate show`: the fleet's migrations, and one of them with its text.

use crate::cli::Session;
use crate::cli::central::Central;
use crate::cli::print::{Format, count, number, or_dash};
use crate::error::{Result, printable};
use crate::runs::Catalogued;

pub async fn list(session: &Session, central: &dyn Central) -> Result<u8> {
    let printer = session.printer;
    let all = central.catalogue().await?;
    if all.is_empty() {
        printer.say("no migrations yet. The first one: neo migrate make NAME");
    }
    printer.list(&all, &["version", "name", "engines", "applied", "behind", "findings"], |m| {
        let findings = m.findings.iter().filter(|finding| finding.accepted.is_none()).count();
        vec![
            m.version.to_string(),
            m.name.clone(),
            engines(m),
            number(m.applied),
            number(m.behind),
            number(findings as i64),
        ]
    });
    Ok(0)
}

pub async fn show(session: &Session, central: &dyn Central, migration: &str) -> Result<u8> {
    let printer = session.printer;
    let one = central.catalogued(migration).await?;
    let checksum = one.engines.first().map(|on| on.checksum.as_str());
    let fields = [
        ("version", one.version.to_string()),
        ("name", one.name.clone()),
        ("engines", engines(&one)),
        ("checksum", or_dash(checksum)),
        ("applied", count(one.applied, "tenant")),
        ("behind", count(one.behind, "tenant")),
    ];
    printer.one(&one, &fields);
    if printer.format != Format::Table {
        return Ok(0);
    }
    for finding in &one.findings {
        let word = if finding.accepted.is_some() { "accepted" } else { finding.severity.as_str() };
        printer.line(format!("  {word:<8}  {}  {} ({})", finding.place(), printable(&finding.message), finding.rule));
    }
    let mut told = Vec::new();
    for on in &one.engines {
        let texts = [(Some(&on.file), &on.sql), (on.down.as_ref(), &on.down_sql)];
        for (file, sql) in texts.into_iter().filter_map(|(file, sql)| Some((file?, sql.as_ref()?))) {
            if !told.contains(&file) {
                told.push(file);
                printer.line(format!("\n-- {}", file.display()));
                sql.lines().for_each(|line| printer.line(printable(&line.replace('\t', "    "))));
            }
        }
    }
    Ok(0)
}

fn engines(migration: &Catalogued) -> String {
    migration.engines.iter().map(|on| on.engine.as_str()).collect::<Vec<_>>().join(",")
}
