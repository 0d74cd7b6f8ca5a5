//! Who is asking: every service takes an [`Actor`] and asks it before it does anything.

mod confinement;
mod leave;
mod permission;

use std::time::Duration;

pub use neo_model::{Door, Role};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Kind, Result};
pub use confinement::Confinement;
pub use leave::Leave;
use permission::OfTokens;
pub use permission::Permission;

/// How old a sign-in may be for acts that ask for a recent one.
pub const RECENT_SIGN_IN: Duration = Duration::from_secs(10 * 60);

/// Who is asking, with which role, through which door.
#[derive(Debug, Clone)]
pub struct Actor {
    /// The admin's id, if it is one.
    pub admin_id: Option<String>,
    /// As shown and audited: an email, or `cli:<os user>`, or `system`.
    pub name: String,
    pub role: Role,
    pub door: Door,
    pub address: Option<String>,
    pub request_id: String,
    /// How long ago this session proved its password. `None` where nobody has (command line, system).
    pub signed_in_ago: Option<Duration>,
    /// The hash of the id of the session, or of the sign-in that is not whole yet, by which somebody is known in a browser.
    pub session: Option<String>,
    /// The token that a program came with.
    pub token: Option<Token>,
    /// Whether what wants somebody else's yes has it.
    pub leave: Leave,
}

/// What a token makes of whoever comes with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub id: String,
    pub confinement: Confinement,
    pub allow_destructive: bool,
    /// It may be told how to connect to tenants' databases.
    pub connect: bool,
}

/// Who asked for something that is done later, as it is kept with it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Asked {
    admin_id: Option<String>,
    name: String,
    door: Door,
    address: Option<String>,
    request_id: String,
}

impl From<&Actor> for Asked {
    fn from(actor: &Actor) -> Self {
        Self {
            admin_id: actor.admin_id.clone(),
            name: actor.name.clone(),
            door: actor.door,
            address: actor.address.clone(),
            request_id: actor.request_id.clone(),
        }
    }
}

impl Actor {
    /// The operator at the machine: whoever holds the key and the database has every right already.
    pub fn operator() -> Self {
        // The name is for the record only, so the environment may say it.
        let user = crate::config::os_user();
        Self {
            admin_id: None,
            name: format!("cli:{user}"),
            role: Role::Superadmin,
            door: Door::Cli,
            address: None,
            request_id: crate::id::new(),
            signed_in_ago: None,
            session: None,
            token: None,
            leave: Leave::None,
        }
    }

    /// The platform itself: workers and housekeeping.
    pub fn system() -> Self {
        Self {
            admin_id: None,
            name: "system".into(),
            role: Role::Superadmin,
            door: Door::System,
            address: None,
            request_id: crate::id::new(),
            signed_in_ago: None,
            session: None,
            token: None,
            leave: Leave::None,
        }
    }

    /// Whoever asked for what is done only now, by a worker: in their name, with the platform's rights, since theirs were weighed
    /// when they asked. Where nobody knows who it was it is the platform.
    pub(crate) fn on_behalf_of(asked: Option<Asked>) -> Self {
        let Some(Asked { admin_id, name, door, address, request_id }) = asked else { return Self::system() };
        Self { admin_id, name, door, address, request_id, signed_in_ago: Some(Duration::ZERO), ..Self::system() }
    }

    /// Whether this actor may, but for a recent sign-in; pages use it to explain what stays disabled.
    pub fn may(&self, permission: Permission) -> bool {
        self.refusal(permission).is_none()
    }

    /// Refuses with [`Kind::Denied`] unless the role (and the token) allows it, and with [`Kind::Reauthenticate`] when the sign-in
    /// is too old for an act of this weight.
    pub fn authorise(&self, permission: Permission) -> Result<()> {
        if let Some(refusal) = self.refusal(permission) {
            return Err(refusal);
        }
        if permission.wants_recent_sign_in() && !self.is_recent() {
            return Err(Error::new(Kind::Reauthenticate, "this act needs a recent sign-in")
                .hint("confirm your password and try again"));
        }
        Ok(())
    }

    fn refusal(&self, permission: Permission) -> Option<Error> {
        let (least, _, of_tokens, act) = permission.row();
        if self.role < least {
            return Some(
                Error::denied(format!("your role ({}) may not {act}", self.role))
                    .hint(format!("ask somebody with the role {least}")),
            );
        }
        match of_tokens {
            OfTokens::All => None,
            OfTokens::Whole => self.refuse_confined(act),
            OfTokens::Destructive => self.refuse_destructive(act),
            OfTokens::WholeDestructive => self.refuse_confined(act).or_else(|| self.refuse_destructive(act)),
            OfTokens::Connecting => self.token.as_ref().filter(|token| !token.connect).map(|_| {
                Error::denied(format!("this token may not {act}")).hint("this wants a token that was made to connect")
            }),
            OfTokens::Never => self
                .token
                .as_ref()
                .map(|_| Error::denied(format!("a token may not {act}")).hint("a person does this, who has signed in")),
        }
    }

    fn refuse_confined(&self, act: &str) -> Option<Error> {
        self.confinement().map(|inside| {
            Error::denied(format!("this token may not {act}"))
                .cause(format!("it is confined to {}", inside.words()))
                .hint("this wants a token of the whole fleet")
        })
    }

    fn refuse_destructive(&self, act: &str) -> Option<Error> {
        self.token.as_ref().filter(|token| !token.allow_destructive).map(|_| {
            Error::denied(format!("this token may not {act}")).hint("this wants a token that was made to destroy")
        })
    }

    /// Refuses a token that was not made to destroy what weighs like a rollback of more than one tenant, whichever permission
    /// lets it be gone on with.
    pub(crate) fn authorise_rollback_of_many(&self) -> Result<()> {
        let (.., act) = Permission::RollBackMany.row();
        self.refuse_destructive(act).map_or(Ok(()), Err)
    }

    /// Refuses whoever may not be told how to connect to a tenant's database: everybody but tokens made for it.
    pub fn authorise_connecting(&self) -> Result<()> {
        match &self.token {
            Some(token) if token.connect => Ok(()),
            _ => Err(Error::denied("only a token made to connect is told how to connect to a tenant")
                .hint("make one that may connect")),
        }
    }

    /// Refuses whoever may not be told credentials. Whoever says to which server a tenant's data goes can read it there, and may have
    /// named a listener of their own as that server.
    pub(crate) fn authorise_sending(&self) -> Result<()> {
        self.authorise(Permission::SeeCredentials).map_err(|e| {
            if e.kind == Kind::Denied { e.cause("whoever says where its data goes can read it there") } else { e }
        })
    }

    /// The tenants that there are for this actor; `None` where that is all of them.
    pub fn confinement(&self) -> Option<&Confinement> {
        self.token.as_ref().map(|token| &token.confinement).filter(|confinement| !confinement.is_whole())
    }

    /// Who this is to whoever counts or remembers, however often they come in.
    pub(crate) fn key(&self) -> String {
        match (&self.token, &self.admin_id) {
            (Some(token), _) => format!("token:{}", token.id),
            (None, Some(id)) => id.clone(),
            (None, None) => self.name.clone(),
        }
    }

    /// Whether this is the operator at the machine, who holds the key and needs nobody to be told what is sealed with it.
    pub(crate) fn has_the_key(&self) -> bool {
        matches!(self.door, Door::Cli | Door::System)
    }

    /// Whoever comes through a door with passwords has proven theirs a moment ago; at the others nobody has one.
    pub fn is_recent(&self) -> bool {
        match self.door {
            Door::Browser => self.signed_in_ago.is_some_and(|age| age <= RECENT_SIGN_IN),
            Door::Cli | Door::System | Door::Api => true,
        }
    }
}
