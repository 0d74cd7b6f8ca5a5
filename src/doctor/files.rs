//! Whom the files are open to: what Neo makes it makes for its owner alone; what was there before, or was adopted, is as
//! somebody else has left it.

use std::path::{Path, PathBuf};

use super::Finding;
use crate::Platform;
use crate::config::ENV_FILE;
use crate::error::{Error, Result};
use crate::servers::ServerLoad;
use crate::tenants::{self, Status, Tenant};

const REMEDY: &str = "take it from group and others (chmod go-rwx), unless somebody there is to have it";
/// Tenants that are named.
const NAMED: usize = 10;

/// What is looked at: its area and subject, and where it is.
type Looks = Vec<(&'static str, String, Vec<PathBuf>)>;

pub(super) async fn files(platform: &Platform, servers: &[ServerLoad], fleet: &[Tenant]) -> Result<Vec<Finding>> {
    let data = &platform.config.data_dir;
    let mut looks: Looks = vec![
        ("central", "DATA_DIR".into(), vec![data.clone()]),
        ("central", "database".into(), platform.central.files()),
        ("central", "backups".into(), vec![data.join("backups")]),
        ("key", ENV_FILE.into(), vec![ENV_FILE.into()]),
    ];
    for load in servers.iter().filter(|load| load.server.engine.is_file()) {
        let server = &load.server;
        looks.push(("server", server.name.clone(), vec![PathBuf::from(&server.path)]));
        for tenant in fleet.iter().filter(|t| t.server_id == server.id && t.status != Status::Deleted) {
            if let Ok(target) = tenants::target(platform, tenant, server) {
                looks.push(("tenant", tenant.slug.clone(), vec![target.path]));
            }
        }
    }
    tokio::task::spawn_blocking(move || open_places(looks)).await.map_err(Error::internal)
}

fn open_places(looks: Looks) -> Vec<Finding> {
    let seen = looks.len();
    let mut findings = Vec::new();
    let mut tenants = Vec::new();
    for (area, subject, paths) in looks {
        let Some((path, rights)) = paths.iter().find_map(|path| Some((path, open_to_others(path)?))) else { continue };
        if area == "tenant" {
            tenants.push(subject);
            continue;
        }
        let message = format!("{} is open to others than its owner ({rights})", path.display());
        findings.push(Finding::bad(area, subject, message, REMEDY));
    }
    if let [first, rest @ ..] = &tenants[..] {
        let named = tenants.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
        let more = match tenants.len().saturating_sub(NAMED) {
            0 => String::new(),
            n => format!(" and {n} more"),
        };
        let files = if rest.is_empty() { "the file is" } else { "the files are" };
        findings.push(Finding::bad(
            "tenant",
            first,
            format!("{files} open to others than the owner: {named}{more}"),
            REMEDY,
        ));
    }
    if findings.is_empty() {
        findings.push(Finding::good("central", "files", format!("for their owner's eyes only ({seen} looked at)")));
    }
    findings
}

/// The rights of a file or folder that not only its owner has some of, as `chmod` writes them.
#[cfg(unix)]
fn open_to_others(path: &Path) -> Option<String> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(path).ok()?.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then(|| format!("{mode:04o}"))
}

#[cfg(not(unix))]
fn open_to_others(_path: &Path) -> Option<String> {
    None
}
