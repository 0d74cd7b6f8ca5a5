#!/bin/bash
# sqlite-utils makes a table anew where ALTER TABLE cannot do what is asked (transform), and since 4.2 says of it that CHECK, UNIQUE and
# comments come along. The columns that were not to be changed are made over all the same: a column without a type becomes TEXT, and its
# numbers become texts; DECIMAL, BOOLEAN, DATE and whatever else SQLite keeps as NUMERIC becomes REAL, by which a whole number beyond
# 2^53 loses its last digits and TRUE is 1.0; COLLATE NOCASE is left out, so that a look-up by another case finds nothing and a UNIQUE
# column takes both; a generated column is gone. (So are triggers, of which the documentation speaks.) All this by dropping one other
# column, without a word. ALTER TABLE … DROP COLUMN of SQLite itself, on the same table, leaves the rest alone.
#
# Seen with sqlite-utils 4.2.1 (Python package index), Python 3.11.7, SQLite 3.40.1. Works in a temporary folder, gone at the end.
# Needs python3 with pip, with SQLite 3.35 or newer.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --only-binary=:all: --target package \
  "sqlite-utils==4.2.1" >/dev/null 2>&1 || { echo "the package cannot be fetched" >&2; exit 2; }
cat >make.py <<'PY'
import sqlite3
import sys

table = """
create table bill (id integer primary key, reference, amount decimal(20, 0), paid boolean, day date, mail text collate nocase unique,
  cents integer generated always as (amount * 100), spare, check (amount > 0));
create table log (line);
create trigger logged after insert on bill begin insert into log values (new.id); end;
insert into bill (id, reference, amount, paid, day, mail) values (1, 20260001, 9007199254740993, true, '2026-01-01', 'Someone@example.org');
delete from log;
"""
look = "select typeof(reference), amount, paid, typeof(day), (select count(*) from bill where mail = 'someone@example.org') from bill"
conn = sqlite3.connect(sys.argv[2])
if sys.argv[1] == "make":
    conn.executescript(table)
elif sys.argv[1] == "alter":
    conn.executescript("alter table bill drop column spare")
else:
    print("  columns:", conn.execute("select group_concat(trim(name || ' ' || type), ', ') from pragma_table_xinfo('bill')").fetchone()[0])
    print("  the row: reference is %s, amount %r, paid %r, day is %s, by its mail in small letters: %s" % conn.execute(look).fetchone())
    print("  triggers:", conn.execute("select count(*) from sqlite_master where type = 'trigger'").fetchone()[0],
          "CHECK:", conn.execute("select sql like '%check%amount > 0%' from sqlite_master where name = 'bill'").fetchone()[0])
PY
sqlite_utils() { PYTHONPATH=package python3 -m sqlite_utils "$@"; }
echo "sqlite-utils $(sqlite_utils --version | grep -o "[0-9.]*$"), SQLite $(python3 -c "import sqlite3; print(sqlite3.sqlite_version)")"
python3 make.py make first.db && cp first.db alter.db && cp first.db transform.db
python3 make.py alter alter.db
sqlite_utils transform transform.db bill --drop spare >said 2>&1 && [ ! -s said ] && echo "transform ends with 0 and says nothing"
for name in first alter transform; do
  echo "$name:"
  python3 make.py look $name.db
done | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
first:
  columns: id INTEGER, reference, amount decimal(20, 0), paid boolean, day date, mail TEXT, cents INTEGER, spare
  the row: reference is integer, amount 9007199254740993, paid 1, day is text, by its mail in small letters: 1
  triggers: 1 CHECK: 1
alter:
  columns: id INTEGER, reference, amount decimal(20, 0), paid boolean, day date, mail TEXT, cents INTEGER
  the row: reference is integer, amount 9007199254740993, paid 1, day is text, by its mail in small letters: 1
  triggers: 1 CHECK: 1
transform:
  columns: id INTEGER, reference TEXT, amount REAL, paid REAL, day REAL, mail TEXT
  the row: reference is text, amount 9007199254740992.0, paid 1.0, day is text, by its mail in small letters: 0
  triggers: 0 CHECK: 1
SEEN
