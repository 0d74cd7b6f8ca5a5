//! The templates on PostgreSQL servers: that of each server, and those that belong to none.

use super::{Finding, Visit};
use crate::engine::quote;
use crate::engine::template::template_name;
use crate::migrations::Set;

/// `set`: the files, if they can be read.
pub(super) fn templates(visits: &[Visit<'_>], set: Option<&Set>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for visit in visits {
        let server = &visit.load.server;
        let digest = set.map(|set| set.digest(server.engine, None));
        for found in &visit.templates {
            let subject = format!("{}/{}", server.name, found.database);
            let known = visits.iter().any(|other| other.load.server.id == found.server_id);
            if !known {
                findings.push(Finding::bad(
                    "orphan",
                    subject,
                    "is the template of a server that is not registered here",
                    format!(
                        "it may belong to another installation of Neo; if to none: alter database {0} is_template false; \
                         drop database {0}; drop role {1}",
                        quote(server.engine, &found.database),
                        quote(server.engine, &template_name(&found.server_id)),
                    ),
                ));
            } else if found.server_id != server.id {
                // The same machine under two names: it is told of under the other one.
            } else if !found.is_ready || found.record.is_none() {
                findings.push(Finding::bad(
                    "template",
                    subject,
                    "was begun and is not complete; no tenant is copied from it",
                    format!("if nobody is making it now, the next tenant created on {} makes it anew", server.name),
                ));
            } else if found.record.as_ref().map(|record| &record.digest) == digest.as_ref() {
                findings.push(Finding::good("template", subject, "is at the newest migration"));
            } else {
                let message = "is not at the files as they are; the next tenant created there brings it up";
                findings.push(Finding::good("template", subject, message));
            }
        }
    }
    findings
}
