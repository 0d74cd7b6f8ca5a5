//! The vocabulary: what one statement does to tables, columns and rows.

/// Tables and columns are named as they are written, without quotes and in lower case: `contacts`, `public.contacts`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum What {
    /// Each column with its type.
    CreateTable {
        table: String,
        columns: Vec<(String, String)>,
        temporary: bool,
    },
    /// A view, a sequence, a virtual table: what has a table's name and no columns that are known.
    CreateOther {
        name: String,
        temporary: bool,
    },
    CreateSchema {
        schema: String,
    },
    /// A type, or what tables are made of besides: a domain, with what that is made of, an extension, a function.
    CreateType {
        ty: String,
        of: Option<String>,
    },
    /// A column whose values are worked out of others.
    Computed {
        table: String,
        column: String,
    },
    AddEnumValue {
        ty: String,
        value: String,
    },
    DropTable {
        table: String,
        if_exists: bool,
    },
    /// A table of the session, and none that stands behind its name.
    DropTemporary {
        table: String,
    },
    /// A table has a foreign key to another; its rows may go, or lose it, with the other's.
    Refers {
        table: String,
        to: String,
        follows: bool,
    },
    /// An `insert … select`, a `create table … select` or an `update` fills a table; the names in what it takes its values from.
    Copies {
        table: String,
        from: Vec<String>,
        takes: Takes,
    },
    /// Rows of a table are deleted or written over, however few; of an update the columns that it writes. With `later` those
    /// that come: a trigger, a rule.
    Touches {
        table: String,
        by: &'static str,
        columns: Option<Vec<String>>,
        later: bool,
    },
    /// `if not exists`: it may have been there before, with all that is in it.
    MaybeThere {
        name: String,
        column: Option<String>,
        is_schema: bool,
    },
    /// The table is made, and filled by the statement that makes it, only where there is none of its name yet.
    OnlyIfNew {
        table: String,
        temporary: bool,
    },
    /// A column becomes one that is worked out of others: the values that are in it are replaced.
    Generates {
        table: String,
        column: String,
    },
    /// A column gets a character set that has few letters.
    Recodes {
        table: String,
        column: String,
        charset: String,
    },
    /// The table that is made keeps no rows for good: `temporary`, `unlogged`, an engine.
    Fleeting {
        table: String,
        by: String,
    },
    RenameTable {
        table: String,
        to: String,
    },
    AddColumn {
        table: String,
        column: Column,
    },
    DropColumn {
        table: String,
        column: String,
        if_exists: bool,
    },
    RenameColumn {
        table: String,
        column: String,
        to: String,
    },
    ChangeType {
        table: String,
        column: String,
        to: String,
    },
    SetNotNull {
        table: String,
        column: String,
    },
    AddConstraint {
        table: String,
        name: Option<String>,
        kind: Constraint,
        not_valid: bool,
    },
    ValidateConstraint {
        table: String,
        name: String,
    },
    CreateIndex {
        table: String,
        concurrently: bool,
    },
    DropIndex {
        index: String,
        concurrently: bool,
    },
    Reindex {
        concurrently: bool,
    },
    /// All of a table is written anew; the word says by what.
    Rewrite {
        table: String,
        by: &'static str,
    },
    AddPartition {
        table: String,
        partition: String,
    },
    /// Rows go otherwise than by a plain `delete`; the words say which, and of what they were.
    DropRows {
        does: String,
        table: String,
        partition: Option<String>,
    },
    /// The same of rows that something says which of, if not by name.
    DropSome {
        does: String,
        table: String,
    },
    Truncate {
        table: String,
    },
    DeleteAll {
        table: String,
    },
    /// A delete that is bound by a join alone: which rows, the words say.
    DeleteJoined {
        table: String,
        which: &'static str,
    },
    /// A delete that is bound by a number alone, and by an order at most.
    DeleteLimited {
        table: String,
        ordered: bool,
    },
    /// Rows go out of a table and are somewhere else then: a partition that is detached or exchanged. The words say which.
    RowsLeave {
        does: String,
        table: String,
        to: Option<String>,
    },
    /// `replace into`: the row that is there is deleted first.
    Replaces {
        table: String,
    },
    /// Another type for a column whose values are not read for it.
    Forgets {
        table: String,
        column: String,
        to: String,
    },
    /// A column is given another type by a `using` that keeps less than its values: what it does that by, which it does surely or
    /// may do, and the types that they go through. `zones`: how often it says at which time zone.
    Cuts {
        table: String,
        column: String,
        to: String,
        by: Option<(String, bool)>,
        through: Vec<String>,
        zones: usize,
    },
    UpdateAll {
        table: String,
    },
    /// An update that is bound by a join or a number alone: which rows, the words say.
    UpdateSome {
        table: String,
        which: &'static str,
    },
    /// `on conflict do update`, `on duplicate key update`: the row that is there is written over.
    Overwrites {
        table: String,
    },
    DropSchema {
        schema: String,
        cascade: bool,
    },
    /// `drop … cascade` of what is no table: with `columns` those of tables go along.
    Cascade {
        kind: String,
        name: String,
        columns: bool,
    },
    /// `drop owned by`
    DropOwned {
        roles: String,
    },
    DropDatabase {
        database: String,
    },
    /// What PostgreSQL and SQLite refuse inside a transaction.
    OutsideTransaction {
        statement: &'static str,
    },
    /// `begin`, `commit`, `rollback`.
    TransactionControl {
        word: &'static str,
    },
    /// From here on what is done can be taken back: to a savepoint, or to where a transaction begins.
    Saves {
        name: Option<String>,
    },
    /// It can no longer: a savepoint is released, a transaction committed.
    Keeps {
        name: Option<String>,
    },
    /// What was done since is taken back.
    TakesBack {
        to: Option<String>,
    },
    /// A pragma that SQLite does not heed inside a transaction.
    PragmaInTransaction {
        pragma: String,
    },
    /// `||` where it is an OR.
    Pipes,
    /// Where a table without a schema is looked for from here on: a schema, or nothing where it is as usual.
    LooksInto {
        path: String,
    },
    /// From here on values that do not fit are cut off without a word, or no longer.
    Lenient {
        is: bool,
    },
    /// A trigger or an event is made meanwhile: it runs so for good, whoever sets it off.
    StaysLenient {
        kind: &'static str,
    },
    /// A text with letters beyond ASCII is taken to be in this character set, and is not.
    OtherCharset {
        charset: String,
    },
    /// From here on a `select *` of a table leaves this out, or no longer.
    Unseen {
        table: String,
        part: Unseen,
        is: bool,
    },
    /// `comment on database`: there Neo keeps whose it is.
    OverwritesMark,
    /// SQLite: another file than the tenant's is opened, written or loaded.
    LeavesDatabase {
        statement: String,
    },
    /// From here on no foreign key is enforced, and nothing follows what it refers to.
    KeysOff,
    /// What only the client program knows: `\connect`, `.read`.
    ClientCommand {
        command: String,
    },
    /// A quote that is open at the end of the file; or only where a backslash escapes.
    Unclosed {
        surely: bool,
    },
    /// The linter's parser gave up, with its words. What the statement says that would take something away, in its own words.
    NotUnderstood {
        why: String,
        says: Option<String>,
    },
}

/// What a `select *` does not read.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Unseen {
    /// Rows that policies hide from the owner of the table, too.
    Rows,
    /// What its rows have been.
    History,
    /// An invisible column.
    Column(String),
}

#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Column {
    pub name: String,
    pub ty: String,
    pub not_null: bool,
    pub fill: Fill,
    /** Unique or primary: an index is built. */
    pub is_key: bool,
    /** A foreign key or a check. */
    pub is_checked: bool,
}

/// What an added column holds in the rows that are there.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) enum Fill {
    #[default]
    Null,
    /// The same for every row: kept once.
    Constant,
    /// Another for each row: every row is written.
    EachRow,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Constraint {
    ForeignKey,
    Check,
    Unique,
    PrimaryKey,
    Exclude,
    NotNull,
    /// Takes over an index that is there.
    UsingIndex,
}

/// How much a copy takes of the tables that it reads.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Takes {
    /** Of these every row, but for what `but` says; none when nobody here can tell. */
    pub whole: Vec<String>,
    /** What leaves rows out, or may do so, by its own word. */
    pub but: Option<String>,
    /** The condition, where that alone leaves rows out. */
    pub part: Option<String>,
    /** The columns that are filled, as they are named; none where the table has them in its own order. */
    pub into: Option<Vec<String>>,
    /** What they are filled with, in order. */
    pub values: Vec<Taken>,
    /** A row whose key is there already is left out, or takes the other's place. */
    pub passes_doubles: bool,
    pub is_update: bool,
}

/// What a column is filled with.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Taken {
    /// `*`: every column that there is.
    All,
    /// The value of a column, whole, by way of these types.
    Column { column: String, through: Vec<String> },
    /// Something that is made of these columns, or of none, and by what.
    Made { of: Vec<String>, by: String },
}
