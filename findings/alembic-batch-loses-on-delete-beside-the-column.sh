#!/bin/bash
# A foreign key can be written beside its column (owner int references owner (id) on delete cascade) or by itself in the table (foreign
# key (owner) references …), which is the same to SQLite. SQLAlchemy reads its ON DELETE, ON UPDATE and DEFERRABLE in the second
# spelling alone. Alembic's batch_alter_table, which on SQLite makes the table anew from what SQLAlchemy has read, so takes ON DELETE
# CASCADE away from a column that the migration does not name: children stay where a parent is deleted, or the deletion is refused where
# foreign keys are on. AUTOINCREMENT, COLLATE NOCASE and triggers go likewise, without a word; Alembic warns of a check without a
# name alone. STRICT and WITHOUT ROWID are kept.
#
# Seen with alembic 1.20.1, SQLAlchemy 2.1.9 (Python package index), Python 3.11.7 and its SQLite, in memory. The packages lie in a
# temporary folder, gone at the end. Needs python3 with pip.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target packages \
  alembic==1.20.1 SQLAlchemy==2.1.9 2>/dev/null || { echo "the packages cannot be fetched" >&2; exit 2; }

cat >batch.py <<'PY'
import sqlite3
import warnings

import alembic
import sqlalchemy
from alembic.migration import MigrationContext
from alembic.operations import Operations

print("alembic", alembic.__version__, "SQLAlchemy", sqlalchemy.__version__, "SQLite", sqlite3.sqlite_version)


def batch(said, columns, kind="", beside=""):
    """Drops another column of the table, and tells what has become of the rest."""
    engine = sqlalchemy.create_engine("sqlite://")
    with engine.begin() as conn, warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        conn.exec_driver_sql("create table owner (id integer primary key)")
        conn.exec_driver_sql(f"create table thing ({columns}) {kind}")
        if beside:
            conn.exec_driver_sql(beside)

        def state():
            sql = conn.exec_driver_sql("select sql from sqlite_master where name = 'thing'").scalar().lower()
            found = [f"on delete {key[6].lower()}" for key in conn.exec_driver_sql("pragma foreign_key_list (thing)")]
            found += [word for word in ("deferrable", "autoincrement", "nocase", "check", "strict", "without rowid") if word in sql]
            found += conn.exec_driver_sql("select type from sqlite_master where type = 'trigger'").scalars()
            return ", ".join(found) or "nothing"

        before = state()
        with Operations(MigrationContext.configure(conn)).batch_alter_table("thing") as op:
            op.drop_column("old")
        print(f"{said}: {before}; then: {state()}; warnings: {len(warned)}")


batch("key beside its column", "old int, owner int references owner (id) on delete cascade deferrable")
batch("key by itself", "old int, owner int, foreign key (owner) references owner (id) on delete cascade deferrable")
batch("numbers", "id integer primary key autoincrement, old int")
batch("collation", "old int, name text collate nocase")
batch("trigger", "id int, old int", beside="create trigger told after insert on thing begin select 1; end")
batch("check without a name", "old int, size int check (size > 0)")
batch("kind of table", "id int primary key, old int", "strict, without rowid")
PY
PYTHONPATH=packages python3 batch.py | tee seen
tail -n +2 seen | diff - <(cat <<'SEEN'
key beside its column: on delete cascade, deferrable; then: on delete no action; warnings: 0
key by itself: on delete cascade, deferrable; then: on delete cascade, deferrable; warnings: 0
numbers: autoincrement; then: nothing; warnings: 0
collation: nocase; then: nothing; warnings: 0
trigger: trigger; then: nothing; warnings: 0
check without a name: check; then: nothing; warnings: 1
kind of table: strict, without rowid; then: strict, without rowid; warnings: 0
SEEN
) || { echo "this has changed" >&2; exit 1; }
