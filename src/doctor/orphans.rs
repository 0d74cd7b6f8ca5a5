//! Databases that bear Neo's mark and belong to nobody, and tenants whose database is gone.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::{Finding, Visit};
use crate::engine::copy_owner;
use crate::tenants::{Status, Tenant};

/// `made_here`: the ids of tenants whose database Neo has made; an adopted one bears no mark. `waiting`: those that a backup
/// is taking the place of, as they were.
pub(super) fn orphans(
    visits: &[Visit<'_>],
    (fleet, waiting): (&[Tenant], &[Tenant]),
    made_here: &HashSet<String>,
) -> Vec<Finding> {
    let by_id: HashMap<&str, &Tenant> = fleet.iter().map(|t| (t.id.as_str(), t)).collect();
    let mut findings = Vec::new();
    let mut seen = 0;
    // What each shows, put together once: whoever shows the same is the same server, or a copy of it.
    let shown: Vec<Option<BTreeSet<&(String, String)>>> =
        visits.iter().map(|visit| visit.marked.as_ref().map(|marked| marked.iter().collect())).collect();
    let is_twin = |one: usize, other: usize| {
        one != other
            && visits[one].load.server.engine == visits[other].load.server.engine
            && shown[one].as_ref().is_some_and(|marked| !marked.is_empty())
            && shown[one] == shown[other]
    };
    for (n, visit) in visits.iter().enumerate() {
        let Some(marked) = &visit.marked else { continue };
        let server = &visit.load.server;
        let twins: Vec<usize> = (0..visits.len()).filter(|other| is_twin(n, *other)).collect();
        let is_said = twins.first().filter(|first| **first < n);
        match is_said {
            Some(first) => findings.push(Finding::bad(
                "orphan",
                &server.name,
                format!("shows the very databases that server {} shows", visits[*first].load.server.name),
                "one server under two names, or a copy of it? remove the name that no tenant needs; drop nothing",
            )),
            None => seen += marked.len(),
        }
        let is_of_twin = |tenant: &Tenant| twins.iter().any(|twin| visits[*twin].load.server.id == tenant.server_id);
        let waits = |database: &str, id: &str| {
            let is_here = |tenant: &Tenant| tenant.server_id == server.id || is_of_twin(tenant);
            waiting.iter().any(|before| before.id == id && before.database == database && is_here(before))
        };
        for (database, tenant_id) in marked {
            let subject = format!("{}/{database}", server.name);
            if let Some(of) = tenant_id.strip_prefix(&copy_owner("")) {
                findings.push(left_by_rehearsal(subject, by_id.get(of).map(|tenant| tenant.slug.as_str())));
                continue;
            }
            match by_id.get(tenant_id.as_str()) {
                // Said once, of the first of them.
                _ if is_said.is_some() => {}
                _ if waits(database, tenant_id) => {}
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
                Some(tenant) if tenant.database == *database && is_of_twin(tenant) => {}
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
