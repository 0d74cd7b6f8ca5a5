//! What a command asks things of: the platform at hand ([`super::near`]), or a console elsewhere that is asked over HTTP (in
//! `neo-app`, which alone knows HTTP). Commands know only this, in the words of `neo-model`: what the console's functions answer.

mod migrations;
mod runs;
mod tenants;

pub use migrations::Migrations;
pub use runs::{Hands, Heard, Runs};
pub use tenants::Tenants;

/// The central side of every command that does not need the machine.
pub trait Central: Runs + Migrations + Tenants + Send + Sync {
    /// The address of the console that is asked; none where the platform is at hand.
    fn afar(&self) -> Option<&str>;
}
