#!/bin/bash
# Whoever opens a SQLite database in WAL mode to read only, and closes it, leaves two files beside it that were not there: an empty
# log (-wal) and its index (-shm). Whoever opens the same file to write, and writes nothing, leaves none: the last connection to leave
# clears them away only where it may write. So a mere look that is to leave a folder as it was has to ask for more rights, not fewer.
#
# Seen with SQLite 3.51.1 (package pysqlite3-binary 0.5.4.post2 of the Python package index), and with 3.40.1 of Debian 12. Works in
# a temporary folder, gone at the end. Needs python3 with pip.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps --only-binary=:all: --target package \
  "pysqlite3-binary==0.5.4.post2" 2>/dev/null || { echo "the package cannot be fetched" >&2; exit 2; }
seen=$(PYTHONPATH=package python3 - <<'PY'
import os
import pysqlite3 as sqlite3

print("SQLite", sqlite3.sqlite_version)
made = sqlite3.connect("a.db", isolation_level=None)
made.execute("pragma journal_mode = wal")
made.execute("create table t (a)")
made.close()

def look(how):
    conn = sqlite3.connect(f"file:a.db?mode={how}", uri=True)
    conn.execute("select count(*) from t").fetchall()
    conn.close()
    print(f"after a look with mode={how}:", *sorted(os.listdir(".")))

os.mkdir("in") or os.rename("a.db", "in/a.db")
os.chdir("in")
print("before:", *os.listdir("."))
look("rw")
look("ro")
PY
)
echo "$seen"
grep -qx 'after a look with mode=rw: a.db' <<<"$seen" && grep -qx 'after a look with mode=ro: a.db a.db-shm a.db-wal' <<<"$seen" \
  || { echo "this has changed" >&2; exit 1; }
