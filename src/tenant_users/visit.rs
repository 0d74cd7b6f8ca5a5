//! A connection to a tenant's database as its own role, for one look at its users: so many at once of each tenant, since what
//! answers there may be a view that takes as long as it may.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;

use super::shape::Shape;
use crate::Platform;
use crate::actor::Actor;
use crate::engine::{Category, Connection, Failure};
use crate::error::{Advice, Do, Error, Result, printable};
use crate::gate::{Gate, Shares};
use crate::servers;
use crate::tenants::{self, Status, Tenant};

/// What is read.
pub(super) const TABLES: [&str; 3] = ["users", "roles", "user_roles"];

/// How many questions about one tenant's users are answered at once. A database may be far away, and a morning's sign-ins come
/// together.
const AT_ONCE: usize = 4;
/// How many wait for their turn at one tenant.
const MOST_WAITING: usize = 64;

/// The turns of all tenants.
pub struct Visits(Shares);

impl Visits {
    pub fn new() -> Self {
        Self(Shares::new(AT_ONCE, MOST_WAITING, "too many ask this tenant's database at once"))
    }
}

/// Who comes: an admin does not wait behind those who sign in there.
#[derive(Debug, Clone, Copy)]
pub(super) enum Whose {
    /// To look: nothing is changed.
    Admins,
    /// To change something.
    Changes,
    Visitors,
}

pub(super) struct Visit {
    connection: Connection,
    /// Of the tables there.
    pub shape: Arc<Shape>,
    _turn: (OwnedSemaphorePermit, Arc<Gate>),
}

impl Visit {
    pub async fn open(platform: &Platform, whose: Whose, tenant: &Tenant) -> Result<Self> {
        // What is made, restored or moved is a copy that may come to nothing.
        if matches!(tenant.status, Status::Archived | Status::Deleted | Status::Failed | Status::Provisioning) {
            return Err(Error::conflict(format!("tenant \"{}\" has no database in use", tenant.slug))
                .hint(Advice::from("see its status with: ").act(Do::ShowTenant { tenant: tenant.slug.clone() })));
        }
        let server = servers::find(platform, &Actor::system(), &tenant.server_id).await?;
        let target = tenants::target(platform, tenant, &server)?;
        let gate = platform.visits.0.of(&match whose {
            Whose::Admins | Whose::Changes => format!("admins {}", tenant.id),
            Whose::Visitors => tenant.id.clone(),
        })?;
        let turn = gate.pass().await?;
        let opened = async {
            let mut connection = match whose {
                Whose::Admins => Connection::open_to_read(&target).await?,
                // What a program has left half done in a file is taken back, or nobody could sign in.
                Whose::Changes | Whose::Visitors => Connection::open_to_change(&target).await?,
            };
            connection.in_utc().await?;
            connection.are_plain(&TABLES).await?;
            let engine = connection.engine();
            let shape = match whose {
                Whose::Admins | Whose::Changes => Shape::of(&mut connection).await,
                Whose::Visitors => Shape::at_the_door(&mut connection).await,
            };
            let shape = shape.map_err(|error| Connection::failure(engine, &error))?;
            Ok::<Self, Failure>(Self { connection, shape: Arc::new(shape), _turn: (turn, gate) })
        };
        let failure: Failure = match opened.await {
            Ok(visit) => return Ok(visit),
            Err(failure) => tenants::signed_out(platform, tenant, failure).await,
        };
        let (cause, is_signed_out) = (printable(&failure.message), failure.is_wrong_password());
        if failure.category == Category::Checksum {
            return Err(Error::unavailable(format!("the users of tenant \"{}\" cannot be read", tenant.slug))
                .cause(cause)
                .hint("users, roles and user_roles are plain tables on SQLite: make them so"));
        }
        let error =
            Error::unavailable(format!("the database of tenant \"{}\" cannot be reached", tenant.slug)).cause(cause);
        Err(match failure.hint.filter(|_| is_signed_out) {
            Some(hint) => error.hint(hint),
            None => {
                error.hint(Advice::from("check its server with: ").act(Do::CheckServer { server: server.name.clone() }))
            }
        })
    }

    pub async fn close(self) {
        self.connection.close().await;
    }
}

/// Asked after something was written, with the tenant as it was before: a file is copied to where its tenant is to be while whoever has
/// it open may still write in it. As long as nobody has begun to, what was written goes along.
pub(super) async fn is_still_there(platform: &Platform, tenant: &Tenant) -> Result<()> {
    let now = tenants::find(platform, &Actor::system(), &tenant.id).await?;
    let of = |tenant: &Tenant| (tenant.server_id.clone(), tenant.database.clone());
    match now.status == Status::Provisioning || of(&now) != of(tenant) {
        true => Err(Error::conflict(format!("the database of tenant \"{}\" is being put elsewhere", tenant.slug))
            .cause("what was written may be there, or not")
            .hint("look when that is over, and do it again")),
        false => Ok(()),
    }
}

impl Deref for Visit {
    type Target = Connection;
    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl DerefMut for Visit {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }
}
