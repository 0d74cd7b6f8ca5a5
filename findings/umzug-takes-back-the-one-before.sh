#!/bin/bash
# umzug (npm, the migrator beneath Sequelize's command and many others) takes the last migration back by down(), "the last executed migration"
# by its README. Which one that is it looks for among the files there are, in their order, and not in its ledger. Where the last one's file is
# not there (another branch is checked out, or an older release is deployed so as to go back), down() takes back the one before it, without a
# word: the ledger has 1 and 3 then, and what 3 was built upon is gone. With the file there again up() runs 2 behind 3, and down() takes 3.
# Where 2 came late, from another branch, and was run last, down() takes 3 back as well. executed() leaves out what has no file, and
# pending() has nothing, so that nothing there is to ask tells of it.
#
# Seen with umzug 3.8.3 (npm), Node 20.20.2. Works in a temporary folder, gone at the end. Needs npm.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm install --silent --no-audit --no-fund --save-exact umzug@3.8.3 >/dev/null 2>&1 || { echo "the package cannot be fetched" >&2; exit 2; }
mkdir files
# A migration makes a table, here a file of its name, and takes it away again.
for name in 1_customer 2_order 3_invoice; do
  cat >files/$name.cjs <<JS
const fs = require('fs')
exports.up = async () => fs.writeFileSync('table_$name', '')
exports.down = async () => fs.unlinkSync('table_$name')
JS
done
cat >migrate.cjs <<'JS'
const { Umzug, JSONStorage } = require('umzug')
const [command, options] = process.argv.slice(2)
const migrator = new Umzug({ migrations: { glob: 'files/*.cjs' }, storage: new JSONStorage({ path: 'ledger.json' }), logger: undefined })
migrator[command](options && JSON.parse(options)).then(
  (done) => console.log(`  ${command}(${options || ''}): ${done.map((one) => one.name.replace('.cjs', '')).join(' ') || 'none'}`),
  (error) => console.log(`  ${command}: ${error.message}`))
JS
migrate() { node migrate.cjs "$@"; }
look() {
  echo "  ledger: $(node -p "require('./ledger.json').map((name) => name.replace('.cjs', '')).join(' ')"), tables: $(echo table_* | sed 's/table_//g')"
}
echo "umzug $(node -p "require('./node_modules/umzug/package.json').version")"
{
  echo "three files:"
  migrate up && look
  echo "the third file is not there:"
  mv files/3_invoice.cjs .
  migrate executed && migrate pending && migrate down && look
  echo "it is there again:"
  mv 3_invoice.cjs files
  migrate pending && migrate up && look
  migrate down && look
  echo "from the beginning, the second file comes late:"
  rm -f ledger.json table_*
  mv files/2_order.cjs .
  migrate up
  mv 2_order.cjs files
  migrate up && look && migrate down && look
} | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
three files:
  up(): 1_customer 2_order 3_invoice
  ledger: 1_customer 2_order 3_invoice, tables: 1_customer 2_order 3_invoice
the third file is not there:
  executed(): 1_customer 2_order
  pending(): none
  down(): 2_order
  ledger: 1_customer 3_invoice, tables: 1_customer 3_invoice
it is there again:
  pending(): 2_order
  up(): 2_order
  ledger: 1_customer 3_invoice 2_order, tables: 1_customer 2_order 3_invoice
  down(): 3_invoice
  ledger: 1_customer 2_order, tables: 1_customer 2_order
from the beginning, the second file comes late:
  up(): 1_customer 3_invoice
  up(): 2_order
  ledger: 1_customer 3_invoice 2_order, tables: 1_customer 2_order 3_invoice
  down(): 3_invoice
  ledger: 1_customer 2_order, tables: 1_customer 2_order
SEEN
