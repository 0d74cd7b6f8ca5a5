//! What runs there: triggers, rules, policies, routines.

use sqlx::Row as _;
use sqlx::postgres::PgRow;

use super::{Catalogues, rest, text};
use crate::engine::schema::words::{settled, shortened};

impl Catalogues {
    pub(super) fn trigger(&mut self, row: &PgRow) -> Result<(), sqlx::Error> {
        let definition = text(row, 2)?;
        if !self.relations.contains_key(&row.try_get(1)?) || definition.is_empty() {
            return Ok(());
        }
        let mut line = definition
            .replacen("CREATE TRIGGER ", "trigger ", 1)
            .replacen("CREATE CONSTRAINT TRIGGER ", "constraint trigger ", 1)
            .replacen(" ON public.", " on ", 1);
        line += when(text(row, 3)?);
        self.lines.push(shortened(&settled(&line)));
        Ok(())
    }

    pub(super) fn rule(&mut self, row: &PgRow) -> Result<(), sqlx::Error> {
        let definition = text(row, 2)?;
        if !self.relations.contains_key(&row.try_get(1)?) || definition.is_empty() {
            return Ok(());
        }
        let line = definition.trim_end_matches(';').replacen("CREATE RULE ", "rule ", 1);
        let line = format!("{}{}", line.replacen(" TO public.", " TO ", 1), when(text(row, 3)?));
        self.lines.push(shortened(&settled(&line)));
        Ok(())
    }

    pub(super) fn policy(&mut self, row: &PgRow) -> Result<(), sqlx::Error> {
        let Some(relation) = self.relations.get(&row.try_get(1)?) else { return Ok(()) };
        let kind = if row.try_get(4)? { "" } else { " restrictive" };
        let what = match text(row, 3)? {
            "r" => "select",
            "a" => "insert",
            "w" => "update",
            "d" => "delete",
            _ => "all",
        };
        // Roles are each tenant's own, as grants are.
        let whom = if text(row, 5)? == "{0}" { "public" } else { "roles" };
        let mut line = format!("policy {} on {}{kind} for {what} to {whom}", text(row, 2)?, relation.name);
        for (word, condition) in [("using", text(row, 6)?), ("with check", text(row, 7)?)] {
            if !condition.is_empty() {
                line += &format!(" {word} ({condition})");
            }
        }
        self.lines.push(shortened(&settled(&line)));
        Ok(())
    }

    pub(super) fn routine(&mut self, row: &PgRow) -> Result<(), sqlx::Error> {
        let definition = text(row, 2)?;
        if !self.namespaces.contains_key(&row.try_get(1)?) || definition.is_empty() {
            return Ok(());
        }
        let line = definition
            .replacen("CREATE OR REPLACE FUNCTION public.", "function ", 1)
            .replacen("CREATE OR REPLACE PROCEDURE public.", "procedure ", 1)
            .replacen("CREATE OR REPLACE FUNCTION ", "function ", 1)
            .replacen("CREATE OR REPLACE PROCEDURE ", "procedure ", 1);
        self.lines.push(shortened(&settled(&(line + &rest(row, 3)?))));
        Ok(())
    }
}

/// When a trigger or a rule is heeded, if that is not as usual.
fn when(enabled: &str) -> &'static str {
    match enabled {
        "D" => ", disabled",
        "R" => ", on replicas",
        "A" => ", always",
        _ => "",
    }
}
