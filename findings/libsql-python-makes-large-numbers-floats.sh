#!/bin/bash
# libsql for Python, made to be compatible with the sqlite3 module, binds an int beyond 31 bits as a floating-point number: milliseconds
# since 1970 stand as 1795929305749.0 in a TEXT column, and are of type real in one without a type; beyond 53 bits the last digits are
# lost, in an INTEGER column too, which takes a number for whole that is already another one. Such 64-bit ids, as many programs give them,
# are written as a neighbour's, are not found, and an UPDATE by id changes the neighbour's row, or none, without an error. The same number
# in the statement's text is right, and read right. sqlite3 binds all 64 bits, and refuses what is beyond.
#
# Seen with libsql 0.1.11 (Python package index), which says SQLite 3.45.1, and Python 3.11.7 with its sqlite3. In memory; the package
# lies in a temporary folder, gone at the end. Needs python3 with pip.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --only-binary=:all: --target packages \
  libsql==0.1.11 2>/dev/null || { echo "the package cannot be fetched" >&2; exit 2; }

cat >ints.py <<'PY'
import sqlite3

import libsql

MILLIS = 1795929305749
ID = 1795929305749985124
print("SQLite", *libsql.connect(":memory:").execute("select sqlite_version()").fetchone())
for module in sqlite3, libsql:
    name = module.__name__
    conn = module.connect(":memory:")
    for value in 2**31 - 1, 2**31, MILLIS, 2**53 + 1, ID:
        print(f"{name}: {value} is", *conn.execute("select ?, typeof(?)", (value, value)).fetchone())
    conn.execute("create table kept (whole integer, text text)")
    conn.execute("insert into kept values (?, ?)", (MILLIS, MILLIS))
    conn.execute("insert into kept values (?, ?)", (ID, ID))
    print(f"{name}: kept", conn.execute("select * from kept").fetchall())

    conn.execute("create table person (id integer primary key, name text)")
    conn.execute(f"insert into person values ({ID - 100}, 'a neighbour'), ({ID}, 'the one that is meant')")
    print(f"{name}: read", conn.execute("select id from person order by id").fetchall())
    print(f"{name}: found", conn.execute("select * from person where id = ?", (ID,)).fetchall())
    conn.execute("update person set name = 'renamed' where id = ?", (ID,))
    print(f"{name}: names", conn.execute("select name from person order by id").fetchall())
PY
PYTHONPATH=packages python3 ints.py | tee seen
tail -n +2 seen | diff - <(cat <<'SEEN'
sqlite3: 2147483647 is 2147483647 integer
sqlite3: 2147483648 is 2147483648 integer
sqlite3: 1795929305749 is 1795929305749 integer
sqlite3: 9007199254740993 is 9007199254740993 integer
sqlite3: 1795929305749985124 is 1795929305749985124 integer
sqlite3: kept [(1795929305749, '1795929305749'), (1795929305749985124, '1795929305749985124')]
sqlite3: read [(1795929305749985024,), (1795929305749985124,)]
sqlite3: found [(1795929305749985124, 'the one that is meant')]
sqlite3: names [('a neighbour',), ('renamed',)]
libsql: 2147483647 is 2147483647 integer
libsql: 2147483648 is 2147483648.0 real
libsql: 1795929305749 is 1795929305749.0 real
libsql: 9007199254740993 is 9007199254740992.0 real
libsql: 1795929305749985124 is 1.795929305749985e+18 real
libsql: kept [(1795929305749, '1795929305749.0'), (1795929305749985024, '1.79592930574999e+18')]
libsql: read [(1795929305749985024,), (1795929305749985124,)]
libsql: found [(1795929305749985024, 'a neighbour')]
libsql: names [('renamed',), ('the one that is meant',)]
SEEN
) || { echo "this has changed" >&2; exit 1; }
