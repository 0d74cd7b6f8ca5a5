#!/bin/bash
# .clone of the sqlite3 program makes a table with a generated column and copies none of its rows: it counts the columns that SELECT *
# gives against those that can be written, says "table t has 2 columns but 3 values were supplied" among its "… done" lines, and ends
# with 0, so that a script sees a copy. Rows of other tables come over under new rowids, and user_version and application_id are 0,
# by which many programs know how far a database has been migrated. .backup and VACUUM INTO bring all of it along.
#
# Seen with SQLite 3.40.1 of Debian 12 (packages 3.40.1-2+deb12u2). Works in a temporary folder, gone at the end. Needs apt-get and
# dpkg-deb, and no rights.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -q sqlite3=3.40.1-2+deb12u2 libsqlite3-0=3.40.1-2+deb12u2 libreadline8 libtinfo6 >/dev/null 2>&1 ||
  { echo "the packages cannot be fetched (apt-get update first?)" >&2; exit 2; }
for package in ./*.deb; do dpkg-deb -x "$package" root; done
libraries=$folder/root/usr/lib/x86_64-linux-gnu:$folder/root/lib/x86_64-linux-gnu
sqlite3() { LD_LIBRARY_PATH=$libraries "$folder/root/usr/bin/sqlite3" "$@"; }

echo "sqlite3 $(sqlite3 --version | cut -d' ' -f1)"
sqlite3 original.db "pragma user_version = 7; pragma application_id = 9;
  create table t (id integer primary key, a text, length int generated always as (length(a)) stored);
  insert into t (a) values ('one'), ('three');
  create table u (a); insert into u values (1), (2), (3); delete from u where a = 2;"
sqlite3 original.db ".backup backup.db"
sqlite3 original.db "vacuum into 'vacuum.db'"
sqlite3 original.db ".clone clone.db" >said 2>&1 && echo ".clone ends with 0 and says: $(grep Error said)"
for name in original backup vacuum clone; do
  echo "$name: rows with a generated column $(sqlite3 $name.db "select count(*) from t"), rowids $(
    sqlite3 $name.db "select group_concat(rowid) from u"), user_version $(sqlite3 $name.db "pragma user_version"), application_id $(
    sqlite3 $name.db "pragma application_id")"
done | tee seen
{ grep -q "table t has 2 columns but 3 values were supplied" said && diff seen - >/dev/null; } <<'SEEN' ||
original: rows with a generated column 2, rowids 1,3, user_version 7, application_id 9
backup: rows with a generated column 2, rowids 1,3, user_version 7, application_id 9
vacuum: rows with a generated column 2, rowids 1,3, user_version 7, application_id 9
clone: rows with a generated column 0, rowids 1,2, user_version 0, application_id 0
SEEN
  { echo "this has changed" >&2; exit 1; }
