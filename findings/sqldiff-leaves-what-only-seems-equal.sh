#!/bin/bash
# sqldiff writes the SQL that makes one database out of another, but what it takes for equal is what the columns' collations take
# for equal: a text that differs in case in a NOCASE column, or in blanks at its end in an RTRIM one, is no difference to it, with --summary
# neither, and 1 is no other than 1.0 in a column without a type. Numbers it does see it writes with 15 digits, so that the patched
# database has another number than either, and sqldiff finds the same difference again, however often its output is run. Infinity is
# written as Inf, which SQLite does not read. So "no difference" does not mean that two databases are the same, nor does a patch bring them
# there; .dump shows all of it and restores it. Its documentation excepts triggers, views and virtual tables.
#
# Seen with sqldiff and sqlite3 3.40.1 of Debian 12 (packages 3.40.1-2+deb12u2). Works in a temporary folder, gone at the end. Needs
# apt-get and dpkg-deb, and no rights.
set -euo pipefail
version=3.40.1-2+deb12u2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -q sqlite3=$version sqlite3-tools=$version libsqlite3-0=$version libreadline8 libtinfo6 >/dev/null 2>&1 ||
  { echo "the packages cannot be fetched (apt-get update first?)" >&2; exit 2; }
for package in ./*.deb; do dpkg-deb -x "$package" root; done
libraries=$folder/root/usr/lib/x86_64-linux-gnu:$folder/root/lib/x86_64-linux-gnu
sqlite3() { LD_LIBRARY_PATH=$libraries "$folder/root/usr/bin/sqlite3" "$@"; }
sqldiff() { LD_LIBRARY_PATH=$libraries "$folder/root/usr/bin/sqldiff" "$@"; }

echo "sqlite3 $(sqlite3 --version | cut -d' ' -f1)"
try() {
  local name=$1 column=$2 old=$3 new=$4 patch refused=
  rm -f ./*.db
  sqlite3 old.db "create table t (id integer primary key, a $column); insert into t values (1, $old)"
  sqlite3 new.db "create table t (id integer primary key, a $column); insert into t values (1, $new)"
  patch=$(sqldiff old.db new.db)
  sqlite3 old.db "$patch" >/dev/null 2>&1 || refused=", which is refused"
  echo "$name: .dump: $(cmp -s <(sqlite3 old.db .dump) <(sqlite3 new.db .dump) && echo same || echo another) behind the patch '$patch'$refused; $(
    sqldiff --summary old.db new.db | grep -o "[0-9]* changes") left to it"
}
{
  try "a text" "text" "'x'" "'X'"
  try "in a NOCASE column" "text collate nocase" "'x'" "'X'"
  try "in an RTRIM column" "text collate rtrim" "'x'" "'x '"
  try "without a type" "" 1 1.0
  try "a double" "real" 0.1 "0.1 + 0.2"
  try "infinity" "real" 0.1 1e999
} | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
a text: .dump: same behind the patch 'UPDATE t SET a='X' WHERE id=1;'; 0 changes left to it
in a NOCASE column: .dump: another behind the patch ''; 0 changes left to it
in an RTRIM column: .dump: another behind the patch ''; 0 changes left to it
without a type: .dump: another behind the patch ''; 0 changes left to it
a double: .dump: another behind the patch 'UPDATE t SET a=0.3 WHERE id=1;'; 1 changes left to it
infinity: .dump: another behind the patch 'UPDATE t SET a=Inf WHERE id=1;', which is refused; 1 changes left to it
SEEN
