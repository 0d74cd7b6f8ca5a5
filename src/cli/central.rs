//! What a command asks things of: the platform at hand ([`super::near`]), or a console elsewhere that is asked over HTTP (in
//! `neo-app`, which alone knows HTTP). Commands know only this, in the words of `neo-model`: what the console's functions answer.

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

pub use backups::Backups;
pub use channels::Channels;
pub use doctor::Doctor;
pub use filters::Filters;
pub use making::Making;
pub use migrations::Migrations;
pub use people::{Each, People};
pub use runs::{Hands, Heard, OnIt, Runs};
pub use servers::Servers;
pub use tenants::{Act, Tenants};
pub use users::{Change, Users};
pub use windows::Windows;

/// The central side of every command that does not need the machine.
pub trait Central:
    Runs
    + Migrations
    + Tenants
    + Making
    + Backups
    + Users
    + Servers
    + People
    + Channels
    + Windows
    + Filters
    + Doctor
    + Send
    + Sync
{
    /// The address of the console that is asked; none where the platform is at hand.
    fn afar(&self) -> Option<&str>;
}
