//! A tenant's address while the tenant is out of use: nobody signs in there, and is told so.

use neo::Platform;
use neo::actor::Actor;
use neo::error::{Error, Result};
use neo::tenants::{self, Status};

use crate::door::host::Place;

/// As the tenant is now: what is known of its host may be some seconds old.
pub async fn refuse_while_out_of_use(platform: &Platform, place: &Place) -> Result<()> {
    let Place::Tenant(place) = place else { return Ok(()) };
    let system = Actor::system();
    let tenant = tenants::find(platform, &system, &place.id).await?;
    let why = match tenant.status {
        Status::Active => return Ok(()),
        Status::Suspended => "is suspended",
        // What a backup or a move is to take the place of waits until that is whole.
        Status::Provisioning if tenants::before(platform, &system, &tenant).await?.is_some() => {
            "is being restored or moved"
        }
        Status::Provisioning => "is being set up",
        Status::Failed | Status::Archived | Status::Deleted => "is not in use",
    };
    Err(Error::unavailable(format!("{} {why}", tenant.name))
        .cause("nobody signs in here meanwhile")
        .hint("try again later, or ask whoever runs it"))
}
