#!/bin/bash
# batch() of mariadb (npm, MariaDB's connector) sends rows together as long as their values are of the same kinds, and begins anew with
# each change of kind; to it 1 and 2.5 are two kinds of number, as 1 and 3000000000 are, and so is a null that comes first. Each part
# is one statement to the server. So without a transaction a batch that fails at a duplicate key leaves nothing where all values are
# of one kind, and with a price of 2.50 among whole ones it leaves some of the rows, also such as come after the one that failed: only its
# own part is taken back, and the rest is sent all the same. With bulk: false each row stands alone. One error is told, and not how
# many rows there are. The manual has a transaction around its example and does not say what comes without one.
#
# Seen with mariadb 3.5.4 (npm), Node 20.20.2, MariaDB 10.11.19 of Debian 12 (packages 1:10.11.19-0+deb12u1). Fetched and unpacked in a
# temporary folder; a private server on a socket there, gone at the end. Needs npm, apt-get and dpkg-deb, and no rights.
set -euo pipefail
version=1:10.11.19-0+deb12u1
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true; }; rm -rf "$folder"' EXIT
cd "$folder"

# What the programs need and a system without MariaDB lacks comes along.
apt-get download -q "mariadb-server-core=$version" "mariadb-client-core=$version" "libmariadb3=$version" \
  liburing2 libsnappy1v5 libpmem1 libdaxctl1 libndctl6 libedit2 libncurses6 >/dev/null 2>&1 ||
  { echo "the packages cannot be fetched (apt-get update first?)" >&2; exit 2; }
for package in ./*.deb; do dpkg-deb -x "$package" root; done
export LD_LIBRARY_PATH=$folder/root/usr/lib/x86_64-linux-gnu:$folder/root/lib/x86_64-linux-gnu
bin=$folder/root/usr/bin sbin=$folder/root/usr/sbin
serve=("$sbin/mariadbd" --no-defaults --user="$(id -un)" --datadir="$folder/data" --tmpdir="$folder/tmp"
  --lc-messages-dir="$folder/root/usr/share/mysql")

mkdir data tmp
"${serve[@]}" --bootstrap --skip-grant-tables <<<"create database mysql;" >bootstrap.log 2>&1 || true
"${serve[@]}" --bootstrap --skip-grant-tables < <(echo "use mysql;"; cat root/usr/share/mysql/mysql_system_tables.sql) >>bootstrap.log 2>&1
"${serve[@]}" --socket="$folder/s" --skip-networking --skip-grant-tables >server.log 2>&1 &
server=$!
client() { "$bin/mariadb" --no-defaults --socket="$folder/s" --user=root --skip-column-names "$@"; }
for _ in $(seq 60); do client -e "select 1" >/dev/null 2>&1 && break; sleep 0.5; done

client -e "create database d"
env -u LD_LIBRARY_PATH npm install --silent --no-audit --no-fund --prefix . mariadb@3.5.4 >/dev/null ||
  { echo "the package cannot be fetched" >&2; exit 2; }

cat >batch.mjs <<'JS'
import mariadb from "mariadb";

for (const bulk of [true, false]) {
  const conn = await mariadb.createConnection({ socketPath: process.argv[2], user: "root", database: "d", bulk });
  if (bulk) console.log("MariaDB", conn.serverVersion(), "node", process.version);
  const left = async () => (await conn.query("select id from item order by id")).map((row) => row.id).join(" ") || "none";
  // The third row has the second one's key.
  for (const prices of [[1, 2, 3, 4, 5], [1, 2.5, 3, 4.5, 5], [1, 2, 3, 4.5, 5], [1, 3000000000, 3, 4, 5], [null, 2, 3, 4, 5], [1, null, 3, 4, 5]]) {
    await conn.query("create or replace table item (id int primary key, price decimal(12, 2))");
    const rows = [1, 2, 2, 4, 5].map((id, n) => [id, prices[n]]);
    const said = await conn.batch("insert into item values (?, ?)", rows).then(() => "done", (error) => error.code);
    console.log(`bulk ${bulk}, prices ${prices.map(String).join(" ")}: ${said}, left ${await left()}`);
  }
  await conn.end();
}
JS
env -u LD_LIBRARY_PATH node batch.mjs "$folder/s" | tee seen
tail -n +2 seen | diff - <(cat <<'SEEN'
bulk true, prices 1 2 3 4 5: ER_DUP_ENTRY, left none
bulk true, prices 1 2.5 3 4.5 5: ER_DUP_ENTRY, left 1 2 4 5
bulk true, prices 1 2 3 4.5 5: ER_DUP_ENTRY, left 4 5
bulk true, prices 1 3000000000 3 4 5: ER_DUP_ENTRY, left 1 2
bulk true, prices null 2 3 4 5: ER_DUP_ENTRY, left 1
bulk true, prices 1 null 3 4 5: ER_DUP_ENTRY, left none
bulk false, prices 1 2 3 4 5: ER_DUP_ENTRY, left 1 2 4 5
bulk false, prices 1 2.5 3 4.5 5: ER_DUP_ENTRY, left 1 2 4 5
bulk false, prices 1 2 3 4.5 5: ER_DUP_ENTRY, left 1 2 4 5
bulk false, prices 1 3000000000 3 4 5: ER_DUP_ENTRY, left 1 2 4 5
bulk false, prices null 2 3 4 5: ER_DUP_ENTRY, left 1 2 4 5
bulk false, prices 1 null 3 4 5: ER_DUP_ENTRY, left 1 2 4 5
SEEN
) || { echo "this has changed" >&2; exit 1; }
