//! One request as the console sees it: where it came in, who is asking, how they like their pages.

use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use neo::actor::{Actor, Door};
use neo::error::{Error, Kind};
use neo::sessions::{Audience, Session};

use super::host::Place;
use crate::error::AppError;

/// Everything about a request but its body. Cheap to clone; every handler may take one.
#[derive(Clone)]
pub struct Visit(Arc<Inner>);

#[derive(Clone)]
pub struct Inner {
    pub place: Place,
    /// The host as configuration names it: `central.example.com`. Shown, and never taken from a header.
    pub host: String,
    pub environment: String,
    pub production: bool,
    /// As asked for, with its query: `/tenants?server=pg-eu-1`.
    pub url: String,
    pub method: Method,
    pub request_id: String,
    pub address: Option<String>,
    pub user_agent: Option<String>,
    /// A page of another site has led here, so that no Strict cookie came with it.
    pub from_elsewhere: bool,
    /// The path of the page that the form was on, when the browser says so and it is one of ours.
    pub came_from: Option<String>,
    pub session: Option<Session>,
    /// A program that came with a token, in place of a session.
    pub program: Option<Actor>,
    /// It came with the cookie of a session, alive or not.
    pub was_known: bool,
    /// `light`, `dark`, or the system's.
    pub theme: Option<&'static str>,
    /// `compact`, `touch`, or the usual 36 px.
    pub density: Option<&'static str>,
    /// `local`: the browser's own zone, or UTC.
    pub zone: Option<&'static str>,
    /// Whether the answer is to be JSON (or nothing at all) rather than a page.
    pub machine: bool,
}

impl Deref for Visit {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Visit {
    pub fn new(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    pub fn with_session(&self, session: Option<Session>) -> Self {
        Self::new(Inner { session, ..Inner::clone(self) })
    }

    pub fn with_program(&self, program: Actor) -> Self {
        Self::new(Inner { program: Some(program), ..Inner::clone(self) })
    }

    pub fn path(&self) -> &str {
        self.url.split('?').next().unwrap_or("/")
    }

    pub fn audience(&self) -> Audience {
        match &self.place {
            Place::Central => Audience::Central,
            Place::Tenant(tenant) => Audience::Tenant { id: tenant.id.clone() },
        }
    }

    /// Who it is, for the log: the address that they sign in with, or the token's name.
    pub fn person(&self) -> Option<&str> {
        let session = || self.session.as_ref().map(|session| session.email.as_str());
        self.program.as_ref().map(|program| program.name.as_str()).or_else(session)
    }

    /// The script of a page of ours: what it is answered is read there, by a person.
    pub fn is_script(&self) -> bool {
        self.machine && self.program.is_none() && self.came_from.is_some()
    }

    /// The person at the console, or the program at its door, as the platform wants them.
    pub fn actor(&self) -> Result<Actor, Error> {
        if let Some(program) = &self.program {
            return Ok(program.clone());
        }
        let nobody = || Error::new(Kind::Unauthenticated, "nobody is signed in").hint("sign in and try again");
        let session = self.session.as_ref().ok_or_else(nobody)?;
        let role = session.role.ok_or_else(nobody)?;
        if !matches!((&self.place, &session.audience), (Place::Central, Audience::Central)) {
            return Err(nobody());
        }
        Ok(Actor {
            admin_id: session.subject_id.clone(),
            name: session.email.clone(),
            role,
            door: Door::Browser,
            address: self.address.clone(),
            request_id: self.request_id.clone(),
            signed_in_ago: session.signed_in_ago,
            session: Some(session.id_hash.clone()),
            token: None,
            leave: neo::actor::Leave::None,
        })
    }
}

/// A visit by a central admin: proof that somebody is signed in. Without it a page asked for by a browser becomes the sign-in,
/// anything else 401.
#[derive(Clone)]
pub struct Signed {
    pub visit: Visit,
    pub actor: Actor,
    pub session: Session,
}

impl Deref for Signed {
    type Target = Visit;
    fn deref(&self) -> &Visit {
        &self.visit
    }
}

impl<S: Sync> FromRequestParts<S> for Visit {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, AppError> {
        parts.extensions.get::<Visit>().cloned().ok_or_else(|| Error::internal("a route outside the door").into())
    }
}

impl<S: Sync> FromRequestParts<S> for Signed {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AppError> {
        let visit = Visit::from_request_parts(parts, state).await?;
        let actor = visit.actor()?;
        let session = visit.session.clone().ok_or_else(|| Error::internal("an actor without a session"))?;
        Ok(Self { visit, actor, session })
    }
}

/// The value of a cookie, when it is one of these.
pub fn choice(headers: &HeaderMap, cookie: &str, choices: &'static [&'static str]) -> Option<&'static str> {
    let value = value(headers, cookie)?;
    choices.iter().find(|c| **c == value).copied()
}

/// Whether there is such a cookie at all.
pub fn known(headers: &HeaderMap, cookie: &str) -> bool {
    value(headers, cookie).is_some_and(|value| !value.is_empty())
}

/// The value of a cookie.
pub fn value<'a>(headers: &'a HeaderMap, cookie: &str) -> Option<&'a str> {
    let pairs = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(';'));
    pairs.filter_map(|pair| pair.trim().split_once('=')).find(|(name, _)| *name == cookie).map(|(_, value)| value)
}
