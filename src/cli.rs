//! The command line: arguments, what is asked for, what is printed. It calls the same services as the console and decides
//! nothing itself.

mod admin;
mod afar;
mod ask;
mod audit;
mod backup;
pub mod central;
mod central_database;
mod channel;
mod doctor;
mod filter;
mod key;
mod live;
mod migrate;
mod near;
mod outside;
mod print;
mod prune;
mod run;
mod selection;
mod serve;
mod server;
mod shell;
mod signals;
mod summary;
mod tenant;
mod tenant_user;
mod threads;
mod token;
mod version;
mod window;

use std::ffi::OsString;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::Platform;
use crate::actor::{Actor, Leave};
use crate::config::{Config, Settings};
use crate::error::{Error, Kind, Result};
use crate::notices::{self, Leftover};
pub use afar::Remote;
use central::Central;
use near::Near;
pub use outside::{Outside, Spans};
use print::{Output, Printer};
use signals::Signals;

/// Exit codes, at the end of the help.
const AFTER_HELP: &str = "\
Exit codes:
  0    done, or nothing to do
  1    unexpected failure; the doctor found something that is not as it should be
  2    usage, bad configuration, bad key
  3    the run ended with at least one failed tenant, or its rehearsal failed
  4    not allowed
  5    not found (with the nearest names)
  6    conflict: lock held, checksum drift, a run already active on that tenant, exists already
  7    unreachable or timed out
  8    a check says no: status --check or --at-least finds tenants behind, verify finds drifted ones, lint has findings
  9    cancelled, halted, waiting for a person or for somebody's approval (its own words say how to go on)
  130, 143  ended by a signal

From the environment (or a .env in the working directory), never from arguments:
  DATABASE_URL            the central database, default sqlite://data/central.db
  DB_ENCRYPTION_KEY       the key that seals credentials; make one with: neo key generate
  DB_ENCRYPTION_KEYS_OLD  former keys, comma separated, while rewrapping
  NEO_URL, NEO_TOKEN      instead of these: a console elsewhere, https://central.example.com, and a token for it
Everything else that can be set is explained by: neo serve --help";

/// The console and the command line of a fleet of tenant databases.
#[derive(Parser)]
#[command(name = "neo", version, after_help = AFTER_HELP, arg_required_else_help = true, max_term_width = 110)]
pub struct Cli {
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    settings: Settings,
    /// At the machine: do it without the yes that REQUIRE_APPROVAL asks for; the audit says so
    #[arg(long, global = true, hide = true)]
    without_approval: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Serve(serve::Serve),
    Work(serve::Work),
    CreateCentralAdmin(admin::CreateCentralAdmin),
    CreateTenantUser(tenant_user::CreateTenantUser),
    /// Admins of the console
    #[command(subcommand)]
    Admin(admin::Admin),
    /// Tenants: list, create, suspend, adopt, delete …
    #[command(subcommand)]
    Tenant(Box<tenant::Tenant>),
    /// Database servers that tenants live on
    #[command(subcommand)]
    Server(server::Server),
    /// Backups of tenants
    #[command(subcommand)]
    Backup(backup::Backup),
    /// Migrations: make, apply, roll back, plan, verify
    #[command(subcommand)]
    Migrate(Box<migrate::Migrate>),
    /// Runs: list, watch, rerun, pause, cancel
    #[command(subcommand)]
    Run(run::Run),
    /// The central database: back it up, restore it
    #[command(subcommand, name = "central")]
    CentralDatabase(central_database::CentralDatabase),
    /// The key that seals credentials
    #[command(subcommand)]
    Key(key::Key),
    /// Channels: where notices go
    #[command(subcommand)]
    Channel(channel::Channel),
    /// Maintenance windows: when no run changes whom
    #[command(subcommand)]
    Window(window::Window),
    Filter(filter::Filter),
    /// Tokens: how programs come in
    #[command(subcommand)]
    Token(token::Token),
    /// Who did what, in a chain that shows tampering
    #[command(subcommand)]
    Audit(audit::Audit),
    Prune(prune::Prune),
    Doctor(doctor::Doctor),
    Completions(shell::Completions),
    Man(shell::Man),
    Openapi(shell::Openapi),
}

impl Command {
    /// These end their work in order when they are interrupted; the others just end.
    fn heeds_signals(&self) -> bool {
        matches!(
            self,
            Command::Serve(_) | Command::Work(_) | Command::Migrate(_) | Command::Run(_) | Command::Tenant(_)
        )
    }

    /// Whether it may cause what somebody is told of.
    fn tells(&self) -> bool {
        matches!(self, Command::Migrate(_) | Command::Run(_) | Command::Tenant(_))
    }

    /// The name of what is never asked of a console elsewhere, whatever else is said.
    fn of_the_machine(&self) -> Option<&'static str> {
        match self {
            Command::Serve(_) => Some("neo serve"),
            Command::Work(_) => Some("neo work"),
            Command::CreateCentralAdmin(_) => Some("neo create-central-admin"),
            Command::CentralDatabase(_) => Some("neo central"),
            Command::Key(_) => Some("neo key"),
            _ => None,
        }
    }
}

/// The tree of commands, with every setting explained under `serve`.
fn tree() -> clap::Command {
    let explained = |serve: clap::Command| {
        let (about, long) =
            (serve.get_about().cloned().unwrap_or_default(), serve.get_long_about().cloned().unwrap_or_default());
        // Taking up the settings takes their own words as well.
        Settings::augment_args(serve).about(about).long_about(long).mut_args(|arg| arg.hide(false))
    };
    Cli::command().mut_subcommand("serve", explained)
}

/// An error from before the arguments are understood, in the format they seem to ask for.
pub fn say(error: &Error, words: impl IntoIterator<Item = OsString>) {
    guess(words).error(error);
}

fn guess(words: impl IntoIterator<Item = OsString>) -> Printer {
    Printer::guess(&words.into_iter().map(|w| w.to_string_lossy().into_owned()).collect::<Vec<_>>())
}

/// Understands the arguments, or says what is wrong with them (or prints the help asked for) and answers the exit code.
pub fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Cli, u8> {
    let words: Vec<OsString> = words.into_iter().collect();
    if version::told(&words) {
        return Err(0);
    }
    tree().try_get_matches_from(&words).and_then(|matches| Cli::from_arg_matches(&matches)).map_err(|error| {
        let printer = guess(words);
        if error.use_stderr() && printer.is_json() {
            let text = error.render().to_string();
            let line = text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
            printer.error(&Error::new(Kind::Invalid, line).hint("neo --help"));
        } else {
            let _ = error.print();
        }
        u8::try_from(error.exit_code()).unwrap_or(2)
    })
}

/// Runs the command and answers the exit code.
pub fn run(cli: Cli, outside: Outside) -> u8 {
    let Cli { output, settings, without_approval, command } = cli;
    let printer = Printer::new(&output);
    let serves = matches!(command, Command::Serve(_) | Command::Work(_));
    let runtime = match threads::begin(serves) {
        Ok(runtime) => runtime,
        Err(e) => {
            printer.error(&Error::internal(e));
            return 1;
        }
    };
    let spans = settings.otel_exporter_otlp_endpoint.as_deref().filter(|endpoint| !endpoint.is_empty());
    let begin = |endpoint| (outside.trace)(endpoint, &settings.otel_service_name, runtime.handle());
    let (spans, end) = match spans.map(begin).transpose() {
        Ok(spans) => spans.map(|Spans { layer, end }| (layer, end)).unzip(),
        Err(error) => return fail(printer, &error),
    };
    serve::log(&settings, serves, spans);
    let code = runtime.block_on(async {
        let signals = match Signals::listen() {
            Ok(signals) => signals,
            Err(e) => return fail(printer, &e),
        };
        let heeds = command.heeds_signals();
        let opened = OnceLock::new();
        let actor = Actor::operator();
        let actor = if without_approval { actor.without_approval() } else { actor };
        let session =
            Session { settings, printer, signals: signals.clone(), actor, outside, opened, begun: Instant::now() };
        let outcome = async {
            let tells = command.tells();
            let code = command.run(&session).await.unwrap_or_else(|e| fail(printer, &e));
            session.keep_head().await;
            if tells {
                session.send_notices().await;
            }
            code
        };
        tokio::select! {
            code = outcome => code,
            code = signals.received(), if !heeds => code,
            code = left_to_it(&signals, printer), if heeds && afar::is_asked() => code,
        }
    });
    if let Some(end) = end {
        end();
    }
    // A prompt or a slow look-up on another thread must not hold the end up.
    runtime.shutdown_background();
    code
}

/// How long after a signal a command that asks a console may take to say where things stand.
const PARTING: Duration = Duration::from_millis(500);

/// From afar nothing has to end in order: what was asked for goes on at the console, or it does not.
async fn left_to_it(signals: &Signals, printer: Printer) -> u8 {
    let code = signals.received().await;
    tokio::time::sleep(PARTING).await;
    printer.say("Stopped here; what the console was asked for may go on there. See it with: neo run list");
    code
}

fn fail(printer: Printer, error: &Error) -> u8 {
    printer.error(error);
    error.kind.exit_code()
}

impl Command {
    async fn run(self, session: &Session) -> Result<u8> {
        if let Some(name) = self.of_the_machine() {
            afar::refuse(name)?;
        }
        match self {
            Command::Serve(args) => args.run(session).await,
            Command::Work(args) => args.run(session).await,
            Command::CreateCentralAdmin(args) => args.run(session).await,
            Command::CreateTenantUser(args) => args.run(session).await,
            Command::Admin(command) => command.run(session).await,
            Command::Tenant(command) => command.run(session).await,
            Command::Server(command) => command.run(session).await,
            Command::Backup(command) => command.run(session).await,
            Command::Migrate(command) => command.run(session).await,
            Command::Run(command) => command.run(session).await,
            Command::CentralDatabase(command) => command.run(session).await,
            Command::Key(command) => command.run(session).await,
            Command::Channel(command) => command.run(session).await,
            Command::Window(command) => command.run(session).await,
            Command::Filter(args) => args.run(session).await,
            Command::Token(command) => command.run(session).await,
            Command::Audit(command) => command.run(session).await,
            Command::Prune(args) => args.run(session).await,
            Command::Doctor(args) => args.run(session).await,
            Command::Completions(args) => args.run(session),
            Command::Man(args) => args.run(session),
            Command::Openapi(args) => args.run(session),
        }
    }
}

/// What every command has at hand.
struct Session {
    settings: Settings,
    printer: Printer,
    signals: Signals,
    actor: Actor,
    outside: Outside,
    opened: OnceLock<Platform>,
    begun: Instant,
}

impl Session {
    /// Opens the platform: only the commands that need the machine do.
    async fn open(&self) -> Result<Platform> {
        afar::refuse("this command")?;
        let platform = Platform::open(Config::from_env(&self.settings)?).await?;
        if self.opened.set(platform.clone()).is_ok() && platform.config.audit_head_file.is_some() {
            let kept = platform.clone();
            tokio::spawn(async move { crate::audit::keep_heads(&kept).await });
        }
        Ok(platform)
    }

    /// The act is done: that its row is not kept elsewhere is told, and changes nothing of it.
    async fn keep_head(&self) {
        let open = self.opened.get().filter(|platform| !platform.shutdown.is_cancelled());
        if let Some(platform) = open
            && let Err(error) = crate::audit::keep_head(platform).await
        {
            self.printer.error(&error);
        }
    }

    /// What this command has caused is told before it ends: there may be nobody else who would. What is not taken waits for whoever runs next.
    async fn send_notices(&self) {
        let Some(platform) = self.opened.get().filter(|platform| !platform.shutdown.is_cancelled()) else { return };
        match notices::send_own(platform, (self.outside.post)(), self.begun.elapsed()).await {
            Ok(Leftover { why: Some(why), .. }) => {
                self.printer.say(format!("A notice was not taken ({why}); neo serve or neo work tries it again"));
            }
            Ok(_) => {}
            Err(error) => self.printer.error(&error),
        }
    }

    /// The platform at hand, or the console that the environment names. Commands that ask for neither work without a key or a
    /// database.
    async fn central(&self) -> Result<Arc<dyn Central>> {
        match Remote::from_env()? {
            Some(_) if self.actor.leave == Leave::Without => Err(Error::config(
                "--without-approval is for whoever is at the machine: beside the key and the central database",
            )
            .hint("call it there, without NEO_URL and NEO_TOKEN")),
            Some(remote) => (self.outside.far)(remote),
            None => {
                let (post, web) = ((self.outside.post)(), (self.outside.web)());
                Ok(Arc::new(Near::new(self.open().await?, self.actor.clone(), post, web)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        tree().debug_assert();
    }
}
