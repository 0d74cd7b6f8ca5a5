#!/bin/bash
# MariaDB: SET system_versioning_asof = a moment in the past is to let every query of the session read versioned tables as they were then,
# and DEFAULT to end that; the manual excepts INSERT … SELECT and its like. A prepared statement and a procedure keep what was set when
# the session prepared or first called them. One from before goes on to read the present while all around it is read as of then. One
# from in between goes on to read the past, after DEFAULT too, and so until the connection is closed or reset: rows since deleted are
# there, newer ones are not, and nothing is said; another moment does not reach it either. A function never looks back, whenever it is
# called. So a connection of a pool that has once looked back, and has put its variable back as it should, answers whoever calls that
# procedure next, or whose driver finds its statement prepared, with the past.
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
printf '%s\n' 'create user root@localhost;' 'grant all on *.* to root@localhost;' >init
"${serve[@]}" --bootstrap --skip-grant-tables <<<"create database mysql;" >bootstrap.log 2>&1 || true
"${serve[@]}" --bootstrap --skip-grant-tables < <(echo "use mysql;"; cat root/usr/share/mysql/mysql_system_tables.sql) >>bootstrap.log 2>&1
"${serve[@]}" --socket="$folder/s" --skip-networking --init-file="$folder/init" >server.log 2>&1 &
server=$!
client() { "$bin/mariadb" --no-defaults --socket="$folder/s" --user=root --skip-column-names "$@"; }
for _ in $(seq 60); do client -e "select 1" >/dev/null 2>&1 && break; sleep 0.5; done

client -e "select concat('server ', version()); create database d"
client d <<'SQL'
create table guest (name varchar(9)) with system versioning;
set timestamp = unix_timestamp('2026-01-01 12:00:00');
insert into guest values ('ann');
set timestamp = unix_timestamp('2026-02-01 12:00:00');
delete from guest;
insert into guest values ('bea');
set timestamp = unix_timestamp('2026-03-01 12:00:00');
delete from guest;
insert into guest values ('cat');
create procedure called_before() select concat('  procedure called before: ', name) from guest;
create procedure called_within() select concat('  procedure first called then: ', name) from guest;
create function asked() returns varchar(9) reads sql data return (select name from guest);
SQL
look="select concat('  plain: ', name) from guest; select concat('  in a function: ', asked());
  execute before_it; call called_before(); execute within_it; call called_within();"
client d <<SQL | tee seen
prepare before_it from 'select concat(''  prepared before: '', name) from guest';
call called_before();
set system_versioning_asof = '2026-01-15 12:00:00';
select 'as of January:';
prepare within_it from 'select concat(''  prepared then: '', name) from guest';
$look
set system_versioning_asof = '2026-02-15 12:00:00';
select 'as of February:';
$look
set system_versioning_asof = default;
select 'and back:';
$look
SQL
client d -e "select 'another session:'; select concat('  plain: ', name) from guest; call called_within()" | tee -a seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
  procedure called before: cat
as of January:
  plain: ann
  in a function: cat
  prepared before: cat
  procedure called before: cat
  prepared then: ann
  procedure first called then: ann
as of February:
  plain: bea
  in a function: cat
  prepared before: cat
  procedure called before: cat
  prepared then: ann
  procedure first called then: ann
and back:
  plain: cat
  in a function: cat
  prepared before: cat
  procedure called before: cat
  prepared then: ann
  procedure first called then: ann
another session:
  plain: cat
  procedure first called then: cat
SEEN
