#!/bin/bash
# knex says that each migration runs in a transaction. On PostgreSQL it is one for the whole batch: where the third of three fails, the
# first two are taken back with it, their rows in knex_migrations too, and `latest` begins at the first again. (On MariaDB and MySQL,
# which end a transaction with the first change of a schema, what came before stays, row by row.) So a batch that stopped half way
# is at its beginning on one engine and at its middle on another.
#
# Seen with knex 3.3.0 and pg 8.23.1 from npm, Node 20.20.2, PostgreSQL 15.18 of Debian 12. A private server on a socket in a
# temporary folder, gone at the end. As root it runs the server as nobody.
set -euo pipefail
folder=$(mktemp -d)
as=()
[ "$(id -u)" != 0 ] || as=(runuser -u nobody --)
bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
trap '"${as[@]}" "$bin/pg_ctl" -D "$folder/run/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . knex@3.3.0 pg@8.23.1 >/dev/null || { echo "the packages cannot be fetched" >&2; exit 2; }
mkdir run migrations && chmod 755 "$folder" && { [ ${#as[@]} = 0 ] || chown nobody run; }
"${as[@]}" "$bin/initdb" -D run/data --auth=trust --username=me --no-sync >/dev/null
"${as[@]}" "$bin/pg_ctl" -D run/data -l run/log -w -o "-k $folder/run -c listen_addresses=''" start >/dev/null

for n in 1 2; do
  echo "exports.up = (knex) => knex.schema.createTable('t$n', (t) => t.integer('id')); exports.down = async () => {};" > "migrations/0${n}_t$n.js"
done
echo "exports.up = async () => { throw new Error('the third fails'); }; exports.down = async () => {};" > migrations/03_t3.js
cat > run.js <<'JS'
const knex = require('knex')({ client: 'pg', connection: { host: process.argv[2], user: 'me', database: 'postgres' } });
(async () => {
  console.log('knex', require('knex/package.json').version);
  await knex.migrate.latest({ directory: './migrations' }).catch((error) => console.log('latest:', error.message));
  const rows = await knex('knex_migrations').count('* as n').first();
  const tables = await knex.raw("select count(*) as n from pg_tables where tablename in ('t1', 't2')");
  console.log(`recorded: ${rows.n} of 2, tables: ${tables.rows[0].n} of 2`);
  await knex.destroy();
})();
JS
seen=$(node run.js "$folder/run")
echo "$seen"
grep -q 'latest: .*the third fails' <<<"$seen" && grep -qx 'recorded: 0 of 2, tables: 0 of 2' <<<"$seen" || { echo "this has changed" >&2; exit 1; }
