#!/bin/bash
# A MariaDB server that starts removes every temporary table's files that it finds in its tmpdir, also those of another server that
# is running with the same tmpdir. /tmp is the default of both, so a server (or mariadb-install-db, which is one) that starts on a
# machine takes a neighbour's tables away under its sessions: a table that is open is still read, and the first statement that opens
# it once more, or changes its columns, fails (1017, 6). InnoDB's temporary tables lie elsewhere and stay.
#
# Seen with MariaDB 10.11.19 of Debian 12 (packages 1:10.11.19-0+deb12u1). Fetched and unpacked in a temporary folder; two private
# servers on sockets there, gone at the end. Needs apt-get and dpkg-deb, and no rights.
set -euo pipefail
version=1:10.11.19-0+deb12u1
folder=$(mktemp -d)
servers=()
trap 'for one in "${servers[@]}"; do kill "$one" 2>/dev/null; wait "$one" 2>/dev/null || true; done; rm -rf "$folder"' EXIT
cd "$folder"

# What the programs need and a system without MariaDB lacks comes along.
apt-get download -q "mariadb-server-core=$version" "mariadb-client-core=$version" "libmariadb3=$version" \
  liburing2 libsnappy1v5 libpmem1 libdaxctl1 libndctl6 libedit2 libncurses6 >/dev/null 2>&1 ||
  { echo "the packages cannot be fetched (apt-get update first?)" >&2; exit 2; }
for package in ./*.deb; do dpkg-deb -x "$package" root; done
export LD_LIBRARY_PATH=$folder/root/usr/lib/x86_64-linux-gnu:$folder/root/lib/x86_64-linux-gnu
client=$folder/root/usr/bin/mariadb
mkdir tmp

# A data folder of its own for each, and one folder for what is temporary.
server() {
  "$folder/root/usr/sbin/mariadbd" --no-defaults --user="$(id -un)" --datadir="$folder/$1" --tmpdir="$folder/tmp" \
    --lc-messages-dir="$folder/root/usr/share/mysql" "${@:2}"
}
start() {
  server "$1" --socket="$folder/$1.s" --skip-networking --skip-grant-tables >"$1.log" 2>&1 7>&- &
  servers+=($!)
  for _ in $(seq 120); do "$client" --no-defaults -S "$1.s" -e "select 1" >/dev/null 2>&1 && return; sleep 0.5; done
  echo "the server does not start" >&2; exit 2
}
for name in one other; do
  mkdir "$name"
  server "$name" --bootstrap --skip-grant-tables <<<"create database mysql;" >bootstrap.log 2>&1 || true
  server "$name" --bootstrap --skip-grant-tables < <(echo "use mysql;"; cat root/usr/share/mysql/mysql_system_tables.sql) >>bootstrap.log 2>&1
done

start one
"$client" --no-defaults -S one.s -N -e "select concat('server ', version())"
mkfifo said
"$client" --no-defaults -S one.s -N --force --unbuffered <said >answers 2>&1 &
session=$!
exec 7>said
# Answers to this statement and no more.
ask() {
  local seen
  seen=$(wc -l <answers)
  echo "$1; select 'done';" >&7
  for _ in $(seq 60); do tail -n +$((seen + 1)) answers | grep -q '^done$' && break; sleep 0.2; done
  tail -n +$((seen + 1)) answers | grep -oE '^[0-9]+$|^ERROR [0-9]+' | head -1 || true
}
for table in kept witness; do
  ask "create database if not exists d; use d; create temporary table $table (a int) engine=aria; insert into $table values (1), (2)" >/dev/null
done
before=$(ask "select count(*) from witness x join witness y")/$(find tmp -name '#sql*' | wc -l)
start other
after=$(find tmp -name '#sql*' | wc -l)
open=$(ask "select count(*) from kept")
opened=$(ask "select count(*) from kept x join kept y")
changed=$(ask "alter table kept add b int")
exec 7>&-
wait "$session" || true

echo "before the other server starts: one joined with itself/files of both: $before"
echo "after:                          files $after, counted: $open, joined with itself: $opened, changed: $changed"
[ "$before $after $open $opened $changed" = "4/4 0 2 ERROR 1017 ERROR 6" ] || { echo "this has changed" >&2; exit 1; }
