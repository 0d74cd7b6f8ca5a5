//! What files have made: tables with the types of their columns, and all else that has a name.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::engine::Engine;
use crate::engine::acts::{Act, Unseen, What};

/// By name, as if nothing had a schema but the one that everybody looks into.
#[derive(Debug, Default, Clone)]
pub(super) struct Known {
    tables: HashSet<String>,
    columns: HashSet<(String, String)>,
    /** Of columns that others have made, too. */
    types: HashMap<(String, String), String>,
    /** The columns in order, and whether some were added, which MySQL puts anywhere. */
    orders: HashMap<String, (Vec<String>, bool)>,
    schemas: HashSet<String>,
    kinds: HashSet<String>,
    /** What domains are made of. */
    domains: HashMap<String, String>,
    partitions: HashSet<(String, String)>,
    /** Columns that are worked out of others. */
    computed: HashSet<(String, String)>,
    /** Who refers to whom, and whether its rows go, or lose what they refer to, with the other's. */
    referring: BTreeMap<(String, String), bool>,
    /** Tables that were dropped, and not made again. */
    gone: HashSet<String>,
    /** Tables of the session, which may stand before others of their name. */
    temporary: HashSet<String>,
    /** What a `select *` of a table leaves out. */
    unseen: HashSet<(String, Unseen)>,
    /** The schema that a table without one is looked for in, where it is not the usual one; and what the others hold. */
    path: String,
    elsewhere: HashMap<String, Plain>,
}

/// Tables and columns that are named without a schema.
type Plain = (HashSet<String>, HashSet<(String, String)>);

impl Known {
    pub fn made_by(acts: &[Act]) -> Self {
        let mut known = Self::default();
        acts.iter().for_each(|act| known.learn(&act.what));
        known
    }

    pub fn learn(&mut self, what: &What) {
        match what {
            What::CreateTable { table, columns, temporary } => {
                if *temporary || is_of_session(table) {
                    self.temporary.insert(key(table));
                } else {
                    self.temporary.remove(&key(table));
                }
                self.gone.remove(&key(table));
                self.tables.insert(key(table));
                let order = columns.iter().map(|(column, _)| column.clone()).collect();
                self.orders.insert(key(table), (order, false));
                columns.iter().for_each(|(column, ty)| self.add(table, column, ty));
            }
            What::CreateOther { name, temporary } => {
                if *temporary || is_of_session(name) {
                    self.temporary.insert(key(name));
                }
                self.tables.insert(key(name));
            }
            What::Unseen { table, part, is: true } => {
                self.unseen.insert((key(table), part.clone()));
            }
            What::Unseen { table, part, is: false } => {
                self.unseen.remove(&(key(table), part.clone()));
            }
            What::CreateSchema { schema } => {
                self.schemas.insert(schema.clone());
            }
            What::CreateType { ty, of } => {
                self.kinds.insert(key(ty));
                self.domains.extend(of.clone().map(|of| (key(ty), of)));
            }
            What::AddPartition { table, partition } => {
                self.partitions.insert((key(table), partition.clone()));
            }
            What::Refers { table, to, follows } => {
                *self.referring.entry((key(table), key(to))).or_default() |= follows;
            }
            What::AddColumn { table, column } => {
                self.add(table, &column.name, &column.ty);
                if let Some((order, added)) = self.orders.get_mut(&key(table)) {
                    order.push(column.name.clone());
                    *added = true;
                }
            }
            What::ChangeType { table, column, to } | What::Forgets { table, column, to } => {
                self.types.insert((key(table), column.clone()), to.clone());
            }
            What::DropColumn { table, column, .. } => {
                self.columns.remove(&(key(table), column.clone()));
                self.types.remove(&(key(table), column.clone()));
                if let Some((order, _)) = self.orders.get_mut(&key(table)) {
                    order.retain(|name| name != column);
                }
            }
            What::Computed { table, column } => {
                self.computed.insert((key(table), column.clone()));
            }
            What::RenameColumn { .. } | What::RenameTable { .. } => self.rename(what),
            What::DropTemporary { table } if !self.temporary.contains(&key(table)) => {}
            What::DropTable { table, .. } | What::DropTemporary { table } => {
                let table = key(table);
                self.tables.remove(&table);
                self.orders.remove(&table);
                self.columns.retain(|(of, _)| *of != table);
                self.types.retain(|(of, _), _| *of != table);
                self.computed.retain(|(of, _)| *of != table);
                self.referring.retain(|(from, _), _| *from != table);
                self.unseen.retain(|(of, _)| *of != table);
                // Whatever stood behind it is there.
                if !self.temporary.remove(&table) {
                    self.gone.insert(table);
                }
            }
            _ => {}
        }
    }

    fn add(&mut self, table: &str, column: &str, ty: &str) {
        self.columns.insert((key(table), column.to_owned()));
        self.types.insert((key(table), column.to_owned()), ty.to_owned());
    }

    /// Keeps what is known under its new name.
    pub fn rename(&mut self, what: &What) {
        match what {
            What::RenameColumn { table, column, to } => {
                let (old, new) = ((key(table), column.clone()), (key(table), to.clone()));
                if self.columns.remove(&old) {
                    self.columns.insert(new.clone());
                }
                if let Some(ty) = self.types.remove(&old) {
                    self.types.insert(new, ty);
                }
                let order = self.orders.get_mut(&key(table)).into_iter().flat_map(|(order, _)| order);
                order.filter(|name| *name == column).for_each(|name| name.clone_from(to));
            }
            What::RenameTable { table, to } => {
                let (table, to) = (key(table), moved(table, to));
                if self.tables.remove(&table) {
                    self.tables.insert(to.clone());
                }
                if let Some(order) = self.orders.remove(&table) {
                    self.orders.insert(to.clone(), order);
                }
                let columns: Vec<_> = self.columns.extract_if(|(of, _)| *of == table).collect();
                self.columns.extend(columns.into_iter().map(|(_, column)| (to.clone(), column)));
                let computed: Vec<_> = self.computed.extract_if(|(of, _)| *of == table).collect();
                self.computed.extend(computed.into_iter().map(|(_, column)| (to.clone(), column)));
                let types: Vec<_> = self.types.extract_if(|(of, _), _| *of == table).collect();
                self.types.extend(types.into_iter().map(|((_, column), ty)| ((to.clone(), column), ty)));
                let unseen: Vec<_> = self.unseen.extract_if(|(of, _)| *of == table).collect();
                self.unseen.extend(unseen.into_iter().map(|(_, part)| (to.clone(), part)));
                let named = |name: String| if name == table { to.clone() } else { name };
                let referring = std::mem::take(&mut self.referring).into_iter();
                self.referring = referring.map(|((a, b), follows)| ((named(a), named(b)), follows)).collect();
            }
            _ => {}
        }
    }

    /// What a file makes `if not exists`, and others have made before it, is not its own.
    pub fn forget(&mut self, name: &str, column: Option<&str>, is_schema: bool) {
        match column {
            Some(column) => {
                self.columns.remove(&(key(name), column.to_owned()));
            }
            None if is_schema => {
                self.schemas.remove(name);
            }
            None => {
                self.tables.remove(&key(name));
                self.columns.retain(|(of, _)| *of != key(name));
            }
        }
    }

    pub fn is_computed(&self, table: &str, column: &str) -> bool {
        self.computed.contains(&(key(table), column.to_owned()))
    }

    /// Rows of other files' come into a table, so that it is new no longer.
    pub fn fill(&mut self, what: &What) {
        if let What::RowsLeave { table, to: Some(to), .. } = what
            && !self.has_table(table)
        {
            self.tables.remove(&key(to));
        }
        // A schema that another's table is moved into is empty no longer.
        if let What::RenameTable { to, .. } = what
            && let Some((schema, _)) = to.split_once('.')
            && !self.tables.contains(&key(to))
        {
            self.schemas.remove(schema);
        }
    }

    /// Tables without a schema are looked for elsewhere from here on: what was made where they were is there, under its whole name.
    pub fn look_into(&mut self, path: &str) {
        if path == self.path {
            return;
        }
        let own: Plain = (
            self.tables.extract_if(|table| !table.contains('.')).collect(),
            self.columns.extract_if(|(table, _)| !table.contains('.')).collect(),
        );
        let before = std::mem::replace(&mut self.path, path.to_owned());
        if !before.is_empty() {
            self.tables.extend(own.0.iter().map(|table| format!("{before}.{table}")));
            self.columns.extend(own.1.iter().map(|(table, column)| (format!("{before}.{table}"), column.clone())));
        }
        self.elsewhere.insert(before, own);
        if let Some((tables, columns)) = self.elsewhere.remove(path) {
            self.tables.extend(tables);
            self.columns.extend(columns);
        }
    }

    /// What a copy of all that is seen of a table has not, in words.
    pub fn unseen_of(&self, table: &str) -> Option<&'static str> {
        let is = |part: Unseen| self.unseen.contains(&(key(table), part));
        match () {
            () if is(Unseen::Rows) => {
                Some("its policies bind its owner, and its copy leaves out what they hide: those rows are lost")
            }
            () if is(Unseen::History) => Some("its copy has only the rows of now: what they have been is lost"),
            () => None,
        }
    }

    /// The columns that a `select *` leaves out.
    pub fn invisible(&self, table: &str) -> Vec<String> {
        let of = self.unseen.iter().filter(|(of, _)| *of == key(table));
        let mut columns: Vec<String> = of
            .filter_map(|(_, part)| match part {
                Unseen::Column(column) => Some(column.clone()),
                Unseen::Rows | Unseen::History => None,
            })
            .collect();
        columns.sort_unstable();
        columns
    }

    pub fn has_table(&self, table: &str) -> bool {
        let in_own = table.split_once('.').is_some_and(|(schema, _)| self.schemas.contains(schema));
        in_own || (self.tables.contains(&key(table)) && !self.is_behind(table))
    }

    /// Whether there is one of the session, or one that is none of the session.
    pub fn is_there(&self, table: &str, of_session: bool) -> bool {
        self.tables.contains(&key(table)) && self.temporary.contains(&key(table)) == of_session
    }

    /// Whether it is named with a schema, and a table of the session has its name alone.
    fn is_behind(&self, table: &str) -> bool {
        table.contains('.') && !is_of_session(table) && self.temporary.contains(&key(table))
    }

    /// It was there before, and is not any more.
    pub fn has_dropped(&self, table: &str) -> bool {
        self.gone.contains(&key(table))
    }

    pub fn has_schema(&self, schema: &str) -> bool {
        self.schemas.contains(schema)
    }

    pub fn has_type(&self, ty: &str) -> bool {
        self.kinds.contains(&key(ty))
    }

    /// What a type is made of, where it is a domain.
    pub fn base<'b>(&'b self, ty: &'b str) -> &'b str {
        // One may be made of another.
        (0..8).fold(ty, |ty, _| self.domains.get(&key(ty)).map_or(ty, String::as_str))
    }

    pub fn has_partition(&self, table: &str, partition: &str) -> bool {
        self.partitions.contains(&(key(table), partition.to_owned()))
    }

    pub fn has_column(&self, table: &str, column: &str) -> bool {
        self.has_table(table) || (self.columns.contains(&(key(table), column.to_owned())) && !self.is_behind(table))
    }

    pub fn ty(&self, table: &str, column: &str) -> Option<&str> {
        self.types.get(&(key(table), column.to_owned())).map(String::as_str)
    }

    /// The columns of a table that hold what was written into them, in order, as far as files tell.
    pub fn columns(&self, table: &str) -> Vec<&str> {
        let of = self.types.keys().filter(|(of, _)| *of == key(table));
        let mut columns: Vec<&str> = of.filter(|column| !self.computed.contains(column)).map(|(_, c)| &c[..]).collect();
        columns.sort_unstable();
        columns
    }

    /// The same in the table's own order, with those that are worked out, where the files tell that.
    pub fn order(&self, table: &str, engine: Engine) -> (Vec<String>, bool) {
        let hidden = self.invisible(table);
        let (mut order, is_ordered) = match self.orders.get(&key(table)) {
            Some((order, added)) if !(order.is_empty() || *added && engine == Engine::Mysql) => (order.clone(), true),
            _ => (self.columns(table).into_iter().map(str::to_owned).collect(), false),
        };
        order.retain(|column| !hidden.contains(column));
        (order, is_ordered)
    }

    /// Whether one of these tables is known to have a column of a type; none when nothing is known of any of them. Schemas
    /// and quotes are left aside.
    pub fn holds(&self, tables: &[String], ty: &str) -> Option<bool> {
        let last = |name: &str| name.rsplit('.').next().unwrap_or(name).trim_end_matches("[]").replace('"', "");
        let mut of = self.types.iter().filter(|((table, _), _)| tables.contains(&last(table))).peekable();
        of.peek().is_some().then(|| of.any(|(_, of)| last(of) == last(ty)))
    }

    /// Other tables that refer to one, in order.
    pub fn referring_to(&self, table: &str) -> Vec<&str> {
        self.refer(table, |from, _| *from != key(table))
    }

    /// Tables of which rows go, or lose what they refer to, with those of one.
    pub fn following(&self, table: &str) -> Vec<&str> {
        self.refer(table, |_, follows| follows)
    }

    fn refer(&self, table: &str, is: impl Fn(&String, bool) -> bool) -> Vec<&str> {
        let table = key(table);
        let to = self.referring.iter().filter(|((from, to), follows)| *to == table && is(from, **follows));
        to.map(|((from, _), _)| &from[..]).collect()
    }
}

/// `public.contacts` and `contacts` are one, and so are `temp.contacts` and `contacts` of the session.
pub(super) fn key(name: &str) -> String {
    let schemas = ["public.", "main.", "temp.", "pg_temp."];
    schemas.into_iter().find_map(|schema| name.strip_prefix(schema)).unwrap_or(name).to_owned()
}

/// `temp.contacts`
pub(super) fn is_of_session(name: &str) -> bool {
    name.starts_with("temp.") || name.starts_with("pg_temp.")
}

/// A table stays in its schema when it gets another name.
pub(super) fn moved(table: &str, to: &str) -> String {
    match key(table).rsplit_once('.') {
        Some((schema, _)) if !to.contains('.') => format!("{schema}.{to}"),
        _ => key(to),
    }
}

/// Whether the names in a query may be of this table.
pub(super) fn is_from(names: &[String], table: &str) -> bool {
    let last = table.rsplit('.').next().unwrap_or(table);
    names.iter().any(|name| name == last)
}
