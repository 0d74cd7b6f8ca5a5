#!/bin/bash
# mysql2 (Node) makes ":name" placeholders into "?" by itself, in comments and in `quoted` names too, and then puts the values in, or has
# the server put them in, where "?" stands outside of these. So a comment with a colon before a word, /* :id is kept */ or -- was:before,
# moves every value behind it by one place: UPDATE … SET n = :n WHERE id = :id then writes to the row whose id is n, writes NULL, or finds
# no row, without an error. By query() this is so since its newer releases leave "?" in comments alone; 3.14.5, which filled in those too,
# is right. execute() sends the server more values than it asked for, which it reads in the wrong places (a text is written with bytes of
# the protocol before it), and refuses only a name that has no value. Its documentation tells how names are converted, and nothing of
# comments. mariadb (npm) has the same option, and leaves comments alone on the whole way.
#
# Seen with mysql2 3.24.6 and 3.14.5, mariadb 3.5.4 (npm), Node 20.20.2, MariaDB 10.11.19 of Debian 12 (packages 1:10.11.19-0+deb12u1).
# Fetched and unpacked in a temporary folder; a private server on a socket there, gone at the end. Needs npm, apt-get and dpkg-deb, and no
# rights.
set -euo pipefail
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
env -u LD_LIBRARY_PATH npm install --silent --no-audit --no-fund --prefix . mysql2@3.24.6 earlier@npm:mysql2@3.14.5 mariadb@3.5.4 >/dev/null ||
  { echo "the packages cannot be fetched" >&2; exit 2; }

cat >names.mjs <<'JS'
import mariadb from "mariadb";
import earlier from "earlier/promise.js";
import mysql from "mysql2/promise";

const options = { socketPath: process.argv[2], user: "root", database: "d", namedPlaceholders: true };
const now = await mysql.createConnection(options);
const before = await earlier.createConnection(options);
const other = await mariadb.createConnection(options);
console.log("MariaDB", other.serverVersion(), "node", process.version);
const ways = {
  "mysql2 query": async (sql, values) => (await now.query(sql, values))[0],
  "mysql2 execute": async (sql, values) => (await now.execute(sql, values))[0],
  "mysql2 3.14.5 query": async (sql, values) => (await before.query(sql, values))[0],
  "mariadb query": (sql, values) => other.query(sql, values),
  "mariadb execute": (sql, values) => other.execute(sql, values),
};
for (const sql of [
  "update item set n = :n where id = :id",
  "/* :id is kept */ update item set n = :n where id = :id",
  "-- was:before\nupdate item set n = :n where id = :id",
  "update item set n = :n -- was:before\nwhere id = :id",
  "update item set name = :name /* not :n */ where id = :id",
  "select `a:b`, :id as id from (select 0 as `a:b`) as t",
]) {
  console.log(JSON.stringify(sql));
  for (const [name, run] of Object.entries(ways)) {
    await other.query("create or replace table item (id int primary key, n int, name text)");
    await other.query("insert into item values (1, 10, 'one'), (2, 20, 'two'), (3, 30, 'three')");
    const said = await run(sql, { id: 2, n: 3, name: "new" }).then(
      (result) => (Array.isArray(result) ? `id ${result[0].id}` : `${result.affectedRows} changed`),
      (error) => error.message.split("\n")[0],
    );
    const rows = await other.query("select * from item order by id");
    console.log(` ${name}: ${said};`, rows.map((row) => JSON.stringify(Object.values(row))).join(" "));
  }
}
for (const conn of [now, before, other]) await conn.end();
JS
env -u LD_LIBRARY_PATH node names.mjs "$folder/s" | tee seen
tail -n +2 seen | diff - <(cat <<'SEEN'
"update item set n = :n where id = :id"
 mysql2 query: 1 changed; [1,10,"one"] [2,3,"two"] [3,30,"three"]
 mysql2 execute: 1 changed; [1,10,"one"] [2,3,"two"] [3,30,"three"]
 mysql2 3.14.5 query: 1 changed; [1,10,"one"] [2,3,"two"] [3,30,"three"]
 mariadb query: 1 changed; [1,10,"one"] [2,3,"two"] [3,30,"three"]
 mariadb execute: 1 changed; [1,10,"one"] [2,3,"two"] [3,30,"three"]
"/* :id is kept */ update item set n = :n where id = :id"
 mysql2 query: 1 changed; [1,10,"one"] [2,20,"two"] [3,2,"three"]
 mysql2 execute: 0 changed; [1,10,"one"] [2,20,"two"] [3,30,"three"]
 mysql2 3.14.5 query: 1 changed; [1,10,"one"] [2,3,"two"] [3,30,"three"]
 mariadb query: 1 changed; [1,10,"one"] [2,3,"two"] [3,30,"three"]
 mariadb execute: 1 changed; [1,10,"one"] [2,3,"two"] [3,30,"three"]
"-- was:before\nupdate item set n = :n where id = :id"
 mysql2 query: 1 changed; [1,10,"one"] [2,20,"two"] [3,null,"three"]
 mysql2 execute: Bind parameters must not contain undefined. To pass SQL NULL specify JS null; [1,10,"one"] [2,20,"two"] [3,30,"three"]
 mysql2 3.14.5 query: 1 changed; [1,10,"one"] [2,3,"two"] [3,30,"three"]
 mariadb query: 1 changed; [1,10,"one"] [2,3,"two"] [3,30,"three"]
 mariadb execute: 1 changed; [1,10,"one"] [2,3,"two"] [3,30,"three"]
"update item set n = :n -- was:before\nwhere id = :id"
 mysql2 query: 0 changed; [1,10,"one"] [2,20,"two"] [3,30,"three"]
 mysql2 execute: Bind parameters must not contain undefined. To pass SQL NULL specify JS null; [1,10,"one"] [2,20,"two"] [3,30,"three"]
 mysql2 3.14.5 query: 1 changed; [1,10,"one"] [2,3,"two"] [3,30,"three"]
 mariadb query: 1 changed; [1,10,"one"] [2,3,"two"] [3,30,"three"]
 mariadb execute: 1 changed; [1,10,"one"] [2,3,"two"] [3,30,"three"]
"update item set name = :name /* not :n */ where id = :id"
 mysql2 query: 1 changed; [1,10,"one"] [2,20,"two"] [3,30,"new"]
 mysql2 execute: 1 changed; [1,10,"one"] [2,20,"two"] [3,30,"\u0000\u0003new"]
 mysql2 3.14.5 query: 1 changed; [1,10,"one"] [2,20,"new"] [3,30,"three"]
 mariadb query: 1 changed; [1,10,"one"] [2,20,"new"] [3,30,"three"]
 mariadb execute: 1 changed; [1,10,"one"] [2,20,"new"] [3,30,"three"]
"select `a:b`, :id as id from (select 0 as `a:b`) as t"
 mysql2 query: id null; [1,10,"one"] [2,20,"two"] [3,30,"three"]
 mysql2 execute: Bind parameters must not contain undefined. To pass SQL NULL specify JS null; [1,10,"one"] [2,20,"two"] [3,30,"three"]
 mysql2 3.14.5 query: id 2; [1,10,"one"] [2,20,"two"] [3,30,"three"]
 mariadb query: id 2; [1,10,"one"] [2,20,"two"] [3,30,"three"]
 mariadb execute: id 2; [1,10,"one"] [2,20,"two"] [3,30,"three"]
SEEN
) || { echo "this has changed" >&2; exit 1; }
