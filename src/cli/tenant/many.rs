//! `neo tenant create --from-file`: many tenants at once, each its own run, so that one that fails is retried alone.

use std::path::Path;

use futures::StreamExt;
use neo_model::Creation;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::ADMIN_PASSWORD;
use super::listing::{self, Listing};
use crate::Platform;
use crate::actor::Actor;
use crate::cli::Session;
use crate::cli::live::{Follow, Progress};
use crate::error::{Error, Kind, Result};
use crate::runs::{self, Run};
use crate::tenants::{self, FirstAdmin, NewTenant, Status, Tenant};

/// Tenants in the making at once; how many a server works on is its own limit.
const AT_ONCE: usize = 100;
/// How often a run that is halted under one's hands is begun anew.
const TRIES: u32 = 3;

/// A line of the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    slug: String,
    name: Option<String>,
    server: Option<String>,
    tags: Option<Tags>,
    admin_email: Option<String>,
}

/// `eu;beta` in CSV, a list in JSON.
#[derive(Deserialize, Clone)]
#[serde(untagged)]
enum Tags {
    Text(String),
    List(Vec<String>),
}

impl Entry {
    fn new_tenant(&self, server: Option<&str>, password: Option<&SecretString>) -> NewTenant {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        NewTenant {
            slug: self.slug.clone(),
            name: given(&self.name),
            server: given(&self.server).or(server.map(str::to_owned)),
            tags: match &self.tags {
                None => Vec::new(),
                Some(Tags::List(tags)) => tags.clone(),
                Some(Tags::Text(tags)) => {
                    tags.split(';').map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned).collect()
                }
            },
            admin: given(&self.admin_email).zip(password).map(|(email, password)| FirstAdmin {
                email,
                password: SecretString::from(password.expose_secret().to_owned()),
                first_name: String::new(),
                last_name: String::new(),
            }),
        }
    }
}

/// What is to be done about a line.
enum Step {
    There,
    Make(NewTenant),
    /// By its id.
    GoOn(String),
}

#[derive(Serialize)]
struct Made {
    tenant: String,
    run: Option<i64>,
    outcome: Creation,
    problem: Option<String>,
}

pub async fn create(session: &Session, file: &Path, server: Option<&str>, how: Follow) -> Result<u8> {
    let mut listing = listing::read::<Entry>(file)?;
    listing.once(|entry| Some(format!("\"{}\"", entry.slug)));
    let Listing { entries, mut bad } = listing;
    let password = match entries.iter().any(|(_, e)| e.admin_email.as_ref().is_some_and(|email| !email.is_empty())) {
        true => Some(ADMIN_PASSWORD.read().await?),
        false => None,
    };
    let platform = session.open().await?;
    let (actor, printer) = (&session.actor, session.printer);
    let mut steps = Vec::new();
    for (line, entry) in &entries {
        match step(&platform, actor, entry, server, password.as_ref()).await {
            Ok(step) => steps.push((entry.slug.clone(), step)),
            Err(error) if error.kind == Kind::Internal => return Err(error),
            Err(error) => bad.push((*line, format!("{}: {error}", entry.slug))),
        }
    }
    listing::refuse(file, &bad)?;

    let mut making =
        futures::stream::iter(steps).map(|(slug, step)| make(&platform, actor, slug, step)).buffer_unordered(AT_ONCE);
    let mut all = Vec::new();
    loop {
        tokio::select! {
            made = making.next() => {
                let Some(made) = made else { break };
                match (made.outcome, &made.problem) {
                    (Creation::Failed, _) if how.progress < Progress::Failures => {}
                    (Creation::Failed, problem) => printer.say(format!(
                        "{} {}  {}  neo tenant retry {}", printer.red("✗"), made.tenant, problem.as_deref().unwrap_or_default(), made.tenant
                    )),
                    _ if how.progress < Progress::All => {}
                    (outcome, _) => printer.say(format!("{} {}  {outcome}", printer.green("✓"), made.tenant)),
                }
                all.push(made);
            }
            code = session.signals.received() => {
                printer.say("Stopping: the steps at work finish first. The same command goes on with the rest.");
                platform.shutdown.cancel();
                // What has not been begun is left out by `make`.
                while making.next().await.is_some() {}
                return Ok(code);
            }
        }
    }
    let of = |outcome: Creation| all.iter().filter(|made| made.outcome == outcome).count();
    printer.say(format!(
        "{} made, {} were there already, {} failed",
        of(Creation::Active),
        of(Creation::There),
        of(Creation::Failed)
    ));
    if printer.is_json() {
        printer.json(&all);
    }
    Ok(if of(Creation::Failed) > 0 { 3 } else { 0 })
}

async fn step(
    platform: &Platform,
    actor: &Actor,
    entry: &Entry,
    server: Option<&str>,
    password: Option<&SecretString>,
) -> Result<Step> {
    match tenants::find(platform, actor, &entry.slug).await {
        Ok(tenant) if lives_elsewhere(&tenant, entry, server) => {
            Err(Error::conflict(format!("it exists already, on server \"{}\"", tenant.server)))
        }
        Ok(tenant) => match tenant.status {
            Status::Active => Ok(Step::There),
            Status::Failed | Status::Provisioning => Ok(Step::GoOn(tenant.id)),
            status => Err(Error::conflict(format!("it exists, and is {}", status.as_str()))),
        },
        Err(error) if error.kind == Kind::NotFound => {
            let new = entry.new_tenant(server, password);
            tenants::check(platform, actor, &new).await?;
            Ok(Step::Make(new))
        }
        Err(error) => Err(error),
    }
}

/// A file that means another server means another tenant. The id of one is no slug either: that is for the check to say.
fn lives_elsewhere(tenant: &Tenant, entry: &Entry, server: Option<&str>) -> bool {
    let wanted = entry.server.as_deref().filter(|name| !name.is_empty()).or(server);
    tenant.slug == entry.slug && wanted.is_some_and(|name| name != tenant.server && name != tenant.server_id)
}

/// An interrupt leaves a run that waits to be worked on, and a failure one that is over.
async fn left(platform: &Platform, actor: &Actor, id: &str) -> Result<Run> {
    match runs::provisioning_of(platform, actor, id).await? {
        Some(run) => Ok(run),
        None => runs::provision_again(platform, actor, id).await,
    }
}

async fn make(platform: &Platform, actor: &Actor, slug: String, step: Step) -> Made {
    if platform.shutdown.is_cancelled() {
        return Made { tenant: slug, run: None, outcome: Creation::Left, problem: None };
    }
    let made = async {
        let (mut run, id) = match step {
            Step::There => return Ok((None, Creation::There, None)),
            Step::Make(new) => {
                let (tenant, run) = runs::provision(platform, actor, new).await?;
                (run, tenant.id)
            }
            Step::GoOn(id) => (left(platform, actor, &id).await?, id),
        };
        for tried in 1.. {
            runs::work_on(platform, run.number).await?;
            let failure = runs::failures(platform, actor, run.number).await?.into_iter().next();
            let is_active = tenants::find(platform, actor, &id).await?.status == Status::Active;
            // A run that was left by the one before may be halted as abandoned just before it is taken up here.
            if is_active || failure.is_some() || tried == TRIES || platform.shutdown.is_cancelled() {
                let outcome = if is_active { Creation::Active } else { Creation::Failed };
                return Ok((Some(run.number), outcome, failure.map(|(_, _, failure)| failure.message)));
            }
            run = left(platform, actor, &id).await?;
        }
        unreachable!("it ends with its tries")
    };
    match made.await {
        Ok((run, outcome, problem)) => Made { tenant: slug, run, outcome, problem },
        Err(error) => {
            let error: Error = error;
            Made { tenant: slug, run: None, outcome: Creation::Failed, problem: Some(error.to_string()) }
        }
    }
}
