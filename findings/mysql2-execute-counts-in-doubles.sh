#!/bin/bash
# mysql2 (Node) sends what execute() is given as DOUBLE where it is a number, as its manual has it, and else as a text, a BigInt too; to a
# text in a sum or a product MariaDB makes a DOUBLE as well. So net * 1.19 into a DECIMAL is a cent short on 30 of the first 10,000 amounts,
# 2.50 among them, and "1.19", as one writes who minds floating point, is no better. counter + 1, and + 1n, on a BIGINT beyond 2^53 (an id,
# a time in nanoseconds) gives another number, a lower one too, without a warning. By query(), which writes numbers into the text, all of it
# is exact, but for the texts. mariadb (npm) sends whole numbers as such, and others as DOUBLE in execute(), with the same cents missing. A
# Decimal of Python is exact through PyMySQL and through mysql-connector's prepared cursor. So which of two calls one takes, and not
# the value, decides on the cent, and the example of the manual (1 + ? + ?) shows nothing of it.
#
# Seen with mysql2 3.24.6 and mariadb 3.5.4 (npm), Node 20.20.2, PyMySQL 1.2.4 and mysql-connector-python 26.10.0 (Python package index),
# Python 3.11.7, and MariaDB 10.11.19 of Debian 12 (packages 1:10.11.19-0+deb12u1). Fetched and unpacked in a temporary folder; a private
# server on a socket there, gone at the end. Needs npm, apt-get, dpkg-deb and python3 with pip, and no rights.
set -euo pipefail
version=1:10.11.19-0+deb12u1
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true; }; rm -rf "$folder"' EXIT
cd "$folder"

apt-get download -q "mariadb-server-core=$version" "mariadb-client-core=$version" "libmariadb3=$version" \
  liburing2 libsnappy1v5 libpmem1 libdaxctl1 libndctl6 libedit2 libncurses6 >/dev/null 2>&1 &&
  npm install --silent --no-audit --no-fund --prefix . mysql2@3.24.6 mariadb@3.5.4 >/dev/null &&
  python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target packages PyMySQL==1.2.4 \
    mysql-connector-python==26.10.0 2>/dev/null || { echo "the packages cannot be fetched (apt-get update first?)" >&2; exit 2; }
for package in ./*.deb; do dpkg-deb -x "$package" root; done
export LD_LIBRARY_PATH=$folder/root/usr/lib/x86_64-linux-gnu:$folder/root/lib/x86_64-linux-gnu
mkdir data tmp
run=(root/usr/sbin/mariadbd --no-defaults --datadir="$folder/data" --tmpdir="$folder/tmp" --lc-messages-dir="$folder/root/usr/share/mysql"
  --skip-grant-tables)
[ "$(id -u)" != 0 ] || run+=(--user=root)
"${run[@]}" --bootstrap <<<"create database mysql;" >bootstrap.log 2>&1 || true
"${run[@]}" --bootstrap < <(echo "use mysql;"; cat root/usr/share/mysql/mysql_system_tables.sql) >>bootstrap.log 2>&1
"${run[@]}" --socket="$folder/m" --skip-networking >server.log 2>&1 &
server=$!
for _ in $(seq 60); do [ -S m ] && break; sleep 0.5; done

cat >setup.sql <<'SQL'
create database d;
use d;
create table item (net decimal(10,2) primary key, gross decimal(10,2));
insert into item (net) select seq / 100 from seq_1_to_10000;
create table seen (at bigint, counter bigint);
SQL
root/usr/bin/mariadb --no-defaults --socket="$folder/m" --user=root <setup.sql

cat >sums.mjs <<'JS'
import mariadb from "mariadb";
import mysql from "mysql2/promise";

const options = { socketPath: process.argv[2], user: "root", database: "d" };
const two = await mysql.createConnection(options);
const own = await mariadb.createConnection(options);
console.log("MariaDB", own.serverVersion(), "node", process.version);
for (const [name, driver, call] of [["mysql2", two, "query"], ["mysql2", two, "execute"], ["mariadb", own, "query"], ["mariadb", own, "execute"]]) {
  const said = [];
  for (const [shown, factor, one] of [["numbers", 1.19, 1], ["texts", "1.19", "1"], ["BigInts", null, 1n]]) {
    const parts = [];
    if (factor) {
      await driver[call]("update item set gross = net * ?", [factor]);
      const [{ n }] = await own.query("select cast(count(*) as char) n from item where gross <> round(net * 1.19, 2)");
      parts.push(`${n} wrong`);
    }
    await own.query("replace into seen values (1795951234567890123, 9007199254740993)");
    await driver[call]("update seen set at = at + ?, counter = counter + ?", [one, one]);
    const [row] = await own.query("select cast(at as char) at, cast(counter as char) counter from seen");
    await own.query("delete from seen");
    said.push(`${shown} ${[...parts, row.at, row.counter].join(", ")}`);
  }
  console.log(`${name} ${call}: ${said.join("; ")}`);
}
await two.end();
await own.end();
JS
cat >sums.py <<'PY'
import sys
from decimal import Decimal
import mysql.connector
import pymysql

options = {"unix_socket": sys.argv[1], "user": "root", "database": "d", "autocommit": True}
plain = pymysql.connect(**options)
prepared = mysql.connector.connect(**options, use_pure=True)
for name, cursor in [("PyMySQL", plain.cursor()), ("mysql-connector, prepared", prepared.cursor(prepared=True))]:
    cursor.execute("update item set gross = net * %s", (Decimal("1.19"),))
    cursor.execute("select count(*) from item where gross <> round(net * 1.19, 2)")
    print(f"{name}: Decimal {cursor.fetchall()[0][0]} wrong")
PY
{ node sums.mjs "$folder/m"; PYTHONPATH=packages python3 sums.py "$folder/m"; } | tee seen
tail -n +2 seen | diff - <(cat <<'SEEN'
mysql2 query: numbers 0 wrong, 1795951234567890124, 9007199254740994; texts 30 wrong, 1795951234567890176, 9007199254740992; BigInts 1795951234567890124, 9007199254740994
mysql2 execute: numbers 30 wrong, 1795951234567890176, 9007199254740992; texts 30 wrong, 1795951234567890176, 9007199254740992; BigInts 1795951234567890176, 9007199254740992
mariadb query: numbers 0 wrong, 1795951234567890124, 9007199254740994; texts 30 wrong, 1795951234567890176, 9007199254740992; BigInts 1795951234567890124, 9007199254740994
mariadb execute: numbers 30 wrong, 1795951234567890124, 9007199254740994; texts 30 wrong, 1795951234567890176, 9007199254740992; BigInts 1795951234567890124, 9007199254740994
PyMySQL: Decimal 0 wrong
mysql-connector, prepared: Decimal 0 wrong
SEEN
) || { echo "this has changed" >&2; exit 1; }
