#!/bin/bash
# The mariadb program glues two lines together when the first begins with the word "delimiter" inside a quoted text and ends outside
# of it: no line's end is sent behind such a line. "… as said", then "from dual" on the next line, reaches the server as "as saidfrom
# dual". So valid SQL whose text happens to have a line that begins so is refused (1064). With any other word at the beginning of that
# line it runs.
#
# Seen with MariaDB 10.11.19 of Debian 12 (packages 1:10.11.19-0+deb12u1). Fetched and unpacked in a temporary folder; a private server
# on a socket there, gone at the end. Needs apt-get and dpkg-deb, and no rights.
set -euo pipefail
version=1:10.11.19-0+deb12u1
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true; }; rm -rf "$folder"' EXIT
cd "$folder"

apt-get download -q "mariadb-server-core=$version" "mariadb-client-core=$version" "libmariadb3=$version" \
  liburing2 libsnappy1v5 libpmem1 libdaxctl1 libndctl6 libedit2 libncurses6 >/dev/null 2>&1 ||
  { echo "the packages cannot be fetched (apt-get update first?)" >&2; exit 2; }
for package in ./*.deb; do dpkg-deb -x "$package" root; done
export LD_LIBRARY_PATH=$folder/root/usr/lib/x86_64-linux-gnu:$folder/root/lib/x86_64-linux-gnu
bin=$folder/root/usr/bin sbin=$folder/root/usr/sbin
serve=("$sbin/mariadbd" --no-defaults --user="$(id -un)" --datadir="$folder/data" --lc-messages-dir="$folder/root/usr/share/mysql")

mkdir data
"${serve[@]}" --bootstrap --skip-grant-tables <<<"create database mysql;" >bootstrap.log 2>&1 || true
"${serve[@]}" --bootstrap --skip-grant-tables < <(echo "use mysql;"; cat root/usr/share/mysql/mysql_system_tables.sql) >>bootstrap.log 2>&1
"${serve[@]}" --socket="$folder/s" --skip-networking --skip-grant-tables >server.log 2>&1 &
server=$!
client() { "$bin/mariadb" --no-defaults --socket="$folder/s" --user=root --skip-column-names "$@"; }
for _ in $(seq 60); do client -e "select 1" >/dev/null 2>&1 && break; sleep 0.5; done

client --version
client -e "select concat('server ', version())"
statement() { printf "select 'the text says:\n%s of the file' as said\nfrom dual;\n" "$1"; }
for word in separator delimiter; do
  statement "$word" >file.sql
  echo "in the file:"
  sed 's/^/  /' file.sql
  client --batch <file.sql >"$word" 2>&1 && echo "  runs" || { echo "  is refused:"; grep -v '^-*$' "$word" | sed 's/^/  /'; }
done
grep -q "^the text says:.n*separator of the file" separator || { echo "this has changed" >&2; exit 1; }
grep -q "as saidfrom dual" delimiter && grep -q "ERROR 1064" delimiter || { echo "this has changed" >&2; exit 1; }
