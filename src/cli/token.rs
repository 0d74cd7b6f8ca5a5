//! `neo token …`.

use neo_model::TokenRow;

use super::Session;
use super::ask;
use super::print::or_dash;
use crate::actor::{Confinement, Role};
use crate::clock::rfc3339;
use crate::error::{Error, Result};
use crate::tokens::{Lifetime, NewToken};

#[derive(clap::Subcommand)]
pub enum Token {
    Create(Create),
    /// List the tokens, the newest first
    List,
    /// Revoke tokens: their next request is refused
    Revoke {
        /// As neo token list shows them
        #[arg(required = true, value_name = "ID")]
        tokens: Vec<String>,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// Make a token for a program
///
/// The token alone goes to standard output, and is shown this once. It makes no tokens and no admins and touches no keys, whatever its role.
#[derive(clap::Args)]
pub struct Create {
    /// What it is for: letters, digits and - _ . without spaces
    name: String,
    /// What it may at most: superadmin, admin or support
    #[arg(long)]
    role: Role,
    /// How long it lives, 365d at most, or never
    #[arg(long = "for", value_name = "TIME", default_value = "90d", value_parser = lifetime)]
    lifetime: Lifetime,
    /// Confine it to tenants with this tag: the others do not exist for it
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// Confine it to this tenant (its slug; there need not be one yet)
    #[arg(long = "tenant", value_name = "SLUG")]
    tenants: Vec<String>,
    /// Take it from this address or network only: 10.1.0.0/16
    #[arg(long = "from", value_name = "CIDR")]
    networks: Vec<String>,
    /// Let it delete tenants, prune runs, and roll back more than one
    #[arg(long)]
    allow_destructive: bool,
    /// Tell it how to connect to tenants' databases
    #[arg(long)]
    connect: bool,
}

impl Token {
    pub async fn run(self, session: &Session) -> Result<u8> {
        match self {
            Token::Create(args) => args.run(session).await,
            Token::List => list(session).await,
            Token::Revoke { tokens, yes } => revoke(session, &tokens, yes).await,
        }
    }
}

impl Create {
    async fn run(self, session: &Session) -> Result<u8> {
        let printer = session.printer;
        let new = NewToken {
            name: self.name,
            role: self.role,
            lifetime: self.lifetime,
            confinement: Confinement { tags: self.tags, tenants: self.tenants },
            networks: self.networks,
            allow_destructive: self.allow_destructive,
            connect: self.connect,
        };
        let made = session.central().await?.create_token(new).await?;
        printer.say(sentence(&made.row));
        if printer.is_json() {
            printer.json(&made);
        } else {
            printer.line(&made.token);
        }
        Ok(0)
    }
}

/// What was made, in a sentence.
fn sentence(token: &TokenRow) -> String {
    let until =
        token.expires_at.map_or_else(|| "until it is revoked".to_owned(), |at| format!("until {}", rfc3339(at)));
    let mut parts = vec![format!("Made the token {} ({}): {} {until}", token.name, token.id, token.role)];
    parts.extend(confined(token).map(|inside| format!("confined to {inside}")));
    if !token.networks.is_empty() {
        parts.push(format!("taken from {}", token.networks.join(", ")));
    }
    if token.allow_destructive {
        parts.push("may delete and roll back many".to_owned());
    }
    if token.connect {
        parts.push("may connect".to_owned());
    }
    format!("{}. Keep it now: it is not shown again", parts.join(", "))
}

/// What it is confined to, in words.
fn confined(token: &TokenRow) -> Option<String> {
    let confinement = Confinement { tags: token.tags.clone(), tenants: token.tenants.clone() };
    (!confinement.is_whole()).then(|| confinement.words())
}

async fn list(session: &Session) -> Result<u8> {
    let printer = session.printer;
    let found = session.central().await?.tokens().await?;
    if found.is_empty() {
        printer.say("No token yet. The first one: neo token create NAME --role admin");
    }
    let head = ["id", "name", "role", "of", "state", "confined to", "expires", "last used", "from"];
    printer.list(&found, &head, |token| {
        vec![
            token.id.clone(),
            token.name.clone(),
            token.role.to_string(),
            token.maker.clone(),
            token.state.as_str().to_owned(),
            or_dash(confined(token)),
            token.expires_at.map_or_else(|| "never".to_owned(), rfc3339),
            or_dash(token.last_used_at.map(rfc3339)),
            or_dash(token.last_address.as_ref()),
        ]
    });
    Ok(0)
}

async fn revoke(session: &Session, ids: &[String], yes: bool) -> Result<u8> {
    let (central, printer) = (session.central().await?, session.printer);
    let known = central.tokens().await?;
    // All of them or none: a mistyped one is told before anything is done.
    let missing = ids.iter().find(|id| !known.iter().any(|token| token.id == **id));
    if let Some(id) = missing {
        return Err(Error::not_found("token", id).hint("see which tokens there are: neo token list"));
    }
    // Taking a way in away is no harm: without a terminal nobody is asked.
    if ask::is_terminal() {
        let names: Vec<_> = known.iter().filter(|t| ids.contains(&t.id)).map(|t| t.name.as_str()).collect();
        ask::confirmed(yes, &format!("Whoever uses {} is refused from now on", names.join(", "))).await?;
    }
    let mut revoked = Vec::new();
    for id in ids {
        let token = central.revoke_token(id).await?;
        printer.say(format!("{} ({}) is revoked", token.name, token.id));
        revoked.push(token);
    }
    if printer.is_json() {
        printer.list(&revoked, &[], |_| Vec::new());
    }
    Ok(0)
}

fn lifetime(text: &str) -> Result<Lifetime, String> {
    text.parse().map_err(|error: Error| error.message)
}
