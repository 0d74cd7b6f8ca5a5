//! The windows that are in force, and whom they keep.

use neo_model::{InWindow, rfc3339};

use super::store::{self, Window};
use super::times::Span;
use crate::central::{self, Conn};
use crate::error::{Error, Result};
use crate::tenants::Tenant;

/// So many tenants are named.
pub(crate) const NAMED: usize = 5;

/// The windows that are in force at one moment, each with its time.
#[derive(Default)]
pub(crate) struct InForce {
    now: Vec<(Window, Span)>,
    /// One of them is in force, or is so soon that what is claimed ahead might meet it.
    are_near: bool,
}

/// In milliseconds: what is claimed ahead has been begun by then, or never is.
const NEAR: i64 = 2_000;

/// At this moment (epoch milliseconds), or now.
pub(crate) async fn in_force(conn: &mut Conn, at: Option<i64>) -> Result<InForce> {
    let windows = store::enabled(conn).await?;
    if windows.is_empty() {
        return Ok(InForce::default());
    }
    let at = match at {
        Some(at) => at,
        None => central::now(conn).await?,
    };
    let are_near = windows.iter().any(|window| window.times.next(at).is_some_and(|span| span.from <= at + NEAR));
    let now = windows.into_iter().filter_map(|window| {
        let span = window.times.at(at)?;
        Some((window, span))
    });
    Ok(InForce { now: now.collect(), are_near })
}

impl InForce {
    pub fn is_empty(&self) -> bool {
        self.now.is_empty()
    }

    /// Whether one is in force, or about to be.
    pub fn are_near(&self) -> bool {
        self.are_near
    }

    /// Which they are, and until when: another text when something has changed.
    pub fn mark(&self) -> String {
        self.now.iter().map(|(window, span)| format!("{}:{}", window.id, span.to)).collect::<Vec<_>>().join(" ")
    }

    pub fn is_kept(&self, tenant: &Tenant) -> bool {
        self.now.iter().any(|(window, _)| window.on.is_about(tenant))
    }

    /// Which of them keep a tenant as it was, and would not as it is to be.
    pub fn left(&self, before: &Tenant, after: &Tenant) -> Vec<InWindow> {
        let is_left = |(window, _): &&(Window, Span)| window.on.is_about(before) && !window.on.is_about(after);
        let left = self.now.iter().filter(is_left);
        left.map(|(window, span)| told(window, *span, 1, vec![before.slug.clone()])).collect()
    }

    /// Who of these is kept by which.
    pub fn keep<'a>(&self, tenants: impl Iterator<Item = &'a Tenant> + Clone) -> Vec<InWindow> {
        let kept = |(window, span): &(Window, Span)| {
            let mut first = Vec::new();
            let mut n = 0;
            for tenant in tenants.clone().filter(|tenant| window.on.is_about(tenant)) {
                n += 1;
                if first.len() < NAMED {
                    first.push(tenant.slug.clone());
                }
            }
            told(window, *span, n, first)
        };
        self.now.iter().map(kept).filter(|kept| kept.tenants > 0).collect()
    }

    /// That the tenant whose id is `tenant` (our own text) is kept by none, as a condition with parameters from `first` on.
    pub fn leaves(&self, tenant: &str, first: usize) -> (String, Vec<String>) {
        let mut bound = Vec::new();
        let parts = self.now.iter().map(|(window, _)| {
            let (about, values) = window.on.sql(tenant, first + bound.len());
            bound.extend(values);
            format!("not ({about})")
        });
        let parts: Vec<_> = parts.collect();
        match parts.is_empty() {
            true => ("1 = 1".to_owned(), bound),
            false => (parts.join(" and "), bound),
        }
    }

    /// One by one.
    pub fn each(&self) -> impl Iterator<Item = Keeper<'_>> {
        self.now.iter().map(|(window, span)| Keeper { window, span: *span })
    }

    /// Refuses what is begun on these tenants where every one of them is kept. Where some are not, the run begins with those.
    pub fn refuse<'a>(&self, tried: impl Iterator<Item = &'a Tenant> + Clone) -> Result<()> {
        if self.is_empty() || !tried.clone().all(|tenant| self.is_kept(tenant)) {
            return Ok(());
        }
        refuse(&self.keep(tried))
    }
}

/// One window that is in force.
pub(crate) struct Keeper<'a> {
    window: &'a Window,
    span: Span,
}

impl Keeper<'_> {
    /// That it keeps the tenant whose id is `tenant` (our own text), as a condition with parameters from `first` on.
    pub fn keeps(&self, tenant: &str, first: usize) -> (String, Vec<String>) {
        self.window.on.sql(tenant, first)
    }

    /// What is said of it where it keeps so many, the first of them named.
    pub fn told(&self, tenants: i64, first: Vec<String>) -> InWindow {
        told(self.window, self.span, tenants, first)
    }
}

fn told(window: &Window, span: Span, tenants: i64, mut first: Vec<String>) -> InWindow {
    first.truncate(NAMED);
    InWindow { window: window.name.clone(), tenants, first, until: span.to }
}

/// Nobody is left whom these do not keep.
pub(crate) fn refuse(kept: &[InWindow]) -> Result<()> {
    // As soon as one of them is over there may be something to do.
    let Some(first) = kept.iter().min_by_key(|kept| kept.until) else { return Ok(()) };
    let message = match kept {
        [one] => one.words(),
        _ => format!("{}; others are in other windows", first.words()),
    };
    Err(Error::conflict(message).cause("a maintenance window forbids what changes its tenants").hint(format!(
        "plan it for after {}; a superadmin can go on in spite of it, with words that are kept",
        rfc3339(first.until)
    )))
}
