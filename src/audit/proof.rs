//! The proof of an export, anywhere: of the file alone, without a secret and without a database.

use std::collections::BTreeMap;
use std::io::BufRead;

use serde::Serialize;
use serde_json::Value;

use super::head::{self, Head};
use super::lines::{self, Line};
use crate::error::{Error, Result};
use crate::vault::PublicKey;

/// The longest line that is read.
const LONGEST: u64 = 64 << 20;

/// What was found out about a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proof {
    pub rows: i64,
    /// What chose them; none where it is everything there was.
    pub filter: Option<BTreeMap<String, Value>>,
    /// When it was made.
    pub at: Option<String>,
    /// What the database's own chain said as the rows were read: `holds`, or what does not.
    pub chain: Option<String>,
    /// `<number>:<mac>` of the newest row that there was.
    pub head: Option<String>,
    /// The last row that retention had taken out.
    pub pruned_through: Option<i64>,
    /// The public key that signed it, and what people compare of it.
    pub key: Option<String>,
    pub fingerprint: Option<String>,
    /// Whether that is the key that was given. Without one, the file vouches for itself alone.
    pub is_known: bool,
    pub first_bad: Option<Fault>,
}

/// The first place at which a file does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// From 1.
    pub line: u64,
    /// The number of the row, where it is one.
    pub seq: Option<i64>,
    pub reason: String,
}

impl Proof {
    /// Nothing was done to the file, and nothing had been done to the rows when they were read.
    pub fn holds(&self) -> bool {
        self.first_bad.is_none() && self.chain.as_deref() == Some("holds")
    }
}

/// Reads an export to its end. `key` is whose signature it must have.
pub fn prove(file: impl BufRead, key: Option<&PublicKey>) -> Result<Proof> {
    let mut reading = Reading { file, line: 0, rows: 0, first: None, last: None, hash: String::new() };
    let found = reading
        .through(key)
        .map_err(|e| Error::unavailable("the export cannot be read to its end").cause(e.to_string()))?;
    let nothing = Proof {
        rows: reading.rows,
        filter: None,
        at: None,
        chain: None,
        head: None,
        pruned_through: None,
        key: None,
        fingerprint: None,
        is_known: false,
        first_bad: None,
    };
    Ok(match found {
        Err((seq, reason)) => Proof { first_bad: Some(Fault { line: reading.line, seq, reason }), ..nothing },
        Ok((head, signer)) => Proof {
            filter: head.filter,
            at: Some(head.at),
            chain: Some(head.chain),
            head: Some(head.head),
            pruned_through: Some(head.pruned_through).filter(|seq| *seq > 0),
            fingerprint: Some(signer.fingerprint()),
            is_known: key == Some(&signer),
            key: Some(head.key),
            ..nothing
        },
    })
}

/// Where it does not hold: the row, and why.
type Found<T> = std::result::Result<T, (Option<i64>, String)>;

struct Reading<F> {
    file: F,
    line: u64,
    rows: i64,
    first: Option<i64>,
    last: Option<i64>,
    hash: String,
}

impl<F: BufRead> Reading<F> {
    fn through(&mut self, key: Option<&PublicKey>) -> std::io::Result<Found<(Head, PublicKey)>> {
        let mut format = None;
        loop {
            let line = match self.next()? {
                Ok(Some(line)) => line,
                Ok(None) => return Ok(no("the end is missing: there is no signed head")),
                Err(reason) => return Ok(no(reason)),
            };
            let is_first = format.is_none();
            let format = *format.get_or_insert_with(|| lines::format_of(&line));
            if is_first && lines::first_line(format).is_some() {
                continue;
            }
            match lines::read(format, &line) {
                None => return Ok(no("this is no line of an export, or it was changed")),
                Some(Line::Row { seq, text, hash }) => {
                    if let Err(reason) = self.row(seq, &text, hash) {
                        return Ok(Err((Some(seq), reason)));
                    }
                }
                Some(Line::Head { text, signature }) => {
                    let found = self.head(&text, &signature, key);
                    if found.is_ok() && !matches!(self.next()?, Ok(None)) {
                        return Ok(no("there is more after the head"));
                    }
                    return Ok(found);
                }
            }
        }
    }

    /// A line without its end, or why it is none.
    fn next(&mut self) -> std::io::Result<std::result::Result<Option<String>, &'static str>> {
        let mut bytes = Vec::new();
        let read = std::io::Read::take(&mut self.file, LONGEST).read_until(b'\n', &mut bytes)?;
        if read == 0 {
            return Ok(Ok(None));
        }
        self.line += 1;
        if bytes.pop() != Some(b'\n') {
            return Ok(Err("the end is missing: this line does not end"));
        }
        Ok(String::from_utf8(bytes).map(Some).map_err(|_| "this is no line of an export, or it was changed"))
    }

    fn row(&mut self, seq: i64, text: &str, hash: String) -> std::result::Result<(), String> {
        let is_chained = lines::hash(&self.hash, text) == hash;
        match self.last {
            Some(last) if seq <= last => {
                return Err(format!("row {seq} stands after row {last}: the order was changed"));
            }
            Some(last) if !is_chained && seq > last + 1 => {
                return Err(format!(
                    "what was between rows {last} and {seq} is missing, or one of the two was changed"
                ));
            }
            _ if !is_chained => return Err("the row was changed, or what stood before it".to_owned()),
            _ => {}
        }
        self.rows += 1;
        self.first.get_or_insert(seq);
        (self.last, self.hash) = (Some(seq), hash);
        Ok(())
    }

    fn head(&self, text: &str, signature: &str, key: Option<&PublicKey>) -> Found<(Head, PublicKey)> {
        let Some((head, signer, is_vouched)) = head::read(text, signature) else {
            return no("this is no head of an export, or it was changed");
        };
        if let Some(key) = key.filter(|key| **key != signer) {
            return no(format!(
                "it is signed with the key {}, and not with {}",
                signer.fingerprint(),
                key.fingerprint()
            ));
        }
        if !is_vouched {
            return no("the signature is not of this head: one of them was changed");
        }
        if (head.count, head.first, head.last, &head.hash) != (self.rows, self.first, self.last, &self.hash) {
            return no(format!("the head is that of other rows: it is of {}, and {} are here", head.count, self.rows));
        }
        Ok((head, signer))
    }
}

fn no<T>(reason: impl Into<String>) -> Found<T> {
    Err((None, reason.into()))
}
