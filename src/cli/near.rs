//! The platform at hand: every command beside the central database, as whoever is at the machine.

mod backups;
mod channels;
mod doctor;
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
use crate::oidc::Web;

pub struct Near {
    platform: Platform,
    actor: Actor,
    /// What posts to channels.
    post: Arc<dyn Post>,
    /// What asks an identity provider.
    web: Arc<dyn Web>,
}

impl Near {
    pub fn new(platform: Platform, actor: Actor, post: Arc<dyn Post>, web: Arc<dyn Web>) -> Self {
        Self { platform, actor, post, web }
    }
}

impl Central for Near {
    fn afar(&self) -> Option<&str> {
        None
    }
}
