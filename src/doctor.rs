//! Diagnoses: central, key, servers, templates, tenants, migrations, locks, orphans. It looks and changes nothing.

mod files;
mod locks;
mod orphans;
mod registry;
mod retention;
mod surroundings;
mod templates;
mod tools;

use std::time::Duration;

use futures::{StreamExt, stream};
use neo_model::Diagnosis;
use serde::Serialize;

use crate::Platform;
use crate::actor::{Actor, Permission};
use crate::engine::template::Found;
use crate::engine::{self, Failure, Opening};
use crate::error::{Advice, Do, Error, Result};
use crate::oidc::{self, Web};
use crate::servers::{self, ServerLoad};
use crate::tenants::{self, Filter, Status};

/// Servers looked at at once.
const AT_ONCE: usize = 8;
/// What a server gets before it counts as unreachable.
const PATIENCE: Duration = Duration::from_secs(15);

#[derive(Debug, Clone, Serialize)]
pub struct Finding {
    /// central | retention | key | mail | provider | channel | migrations | server | tools | template | tenant | lock | orphan
    pub area: String,
    pub subject: String,
    pub ok: bool,
    /// What is wrong (or right), in one line.
    pub message: String,
    /// What to do.
    pub remedy: Option<String>,
}

impl From<Finding> for Diagnosis {
    fn from(Finding { area, subject, ok, message, remedy }: Finding) -> Self {
        Self { area, subject, ok, message, remedy }
    }
}

impl Finding {
    fn good(area: &str, subject: impl Into<String>, message: impl Into<String>) -> Self {
        Self { area: area.into(), subject: subject.into(), ok: true, message: message.into(), remedy: None }
    }

    fn bad(area: &str, subject: impl Into<String>, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { ok: false, remedy: Some(remedy.into()), ..Self::good(area, subject, message) }
    }

    fn from_error(area: &str, subject: impl Into<String>, error: &Error) -> Self {
        Self {
            ok: false,
            remedy: error.hint.as_ref().map(Advice::command),
            ..Self::good(area, subject, error.to_string())
        }
    }
}

/// Everything that can be told from here, in the order in which it should be mended.
pub async fn examine(platform: &Platform, actor: &Actor) -> Result<Vec<Finding>> {
    actor.authorise(Permission::Examine)?;
    let mut findings = surroundings::central(platform).await;
    findings.extend(retention::retention(platform).await);
    findings.extend(surroundings::keys(platform, actor).await);
    findings.extend(surroundings::mail(platform).await);
    findings.extend(surroundings::channels(platform, actor).await?);
    let (set, of_files) = surroundings::migrations(platform).await;
    findings.push(of_files);

    let servers = servers::list(platform, actor).await?;
    let all = Filter { statuses: Status::ALL.to_vec(), ..Filter::default() };
    let fleet = tenants::all(platform, actor, &all).await?;
    // Listed first: a closure within the stream is not one that a server may hand from thread to thread.
    let visits: Vec<_> = servers.iter().map(|load| visit(platform, load)).collect();
    let visits: Vec<Visit> = stream::iter(visits).buffered(AT_ONCE).collect().await;
    findings.extend(visits.iter().map(Visit::finding));
    findings.extend(visits.iter().filter_map(Visit::openness));
    findings.extend(visits.iter().filter_map(Visit::rotation));
    findings.extend(tools::tools(platform, &visits).await);
    findings.extend(files::files(platform, &servers, &fleet).await?);
    findings.extend(templates::templates(&visits, set.as_ref()));
    let mut conn = platform.central.read().await?;
    let (waiting, kept) = (tenants::waiting(&mut conn).await?, tenants::places(&mut conn, None).await?);
    drop(conn);
    findings.extend(registry::tenants(platform, &servers, (&fleet, &waiting), set.as_ref()).await?);
    if let Some(set) = &set {
        findings.extend(registry::changed(platform, actor, set).await?);
    }
    findings.extend(registry::replaced(&fleet, &kept));
    findings.extend(registry::locks(platform).await?);
    findings.extend(locks::locks(platform, &servers, &fleet).await?);
    let made_here = tenants::provision::made_here(&mut *platform.central.read().await?).await?;
    findings.extend(orphans::orphans(&visits, (&fleet, &waiting), &made_here));
    Ok(findings)
}

/// Whether somebody could come in by the identity provider now, where one is set.
pub async fn examine_provider(platform: &Platform, actor: &Actor, web: &dyn Web) -> Result<Option<Finding>> {
    actor.authorise(Permission::Examine)?;
    let Some(oidc) = &platform.config.oidc else { return Ok(None) };
    let found = oidc::probe(platform, oidc, web).await?;
    Ok(Some(match found {
        Ok(message) => Finding::good("provider", &oidc.issuer, message),
        Err(amiss) => Finding::bad("provider", &oidc.issuer, amiss.what, amiss.remedy),
    }))
}

/// Only what concerns locks: tasks in somebody's hands, and who holds the migration lock of which tenant.
pub async fn examine_locks(platform: &Platform, actor: &Actor) -> Result<Vec<Finding>> {
    actor.authorise(Permission::Examine)?;
    let servers = servers::list(platform, actor).await?;
    let all = Filter { statuses: Status::ALL.to_vec(), ..Filter::default() };
    let fleet = tenants::all(platform, actor, &all).await?;
    let mut findings = registry::locks(platform).await?;
    findings.extend(locks::locks(platform, &servers, &fleet).await?);
    Ok(findings)
}

/// What one server said: how it is, which databases there bear Neo's mark, and which of them are templates.
struct Visit<'a> {
    load: &'a ServerLoad,
    probe: Result<engine::Probe, String>,
    marked: Option<Vec<(String, String)>>,
    templates: Vec<Found>,
    /// What everybody may do there.
    openings: Vec<Opening>,
}

async fn visit<'a>(platform: &Platform, load: &'a ServerLoad) -> Visit<'a> {
    let target = match servers::admin_target(platform, &load.server) {
        Ok(target) => target,
        Err(e) => {
            let (templates, openings) = (Vec::new(), Vec::new());
            return Visit { load, probe: Err(e.to_string()), marked: None, templates, openings };
        }
    };
    let late = || Failure::new(engine::Category::Timeout, format!("no answer within {} s", PATIENCE.as_secs()));
    let probe = tokio::time::timeout(PATIENCE, engine::probe(&target)).await.unwrap_or_else(|_| Err(late()));
    let probe = match probe {
        Ok(probe) => match tokio::time::timeout(PATIENCE, engine::prove(&target, &load.server.id)).await {
            Ok(Ok(Some(missing))) => Err(missing),
            // What could not be asked is asked again before anything is done there.
            Ok(Ok(None) | Err(_)) | Err(_) => Ok(probe),
        },
        Err(failure) => Err(failure),
    };
    let marked = match &probe {
        Ok(_) => tokio::time::timeout(PATIENCE, engine::marked(&target)).await.ok().and_then(Result::ok),
        Err(_) => None,
    };
    let templates = match &probe {
        Ok(_) if load.server.engine.has_templates() => {
            tokio::time::timeout(PATIENCE, engine::template::templates(&target)).await.ok()
        }
        Ok(_) | Err(_) => None,
    };
    let templates = templates.and_then(Result::ok).unwrap_or_default();
    let openings = match &probe {
        Ok(_) => tokio::time::timeout(PATIENCE, engine::openings(&target, &[])).await.ok().and_then(Result::ok),
        Err(_) => None,
    };
    Visit { load, probe: probe.map_err(|f| f.message), marked, templates, openings: openings.unwrap_or_default() }
}

impl Visit<'_> {
    /// Nothing is wrong with a server that others live on as well; but it is said.
    fn openness(&self) -> Option<Finding> {
        let name = &self.load.server.name;
        let open: Vec<_> = self.openings.iter().map(|opening| opening.what.as_str()).collect();
        let who = match self.openings.iter().all(|opening| opening.may) {
            true => "to shut it",
            false => "its login may not shut all of it; what the owner of these databases has to do, says",
        };
        let message = || format!("not hardened: {}; {who}: neo server harden {name}", open.join("; "));
        (!open.is_empty()).then(|| Finding::good("server", name, message()))
    }

    /// A rotation that was broken off: everybody gets in, with one of two passwords.
    fn rotation(&self) -> Option<Finding> {
        let name = &self.load.server.name;
        let remedy = Advice::from("finish it: ").act(Do::RotateServer { server: name.clone() }).command();
        let half = self.load.server.credential_next.is_some();
        half.then(|| {
            Finding::bad("server", name, "the rotation of its password is not finished: two are tried", remedy)
        })
    }

    fn finding(&self) -> Finding {
        let (name, tenants) = (&self.load.server.name, self.load.tenants);
        match &self.probe {
            Err(why) => Finding::bad(
                "server",
                name,
                format!("{why}; {tenants} tenants live there"),
                Advice::from("bring it up, or tell Neo what is another there: ")
                    .act(Do::SetServer { server: name.clone() })
                    .and("; then: ")
                    .act(Do::CheckServer { server: name.clone() })
                    .command(),
            ),
            Ok(probe) if probe.headroom.is_some_and(|left| left < 4) => Finding::bad(
                "server",
                name,
                format!("{}, but only {} connections are left", probe.version, probe.headroom.unwrap_or_default()),
                "raise the server's limit, or run with less concurrency",
            ),
            Ok(probe) => {
                Finding::good("server", name, format!("{}, {} ms, {tenants} tenants", probe.version, probe.latency_ms))
            }
        }
    }
}
