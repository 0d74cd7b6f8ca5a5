//! The platform at hand: every command beside the central database, as whoever is at the machine.

mod backups;
mod making;
mod migrations;
mod people;
mod runs;
mod servers;
mod tenants;
mod users;

use super::central::Central;
use crate::Platform;
use crate::actor::Actor;

pub struct Near {
    platform: Platform,
    actor: Actor,
}

impl Near {
    pub fn new(platform: Platform, actor: Actor) -> Self {
        Self { platform, actor }
    }
}

impl Central for Near {
    fn afar(&self) -> Option<&str> {
        None
    }
}
