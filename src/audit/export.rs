//! An export: the rows as lines, a batch at a time, each with its hash, and the signed head at their end. However many there are, one
//! batch of them is in memory.

use neo_model::{AuditFormat, AuditOutcome};
use serde_json::json;

use super::chain::Walk;
use super::head::Head;
use super::lines::{self, FORM, Record};
use super::store::{self, Link};
use super::{Filter, append};
use crate::actor::{Actor, Permission};
use crate::central;
use crate::clock::rfc3339;
use crate::error::{Error, Result};
use crate::{Platform, audit};

const BATCH: i64 = 1000;

/// An export under way. It ends with its head; one that has broken off has none.
pub struct Export {
    platform: Platform,
    format: AuditFormat,
    filter: Filter,
    /// Everything there is, and no selection.
    is_whole: bool,
    /// The row of this export itself, the last that can be in it.
    until: i64,
    newest: String,
    began_at: i64,
    walk: Walk,
    pruned_through: i64,
    /// Of what is chosen the walk knows no neighbours: the last that was read.
    after: i64,
    head: HeadSoFar,
    state: State,
}

#[derive(Default)]
struct HeadSoFar {
    count: i64,
    first: Option<i64>,
    last: Option<i64>,
    hash: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    First,
    Rows,
    Over,
}

impl Export {
    /// Begins an export of what the filter chooses, the oldest first. That it was made is its last row, or would be.
    pub async fn begin(platform: &Platform, actor: &Actor, filter: &Filter, format: AuditFormat) -> Result<Self> {
        actor.authorise(Permission::ExportAudit)?;
        let filter = Filter { before: None, limit: 0, ..filter.clone() };
        let mut tx = platform.central.write().await?;
        let body = json!({ "format": format, "filter": filter.said() });
        let seq =
            append(&platform.vault, &mut tx, actor, "audit.export", "audit", AuditOutcome::Succeeded, &body).await?;
        let mac = store::mac_of(&mut tx, seq).await?.unwrap_or_default();
        let began_at = central::now(&mut tx).await?;
        tx.commit().await?;
        let walk = Walk::begin(&mut *platform.central.read().await?, &platform.vault).await?;
        Ok(Self {
            platform: platform.clone(),
            format,
            is_whole: filter.said().is_none(),
            filter,
            until: seq,
            newest: format!("{seq}:{mac}"),
            began_at,
            pruned_through: walk.after(),
            after: walk.after(),
            walk,
            head: HeadSoFar::default(),
            state: State::First,
        })
    }

    /// In epoch milliseconds.
    pub fn began_at(&self) -> i64 {
        self.began_at
    }

    /// The next lines, with their ends; none after the head.
    pub async fn next(&mut self) -> Result<Option<String>> {
        let mut lines = String::new();
        if self.state == State::First {
            self.state = State::Rows;
            lines.extend(lines::first_line(self.format).map(|line| line + "\n"));
        }
        match self.state {
            State::Over => Ok(None),
            _ => {
                if !self.batch(&mut lines).await? {
                    self.state = State::Over;
                    lines.push_str(&self.end().await?);
                    lines.push('\n');
                }
                Ok(Some(lines))
            }
        }
    }

    /// Whether there was one.
    async fn batch(&mut self, lines: &mut String) -> Result<bool> {
        let span = (self.after, self.until);
        let batch = {
            let mut conn = self.platform.central.read().await?;
            let batch = store::chosen_after(&mut conn, &self.filter, span, BATCH).await?;
            if self.walk.is_pruned_since(&mut conn).await? {
                return Err(Error::conflict("the audit was pruned while it was exported")
                    .cause("rows that were still to come are gone, so that nothing is signed")
                    .hint("export again"));
            }
            batch
        };
        let Some((last, ..)) = batch.last() else { return Ok(false) };
        self.after = last.seq;
        for (link, mac, mac_before) in &batch {
            self.look(link, mac, mac_before.as_deref());
            let row = Record::of(link);
            let text = row.text();
            self.head.hash = lines::hash(&self.head.hash, &text);
            self.head.first.get_or_insert(row.seq);
            self.head.last = Some(row.seq);
            self.head.count += 1;
            lines.push_str(&row.line(self.format, &text, &self.head.hash));
            lines.push('\n');
        }
        Ok(true)
    }

    /// Each row is held against its mac: what is signed is what was written, or the head says that it is not.
    fn look(&mut self, link: &Link, mac: &str, mac_before: Option<&str>) {
        if self.is_whole {
            return self.walk.step(link, mac);
        }
        // Of the first after what was pruned the stub has the mac before.
        let after_stub = self.walk.stubs().last().filter(|stub| stub.last_seq == link.seq - 1);
        let mac_before = mac_before.or(after_stub.map(|stub| stub.mac_after.as_str()));
        if let Some(reason) = self.walk.against(mac_before, link, mac) {
            self.walk.note(link.seq, reason);
        }
    }

    async fn end(&mut self) -> Result<String> {
        if self.is_whole {
            self.walk.end();
        }
        let bad = self.walk.first_bad.as_ref();
        let vault = &self.platform.vault;
        let head = Head {
            at: rfc3339(central::now(&mut *self.platform.central.read().await?).await?),
            chain: bad.map_or_else(|| audit::HOLDS.to_owned(), |bad| format!("broken at {}: {}", bad.seq, bad.reason)),
            count: self.head.count,
            filter: self.filter.said(),
            first: self.head.first,
            last: self.head.last,
            form: FORM.to_owned(),
            hash: self.head.hash.clone(),
            head: self.newest.clone(),
            key: vault.public_key().hex(),
            kid: vault.kid().to_owned(),
            pruned_through: self.pruned_through,
        };
        let (text, signature) = head.signed(vault);
        Ok(lines::last_line(self.format, &text, &signature))
    }
}
