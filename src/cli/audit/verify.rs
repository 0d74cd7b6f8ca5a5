//! `neo audit verify`: the chain of the database, or a file that was exported.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use crate::audit;
use crate::cli::Session;
use crate::cli::print::{Printer, count};
use crate::config::read_file;
use crate::error::{Error, Result};
use crate::vault::PublicKey;

/// Walk along the whole chain, or prove an export
///
/// With --file nothing else is needed: no key, no database, no Neo that made it. With AUDIT_HEAD_FILE, or --head, the chain must
/// still contain what was kept. Exit code 1 where something does not hold.
#[derive(clap::Args)]
pub struct Verify {
    /// A head that an earlier verification printed: the chain must still contain it
    #[arg(long, value_name = "NUMBER:MAC", conflicts_with = "file")]
    head: Option<String>,
    /// An export, as `neo audit export` or the console has written it
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Whose signature it must have: what `neo audit key` prints there, in hex, or a file with it in PEM or hex
    #[arg(long, value_name = "HEX|FILE", requires = "file")]
    key: Option<String>,
}

impl Verify {
    pub async fn run(self, session: &Session) -> Result<u8> {
        match self.file {
            Some(file) => prove(session.printer, file, self.key).await,
            None => walk(session, self.head).await,
        }
    }
}

async fn walk(session: &Session, head: Option<String>) -> Result<u8> {
    let (platform, actor, printer) = (session.open().await?, &session.actor, session.printer);
    let found = match head {
        Some(head) => audit::verify_against(&platform, actor, &head).await?,
        None => audit::verify(&platform, actor).await?,
    };
    let mut fields = vec![("rows", count(found.rows, "row"))];
    fields.extend(found.head.as_ref().map(|head| ("head", head.clone())));
    let pruned = |one: &audit::Pruned| {
        let at = one.at.as_deref().unwrap_or_default();
        format!("{} to {} ({}), by {} at {at}", one.first, one.last, count(one.rows, "row"), one.by)
    };
    fields.extend(found.pruned.iter().map(|one| ("pruned", pruned(one))));
    fields.push(match &found.first_bad {
        Some(bad) => ("broken", format!("at {}: {}", bad.seq, bad.reason)),
        None => ("chain", "holds".to_owned()),
    });
    printer.one(&found, &fields);
    Ok(u8::from(found.first_bad.is_some()))
}

async fn prove(printer: Printer, file: PathBuf, key: Option<String>) -> Result<u8> {
    let key = key.map(|key| public_key(&key)).transpose()?;
    let proof = tokio::task::spawn_blocking(move || {
        let opened = File::open(&file).map_err(|e| unread(&file, &e))?;
        audit::prove(BufReader::with_capacity(1 << 20, opened), key.as_ref())
    });
    let proof = proof.await.map_err(Error::internal)??;
    let mut fields = vec![("rows", count(proof.rows, "row"))];
    fields.extend(proof.at.as_ref().map(|at| ("made", at.clone())));
    fields.extend(proof.filter.as_ref().map(|filter| {
        let said: Vec<_> = filter.iter().map(|(name, value)| format!("{name} {value}")).collect();
        ("selection", format!("{}: rows that it left out are not proven", said.join(", ")))
    }));
    fields.extend(proof.pruned_through.map(|seq| ("pruned", format!("rows up to {seq} had been taken out before"))));
    fields.extend(proof.head.as_ref().map(|head| ("head", head.clone())));
    fields.extend(proof.fingerprint.as_ref().map(|fingerprint| {
        let said = if proof.is_known {
            "the one that was given"
        } else {
            "the file's own: compare it with what `neo audit key` prints there, or give it with --key"
        };
        ("key", format!("{fingerprint}, {said}"))
    }));
    match (&proof.first_bad, proof.chain.as_deref()) {
        (Some(fault), _) => {
            let row = fault.seq.map_or_else(String::new, |seq| format!(" (row {seq})"));
            fields.push(("broken", format!("at line {}{row}: {}", fault.line, fault.reason)));
        }
        (None, chain) => {
            fields.push(("file", "holds".to_owned()));
            fields.extend(chain.map(|chain| ("chain", chain.to_owned())));
        }
    }
    printer.one(&proof, &fields);
    Ok(u8::from(!proof.holds()))
}

/// The key itself, or a file that has it.
fn public_key(said: &str) -> Result<PublicKey> {
    PublicKey::parse(said).or_else(|error| {
        let path = Path::new(said);
        if !path.exists() {
            return Err(error);
        }
        let bytes = read_file(path, 4096).map_err(|e| unread(path, &e))?;
        PublicKey::parse(&String::from_utf8_lossy(&bytes))
    })
}

fn unread(file: &Path, e: &std::io::Error) -> Error {
    Error::config(format!("{} cannot be read", file.display())).cause(e.to_string())
}
