//! The programs that back databases up: which are here, of which version, and which servers they fit.

use std::collections::BTreeMap;

use super::{Finding, Visit};
use crate::Platform;
use crate::central::CentralEngine;
use crate::engine::{self, Engine, Failure};
use crate::error::{Advice, Result};

/// One line for each program with the servers that it serves, one for each server that none serves.
pub(super) async fn tools(platform: &Platform, visits: &[Visit<'_>]) -> Vec<Finding> {
    let mut servers: Vec<(String, Engine, String)> = Vec::new();
    if let Ok(Some(version)) = central(platform).await {
        servers.push(("the central database".to_owned(), Engine::Postgres, version));
    }
    for visit in visits {
        if let Ok(probe) = &visit.probe {
            servers.push((visit.load.server.name.clone(), visit.load.server.engine, probe.version.clone()));
        }
    }
    let mut serving: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut findings = Vec::new();
    for (name, engine, version) in servers {
        match engine::for_server(engine, &version).await {
            None => {}
            Some(Ok(program)) => serving.entry(program).or_default().push(name),
            Some(Err(failure)) => findings.push(unserved(&name, &version, &failure)),
        }
    }
    let served = |(program, servers): (String, Vec<String>)| {
        Finding::good("tools", "", format!("{program} backs up {}", servers.join(", ")))
    };
    serving.into_iter().map(served).chain(findings).collect()
}

fn unserved(name: &str, version: &str, failure: &Failure) -> Finding {
    let detail = failure.detail.as_ref().map(|detail| format!("; {detail}")).unwrap_or_default();
    let message = format!("no backup, move or restore there ({version}): {}{detail}", failure.message);
    let remedy = failure
        .hint
        .as_ref()
        .map_or_else(|| "install the server's client programs beside neo".to_owned(), Advice::command);
    Finding::bad("tools", name, message, remedy)
}

/// What the server of a central database says of its version; none where it is a file.
async fn central(platform: &Platform) -> Result<Option<String>> {
    match platform.central.engine {
        CentralEngine::Sqlite => Ok(None),
        CentralEngine::Postgres => {
            let mut conn = platform.central.read().await?;
            let version: String = sqlx::query_scalar("show server_version").fetch_one(&mut *conn).await?;
            Ok(Some(format!("PostgreSQL {version}")))
        }
    }
}
