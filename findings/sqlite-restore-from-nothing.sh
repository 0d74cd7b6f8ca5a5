#!/bin/bash
# .restore of the sqlite3 program opens the file it is given as it opens any database, so that one that is not there is made. A name
# mistyped leaves an empty file of that name, and the empty database is then restored: every table of the open one is gone, at
# exit 0 and without a word. A file that is no database, and one in a folder that is not there, are refused with an error, and nothing
# is changed. The shell of APSW (Python), which has the command too, does the same with a newer SQLite.
#
# Seen with SQLite 3.40.1 of Debian 12 (packages 3.40.1-2+deb12u2), and with apsw 3.54.1.0 (Python package index). Works in a
# temporary folder, gone at the end. Needs apt-get, dpkg-deb and python3 with pip, and no rights.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
{ apt-get download -q sqlite3=3.40.1-2+deb12u2 libsqlite3-0=3.40.1-2+deb12u2 libreadline8 libtinfo6 >/dev/null 2>&1 &&
  python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps --only-binary=:all: --target package \
    "apsw==3.54.1.0" 2>/dev/null; } || { echo "the packages cannot be fetched (apt-get update first?)" >&2; exit 2; }
for package in ./*.deb; do dpkg-deb -x "$package" root; done
mkdir work && cd work

libraries=$folder/root/usr/lib/x86_64-linux-gnu:$folder/root/lib/x86_64-linux-gnu
sqlite3() { LD_LIBRARY_PATH=$libraries "$folder/root/usr/bin/sqlite3" "$@"; }
apsw() { PYTHONPATH=$folder/package python3 -m apsw "$@"; }
look() { echo "ends with $1, tables: $("$2" a.db .tables | tr -d '\n ')"; }
echo "sqlite3 $(sqlite3 --version | cut -d' ' -f1), apsw's $(apsw :memory: 'select sqlite_version()')"
sqlite3 a.db "create table kept (a)" ".backup saved.db"
echo "no database" >text
for shell in sqlite3 apsw; do
  for name in nowhere/file.db text typo.db saved.db; do
    end=0; "$shell" a.db ".restore $name" >said 2>&1 || end=$?
    echo "$shell .restore $name: $(look $end "$shell")$([ -s said ] || echo ", nothing said")"
  done
  echo "typo.db is there: $(wc -c <typo.db) bytes"
  rm typo.db
done | tee seen
# Both say the same.
sed 's/^[^ ]* //' seen | LC_ALL=C sort -u | diff - <(LC_ALL=C sort <<'SEEN'
.restore nowhere/file.db: ends with 1, tables: kept
.restore text: ends with 1, tables: kept
.restore typo.db: ends with 0, tables: , nothing said
.restore saved.db: ends with 0, tables: kept, nothing said
is there: 0 bytes
SEEN
) || { echo "this has changed" >&2; exit 1; }
