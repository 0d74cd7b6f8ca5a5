//! Every rule by name: what it is about, how bad it is, what to do. The names are written into files and never change.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How bad a finding is; `Notice` is the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Severity {
    /// Good to know before a run.
    Notice,
    /// Locks or rewrites a table, or may fail on some tenants.
    Warning,
    /// Loses data, or cannot work.
    Error,
}

impl Severity {
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Notice => "notice",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

impl FromStr for Severity {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "notice" => Ok(Severity::Notice),
            "warning" => Ok(Severity::Warning),
            "error" => Ok(Severity::Error),
            _ => Err("one of: error, warning, notice".into()),
        }
    }
}

macro_rules! rules {
    ($($(#[doc = $about:literal])* $rule:ident = $name:literal, $severity:ident;)*) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
        pub enum Rule {
            $($(#[doc = $about])* #[serde(rename = $name)] $rule,)*
        }

        impl Rule {
            pub const ALL: &'static [Rule] = &[$(Rule::$rule,)*];

            pub fn as_str(self) -> &'static str {
                match self { $(Rule::$rule => $name,)* }
            }

            /// Unless the engine makes it worse.
            pub fn severity(self) -> Severity {
                match self { $(Rule::$rule => Severity::$severity,)* }
            }

            /// One sentence for the manual.
            pub fn about(self) -> &'static str {
                match self { $(Rule::$rule => concat!($($about,)*).trim_ascii(),)* }
            }
        }
    };
}

rules! {
    /// A table and its rows are dropped.
    DropTable = "drop-table", Error;
    /// A column and what is in it are dropped.
    DropColumn = "drop-column", Error;
    /// A schema is dropped with all that is in it; without `cascade`, which fails where something is, a notice.
    DropSchema = "drop-schema", Error;
    /// A database is dropped.
    DropDatabase = "drop-database", Error;
    /// PostgreSQL: `drop owned by` drops whatever a role owns in the database.
    DropOwned = "drop-owned", Error;
    /// PostgreSQL: `cascade` drops what depends on a type, domain, extension or collation: columns of tables. Of a function, view or sequence a warning.
    DropCascade = "drop-cascade", Error;
    /// A table is emptied.
    Truncate = "truncate", Error;
    /// MySQL: a partition is dropped or emptied with its rows; or what `drop system versioning`, `delete history`, `discard tablespace`, `alter ignore`, the engines blackhole and memory throw away. PostgreSQL: large objects are deleted (`lo_unlink`). SQLite: the index of a text search is emptied (`delete-all`). Where a time or a condition bounds it, large objects are written over, or a copy may pass over rows of one key, a warning.
    DropRows = "drop-rows", Error;
    /// A delete without a where, with one that holds of every row, or with a limit alone. Where a join, a merge or an order says which, a warning.
    DeleteAllRows = "delete-all-rows", Error;
    /// `replace` deletes the row that is there, and what refers to it on delete cascade (or set null) with it; of a table that no file has made, a notice.
    ReplaceDeletes = "replace-deletes", Error;
    /// A column gets a type that may not hold what is in it: values are cut, or the migration fails. Or by a `using` that does not read it, or cuts it off; where nobody can tell, or a moment is moved by a time zone, a warning.
    NarrowType = "narrow-type", Error;
    /// A statement that the engine refuses inside a transaction, in a file without `-- neo: no-transaction`.
    NeedsNoTransaction = "needs-no-transaction", Error;
    /// `begin`, `commit` or `rollback` in a file that Neo runs in a transaction of its own.
    TransactionControl = "transaction-control", Error;
    /// PostgreSQL: a value of an enum is used in the transaction that adds it: that can only fail (55P04).
    EnumValueUsed = "enum-value-used", Error;
    /// A `comment on database`: it overwrites the mark by which Neo knows the tenant's database.
    OverwritesMark = "overwrites-mark", Error;
    /// SQLite: `attach`, `detach`, `vacuum into`, `load_extension` and what reads files reach for others than the tenant's: Neo refuses them.
    LeavesDatabase = "leaves-database", Error;
    /// A command of `psql`, `mysql` or `sqlite3` (`source`, `\connect`, `copy … from stdin`), which no server understands.
    ClientCommand = "client-command", Error;
    /// What Neo refuses before it touches anything, and no other rule tells of: a transaction that is never ended, another encoding, a pragma that is on no list.
    Refused = "refused", Error;
    /// A quote that is never closed.
    UnclosedQuote = "unclosed-quote", Error;
    /// A file without a statement whose first line is not `-- neo: empty`: it is refused where it is pending.
    EmptyFile = "empty-file", Error;
    /// A down file drops what its up file has not made.
    DataLossInDown = "data-loss-in-down", Error;
    /// A column gets another type: the table is rewritten under a full lock.
    ChangeType = "change-type", Warning;
    /// A table is written anew under a full lock: an added column whose value differs by row, vacuum full, a copied table.
    RewritesTable = "rewrites-table", Warning;
    /// An update without a where writes every row in one transaction; so does one, or a merge, that a join or a limit alone bounds, one that leaves out only what is so already, and an upsert of a table from itself.
    UpdateAllRows = "update-all-rows", Warning;
    /// A required column without a default: fails where there are rows, and on SQLite always.
    NotNullWithoutDefault = "not-null-without-default", Warning;
    /// `set not null` reads the whole table under a full lock.
    SetNotNull = "set-not-null", Warning;
    /// PostgreSQL: an index built without `concurrently` on a table that is there: writes wait.
    IndexNotConcurrent = "index-not-concurrent", Warning;
    /// PostgreSQL: an index dropped without `concurrently`: waits for, and holds up, everybody on its table.
    DropIndexNotConcurrent = "drop-index-not-concurrent", Warning;
    /// PostgreSQL: `reindex` without `concurrently`: writes wait, and reads that want the index.
    ReindexNotConcurrent = "reindex-not-concurrent", Warning;
    /// PostgreSQL: a unique or primary key builds its index under a full lock.
    ConstraintBuildsIndex = "constraint-builds-index", Warning;
    /// PostgreSQL: a foreign key or check that is not `not valid` reads the whole table while writes wait.
    ConstraintNotNotValid = "constraint-not-not-valid", Warning;
    /// PostgreSQL: a constraint is validated in the transaction that added it, which still holds the lock.
    ValidatedAtOnce = "validated-at-once", Warning;
    /// Rows leave a table and are somewhere else then: a partition that is detached, exchanged or converted, a delete whose rows an insert takes. PostgreSQL: `force row level security` hides them.
    RowsLeave = "rows-leave", Warning;
    /// A column is renamed: code that runs now still asks for the old name.
    RenameColumn = "rename-column", Warning;
    /// A table is renamed: code that runs now still asks for the old name.
    RenameTable = "rename-table", Warning;
    /// Several statements outside a transaction: a failure leaves the first ones, and a person has to say how to go on.
    SeveralWithoutTransaction = "several-without-transaction", Warning;
    /// `-- neo: no-transaction` and `-- neo: empty` count on the first line only.
    MisplacedMarker = "misplaced-marker", Warning;
    /// MySQL: `||` is an OR, unless the server's sql_mode makes it join texts.
    PipesAsOr = "pipes-as-or", Warning;
    /// MySQL: sql_mode without strictness, and then values of tables that are there are written or get another type: what does not fit is cut off without a word.
    NotStrict = "not-strict", Warning;
    /// MySQL: a text beyond ASCII behind `set names` of another character set than UTF-8: it is kept as other letters.
    OtherCharset = "other-charset", Warning;
    /// SQLite: a pragma that does nothing, or fails, inside a transaction (`journal_mode`, `synchronous`).
    PragmaInTransaction = "pragma-in-transaction", Warning;
    /// The linter cannot read a statement, or what a `do` block runs: a person has to. With a `drop`, `delete` or `truncate` in it, an error.
    NotUnderstood = "not-understood", Warning;
    /// `-- neo: allow` without a reason, or with a rule that there is not.
    UnusableAllow = "unusable-allow", Warning;
    /// MySQL commits each statement by itself: a failure leaves those before it.
    NotAtomic = "not-atomic", Notice;
    /// The file runs outside a transaction.
    NoTransaction = "no-transaction", Notice;
    /// There is no down file: no way back.
    NoDown = "no-down", Notice;
    /// A down file drops what its up file has made, with what has been written into it since.
    DownDropsOwn = "down-drops-own", Notice;
    /// `on conflict do update`, `on duplicate key update`: rows that are there already are written over.
    OverwritesRows = "overwrites-rows", Notice;
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Rule {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Rule::ALL.iter().copied().find(|rule| rule.as_str() == text).ok_or(())
    }
}
