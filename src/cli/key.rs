//! `neo key …`.

use secrecy::ExposeSecret;
use serde_json::json;

use super::Session;
use super::print::count;
use crate::error::Result;
use crate::vault;

#[derive(clap::Subcommand)]
pub enum Key {
    /// Print a fresh key for DB_ENCRYPTION_KEY
    Generate,
    /// Count the credentials under each key
    Status,
    /// Seal every credential anew under the current key: batched, and safe to stop and start again
    Rewrap,
}

impl Key {
    pub async fn run(self, session: &Session) -> Result<u8> {
        let printer = session.printer;
        match self {
            Key::Generate => {
                let key = vault::generate_key();
                match printer.is_json() {
                    true => printer.json(&json!({ "key": key.expose_secret() })),
                    false => printer.line(key.expose_secret()),
                }
                Ok(0)
            }
            Key::Status => {
                let status = vault::status(&session.open().await?, &session.actor).await?;
                if printer.is_json() {
                    printer.json(&status);
                    return Ok(0);
                }
                let mut rows: Vec<_> = status
                    .keys
                    .iter()
                    .map(|key| {
                        let counts = [key.tenants, key.servers, key.factors, key.channels].map(|n| n.to_string());
                        [vec![key.kid.clone(), key.word().into()], counts.to_vec()].concat()
                    })
                    .collect();
                for (what, n) in status.others() {
                    let nothing = String::new;
                    rows.push(vec![what.into(), format!("{n} in all"), nothing(), nothing(), nothing(), nothing()]);
                }
                printer.table(&["key", "is", "tenants", "servers", "second factors", "channels"], rows);
                Ok(0)
            }
            Key::Rewrap => {
                let done = vault::rewrap(&session.open().await?, &session.actor).await?;
                if printer.is_json() {
                    printer.json(&done);
                } else {
                    printer.say(format!("{} rewrapped", count(done.rewrapped, "credential")));
                    let rows = done.failed.iter().map(|(what, why)| vec![what.clone(), why.clone()]).collect();
                    printer.table(&["left as it is", "why"], rows);
                }
                Ok(if done.failed.is_empty() { 0 } else { 3 })
            }
        }
    }
}
