//! The command line from afar: what a command needs is asked of a console elsewhere, by its server functions. Each is called with
//! the very arguments it is declared with, so that neither side can say another word than the other knows.

mod backups;
mod channels;
mod client;
mod doctor;
mod events;
mod filters;
mod making;
mod migrations;
mod people;
mod refusal;
mod runs;
mod servers;
mod tenants;
mod users;
mod windows;

use std::sync::Arc;

use neo::cli::Remote;
use neo::cli::central::Central;
use neo::error::Result;
use neo::requests;
use neo_model::Begun;

use client::Client;

/// What `main` hands to the command line.
pub fn central(remote: Remote) -> Result<Arc<dyn Central>> {
    Ok(Arc::new(Far { client: Arc::new(Client::new(remote)?) }))
}

struct Far {
    client: Arc<Client>,
}

impl Central for Far {
    fn afar(&self) -> Option<&str> {
        Some(self.client.address())
    }
}

/// What was done; what was only asked for is told as it is at the machine.
fn done<T>(begun: Begun<T>) -> Result<T> {
    match begun {
        Begun::Done(done) => Ok(done),
        Begun::Asked(asked) => Err(requests::asked(asked.request, asked.message)),
    }
}

/// Several values as the query of a function has them; none where there is none.
fn listed<T: AsRef<str>>(values: &[T]) -> Option<String> {
    let values: Vec<&str> = values.iter().map(AsRef::as_ref).collect();
    (!values.is_empty()).then(|| values.join(","))
}
