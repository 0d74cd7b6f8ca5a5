#!/bin/bash
# PGlite, PostgreSQL in the browser and in Node, has live queries: live.query() hands over the rows of a query, and once more whenever one of its
# tables has changed. It knows by triggers for INSERT, UPDATE and DELETE, which it puts on the tables that the query names. A TRUNCATE it is not
# told of: the rows that have been cleared away stay on the screen, also those of a table that CASCADE took along, until somebody writes the
# next row. Of a partitioned table it is not told what is written into a partition by its name, nor that one has been attached, detached or
# dropped with its rows, and of a parent not what its children are given. Nothing is said, and asked for by query() the same statement has
# the rows of now. incrementalQuery() and changes() go by the same triggers. ON DELETE CASCADE, MERGE and a write through the
# partitioned table are noticed. Its documentation speaks of changes to the tables, and of none that it does not see.
#
# Seen with @electric-sql/pglite 0.5.16 (npm), Node 20.20.2. In memory; the package lies in a temporary folder, gone at the end. Needs npm.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm install --silent --no-audit --no-fund --save-exact @electric-sql/pglite@0.5.16 >/dev/null 2>&1 || { echo "the package cannot be fetched" >&2; exit 2; }
cat >live.mjs <<'JS'
import { PGlite } from '@electric-sql/pglite'
import { live } from '@electric-sql/pglite/live'

const db = await PGlite.create({ extensions: { live } })
await db.exec(`
  create table list (id int primary key);
  create table item (id int, list int references list on delete cascade);
  create table visit (id int, year int) partition by list (year);
  create table visit_2025 partition of visit for values in (2025);
  create table visit_2026 partition of visit for values in (2026);
  create table person (id int);
  create table employee (wage int) inherits (person);
  insert into list values (1), (2), (3);
  insert into item values (10, 1), (20, 2);
  insert into visit values (1, 2025), (2, 2026);
  insert into person values (1);
`)
const queries = { list: 'select id from list order by id', item: 'select id from item order by id', visit: 'select id from visit order by id',
  person: 'select id from person order by id' }
const shown = {}
const text = (rows) => rows.map((row) => row.id).join(' ') || 'none'
for (const name in queries) await db.live.query(queries[name], [], (result) => { shown[name] = text(result.rows) })
const counted = { inc: '', changes: 0 }
await db.live.incrementalQuery(queries.list, [], 'id', (result) => { counted.inc = text(result.rows) })
await db.live.changes(queries.list, [], 'id', (changes) => { counted.changes += changes.length })

const run = async (name, statement) => {
  await db.exec(statement)
  await new Promise((done) => setTimeout(done, 300))
  const there = text((await db.query(queries[name])).rows)
  console.log(`${statement}: ${there === shown[name] ? 'noticed, ' + there : 'there ' + there + ', shown ' + shown[name]}`)
}
await run('list', 'insert into list values (4)')
await run('item', 'delete from list where id = 1')
await run('list', 'merge into list l using (values (5)) v (id) on l.id = v.id when not matched then insert values (v.id)')
await run('visit', 'insert into visit values (3, 2026)')
await run('visit', 'insert into visit_2026 values (4, 2026)')
await run('visit', 'insert into visit values (5, 2026)')
await run('visit', 'alter table visit detach partition visit_2025')
await run('visit', 'drop table visit_2026')
await run('person', 'insert into employee values (2, 100)')
await run('person', 'update person set id = 3 where id = 2')
counted.changes = 0
await run('list', 'truncate list cascade')
await run('item', 'select 1')
console.log(`incrementalQuery: ${counted.inc}, changes: ${counted.changes}`)
await run('list', 'insert into list values (9)')
console.log(`incrementalQuery: ${counted.inc}, changes: ${counted.changes}`)
await db.close()
JS
echo "pglite $(node -p "require('./node_modules/@electric-sql/pglite/package.json').version")"
{
  node live.mjs
} | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
insert into list values (4): noticed, 1 2 3 4
delete from list where id = 1: noticed, 20
merge into list l using (values (5)) v (id) on l.id = v.id when not matched then insert values (v.id): noticed, 2 3 4 5
insert into visit values (3, 2026): noticed, 1 2 3
insert into visit_2026 values (4, 2026): there 1 2 3 4, shown 1 2 3
insert into visit values (5, 2026): noticed, 1 2 3 4 5
alter table visit detach partition visit_2025: there 2 3 4 5, shown 1 2 3 4 5
drop table visit_2026: there none, shown 1 2 3 4 5
insert into employee values (2, 100): there 1 2, shown 1
update person set id = 3 where id = 2: noticed, 1 3
truncate list cascade: there none, shown 2 3 4 5
select 1: there none, shown 20
incrementalQuery: 2 3 4 5, changes: 0
insert into list values (9): noticed, 9
incrementalQuery: 9, changes: 5
SEEN
