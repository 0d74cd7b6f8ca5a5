//! `neo create-central-admin` and `neo admin …`.

use neo_model::{AccountStatus, AdminLink, AdminRow, Mailed, SessionsEnded};

use super::ask::{self, SecretSource};
use super::print::{Printer, or_dash};
use super::{Session, afar};
use crate::actor::Role;
use crate::admins::{self, Invitation, NewAdmin};
use crate::clock::rfc3339;
use crate::error::{Result, printable};
use crate::link::Link;
use crate::second_factor;

/// Create an admin of the console
///
/// What is not given is asked for on a terminal. The password comes from PASSWORD, from standard input with --password-stdin, or from a prompt (typed twice).
#[derive(clap::Args)]
pub struct CreateCentralAdmin {
    #[command(flatten)]
    person: Person,
}

/// Where the new password of somebody comes from.
pub const NEW_PASSWORD: SecretSource =
    SecretSource { prompt: "New password", variable: "PASSWORD", may_be_stdin: true, from_stdin: false, twice: true };

/// Who a new account is for.
#[derive(clap::Args)]
pub struct Person {
    #[arg(long, env = "EMAIL")]
    pub email: Option<String>,
    #[arg(long, env = "FIRST_NAME")]
    pub first_name: Option<String>,
    #[arg(long, env = "LAST_NAME")]
    pub last_name: Option<String>,
    /// Admins of the console: superadmin, admin or support. Users of a tenant: a role of that tenant
    #[arg(long, env = "ROLE")]
    pub role: Option<String>,
    /// Read the password from standard input
    #[arg(long)]
    pub password_stdin: bool,
}

/// The same with nothing missing.
pub struct KnownPerson {
    pub email: String,
    pub password: secrecy::SecretString,
    pub first_name: String,
    pub last_name: String,
    pub role: String,
}

impl Person {
    pub async fn complete(self) -> Result<KnownPerson> {
        let email = ask::text(self.email, "email", "EMAIL", "Email").await?;
        let source = SecretSource { prompt: "Password", from_stdin: self.password_stdin, ..NEW_PASSWORD };
        let password = source.read().await?;
        let first_name = ask::text(self.first_name, "first-name", "FIRST_NAME", "First name").await?;
        let last_name = ask::text(self.last_name, "last-name", "LAST_NAME", "Last name").await?;
        let role = ask::text(self.role, "role", "ROLE", "Role").await?;
        Ok(KnownPerson { email, password, first_name, last_name, role })
    }
}

impl CreateCentralAdmin {
    pub async fn run(self, session: &Session) -> Result<u8> {
        let KnownPerson { email, password, first_name, last_name, role } = self.person.complete().await?;
        let role = role.parse::<Role>()?;
        let platform = session.open().await?;
        let new = NewAdmin { email, password, first_name, last_name, role };
        let admin = admins::create(&platform, &session.actor, new).await?;
        session.printer.say(format!("Created {} as {}", admin.email, admin.role));
        show(session.printer, &admin.into());
        Ok(0)
    }
}

#[derive(clap::Subcommand)]
pub enum Admin {
    /// List the admins
    List,
    /// Show one admin
    Show { admin: String },
    /// Print a link by which somebody comes in as an admin and chooses a password, once, within 48 hours
    Invite {
        /// Where they are reached, and what they sign in with
        email: String,
        /// What they may
        #[arg(long, env = "ROLE")]
        role: Role,
        /// What they are called, first name first; left out, they say it themselves
        #[arg(long)]
        name: Option<String>,
    },
    /// Print a link by which an admin chooses a password, once, within 48 hours; the one before is worth nothing any more
    Link { admin: String },
    /// Take back a link that was not used; whoever was invited by it is no admin any more
    Revoke { admin: String },
    /// Change what an admin may do
    SetRole { admin: String, role: Role },
    /// Keep an admin out, and end the sessions
    Disable { admin: String },
    /// Let a disabled admin in again
    Enable { admin: String },
    /// Set a new password and end the sessions (PASSWORD, --password-stdin, or a prompt)
    ResetPassword {
        admin: String,
        /// Read the password from standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// Take away the second factor of an admin who has lost it, passkeys too, and end the sessions
    #[command(name = "reset-2fa")]
    ResetFactor { admin: String },
    /// Part an admin from who they are at the identity provider, and end the sessions; whoever comes from there next is looked at anew
    Unlink { admin: String },
    /// Sign an admin out everywhere, or all of them
    EndSessions {
        #[arg(required_unless_present = "all")]
        admin: Option<String>,
        /// Every central admin
        #[arg(long, conflicts_with = "admin")]
        all: bool,
    },
}

impl Admin {
    pub async fn run(self, session: &Session) -> Result<u8> {
        let printer = session.printer;
        match self {
            Admin::List => return list(session).await,
            Admin::Show { admin } => {
                show(printer, &session.central().await?.admin(&admin).await?);
                return Ok(0);
            }
            _ => {}
        }
        // A token manages no admins: the rest is for a person who has signed in, or at the machine.
        afar::refuse("changing admins")?;
        // A prompt comes before the database, so that nothing is held open while somebody thinks.
        let password = match &self {
            Admin::ResetPassword { password_stdin, .. } => {
                Some(SecretSource { from_stdin: *password_stdin, ..NEW_PASSWORD }.read().await?)
            }
            _ => None,
        };
        let (platform, actor) = (session.open().await?, &session.actor);
        let (admin, done) = match self {
            Admin::Invite { email, role, name } => {
                let name = name.unwrap_or_default();
                let (first, last) = name.trim().split_once(char::is_whitespace).unwrap_or((name.trim(), ""));
                let (first_name, last_name) = (Some(first.to_owned()), Some(last.to_owned()));
                tell(
                    printer,
                    admins::invite(&platform, actor, Invitation { email, first_name, last_name, role }).await?,
                );
                return Ok(0);
            }
            Admin::Link { admin } => {
                tell(printer, admins::link(&platform, actor, &admin).await?);
                return Ok(0);
            }
            Admin::Revoke { admin } => {
                let was = admins::revoke(&platform, actor, &admin).await?;
                let done = if was.invited { "is invited no longer" } else { "has no link any more" };
                printer.say(format!("{} {done}", was.email));
                show(printer, &was.into());
                return Ok(0);
            }
            Admin::List | Admin::Show { .. } => return Ok(0),
            Admin::EndSessions { admin, .. } => {
                let ended = match admin {
                    Some(admin) => admins::end_sessions(&platform, actor, &admin).await?,
                    None => admins::end_all_sessions(&platform, actor, None).await?,
                };
                printer.say(super::print::count(i64::try_from(ended).unwrap_or(i64::MAX), "session") + " ended");
                if printer.is_json() {
                    printer.json(&SessionsEnded { ended });
                }
                return Ok(0);
            }
            Admin::SetRole { admin, role } => (admins::set_role(&platform, actor, &admin, role).await?, "changed"),
            Admin::Disable { admin } => {
                (admins::disable(&platform, actor, &admin).await?, AccountStatus::Disabled.word())
            }
            Admin::Enable { admin } => (admins::enable(&platform, actor, &admin).await?, "enabled"),
            Admin::ResetFactor { admin } => {
                (second_factor::reset(&platform, actor, &admin).await?, "without a second factor")
            }
            Admin::Unlink { admin } => {
                (admins::unlink(&platform, actor, &admin).await?, "nobody at the identity provider any more")
            }
            Admin::ResetPassword { admin, .. } => {
                let password = password.ok_or_else(|| ask::missing("password", "--password-stdin or PASSWORD"))?;
                (admins::reset_password(&platform, actor, &admin, password).await?, "given a new password")
            }
        };
        printer.say(format!("{} is {done}", admin.email));
        show(printer, &admin.into());
        Ok(0)
    }
}

async fn list(session: &Session) -> Result<u8> {
    let (rows, printer) = (session.central().await?.admins().await?, session.printer);
    if rows.is_empty() {
        printer.say("No admin yet. The first one: neo create-central-admin");
    }
    printer.list(
        &rows,
        &["email", "name", "role", "status", "second factor", "signs in by", "last sign-in", "id"],
        |a| {
            let name = format!("{} {}", a.first_name, a.last_name).trim().to_owned();
            let seen = or_dash(a.last_signed_in_at.map(rfc3339));
            let factor = yes_or_no(a.second_factor).to_owned();
            let by = or_dash(ways(a));
            vec![a.email.clone(), name, a.role.to_string(), a.status.word().into(), factor, by, seen, a.id.clone()]
        },
    );
    Ok(0)
}

fn tell(printer: Printer, link: Link) {
    let link = AdminLink::from(link);
    match &link.mailed {
        Some(Mailed { why: Some(why), .. }) => printer.say(format!("It was not mailed: {why}")),
        Some(Mailed { why: None, .. }) => printer.say(format!("It was mailed to {} as well.", printable(&link.email))),
        None => {}
    }
    super::print::link(printer, (&link.url, &link.email, link.expires_at), &link);
}

fn yes_or_no(is_there: bool) -> &'static str {
    if is_there { "yes" } else { "no" }
}

/// `password, provider`; none of whoever has not come in yet.
fn ways(row: &AdminRow) -> Option<String> {
    let ways: Vec<_> = row.ways.iter().map(ToString::to_string).collect();
    (!ways.is_empty()).then(|| ways.join(", "))
}

fn show(printer: Printer, row: &AdminRow) {
    let fields = [
        ("id", row.id.clone()),
        ("email", row.email.clone()),
        ("name", format!("{} {}", row.first_name, row.last_name).trim().to_owned()),
        ("role", row.role.to_string()),
        ("status", row.status.word().to_owned()),
        ("second factor", yes_or_no(row.second_factor).to_owned()),
        ("signs in by", or_dash(ways(row))),
        ("last sign-in", or_dash(row.last_signed_in_at.map(rfc3339))),
        ("link until", or_dash(row.link_until.map(rfc3339))),
        ("created", rfc3339(row.created_at)),
    ];
    printer.one(row, &fields);
}
