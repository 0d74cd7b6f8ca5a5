//! `neo tenant create --from-file`: many tenants at once, each its own run, so that one that fails is retried alone.

use std::collections::HashMap;
use std::path::Path;

use futures::StreamExt;
use neo_model::Creation;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::listing::{self, Listing};
use super::{ADMIN_PASSWORD, KEPT, all};
use crate::cli::Session;
use crate::cli::central::Central;
use crate::cli::live::{Follow, Progress};
use crate::error::{Error, Kind, Result};
use crate::tenants::{Filter, FirstAdmin, NewTenant, PasswordHash, Row, Status};

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
    password_hash: Option<PasswordHash>,
}

/// `eu;beta` in CSV, a list in JSON.
#[derive(Deserialize, Clone)]
#[serde(untagged)]
enum Tags {
    Text(String),
    List(Vec<String>),
}

/// What holds for a line unless it says something else: the server, and how passwords are hashed.
type Unless<'a> = (Option<&'a str>, PasswordHash);

impl Entry {
    fn new_tenant(&self, (server, hash): Unless<'_>, password: Option<&SecretString>) -> NewTenant {
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
            password_hash: self.password_hash.unwrap_or(hash),
            detached: false,
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

pub async fn create(session: &Session, file: &Path, unless: Unless<'_>, how: Follow) -> Result<u8> {
    let mut listing = listing::read::<Entry>(file)?;
    listing.once(|entry| Some(format!("\"{}\"", entry.slug)));
    let Listing { entries, mut bad } = listing;
    let wants = entries.iter().find(|(_, e)| e.admin_email.as_ref().is_some_and(|email| !email.is_empty()));
    let password = match wants {
        Some((line, entry)) => {
            let read = ADMIN_PASSWORD.read().await;
            // What is wrong with the file is no matter of a password.
            read.as_ref().err().map_or(Ok(()), |_| listing::refuse(file, &bad))?;
            Some(read.map_err(|error| error.cause(format!("{line}: {} has an admin, who gets it", entry.slug)))?)
        }
        None => None,
    };
    let (central, printer) = (session.central().await?, session.printer);
    let there = There::look(&*central).await?;
    let mut steps = Vec::new();
    for (line, entry) in &entries {
        match there.step(&*central, entry, unless, password.as_ref()).await {
            Ok(step) => steps.push((entry.slug.clone(), step)),
            Err(error) if matches!(error.kind, Kind::Conflict | Kind::Invalid | Kind::NotFound) => {
                bad.push((*line, format!("{}: {error}", entry.slug)));
            }
            Err(error) => return Err(error),
        }
    }
    listing::refuse(file, &bad)?;

    let stopped = CancellationToken::new();
    let mut making = futures::stream::iter(steps)
        .map(|(slug, step)| make(&*central, &stopped, slug, step))
        .buffer_unordered(AT_ONCE);
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
                if let Some(address) = central.afar() {
                    printer.say(format!("Stopped here: what was begun goes on at {address}. The same command goes on with the rest."));
                    return Ok(code);
                }
                printer.say("Stopping: the steps at work finish first. The same command goes on with the rest.");
                stopped.cancel();
                central.stop();
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

/// What is there already.
struct There {
    tenants: HashMap<String, Row>,
    /// The names of servers, by their ids.
    servers: HashMap<String, String>,
}

impl There {
    async fn look(central: &dyn Central) -> Result<Self> {
        let kept = Filter { statuses: KEPT.to_vec(), ..Filter::default() };
        let tenants = all(central, &kept).await?.into_iter().map(|row| (row.slug.clone(), row)).collect();
        let servers = central.servers().await?.into_iter().map(|server| (server.id, server.name)).collect();
        Ok(Self { tenants, servers })
    }

    async fn step(
        &self,
        central: &dyn Central,
        entry: &Entry,
        unless: Unless<'_>,
        password: Option<&SecretString>,
    ) -> Result<Step> {
        let Some(tenant) = self.tenants.get(&entry.slug) else {
            let new = entry.new_tenant(unless, password);
            central.check_tenant(&new).await?;
            return Ok(Step::Make(new));
        };
        if self.lives_elsewhere(tenant, entry, unless.0) {
            return Err(Error::conflict(format!("it exists already, on server \"{}\"", tenant.server)));
        }
        match tenant.status {
            Status::Active => Ok(Step::There),
            status if status.is_being_made() => Ok(Step::GoOn(tenant.id.clone())),
            status => Err(Error::conflict(format!("it exists, and is {}", status.as_str()))),
        }
    }

    /// A file that means another server means another tenant.
    fn lives_elsewhere(&self, tenant: &Row, entry: &Entry, server: Option<&str>) -> bool {
        let wanted = entry.server.as_deref().filter(|name| !name.is_empty()).or(server);
        let named = wanted.map(|key| self.servers.get(key).map_or(key, String::as_str));
        named.is_some_and(|name| name != tenant.server)
    }
}

/// Waits until a run is over, or nobody here works on it any more.
async fn worked(central: &dyn Central, run: i64) -> Result<()> {
    match central.hands(run) {
        Some(mut hands) => hands.ended().await,
        None => {
            let mut events = central.follow(run, 0).await?;
            while events.next().await.transpose()?.is_some() {}
            Ok(())
        }
    }
}

async fn make(central: &dyn Central, stopped: &CancellationToken, slug: String, step: Step) -> Made {
    if stopped.is_cancelled() {
        return Made { tenant: slug, run: None, outcome: Creation::Left, problem: None };
    }
    let made = async {
        let (mut run, id) = match step {
            Step::There => return Ok((None, Creation::There, None)),
            Step::Make(new) => {
                let begun = central.create_tenant(new).await?;
                (begun.run, begun.id)
            }
            Step::GoOn(id) => (central.go_on_with_tenant(&id).await?, id),
        };
        for tried in 1.. {
            worked(central, run).await?;
            let failure = central.run(run).await?.summary.failures.into_iter().find_map(|failed| failed.failure);
            let is_active = central.tenant(&id, false).await?.row.status == Status::Active;
            // A run that was left by the one before may be halted as abandoned just before it is taken up here.
            if is_active || failure.is_some() || tried == TRIES || stopped.is_cancelled() {
                let outcome = if is_active { Creation::Active } else { Creation::Failed };
                return Ok((Some(run), outcome, failure.map(|failure| failure.message)));
            }
            run = central.go_on_with_tenant(&id).await?;
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
