//! `neo key …`.

use secrecy::ExposeSecret;

use super::Session;
use crate::error::Result;
use crate::vault;

#[derive(clap::Subcommand)]
pub enum Key {
    /// Print a fresh key for DB_ENCRYPTION_KEY
    Generate,
}

impl Key {
    pub async fn run(self, session: &Session) -> Result<u8> {
        match self {
            Key::Generate => {
                session.printer.line(vault::generate_key().expose_secret());
                Ok(0)
            }
        }
    }
}
