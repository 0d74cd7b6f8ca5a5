#!/bin/bash
# dbmate knows a migration by the digits that its file's name begins with. A second file with the same digits (two of one day, or of two
# branches) that comes to a database which has the first is not run: `up` does nothing and ends with 0, and `status` marks it [X] among
# the applied ones. On a new database both are run, and the second fails at the ledger's key and is taken back. So one folder
# leaves old databases without the second migration, with every sign of success, and stops on new ones. `down` then runs the way back
# of the last of these files, which was never applied, and strikes out the first, whose table stays. A letter behind the digits does
# not make another number.
#
# Seen with dbmate 2.36.0 (npm), Node 20.20.2, on SQLite files in a temporary folder, gone at the end. Needs npm and python3.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . dbmate@2.36.0 >/dev/null || { echo "the package cannot be fetched" >&2; exit 2; }

mkdir db
migration() { printf -- '-- migrate:up\ncreate table %s (id int);\n-- migrate:down\ndrop table if exists %s;\n' "$2" "$2" >"db/$1_$2.sql"; }
dbmate() { ./node_modules/.bin/dbmate --url "sqlite:$1" --migrations-dir db --no-dump-schema "${@:2}" 2>&1; }

./node_modules/.bin/dbmate --version
migration 20301231 one
dbmate old.db up >/dev/null
migration 20301231 two
migration 20301231a three
up=0; dbmate old.db up >said || up=$?
echo "a database that has the first: up ends with $up and says: $(tr '\n' ' ' <said)"
dbmate old.db status | tee status
new=0; dbmate new.db up >said.new || new=$?
echo "a new database: up ends with $new, $(grep Error said.new)"
dbmate old.db down | head -1 | tee down
dbmate old.db status >status.down
left=$(python3 -c "import sqlite3; print(*[name for name, in sqlite3.connect('old.db').execute(
  'select name from sqlite_master where type = \'table\' order by 1')])")
echo "then: $(grep Applied status.down), tables: $left"
{ [ "$up" = 0 ] && ! [ -s said ] && [ "$(grep -c '^\[X\]' status)" = 3 ] && grep -qx 'Pending: 0' status &&
  [ "$new" != 0 ] && grep -q 'UNIQUE constraint failed: schema_migrations.version' said.new &&
  grep -qx 'Rolling back: 20301231a_three.sql' down && grep -qx 'Applied: 0' status.down && [ "$left" = "one schema_migrations" ]; } ||
  { echo "this has changed" >&2; exit 1; }
