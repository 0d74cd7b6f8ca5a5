//! `neo doctor`.

use super::Session;
use super::print::{Format, or_dash};
use crate::error::{Result, printable};

/// Examine central database, key, servers, tenants, locks, orphans
#[derive(clap::Args)]
pub struct Doctor {
    /// Only this part: who holds the migration lock of which tenant, and who keeps a migration waiting
    part: Option<Part>,
}

#[derive(clap::ValueEnum, Clone, Copy)]
enum Part {
    Locks,
}

impl Doctor {
    pub async fn run(self, session: &Session) -> Result<u8> {
        let only_locks = match self.part {
            None => false,
            Some(Part::Locks) => true,
        };
        let findings = session.central().await?.examine(only_locks).await?;
        let printer = session.printer;
        if printer.format == Format::Table {
            for finding in &findings {
                let mark = if finding.ok { printer.green("ok") } else { printer.red("!!") };
                let subject = match finding.subject.as_str() {
                    "" => String::new(),
                    subject => format!(" {}", printable(subject)),
                };
                printer.line(format!("{mark}  {}{subject}: {}", finding.area, printable(&finding.message)));
                if let Some(remedy) = finding.remedy.as_ref().filter(|_| !finding.ok) {
                    printer.line(format!("      {}", printable(remedy)));
                }
            }
        } else {
            printer.list(&findings, &[], |f| {
                let state = if f.ok { "ok" } else { "wrong" };
                vec![state.into(), f.area.clone(), f.subject.clone(), f.message.clone(), or_dash(f.remedy.as_ref())]
            });
        }
        Ok(u8::from(findings.iter().any(|f| !f.ok)))
    }
}
