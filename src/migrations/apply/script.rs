//! One migration on one connection: its file and its entry in the ledger, in the words of a migration.

use crate::engine::script::{self, Script};
use crate::engine::{Connection, Engine, Failure};
use crate::migrations::{Migration, Source, ledger};

/// One migration about to be applied or reverted. `source` is the file that runs; the ledger tells of `up`.
pub(super) struct Step<'a> {
    pub migration: &'a Migration,
    pub up: &'a Source,
    pub source: &'a Source,
    /// It is taken back.
    pub down: bool,
}

impl<'a> Step<'a> {
    /// `first` when the ledger's table is not there yet.
    pub fn script(&self, first: bool) -> Script<'a> {
        let entry = ledger::entry(self.migration, self.up, self.down, first);
        Script { sql: &self.source.sql, alone: self.source.no_transaction, entry }
    }

    pub async fn run(&self, conn: &mut Connection, first: bool) -> Result<(), Failure> {
        script::run(conn, &self.script(first)).await.map_err(|f| self.located(f))
    }

    /// Runs what is left of a file that was stopped half way, from this statement (from 0) on.
    pub async fn go_on(&self, conn: &mut Connection, from: usize) -> Result<(), Failure> {
        script::go_on(conn, &self.script(false), from).await.map_err(|f| self.located(f))
    }

    /// Refuses, before anything is touched, what cannot be run as it is meant.
    pub fn refuse(&self, engine: Engine) -> Result<(), Failure> {
        script::refuse(engine, &self.source.sql, self.source.no_transaction).map_err(|f| self.located(f))
    }

    fn located(&self, failure: Failure) -> Failure {
        let mut failure =
            failure.within(&self.source.sql).in_file(self.migration.label(), self.source.path.display().to_string());
        failure.excerpt_of(&self.source.sql);
        failure
    }
}
