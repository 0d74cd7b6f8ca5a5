//! What the steps of a provisioning work on, and in whose name.

use tokio::sync::OnceCell;

use super::{Fault, Sink};
use crate::Platform;
use crate::actor::Actor;
use crate::engine::{Schema, Target};
use crate::error::Result;
use crate::migrations::Set;
use crate::servers::Server;
use crate::tenants::Tenant;
use crate::tenants::claim::Claim;

pub(super) struct Work<'a> {
    pub platform: &'a Platform,
    /// In whose name it is done.
    pub asked: &'a Actor,
    pub claim: &'a Claim,
    pub tenant: &'a Tenant,
    pub server: &'a Server,
    pub sink: Sink<'a>,
    pub fault: Fault<'a>,
    files: OnceCell<Set>,
    /// The schema of the copy that the tenant's database was made as, rights and all: just now, under this claim.
    pub copied: OnceCell<Schema>,
    /// As the tenant where it is moved from, with the password that is nobody's: just now, under this claim.
    pub closed: OnceCell<Target>,
}

impl<'a> Work<'a> {
    pub fn new(
        platform: &'a Platform,
        asked: &'a Actor,
        claim: &'a Claim,
        tenant: &'a Tenant,
        server: &'a Server,
        sink: Sink<'a>,
        fault: Fault<'a>,
    ) -> Self {
        Self {
            platform,
            asked,
            claim,
            tenant,
            server,
            sink,
            fault,
            files: OnceCell::new(),
            copied: OnceCell::new(),
            closed: OnceCell::new(),
        }
    }

    /// The migration files, as they were when the first step asked for them.
    pub async fn files(&self) -> Result<&Set> {
        self.files.get_or_try_init(|| Set::load(&self.platform.config.tenant_migrations)).await
    }
}
