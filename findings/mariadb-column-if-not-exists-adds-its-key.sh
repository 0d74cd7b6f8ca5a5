#!/bin/bash
# MariaDB: ALTER TABLE … ADD COLUMN IF NOT EXISTS c int REFERENCES p (id) leaves an existing column alone, with a note that says so, and
# adds the foreign key all the same: each run one more of the same, under the next name (t_ibfk_2, t_ibfk_3 …). UNIQUE or CHECK in its
# place is left out with the column, and PostgreSQL leaves out all three. ADD FOREIGN KEY IF NOT EXISTS (c) … without a name adds one
# each time too, and with a name it does not. So a migration that may run again, as its words promise, leaves databases with differing
# numbers of keys, and a DROP FOREIGN KEY by name drops one of several.
#
# Seen with MariaDB 10.11.19 of Debian 12 (packages 1:10.11.19-0+deb12u1). Fetched and unpacked in a temporary folder; a private server
# on a socket there, gone at the end. Needs apt-get and dpkg-deb, and no rights.
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

client -e "select concat('server ', version())"
client -e "create database d; create table d.p (id int primary key)"
column() { client d -e "alter table t add column if not exists $1; show warnings"; }
constraints() {
  client d -e "select constraint_type, count(*) from information_schema.table_constraints
    where table_schema = 'd' and table_name = 't' group by 1 order by 1" | tr '\t\n' ': '
}
client d -e "create table t (a int)"
for run in 1 2 3; do
  for words in "u int unique" "c int check (c > 0)" "r int references p (id)"; do column "$words"; done >"notes$run"
  echo "after run $run: $(constraints)"
done | tee seen
client d -e "create table unnamed (c int); create table named (c int)"
for run in 1 2 3; do
  client d -e "alter table unnamed add foreign key if not exists (c) references p (id);
    alter table named add foreign key if not exists k (c) references p (id)"
done
keys=$(client d -e "select group_concat(concat(t, ' ', n) order by t separator ', ') from (select table_name t, count(*) n
  from information_schema.referential_constraints where table_name like '%named' group by 1) x")
echo "foreign keys added three times: $keys"
echo "noted in the last run:" && cut -f3 notes3 | sed 's/^/  /'
grep -qx "after run 1: CHECK:1 FOREIGN KEY:1 UNIQUE:1 " seen && grep -qx "after run 3: CHECK:1 FOREIGN KEY:3 UNIQUE:1 " seen &&
  grep -q "Duplicate column name 'r'" notes3 && [ "$keys" = "named 1, unnamed 3" ] || { echo "this has changed" >&2; exit 1; }
