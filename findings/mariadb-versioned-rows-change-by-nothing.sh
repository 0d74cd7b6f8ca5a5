#!/bin/bash
# MariaDB leaves a row alone when an UPDATE sets what it has already: no row is counted, and ON UPDATE CURRENT_TIMESTAMP stays. Not so
# once the table is WITH SYSTEM VERSIONING: the same statement counts every row, moves their "changed at", and writes a version of
# each into the history that is the version before. ON DUPLICATE KEY UPDATE that changes nothing counts 3 rows where it was 0.
# So a program that looks at the count, or writes a whole object back as its habit is, behaves otherwise after ALTER TABLE … ADD SYSTEM
# VERSIONING, and a history kept to see changes fills with none.
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

client -e "select concat('server ', version()); create database d"
for kind in plain versioned; do
  client d -e "create table $kind (id int primary key, a int, changed timestamp default '2020-01-01' on update current_timestamp);
    insert into $kind (id, a) values (1, 1), (2, 2)"
  [ $kind = plain ] || client d -e "alter table $kind add system versioning"
  counted=$(client d -e "update $kind set a = a; select row_count()")
  again=$(client d -e "insert into $kind (id, a) values (1, 1) on duplicate key update a = values(a); select row_count()")
  moved=$(client d -e "select count(*) from $kind where changed > '2020-01-01'")
  kept=$([ $kind = plain ] || client d -e "select concat(', versions kept: ', count(*)) from $kind for system_time all")
  echo "$kind: the update counts $counted, the insert $again, changed rows by their time: $moved of 2$kept"
done | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
plain: the update counts 0, the insert 0, changed rows by their time: 0 of 2
versioned: the update counts 2, the insert 3, changed rows by their time: 2 of 2, versions kept: 5
SEEN
