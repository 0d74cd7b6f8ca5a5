#!/bin/bash
# sqlx on SQLite asks for the names of a query's columns before it runs, and keeps them with its prepared statement. When somebody else's
# migration then changes the table, SQLite prepares the statement anew and the rows have the new columns, while sqlx goes on naming
# them by the old ones. After DROP COLUMN a and ADD COLUMN z `select *` answers with b's value under the name a, c's under b and z's under
# c, without an error, for as long as the connection lives. So it does where the query is asked for the first time, on a connection that
# remembers the table: it is prepared by the former one and run by the one that is there. With persistent(false) it is wrong once.
# A new connection has it right, and so has Python's sqlite3, which asks for the names when it has the first row.
#
# Seen with sqlx 0.9.0 with its own SQLite (crates.io), Rust 1.95. Built and run in a temporary folder, gone at the end. Needs cargo, a C
# compiler and python3.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "names"
version = "0.0.0"
edition = "2021"

[dependencies]
sqlx = { version = "=0.9.0", default-features = false, features = ["sqlite", "runtime-tokio"] }
tokio = { version = "1", default-features = false, features = ["rt"] }

[profile.dev]
debug = 0
incremental = false
TOML
cat >src/main.rs <<'RUST'
use sqlx::{query, raw_sql, sqlite::SqliteConnectOptions, ConnectOptions, Row, SqliteConnection};

const ALL: &str = "select * from t";

/// What the row calls its values.
async fn show(said: &str, conn: &mut SqliteConnection, kept: bool) {
    let row = query(ALL).persistent(kept).fetch_one(conn).await.unwrap();
    let one = |name| row.try_get::<String, _>(name).unwrap_or_else(|_| "none".into());
    println!("{said}: a is {}, b is {}, c is {}, z is {}", one("a"), one("b"), one("c"), one("z"));
}

async fn names() {
    let options = SqliteConnectOptions::new().filename("t.db").create_if_missing(true);
    let mut other = options.connect().await.unwrap();
    let version: String = query("select sqlite_version()").fetch_one(&mut other).await.unwrap().get(0);
    println!("SQLite {version}");
    let made = "create table t (a text, b text, c text); insert into t values ('A', 'B', 'C')";
    raw_sql(made).execute(&mut other).await.unwrap();

    let mut conn = options.connect().await.unwrap();
    let mut without = options.connect().await.unwrap();
    let mut another = options.connect().await.unwrap();
    show("before", &mut conn, true).await;
    show("before, persistent(false)", &mut without, false).await;
    query("select b from t").fetch_one(&mut another).await.unwrap();
    let migration = "alter table t drop column a; alter table t add column z text default 'Z'";
    raw_sql(migration).execute(&mut other).await.unwrap();
    show("after", &mut conn, true).await;
    show("after, once more", &mut conn, true).await;
    show("after, persistent(false)", &mut without, false).await;
    show("after, persistent(false), once more", &mut without, false).await;
    show("after, not asked before", &mut another, true).await;
    show("after, a new connection", &mut options.connect().await.unwrap(), true).await;
}

fn main() {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(names());
}
RUST
cargo --version
CARGO_TARGET_DIR=$folder/target CARGO_PROFILE_DEV_BUILD_OVERRIDE_DEBUG=false cargo build --quiet || { echo "it cannot be built" >&2; exit 2; }
./target/debug/names | tee seen
python3 - <<'PY' | tee -a seen
import sqlite3

other = sqlite3.connect("python.db", isolation_level=None)
other.executescript("create table t (a text, b text, c text); insert into t values ('A', 'B', 'C')")
conn = sqlite3.connect("python.db")
conn.row_factory = sqlite3.Row
conn.execute("select * from t").fetchall()
other.executescript("alter table t drop column a; alter table t add column z text default 'Z'")
print("after, Python:", ", ".join(f"{name} is {value}" for name, value in dict(conn.execute("select * from t").fetchone()).items()))
PY
tail -n +2 seen | diff - <(cat <<'SEEN'
before: a is A, b is B, c is C, z is none
before, persistent(false): a is A, b is B, c is C, z is none
after: a is B, b is C, c is Z, z is none
after, once more: a is B, b is C, c is Z, z is none
after, persistent(false): a is B, b is C, c is Z, z is none
after, persistent(false), once more: a is none, b is B, c is C, z is Z
after, not asked before: a is B, b is C, c is Z, z is none
after, a new connection: a is none, b is B, c is C, z is Z
after, Python: b is B, c is C, z is Z
SEEN
) || { echo "this has changed" >&2; exit 1; }
