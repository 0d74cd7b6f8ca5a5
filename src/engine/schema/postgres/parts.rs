//! What a table is a part of, or inherits from.

use sqlx::Row as _;
use sqlx::postgres::PgRow;

use super::{Catalogues, Relation, text};
use crate::engine::schema::words::settled;

impl Catalogues {
    pub(super) fn part(&mut self, row: &PgRow) -> Result<(), sqlx::Error> {
        let (of, by) = (text(row, 2)?, text(row, 3)?);
        let of = if of.is_empty() { String::new() } else { format!(" partition {of}") };
        let by = if by.is_empty() { String::new() } else { format!(" partition by {by}") };
        if let Some(relation) = self.relations.get_mut(&row.try_get(1)?) {
            relation.part = settled(&(of + &by));
        }
        Ok(())
    }

    pub(super) fn inherits(&mut self, row: &PgRow) -> Result<(), sqlx::Error> {
        if let Some(relation) = self.relations.get_mut(&row.try_get(1)?) {
            relation.parents.push((row.try_get(3)?, row.try_get(2)?));
        }
        Ok(())
    }

    /// Of whom it is a part, or inherits.
    pub(super) fn parents_of(&self, relation: &Relation) -> String {
        let mut parents = relation.parents.clone();
        parents.sort_by_key(|(place, _)| *place);
        let names = parents.iter().map(|(_, of)| self.relations.get(of).map_or("?", |of| &of.name));
        match names.collect::<Vec<_>>().join(", ") {
            names if names.is_empty() => String::new(),
            names if relation.part.starts_with(" partition FOR") || relation.part.starts_with(" partition DEFAULT") => {
                format!(" of {names}")
            }
            names => format!(" inherits {names}"),
        }
    }
}
