//! `neo migrate …`.

mod digest;
mod lint;
mod others;
mod plan;
mod rehearse;
mod resolve;
mod rollback;
mod show;

use clap::{Args, Subcommand};

use super::central::Central;
use super::live::Follow;
use super::print::Form;
use super::selection::{Behaviour, Narrow, named, version};
use super::summary::{self, nothing};
use super::{Session, live, print};
use crate::clock;
use crate::error::Result;
use crate::migrations::{self, Set};
use crate::runs::{Goal, Kind, Policy, Request, Status as RunStatus};
use crate::tenants::{Filter, Status};

#[derive(Subcommand)]
pub enum Migrate {
    /// Write the pair of files of a new migration and print their paths
    Make {
        /// In a few words: add_status_field_to_contacts
        name: String,
    },
    /// Bring one tenant, or several, to the newest version
    Tenant {
        /// Slugs or ids
        #[arg(required = true, value_name = "SLUG|ID")]
        tenants: Vec<String>,
        #[command(flatten)]
        options: Forward,
    },
    /// Bring all active tenants to the newest version
    AllTenants {
        #[command(flatten)]
        options: Forward,
    },
    Rollback(rollback::Rollback),
    Resolve(resolve::Resolve),
    Lint(lint::Lint),
    Digest(digest::Digest),
    Rehearse(rehearse::Rehearse),
    /// The fleet's migrations: what each is for, and how many tenants have it
    List,
    /// Show one migration: its files, what there is to say of them, and how many tenants have it
    Show {
        /// Its version, its name, or both
        #[arg(value_name = "VERSION")]
        migration: String,
    },
    /// What a run would do; nothing is touched
    Plan {
        /// Slugs or ids; without, all active tenants
        #[arg(value_name = "SLUG|ID")]
        tenants: Vec<String>,
        /// The version to plan for, instead of the newest
        #[arg(long, value_name = "VERSION")]
        to: Option<String>,
        /// With the text of each pending file
        #[arg(long)]
        sql: bool,
        /// For people, for programs, or as a comment on a change
        #[arg(long, value_name = "FORMAT", value_parser = Form::of(&plan::FORMS), help_heading = "Output")]
        format: Option<Form>,
        #[command(flatten)]
        narrow: Narrow,
    },
    /// Where the tenants stand, from what is known
    Status {
        /// Slugs or ids; without, all active tenants
        #[arg(value_name = "SLUG|ID")]
        tenants: Vec<String>,
        /// Only those on which something is pending; exit with 8 when there are any
        #[arg(long)]
        check: bool,
        /// Exit with 0 when all are known to be at this version or newer, else with 8 and the tenants that are not
        ///
        /// What failed, cannot be reached, or was left behind by a dead worker is not known to be there, whatever it had
        /// before. For a pipeline: may the application that needs this version go out?
        #[arg(long, value_name = "VERSION", conflicts_with = "check")]
        at_least: Option<String>,
        #[command(flatten)]
        narrow: Narrow,
    },
    /// Compare ledgers with the files, and schemas with one another; nothing is changed
    ///
    /// Looks at every tenant anew. Exits with 3 when a tenant fails (a changed file, a dirty row, a server out of reach),
    /// with 8 when all can be read but some have another schema than most tenants with the same migrations: those are
    /// listed with what differs.
    Verify {
        /// Slugs or ids; without, all active tenants
        #[arg(value_name = "SLUG|ID")]
        tenants: Vec<String>,
        #[command(flatten)]
        narrow: Narrow,
        #[command(flatten)]
        behaviour: Behaviour,
    },
}

/// The options of a run forward.
#[derive(Args)]
pub struct Forward {
    /// The last version to apply, instead of the newest
    #[arg(long, value_name = "VERSION")]
    to: Option<String>,
    /// First run everything on a copy of this tenant's database; when that fails, the run does not start (exit 3)
    #[arg(long, value_name = "SLUG|ID")]
    rehearse: Option<String>,
    /// First back up the tenants that are behind; when one cannot be, the run does not start (exit 3)
    #[arg(long, conflicts_with_all = ["detach", "at", "dry_run"])]
    backup: bool,
    /// Where another run is at one of the tenants, begin when it has ended, instead of ending with 6
    #[arg(long, conflicts_with_all = ["detach", "at", "dry_run"])]
    wait_for_others: bool,
    #[command(flatten)]
    narrow: Narrow,
    #[command(flatten)]
    behaviour: Behaviour,
}

impl Migrate {
    pub async fn run(self: Box<Self>, session: &Session) -> Result<u8> {
        match *self {
            Migrate::Make { name } => make(session, &name),
            Migrate::Tenant { tenants, options } => {
                named(&tenants)?;
                options.run(session, tenants).await
            }
            Migrate::AllTenants { options } => options.run(session, Vec::new()).await,
            Migrate::Rollback(args) => args.run(session).await,
            Migrate::Resolve(args) => args.run(session).await,
            Migrate::Lint(args) => args.run(session).await,
            Migrate::Digest(args) => args.run(session).await,
            Migrate::Rehearse(args) => args.run(session).await,
            Migrate::List => show::list(session, &*session.central().await?).await,
            Migrate::Show { migration } => show::show(session, &*session.central().await?, &migration).await,
            Migrate::Plan { tenants, to, sql, format, narrow } => {
                let central = &*session.central().await?;
                let selection = narrow.filter(central, tenants).await?;
                let to = version(central, to.as_deref()).await?;
                let told = plan::Told { sql, markdown: format == Some(Form::Markdown) };
                plan::plan(session, central, &selection, to, &Policy::default(), told).await
            }
            Migrate::Status { tenants, at_least: Some(version), narrow, .. } => {
                let central = &*session.central().await?;
                at_least(session, central, narrow.filter(central, tenants).await?, &version).await
            }
            Migrate::Status { tenants, check, narrow, at_least: None } => {
                let central = &*session.central().await?;
                status(session, central, narrow.filter(central, tenants).await?, check).await
            }
            Migrate::Verify { tenants, narrow, behaviour } => {
                let central = &*session.central().await?;
                let selection = narrow.filter(central, tenants).await?;
                // A verification that trusts what is known would verify nothing.
                let policy = Policy { trust_ms: 0, ..behaviour.policy() };
                let request = Request { policy, ..behaviour.request(Goal::Verify, selection) };
                start(session, central, request, behaviour.follow).await
            }
        }
    }
}

/// Needs neither a key nor a database.
fn make(session: &Session, name: &str) -> Result<u8> {
    let (up, down) = migrations::make(&session.settings.tenant_migrations, name, clock::of_this_machine())?;
    if session.printer.is_json() {
        session.printer.json(&serde_json::json!({ "up": up, "down": down }));
    } else {
        session.printer.line(up.display().to_string());
        session.printer.line(down.display().to_string());
    }
    Ok(0)
}

impl Forward {
    async fn run(self, session: &Session, keys: Vec<String>) -> Result<u8> {
        let central = &*session.central().await?;
        let to = version(central, self.to.as_deref()).await?;
        let selection = self.narrow.filter(central, keys).await?;
        if self.behaviour.dry_run {
            let policy = self.behaviour.planned();
            return plan::plan(session, central, &selection, to, &policy, plan::Told::default()).await;
        }
        if let Some(tenant) = &self.rehearse
            && let Some(code) = rehearse::before(session, central, tenant, to).await?
        {
            return Ok(code);
        }
        if self.backup
            && let Some(code) = backed_up(session, central, &self.behaviour, &selection, to).await?
        {
            return Ok(code);
        }
        let request = self.behaviour.request(Goal::Migrate { to }, selection);
        begin(session, central, request, (self.behaviour.follow, self.wait_for_others)).await
    }
}

/// Backs up those that the run would change, and says so; a code when it does not come to that run.
async fn backed_up(
    session: &Session,
    central: &dyn Central,
    behaviour: &Behaviour,
    selection: &Filter,
    to: Option<i64>,
) -> Result<Option<u8>> {
    let newest = if to.is_some() { to } else { central.newest().await? };
    let changed = Filter { statuses: vec![Status::Active], behind: selection.behind.or(newest), ..selection.clone() };
    if central.tenants(&changed, None, 1).await?.tenants.is_empty() {
        return Ok(None);
    }
    let mut request = behaviour.request(Goal::Backup, Filter { statuses: Vec::new(), ..changed });
    // What the run does in waves is backed up at once.
    (request.policy.waves, request.policy.wait) = (Vec::new(), Default::default());
    let run = central.start(request).await?.run;
    if let Some(code) = live::follow(session, central, &central.run(run).await?, 0, (true, behaviour.follow)).await? {
        return Ok(Some(code));
    }
    let ended = central.run(run).await?.summary;
    if ended.status != RunStatus::Succeeded {
        return summary::conclude(session, central, run).await.map(Some);
    }
    session.printer.say(format!("{} backed up by run {run}", print::count(ended.tenants.total, "tenant")));
    Ok(None)
}

/// Starts a run and, unless detached, works and shows it.
pub(super) async fn start(session: &Session, central: &dyn Central, request: Request, how: Follow) -> Result<u8> {
    begin(session, central, request, (how, false)).await
}

/// The same; `waits`: once no other run is in the way.
async fn begin(
    session: &Session,
    central: &dyn Central,
    mut request: Request,
    (how, waits): (Follow, bool),
) -> Result<u8> {
    if request.selection.is_fleet_wide() && !any_active(central, &request.selection).await? {
        return Ok(nothing(session.printer, request.goal.kind(), "no active tenants: nothing to do"));
    }
    let folder = &session.settings.tenant_migrations;
    if central.afar().is_some() && request.goal.kind().is_of_files() && folder.is_dir() {
        // The console runs its own files: whoever has others beside them is told.
        request.expect = Some(Set::load(folder).await?.edition());
    }
    let (detached, is_for_later) = (request.detached, request.not_before.is_some());
    let started = match waits {
        true => others::after(session, central, &request).await?,
        false => central.start(request).await?,
    };
    let n = started.run;
    if detached {
        if is_for_later && let Some(at) = central.run(n).await?.planned_for {
            session.printer.say(format!(
                "Run {n} begins at {at}, done by neo serve or neo work. Now: neo run resume {n} · never: neo run cancel {n}",
            ));
        }
        live::leave(session, central, n).await?;
        if session.printer.is_json() {
            session.printer.json(&started);
        } else {
            session.printer.line(n.to_string());
        }
        return Ok(0);
    }
    live::drive(session, central, n, 0, how).await
}

/// Whether somebody is meant. Of a tag the platform says whether anybody has it: one that was mistyped is no fleet where nothing is
/// to be done.
async fn any_active(central: &dyn Central, selection: &Filter) -> Result<bool> {
    if !selection.tags.is_empty() {
        return Ok(true);
    }
    let filter = Filter { statuses: vec![Status::Active], ..selection.clone() };
    Ok(!central.tenants(&filter, None, 1).await?.tenants.is_empty())
}

async fn status(session: &Session, central: &dyn Central, selection: Filter, check: bool) -> Result<u8> {
    let mut tenants = central.standing(&selection).await?;
    if tenants.is_empty() {
        session.printer.say("no active tenants");
    }
    let (total, behind) = (tenants.len(), tenants.iter().filter(|t| t.pending > 0).count());
    if check {
        tenants.retain(|t| t.pending > 0);
    }
    session.printer.list(&tenants, &["tenant", "version", "pending", "state", "id"], |t| {
        vec![t.tenant.clone(), print::or_dash(t.version), t.pending.to_string(), t.state.to_string(), t.id.clone()]
    });

    if behind > 0 {
        session.printer.say(format!(
            "{} of {} behind",
            print::number(behind as i64),
            print::count(total as i64, "tenant")
        ));
    }
    Ok(if check && behind > 0 { 8 } else { 0 })
}

/// How many tenants are named on a terminal.
const NAMED: usize = 20;

async fn at_least(session: &Session, central: &dyn Central, selection: Filter, version: &str) -> Result<u8> {
    let printer = session.printer;
    let answer = central.at_least(&selection, version).await?;
    let version = answer.version;
    if printer.is_json() {
        printer.json(&answer);
    } else if answer.ok {
        printer.line(format!("{} at {version} or newer", print::count(answer.tenants, "tenant")));
    } else {
        let n = answer.behind.len();
        printer.line(format!("{n} of {} not known to be at {version}", print::count(answer.tenants, "tenant")));
        for tenant in answer.behind.iter().take(NAMED) {
            printer.line(format!(
                "  {}  {}  {}{}",
                tenant.tenant,
                print::or_dash(tenant.version),
                tenant.state.word(),
                if tenant.quarantined { ", in quarantine" } else { "" }
            ));
        }
        if n > NAMED {
            printer.line(format!("  and {} more", print::number((n - NAMED) as i64)));
        }
    }
    Ok(if answer.ok { 0 } else { 8 })
}

/// What a rollback is called in its own output.
const ROLLBACK: Kind = Kind::Rollback;
