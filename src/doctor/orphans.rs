//! Databases that bear Neo's mark and belong to nobody, and tenants whose database is gone.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::{Finding, Visit};
use crate::engine::copy_owner;
use crate::tenants::{Status, Tenant};

/// `made_here`: the ids of tenants whose database Neo has made; an adopted one bears no mark.
pub(super) fn orphans(visits: &[Visit<'_>], fleet: &[Tenant], made_here: &HashSet<String>) -> Vec<Finding> {
    let by_id: HashMap<&str, &Tenant> = fleet.iter().map(|t| (t.id.as_str(), t)).collect();
    let mut findings = Vec::new();
    let mut seen = 0;
    for (n, visit) in visits.iter().enumerate() {
        let Some(marked) = &visit.marked else { continue };
        let server = &visit.load.server;
        if let Some(twin) = visits[..n].iter().find(|other| is_twin(other, visit)) {
            findings.push(Finding::bad(
                "orphan",
                &server.name,
                format!("shows the very databases that server {} shows", twin.load.server.name),
                "one server under two names, or a copy of it? remove the name that no tenant needs; drop nothing",
            ));
        } else {
            seen += marked.len();
        }
        let twins: HashSet<&str> =
            visits.iter().filter(|other| is_twin(other, visit)).map(|other| other.load.server.id.as_str()).collect();
        for (database, tenant_id) in marked {
            let subject = format!("{}/{database}", server.name);
            if let Some(of) = tenant_id.strip_prefix(&copy_owner("")) {
                findings.push(left_by_rehearsal(subject, by_id.get(of).map(|tenant| tenant.slug.as_str())));
                continue;
            }
            match by_id.get(tenant_id.as_str()) {
                // Said once, of the first of them.
                _ if visits[..n].iter().any(|other| is_twin(other, visit)) => {}
                None => findings.push(Finding::bad(
                    "orphan",
                    subject,
                    format!("bears the mark of the unknown tenant {tenant_id}"),
                    "it may belong to another installation of Neo; if to none, drop it by hand",
                )),
                Some(tenant) if tenant.status == Status::Deleted => findings.push(Finding::bad(
                    "orphan",
                    subject,
                    format!("belonged to tenant \"{}\", which is deleted", tenant.slug),
                    "drop it by hand, with the role of the same name",
                )),
                Some(tenant) if tenant.database == *database && twins.contains(tenant.server_id.as_str()) => {}
                Some(tenant) if tenant.server_id != server.id || tenant.database != *database => {
                    findings.push(Finding::bad(
                        "orphan",
                        subject,
                        format!("bears the mark of tenant \"{}\", whose database is {}", tenant.slug, tenant.database),
                        "a copy? keep it under another name or drop it by hand",
                    ))
                }
                Some(_) => {}
            }
        }
        let there: HashSet<&str> = marked.iter().map(|(database, _)| database.as_str()).collect();
        let complete = |t: &&Tenant| matches!(t.status, Status::Active | Status::Suspended | Status::Archived);
        for tenant in
            fleet.iter().filter(|t| t.server_id == server.id).filter(complete).filter(|t| made_here.contains(&t.id))
        {
            if !there.contains(tenant.database.as_str()) {
                findings.push(Finding::bad(
                    "orphan",
                    &tenant.slug,
                    format!("its database {} is not on server {}, or has lost its mark", tenant.database, server.name),
                    format!("restore it from a backup, or: neo tenant delete {} --no-backup", tenant.slug),
                ));
            }
        }
    }
    if findings.is_empty() {
        findings.push(Finding::good("orphan", "databases", format!("{seen} bear a mark, each belongs to a tenant")));
    }
    findings
}

/// Whether both show the same databases of the same tenants, and some.
fn is_twin(one: &Visit<'_>, other: &Visit<'_>) -> bool {
    let shown = |visit: &Visit<'_>| visit.marked.as_ref().map(|marked| marked.iter().cloned().collect::<BTreeSet<_>>());
    one.load.server.id != other.load.server.id
        && one.load.server.engine == other.load.server.engine
        && shown(one).is_some_and(|marked| !marked.is_empty() && Some(marked) == shown(other))
}

/// One that is under way looks the same: its copy goes by itself.
fn left_by_rehearsal(subject: String, of: Option<&str>) -> Finding {
    let whose = of.map(|slug| format!(" of tenant \"{slug}\"")).unwrap_or_default();
    let message = format!("a copy{whose} that a rehearsal has made; unless one is under way, it was cut short");
    Finding::bad(
        "orphan",
        subject,
        message,
        "it holds the tenant's data: drop it by hand when no rehearsal is under way",
    )
}
