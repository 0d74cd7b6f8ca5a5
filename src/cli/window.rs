//! `neo window …`.

use neo_model::{Repeat, WindowRow};

use super::Session;
use super::ask;
use super::print::{Printer, count, number, or_dash};
use crate::clock::rfc3339;
use crate::error::{Result, printable};
use crate::windows::NewWindow;

#[derive(clap::Subcommand)]
pub enum Window {
    Add(Add),
    /// List the windows, each with when it is and whom it keeps
    List,
    /// Keep runs from its tenants again
    On {
        window: String,
    },
    /// Keep nobody for a while; what waited for it goes on
    Off {
        window: String,
    },
    /// Remove a window; what waited for it goes on
    Remove {
        window: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// Add a window in which no run changes the tenants that it is about
///
/// Everything given of tags, tenants and a server must hold; nothing given means all tenants. Backups and verifications change nobody
/// and go on. What is at work when it begins finishes; what is not begun waits until it is over.
#[derive(clap::Args)]
pub struct Add {
    /// How it is called where it hinders: "no runs"
    name: String,
    /// When it begins: 2026-12-04T22:00; every day 22:00; every week "fri 22:00"
    #[arg(long, value_name = "TIME")]
    from: String,
    /// When it ends, in the same way
    #[arg(long, value_name = "TIME")]
    to: String,
    /// Whose clocks these times are of: UTC, +01:00, Europe/Berlin [default: UTC]
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// It comes again every day
    #[arg(long, conflicts_with = "weekly")]
    daily: bool,
    /// It comes again every week
    #[arg(long)]
    weekly: bool,
    /// Only tenants with this tag; may be repeated, then all must be there
    #[arg(long, value_name = "TAG")]
    tag: Vec<String>,
    /// Only this tenant; may be repeated
    #[arg(long, value_name = "SLUG|ID")]
    tenant: Vec<String>,
    /// Only tenants on this server
    #[arg(long, value_name = "NAME")]
    server: Option<String>,
}

impl Window {
    pub async fn run(self, session: &Session) -> Result<u8> {
        match self {
            Window::Add(args) => args.run(session).await,
            Window::List => list(session).await,
            Window::On { window } => switched(session, &window, true).await,
            Window::Off { window } => switched(session, &window, false).await,
            Window::Remove { window, yes } => {
                let central = session.central().await?;
                if ask::is_terminal() {
                    ask::confirmed(yes, &format!("Runs come to the tenants of {} again", printable(&window))).await?;
                }
                let row = central.remove_window(&window).await?;
                session.printer.say(format!("Removed {}", row.name));
                told(session.printer, &row);
                Ok(0)
            }
        }
    }
}

impl Add {
    async fn run(self, session: &Session) -> Result<u8> {
        let repeat = match (self.daily, self.weekly) {
            (true, _) => Repeat::Daily,
            (_, true) => Repeat::Weekly,
            _ => Repeat::Once,
        };
        let new = NewWindow {
            name: self.name,
            from: self.from,
            to: self.to,
            zone: self.zone,
            repeat,
            tags: self.tag,
            tenants: self.tenant,
            server: self.server,
        };
        let row = session.central().await?.add_window(new).await?;
        session.printer.say(format!(
            "Added {}: {}, on {}. {}",
            row.name,
            row.when,
            count(row.covers, "tenant"),
            standing(&row)
        ));
        told(session.printer, &row);
        Ok(0)
    }
}

async fn list(session: &Session) -> Result<u8> {
    let printer = session.printer;
    let found = session.central().await?.windows().await?;
    if found.is_empty() {
        printer.say("No window yet. The first one: neo window add NAME --tag TAG --from \"fri 22:00\" --to \"mon 06:00\" --weekly");
    }
    let head = ["name", "when", "on", "tenants", "is", "from", "to", "by"];
    printer.list(&found, &head, |window| {
        vec![
            window.name.clone(),
            window.when.clone(),
            on(window),
            number(window.covers),
            standing(window).to_owned(),
            or_dash(window.next_from.map(rfc3339)),
            or_dash(window.next_to.map(rfc3339)),
            window.made_by.clone(),
        ]
    });
    Ok(0)
}

/// Whom it is about: `tag bank, on server pg-1`.
fn on(window: &WindowRow) -> String {
    let mut parts: Vec<String> = window.tags.iter().map(|tag| format!("tag {tag}")).collect();
    if !window.tenants.is_empty() {
        parts.push(window.tenants.join(" "));
    }
    parts.extend(window.server.as_ref().map(|server| format!("server {server}")));
    if parts.is_empty() { "all".to_owned() } else { parts.join(", ") }
}

fn standing(window: &WindowRow) -> &'static str {
    match (window.enabled, window.in_force, window.next_from) {
        (false, _, _) => "off",
        (true, true, _) => "in force",
        (true, false, Some(_)) => "to come",
        (true, false, None) => "over",
    }
}

async fn switched(session: &Session, window: &str, on: bool) -> Result<u8> {
    let row = session.central().await?.set_window(window, on).await?;
    match on {
        true => session.printer.say(format!("{} keeps runs from its tenants again: {}", row.name, standing(&row))),
        false => session.printer.say(format!("{} keeps nobody until it is on again", row.name)),
    }
    told(session.printer, &row);
    Ok(0)
}

fn told(printer: Printer, row: &WindowRow) {
    if printer.is_json() {
        printer.json(row);
    }
}
