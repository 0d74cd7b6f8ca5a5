#!/bin/bash
# Two programs that bring one SQLite file up to date at the same moment with rusqlite_migration both run the migration, one after the
# other, and both are told Ok: the version is read before the transaction begins, and not again within it. What a migration does to rows
# (cents for euros) is done twice, and user_version is right in the end. The transaction makes each run atomic, as the documentation
# says, and does not keep a second from following it.
#
# Seen with rusqlite_migration 2.6.0 and rusqlite 0.40.2 with its own SQLite (crates.io), Rust 1.95. Built and run in a temporary
# folder, gone at the end. Needs cargo and a C compiler.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "twice"
version = "0.0.0"
edition = "2021"

[dependencies]
rusqlite = { version = "=0.40.2", features = ["bundled"] }
rusqlite_migration = "=2.6.0"
TOML
cat >src/main.rs <<'RUST'
use rusqlite::Connection;
use rusqlite_migration::{Migrations, M};
use std::{thread, time::Duration};

const PRICES: M = M::up("create table price (amount integer); insert into price values (3);");
const CENTS: M = M::up("update price set amount = amount * 100;");

/// The amount and the version after so many programs at once.
fn seen(programs: usize) -> (i64, i64) {
    let path = format!("{programs}.db");
    let mut first = Connection::open(&path).unwrap();
    Migrations::new(vec![PRICES]).to_latest(&mut first).unwrap();

    // Somebody writes for a while, so that all of them begin meanwhile.
    first.execute_batch("begin immediate").unwrap();
    let running: Vec<_> = (0..programs)
        .map(|_| {
            let mut conn = Connection::open(&path).unwrap();
            thread::spawn(move || Migrations::new(vec![PRICES, CENTS]).to_latest(&mut conn))
        })
        .collect();
    thread::sleep(Duration::from_millis(700));
    first.execute_batch("commit").unwrap();
    for one in running {
        println!("{programs} at once: {:?}", one.join().unwrap());
    }
    let amount = first.query_row("select amount from price", [], |row| row.get(0));
    let version = first.query_row("pragma user_version", [], |row| row.get(0));
    (amount.unwrap(), version.unwrap())
}

fn main() {
    println!("SQLite {}", rusqlite::version());
    for programs in [1, 2] {
        let (amount, version) = seen(programs);
        println!("{programs} at once: 3 euros are {amount} cents, version {version}");
    }
}
RUST
cargo --version
CARGO_TARGET_DIR=$folder/target cargo build --quiet || { echo "it cannot be built" >&2; exit 2; }
./target/debug/twice | tee seen
diff <(tail -n +2 seen) - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
1 at once: Ok(())
1 at once: 3 euros are 300 cents, version 2
2 at once: Ok(())
2 at once: Ok(())
2 at once: 3 euros are 30000 cents, version 2
SEEN
