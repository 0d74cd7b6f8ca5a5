#!/bin/bash
# LOAD XML reads what mariadb-dump --xml writes, and does not read it as it is meant. Attributes of the elements around a row count as values
# of the row, and around the rows stands <table_data name="account">: in a table with a column called name, each row in which that is NULL or
# empty has the table's name in it, a person without a name is called "account". An empty text elsewhere comes back as NULL, and in a column
# that may not be NULL as that type's empty value, with a warning; the file has it as <field name="note"></field>, and a NULL as xsi:nil.
# Moments are in UTC, as in every dump, but this one does not say so: a TIMESTAMP is moved by the server's offset, 12:00 at +05:00 to 07:00.
# An INVISIBLE column is left to its default. It ends with 0. (The mariadb program's own --xml has no name around its rows, and the session's
# time.) The plain dump restores all of it. The manual tells of attributes of a row as values, and of none of this.
#
# Seen with MariaDB 10.11.19 of Debian 12 (packages 1:10.11.19-0+deb12u1). Fetched and unpacked in a temporary folder; a private server on a
# socket there, gone at the end. Needs apt-get and dpkg-deb, and no rights.
set -euo pipefail
version=1:10.11.19-0+deb12u1
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true; }; rm -rf "$folder"' EXIT
cd "$folder"

# What the programs need and a system without MariaDB lacks comes along.
apt-get download -q "mariadb-server-core=$version" "mariadb-client-core=$version" "mariadb-client=$version" "libmariadb3=$version" \
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
"${serve[@]}" --socket="$folder/s" --default-time-zone=+05:00 --skip-networking --init-file="$folder/init" >server.log 2>&1 &
server=$!
of() { local program=$1; shift; "$bin/$program" --no-defaults --socket="$folder/s" --user=root "$@"; }
client() { of mariadb --skip-column-names "$@"; }
for _ in $(seq 60); do client -e "select 1" >/dev/null 2>&1 && break; sleep 0.5; done

client -e "select concat('server ', version()); create database made character set utf8mb4"
client made <<'SQL'
create table account (id int primary key, name varchar(20), note varchar(20), tag varchar(20) not null default 'none',
  secret int invisible default 7, at timestamp null);
insert into account (id, name, note, tag, secret, at) values (1, null, '', '', 1, '2026-03-01 12:00:00'), (2, '', null, 'y', 2, null),
  (3, 'ann', 'x', 'y', 3, '2026-03-01 12:00:00');
SQL
look() {
  client "$1" -e "select concat('  ', id, ': name ', quote(name), ', note ', quote(note), ', tag ', quote(tag),
    ', secret ', secret, ', at ', quote(at)) from account order by id"
}
{
  echo "made:"
  look made
  of mariadb-dump --xml made account >account.xml
  client -e "create database loaded"
  of mariadb-dump --no-data made account | client loaded
  end=0
  client --local-infile --comments -vvv loaded -e "load xml local infile '$folder/account.xml' into table account" >said || end=$?
  echo "load xml of mariadb-dump --xml, exit $end, $(grep -o 'Warnings: [0-9]*' said):"
  look loaded
  of mariadb --xml made -e "select *, secret from account" >account.xml
  client loaded -e "delete from account"
  client --local-infile loaded -e "load xml local infile '$folder/account.xml' into table account"
  echo "load xml of mariadb --xml:"
  look loaded
  client -e "create database restored"
  of mariadb-dump made account | client restored
  echo "plain dump:"
  look restored
} | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
made:
  1: name NULL, note '', tag '', secret 1, at '2026-03-01 12:00:00'
  2: name '', note NULL, tag 'y', secret 2, at NULL
  3: name 'ann', note 'x', tag 'y', secret 3, at '2026-03-01 12:00:00'
load xml of mariadb-dump --xml, exit 0, Warnings: 1:
  1: name 'account', note NULL, tag '', secret 7, at '2026-03-01 07:00:00'
  2: name 'account', note NULL, tag 'y', secret 7, at NULL
  3: name 'ann', note 'x', tag 'y', secret 7, at '2026-03-01 07:00:00'
load xml of mariadb --xml:
  1: name NULL, note NULL, tag '', secret 7, at '2026-03-01 12:00:00'
  2: name NULL, note NULL, tag 'y', secret 7, at NULL
  3: name 'ann', note 'x', tag 'y', secret 7, at '2026-03-01 12:00:00'
plain dump:
  1: name NULL, note '', tag '', secret 1, at '2026-03-01 12:00:00'
  2: name '', note NULL, tag 'y', secret 2, at NULL
  3: name 'ann', note 'x', tag 'y', secret 3, at '2026-03-01 12:00:00'
SEEN
