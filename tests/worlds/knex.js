// Runs knex as a company does. On standard input: {client, connection, migrations: {directory, tableName, …}}.
const make = require('knex');
const said = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const knex = make({ client: said.client, connection: said.connection, useNullAsDefault: true });
knex.migrate
  .latest({ sortDirsSeparately: false, loadExtensions: ['.js', '.ts', '.mjs', '.cjs'], ...said.migrations })
  .then(([batch, names]) => console.log(JSON.stringify({ batch, names })))
  .catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  })
  .finally(() => knex.destroy());
