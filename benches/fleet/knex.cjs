// What Neo replaces: read the list, and for each database open knex, migrate to the latest, close. The first error ends it all.
// node knex.cjs FOLDER CONCURRENCY < LIST
const { knex } = require('knex');

const [directory, concurrency] = process.argv.slice(2);
const urls = require('fs').readFileSync(0, 'utf8').trim().split('\n');

async function migrate(url) {
  const client = url.startsWith('mysql') ? 'mysql2' : 'pg';
  const database = knex({ client, connection: url, migrations: { directory } });
  try {
    await database.migrate.latest();
  } finally {
    await database.destroy();
  }
}

async function worker() {
  for (let url = urls.shift(); url; url = urls.shift()) await migrate(url);
}

Promise.all(Array.from({ length: Number(concurrency) }, worker)).catch((error) => {
  console.error(error.message);
  process.exit(1);
});
