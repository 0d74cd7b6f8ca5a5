//! The platform at hand: every command beside the central database, as whoever is at the machine.

mod backups;
mod channels;
mod filters;
mod making;
mod migrations;
mod people;
mod runs;
mod servers;
mod tenants;
mod users;
mod windows;

use std::sync::Arc;

use super::central::Central;
use crate::Platform;
use crate::actor::Actor;
use crate::notices::Post;

pub struct Near {
    platform: Platform,
    actor: Actor,
    /// What posts to channels.
    post: Arc<dyn Post>,
}

impl Near {
    pub fn new(platform: Platform, actor: Actor, post: Arc<dyn Post>) -> Self {
        Self { platform, actor, post }
    }
}

impl Central for Near {
    fn afar(&self) -> Option<&str> {
        None
    }
}
