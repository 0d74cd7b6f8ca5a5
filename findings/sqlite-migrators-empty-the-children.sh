#!/bin/bash
# SQLite cannot change everything about a column, so knex and drizzle make the table anew: copy, drop, rename. Dropping a table deletes
# its rows first, and rows elsewhere that refer to them ON DELETE CASCADE go along, unless foreign keys are off. Both know that and
# turn them off, which SQLite passes over within a transaction, and both run migrations in one. So a migration that drops or
# loosens a column of one table empties the tables that refer to it, with every sign of success. knex's same call outside of a
# migration keeps them, and so does drizzle-kit's same file, "PRAGMA foreign_keys=OFF" at its top, statement by statement outside of
# drizzle's migrate(). knex takes the table's triggers away too, in and outside of migrations; its indexes stay.
#
# Seen with knex 3.3.0, drizzle-orm 0.45.4, drizzle-kit 0.31.11 and libsql 0.5.29 (SQLite 3.45.1) under the name of better-sqlite3, to
# which it answers without having to be built (npm), Node 20.20.2. Works in a temporary folder, gone at the end. Needs npm.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >package.json <<'JSON'
{
  "dependencies": { "knex": "3.3.0", "drizzle-orm": "0.45.4", "drizzle-kit": "0.31.11", "better-sqlite3": "npm:libsql@0.5.29" },
  "overrides": { "better-sqlite3": "npm:libsql@0.5.29" }
}
JSON
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps >npm.log 2>&1 ||
  { echo "the packages cannot be fetched" >&2; exit 2; }

# What drizzle-kit writes when a column of the table referred to becomes NOT NULL.
schema() {
  cat >schema.js <<JS
const { sqliteTable, integer, text } = require("drizzle-orm/sqlite-core");
exports.owner = sqliteTable("owner", { id: integer("id").primaryKey(), name: text("name")$1 });
exports.thing = sqliteTable("thing", { id: integer("id").primaryKey(),
  owner: integer("owner").references(() => exports.owner.id, { onDelete: "cascade" }) });
JS
  npx --no-install drizzle-kit generate --dialect sqlite --schema ./schema.js --out ./drizzle --name "$2" >kit.log 2>&1 ||
    { cat kit.log >&2; exit 2; }
}
schema "" one
mkdir first && cp -r drizzle/* first
schema ".notNull()" two
echo "drizzle-kit begins its file with: $(head -1 drizzle/0001_two.sql)"

cat >changes.mjs <<'JS'
import Database from "better-sqlite3";
import knexOf from "knex";
import { drizzle } from "drizzle-orm/better-sqlite3";
import { migrate } from "drizzle-orm/better-sqlite3/migrator";
import { readFileSync } from "node:fs";

function open(path) {
  const db = new Database(path);
  db.pragma("foreign_keys = ON");
  return db;
}
function fill(db) {
  db.exec("insert into owner values (1, 'a'); insert into thing values (1, 1), (2, 1)");
  db.exec("create index named on owner (name); create trigger told after insert on owner begin select 1; end");
}
function left(name, path, triggers = false) {
  const db = open(path);
  const count = (sql) => db.prepare(sql).get().n;
  const beside = triggers ? `; indexes: ${count("select count(*) n from sqlite_master where name = 'named'")}, triggers: ` +
    count("select count(*) n from sqlite_master where name = 'told'") : "";
  console.log(`${name}: owners ${count("select count(*) n from owner")}, things ${count("select count(*) n from thing")}${beside}`);
  db.close();
}
console.log("SQLite", open(":memory:").prepare("select sqlite_version() v").get().v, "node", process.version);

const change = (knex) => knex.schema.alterTable("owner", (table) => table.string("name", 99).alter());
for (const where of ["in a migration", "outside of one"]) {
  const path = `knex ${where}.db`;
  const db = open(path);
  db.exec("create table owner (id integer primary key, name text)");
  db.exec("create table thing (id integer primary key, owner integer references owner (id) on delete cascade)");
  fill(db);
  db.close();
  const knex = knexOf({
    client: "better-sqlite3", connection: { filename: path }, useNullAsDefault: true,
    pool: { afterCreate: (conn, done) => { conn.pragma("foreign_keys = ON"); done(); } },
  });
  if (where === "outside of one") await change(knex);
  else await knex.migrate.latest({ migrationSource: {
    getMigrations: async () => ["1"], getMigrationName: (name) => name, getMigration: async () => ({ up: change, down() {} }),
  } });
  await knex.destroy();
  left(`knex, ${where}`, path, true);
}

for (const how of ["migrate()", "statement by statement"]) {
  const path = `drizzle ${how}.db`.replace("()", "");
  const db = open(path);
  migrate(drizzle(db), { migrationsFolder: "first" });
  fill(db);
  if (how === "migrate()") migrate(drizzle(db), { migrationsFolder: "drizzle" });
  else for (const sql of readFileSync("drizzle/0001_two.sql", "utf8").split("--> statement-breakpoint")) db.exec(sql);
  db.close();
  left(`drizzle, ${how}`, path);
}
JS
node changes.mjs | tee seen
grep -q 'PRAGMA foreign_keys=OFF' drizzle/0001_two.sql && tail -n +2 seen | diff - <(cat <<'SEEN'
knex, in a migration: owners 1, things 0; indexes: 1, triggers: 0
knex, outside of one: owners 1, things 2; indexes: 1, triggers: 0
drizzle, migrate(): owners 1, things 0
drizzle, statement by statement: owners 1, things 2
SEEN
) || { echo "this has changed" >&2; exit 1; }
