#!/bin/bash
# pool.end() of mysql2 (Node) does not wait for a connection that somebody has: it says goodbye on it, in the middle of a transaction,
# and its promise is resolved. What was written is rolled back by the server, and the next query of whoever has the connection fails
# with an error that has no code. pg's pool.end() waits until every connection has been given back. So a pool whose password or address
# has changed must be counted in and out by the application itself before it is ended.
#
# Seen with mysql2 3.24.6, pg 8.23.1 (npm), Node 20.20.2, MariaDB 10.11.19 and PostgreSQL 15 of Debian 12. Packages are fetched and
# unpacked in a temporary folder; private servers there, gone at the end. Needs npm, apt-get and dpkg-deb, and no rights but to run
# PostgreSQL as somebody who is not root.
set -euo pipefail
folder=$(mktemp -d)
chmod 755 "$folder"
maria= postgres=
trap 'for server in $maria $postgres; do kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true; done; rm -rf "$folder"' EXIT
cd "$folder"

version=1:10.11.19-0+deb12u1
apt-get download -q "mariadb-server-core=$version" liburing2 libsnappy1v5 libpmem1 libdaxctl1 libndctl6 postgresql-15 \
  libpq5 libllvm14 >/dev/null 2>&1 || { echo "the packages cannot be fetched (apt-get update first?)" >&2; exit 2; }
for package in ./*.deb; do dpkg-deb -x "$package" root; done
export LD_LIBRARY_PATH=$folder/root/usr/lib/x86_64-linux-gnu:$folder/root/lib/x86_64-linux-gnu
sbin=$folder/root/usr/sbin pg=$folder/root/usr/lib/postgresql/15/bin
npm install --no-audit --no-fund --loglevel=error mysql2@3.24.6 pg@8.23.1 >npm.log 2>&1 || { cat npm.log >&2; exit 2; }

as=$(id -un)
mkdir data
mariadbd() {
  "$sbin/mariadbd" --no-defaults --user="$as" --datadir="$folder/data" --lc-messages-dir="$folder/root/usr/share/mysql" "$@"
}
mariadbd --bootstrap --skip-grant-tables <<<"create database mysql;" >bootstrap.log 2>&1 || true
mariadbd --bootstrap --skip-grant-tables < <(echo "use mysql;"; cat root/usr/share/mysql/mysql_system_tables.sql) >>bootstrap.log 2>&1
mariadbd --socket="$folder/m" --skip-networking --skip-grant-tables >maria.log 2>&1 &
maria=$!

as_postgres=()
if [ "$(id -u)" = 0 ]; then
  id postgres >/dev/null 2>&1 || { echo "PostgreSQL does not run as root, and there is no user postgres" >&2; exit 2; }
  as_postgres=(runuser -u postgres --)
fi
mkdir pg && chmod 777 pg
"${as_postgres[@]}" env LD_LIBRARY_PATH="$LD_LIBRARY_PATH" "$pg/initdb" -D "$folder/pg/data" -L "$folder/root/usr/share/postgresql/15" \
  -U postgres -A trust >initdb.log 2>&1
"${as_postgres[@]}" env LD_LIBRARY_PATH="$LD_LIBRARY_PATH" "$pg/postgres" -D "$folder/pg/data" -k "$folder/pg" -h '' >postgres.log 2>&1 &
postgres=$!

cat >ends.mjs <<'END'
import mysql from "mysql2/promise";
import pg from "pg";

const folder = process.cwd();
const later = (ms, word) => new Promise((resolve) => setTimeout(() => resolve(word), ms));
const until = async (connect) => {
  for (let n = 0; ; n++) {
    try { return await connect(); } catch (error) { if (n > 100) throw error; await later(200); }
  }
};

// Somebody is in a transaction, and the pool is ended.
async function ends(name, pool, take, say, give) {
  const connection = await until(take);
  await say(connection, "drop table if exists t");
  await say(connection, "create table t (id int)");
  await say(connection, "begin");
  await say(connection, "insert into t values (1)");
  const ended = pool.end().then(() => "is resolved at once");
  const end = await Promise.race([ended, later(1000, "waits")]);
  let transaction = "is committed";
  try {
    await say(connection, "insert into t values (2)");
    await say(connection, "commit");
  } catch (error) {
    transaction = `is lost (code ${error.code}: ${error.message})`;
  }
  give(connection);
  console.log(`${name}: pool.end() ${end}; the transaction ${transaction}`);
}

const of = mysql.createPool({ socketPath: `${folder}/m`, user: "root", multipleStatements: false });
await until(async () => (await of.getConnection()).release());
await of.query("create database if not exists d");
await of.end();
const my = mysql.createPool({ socketPath: `${folder}/m`, user: "root", database: "d" });
await ends("mysql2", my, () => my.getConnection(), (c, sql) => c.query(sql), (c) => c.release());
const post = new pg.Pool({ host: `${folder}/pg`, user: "postgres", database: "postgres" });
await ends("pg", post, () => post.connect(), (c, sql) => c.query(sql), (c) => c.release());
process.exit(0);
END
node --version
said=$(timeout 120 env -u LD_LIBRARY_PATH node ends.mjs)
echo "$said"
[ "$said" = "mysql2: pool.end() is resolved at once; the transaction is lost (code undefined: Can't add new command when connection is in closed state)
pg: pool.end() waits; the transaction is committed" ] || { echo "this has changed" >&2; exit 1; }
