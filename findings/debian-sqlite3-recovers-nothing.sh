#!/bin/bash
# The sqlite3 program of Debian 12 has .recover, which gets out of a damaged file whatever can still be read, and lists it in .help. It recovers
# nothing, out of a file that is whole neither: it reads the pages through a virtual table, sqlite_dbpage, that the library was built
# without, which is a package of its own there. It says "sql error: SQL logic error (1)" and ends with 1, after it has written a beginning
# that is valid SQL. SQLite's manual pipes it into a second sqlite3 that makes the new database: that ends with 0, and so does the line, and
# what it leaves is an empty file. .dump gives the rows on both sides of the damage, and all of the other tables. Whoever wants to
# know whether it works on a machine asks for "select count(*) from sqlite_dbpage" while nothing is damaged yet.
#
# Seen with SQLite 3.40.1 of Debian 12 (packages 3.40.1-2+deb12u2). Works in a temporary folder, gone at the end. Needs apt-get, dpkg-deb
# and python3, and no rights.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -q sqlite3=3.40.1-2+deb12u2 libsqlite3-0=3.40.1-2+deb12u2 libreadline8 libtinfo6 >/dev/null 2>&1 ||
  { echo "the packages cannot be fetched (apt-get update first?)" >&2; exit 2; }
for package in ./*.deb; do dpkg-deb -x "$package" root; done
mkdir work && cd work

libraries=$folder/root/usr/lib/x86_64-linux-gnu:$folder/root/lib/x86_64-linux-gnu
sqlite3() { LD_LIBRARY_PATH=$libraries "$folder/root/usr/bin/sqlite3" "$@"; }
echo "sqlite3 $(sqlite3 --version | cut -d' ' -f1)"
sqlite3 whole.db "pragma user_version = 7; create table hit (id integer primary key, v text); create table other (v text);
  with recursive n (i) as (select 1 union all select i + 1 from n where i < 1000) insert into hit select i, printf('%.100c', 'x') from n;
  insert into other values ('a'), ('b')"
# One page in the middle of the table is lost.
cp whole.db damaged.db
python3 - <<'PYTHON'
with open("damaged.db", "r+b") as file:
    file.seek(12 * 4096)
    file.write(bytes(4096))
PYTHON
rows() { echo "$(count "$1" hit), $(count "$1" other)"; }
count() { sqlite3 "$1" "select '$2 ' || count(*) from $2" 2>/dev/null || echo "$2 is not there"; }
{
  echo ".help lists it: $(sqlite3 whole.db ".help .recover" | grep -c '^\.recover')"
  echo "the table it reads: $(sqlite3 whole.db "select count(*) from sqlite_dbpage" 2>&1)"
  for name in whole damaged; do
    end=0
    sqlite3 $name.db .recover >$name.sql 2>said || end=$?
    echo "$name, .recover: ends with $end, $(cat said); $(grep -c '^CREATE' $name.sql || true) tables, $(grep -c '^INSERT' $name.sql || true) rows"
    end=0
    (set +o pipefail; sqlite3 $name.db .recover 2>/dev/null | sqlite3 $name.new.db) || end=$?
    echo "  into a new database: ends with $end, $(wc -c <$name.new.db) bytes, $(rows $name.new.db)"
    sqlite3 $name.db .dump 2>/dev/null | sed 's/^ROLLBACK;.*/COMMIT;/' | sqlite3 $name.dumped.db
    echo "  by .dump: $(rows $name.dumped.db)"
  done
} | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
.help lists it: 1
the table it reads: Error: in prepare, no such table: sqlite_dbpage
whole, .recover: ends with 1, sql error: SQL logic error (1); 0 tables, 0 rows
  into a new database: ends with 0, 0 bytes, hit is not there, other is not there
  by .dump: hit 1000, other 2
damaged, .recover: ends with 1, sql error: SQL logic error (1); 0 tables, 0 rows
  into a new database: ends with 0, 0 bytes, hit is not there, other is not there
  by .dump: hit 963, other 2
SEEN
