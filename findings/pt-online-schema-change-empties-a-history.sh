#!/bin/bash
# pt-online-schema-change copies a table's rows into a new one and puts that in its place. Of a system-versioned table of MariaDB it copies
# what a SELECT gives, which is the rows of now: the whole history is dropped with the old table, and each row began at the moment of
# the copy. "Successfully altered", it says, and ends with 0. Its usual rebuild (engine=InnoDB) does that without more ado; a change of
# columns is refused by the server first (4119), whose message names the setting that lets it happen. With that set to KEEP
# (--set-vars system_versioning_alter_history=KEEP), by which ALTER TABLE keeps the history, the history is gone as well. ALTER TABLE of
# the server itself keeps it in both cases. The tool's manual does not speak of such tables.
#
# Seen with Percona Toolkit 3.2.1 and MariaDB 10.11.19 of Debian 12 (packages 3.2.1-1 and 1:10.11.19-0+deb12u1). Fetched and unpacked in
# a temporary folder; a private server on a socket there, gone at the end. Needs apt-get, dpkg-deb and perl, and no rights.
set -euo pipefail
version=1:10.11.19-0+deb12u1
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true; }; rm -rf "$folder"' EXIT
cd "$folder"

# What the programs need and a system without MariaDB lacks comes along.
apt-get download -q "mariadb-server-core=$version" "mariadb-client-core=$version" "libmariadb3=$version" percona-toolkit=3.2.1-1 \
  libdbi-perl libdbd-mysql-perl libterm-readkey-perl liburing2 libsnappy1v5 libpmem1 libdaxctl1 libndctl6 libedit2 libncurses6 \
  >/dev/null 2>&1 || { echo "the packages cannot be fetched (apt-get update first?)" >&2; exit 2; }
for package in ./*.deb; do dpkg-deb -x "$package" root; done
export LD_LIBRARY_PATH=$folder/root/usr/lib/x86_64-linux-gnu:$folder/root/lib/x86_64-linux-gnu
PERL5LIB=$(echo "$folder"/root/usr/lib/x86_64-linux-gnu/perl5/*):$folder/root/usr/share/perl5
export PERL5LIB HOME=$folder
bin=$folder/root/usr/bin sbin=$folder/root/usr/sbin
serve=("$sbin/mariadbd" --no-defaults --user="$(id -un)" --datadir="$folder/data" --tmpdir="$folder/tmp"
  --lc-messages-dir="$folder/root/usr/share/mysql")

mkdir data tmp
printf '%s\n' 'create user root@localhost;' 'grant all on *.* to root@localhost;' >init
"${serve[@]}" --bootstrap --skip-grant-tables <<<"create database mysql;" >bootstrap.log 2>&1 || true
"${serve[@]}" --bootstrap --skip-grant-tables < <(echo "use mysql;"; cat root/usr/share/mysql/mysql_system_tables.sql) >>bootstrap.log 2>&1
"${serve[@]}" --socket="$folder/s" --skip-networking --init-file="$folder/init" >server.log 2>&1 &
server=$!
client() { "$bin/mariadb" --no-defaults --socket="$folder/s" --user=root --skip-column-names "$@"; }
for _ in $(seq 60); do client -e "select 1" >/dev/null 2>&1 && break; sleep 0.5; done

"$bin/pt-online-schema-change" --version
client -e "select concat('server ', version())"
tool() {
  local end=0 said
  said=$("$bin/pt-online-schema-change" --socket="$folder/s" --user=root --no-version-check --execute "$@" 2>&1) || end=$?
  echo "$said" | grep -oE '^Successfully altered|Not allowed for system-versioned' | head -1
  echo "exit $end"
}
look() {
  echo "$1:" "${@:2}" "$(client d -e "select concat('rows ', count(*), ', versions ', (select count(*) from price for system_time all),
    ', an hour ago ', ifnull((select cents from price for system_time as of now() - interval 1 hour where id = 1), 'none')) from price")"
}
make() {
  client -e "create or replace database d"
  client d -e "create table price (id int primary key, cents int) with system versioning;
    set timestamp = unix_timestamp() - 7200; insert into price values (1, 100), (2, 200);
    set timestamp = unix_timestamp() - 5400; update price set cents = 110 where id = 1;
    set timestamp = default; update price set cents = 120 where id = 1; delete from price where id = 2"
}
make
look "made" >seen
client d -e "alter table price engine=innodb"
look "alter table … engine" >>seen
client d -e "set system_versioning_alter_history = KEEP; alter table price add note int"
look "alter table … add" >>seen
for change in "engine=InnoDB" "add note int"; do
  make
  look "the tool, $change" $(tool --alter "$change" D=d,t=price) >>seen
done
make
look "the tool, add note int, KEEP" $(tool --set-vars system_versioning_alter_history=KEEP --alter "add note int" D=d,t=price) >>seen
cat seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
made: rows 1, versions 3, an hour ago 110
alter table … engine: rows 1, versions 3, an hour ago 110
alter table … add: rows 1, versions 3, an hour ago 110
the tool, engine=InnoDB: Successfully altered exit 0 rows 1, versions 1, an hour ago none
the tool, add note int: Not allowed for system-versioned exit 11 rows 1, versions 3, an hour ago 110
the tool, add note int, KEEP: Successfully altered exit 0 rows 1, versions 1, an hour ago none
SEEN
