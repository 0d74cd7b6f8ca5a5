#!/bin/bash
# MySQL Connector/Python in pure Python reads a row otherwise when the cursor is a prepared one: a negative TIME of less than a day loses
# its sign, a longer one is off by twice what it has beyond whole days (-25:00 is read as -23:00), and a YEAR is not a number but
# one byte of it. The same query through a plain cursor, and through either cursor of the same package's C extension, is read right.
# So a value changes with cursor(prepared=True), or with where the extension can be loaded: connect() takes pure Python without a word
# where it cannot.
#
# Seen with mysql-connector-python 26.10.0 (Python package index), Python 3.11.7, MariaDB 10.11.19 of Debian 12 (packages
# 1:10.11.19-0+deb12u1). Fetched and unpacked in a temporary folder; a private server on a socket there, gone at the end. Needs
# python3 with pip, apt-get and dpkg-deb, and no rights.
set -euo pipefail
connector=26.10.0
version=1:10.11.19-0+deb12u1
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true; }; rm -rf "$folder"' EXIT
cd "$folder"

# What the programs need and a system without MariaDB lacks comes along.
apt-get download -q "mariadb-server-core=$version" "mariadb-client-core=$version" "libmariadb3=$version" \
  liburing2 libsnappy1v5 libpmem1 libdaxctl1 libndctl6 libedit2 libncurses6 >/dev/null 2>&1 ||
  { echo "the packages cannot be fetched (apt-get update first?)" >&2; exit 2; }
for package in ./*.deb; do dpkg-deb -x "$package" root; done
export LD_LIBRARY_PATH=$folder/root/usr/lib/x86_64-linux-gnu:$folder/root/lib/x86_64-linux-gnu
bin=$folder/root/usr/bin sbin=$folder/root/usr/sbin
serve=("$sbin/mariadbd" --no-defaults --user="$(id -un)" --datadir="$folder/data" --tmpdir="$folder/tmp"
  --lc-messages-dir="$folder/root/usr/share/mysql")

mkdir data tmp
"${serve[@]}" --bootstrap --skip-grant-tables <<<"create database mysql;" >bootstrap.log 2>&1 || true
"${serve[@]}" --bootstrap --skip-grant-tables < <(echo "use mysql;"; cat root/usr/share/mysql/mysql_system_tables.sql) >>bootstrap.log 2>&1
"${serve[@]}" --socket="$folder/s" --skip-networking --skip-grant-tables >server.log 2>&1 &
server=$!
client() { "$bin/mariadb" --no-defaults --socket="$folder/s" --user=root --skip-column-names "$@"; }
for _ in $(seq 60); do client -e "select 1" >/dev/null 2>&1 && break; sleep 0.5; done

client -e "create database d"
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps --only-binary=:all: --target package \
  "mysql-connector-python==$connector" 2>/dev/null || { echo "the package cannot be fetched" >&2; exit 2; }

cat >read.py <<'PY'
import sys

# The extension brings its libraries along, which have to be loaded before the system's.
try:
    import _mysql_connector
except ImportError:
    pass
import mysql.connector

print("mysql-connector-python", mysql.connector.__version__)
conn = mysql.connector.connect(unix_socket=sys.argv[1], user="root", use_pure=True, autocommit=True)
cursor = conn.cursor()
cursor.execute("create table d.t (v time, y year)")
cursor.execute("insert into d.t values ('-00:30:00', 2024), ('-25:00:00', 2024), ('-48:00:00', 2024)")
for pure in (True, False) if mysql.connector.HAVE_CEXT else (True,):
    conn = mysql.connector.connect(unix_socket=sys.argv[1], user="root", use_pure=pure)
    for prepared in (False, True):
        cursor = conn.cursor(prepared=prepared)
        cursor.execute("select v, y from d.t where v < %s order by v desc", ("00:00:00",))
        print("pure" if pure else "extension", "prepared:" if prepared else "plain:",
              *(f"{v.total_seconds() / 3600:+.1f}h {y!r};" for v, y in cursor.fetchall()))
PY
env -u LD_LIBRARY_PATH PYTHONPATH=package python3 read.py "$folder/s" | tee seen
grep -qxF "pure plain: -0.5h 2024; -25.0h 2024; -48.0h 2024;" seen &&
  grep -qxF "pure prepared: +0.5h b'\x07'; -23.0h b'\x07'; -48.0h b'\x07';" seen &&
  { ! grep -q ^extension seen || [ "$(grep -c '^extension .*: -0.5h 2024; -25.0h 2024; -48.0h 2024;$' seen)" = 2 ]; } ||
  { echo "this has changed" >&2; exit 1; }
