#!/bin/bash
# mysql-replication (Python) reads MariaDB's binary log, for copies into search engines and warehouses. A UUID, INET6 or INET4 comes as its
# bytes, of which those at the end are missing that are zero, since the log leaves them out, as it does of a BINARY, and the reader does not
# put them back: each 256th UUID is a byte short, a network (10.0.0.0, 2001:db8::) is one byte or four, and the nil UUID an empty text.
# Different addresses do not collide, but none of these is one any more to what takes 4 or 16 bytes, and where they are filled up at the left
# it is another. BINARY(16), in which programs kept UUIDs before, had its zeros put back in 0.45, and is cut off too since 1.0. A SET with
# none of its values is None, as NULL is, and the year 0000 is 1900. Its documentation has none of it.
#
# Seen with mysql-replication 1.0.17 and 0.45.1 of the Python package index and MariaDB 10.11.19 of Debian 12 (packages 1:10.11.19-0+deb12u1).
# Fetched and unpacked in a temporary folder; a private server on a port of 127.0.0.1, gone at the end. Needs apt-get, dpkg-deb and python3
# with pip, and no rights.
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
for release in 1.0.17 0.45.1; do
  python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target packages$release \
    mysql-replication==$release 2>/dev/null || { echo "the packages cannot be fetched" >&2; exit 2; }
done
for package in ./*.deb; do dpkg-deb -x "$package" root; done
libraries=$folder/root/usr/lib/x86_64-linux-gnu:$folder/root/lib/x86_64-linux-gnu
bin=$folder/root/usr/bin sbin=$folder/root/usr/sbin
serve=(env "LD_LIBRARY_PATH=$libraries" "$sbin/mariadbd" --no-defaults --user="$(id -un)" --datadir="$folder/data" --tmpdir="$folder/tmp"
  --lc-messages-dir="$folder/root/usr/share/mysql")

mkdir data tmp
printf '%s\n' 'create user root@localhost;' 'grant all on *.* to root@localhost;' 'create user reader@"127.0.0.1" identified by "word";' \
  'grant all on *.* to reader@"127.0.0.1";' >init
"${serve[@]}" --bootstrap --skip-grant-tables <<<"create database mysql;" >bootstrap.log 2>&1 || true
"${serve[@]}" --bootstrap --skip-grant-tables < <(echo "use mysql;"; cat root/usr/share/mysql/mysql_system_tables.sql) >>bootstrap.log 2>&1
port=$(python3 -c "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])")
"${serve[@]}" --socket="$folder/s" --bind-address=127.0.0.1 --port="$port" --skip-name-resolve --init-file="$folder/init" --server-id=1 \
  --log-bin=log --binlog-format=row --binlog-row-metadata=full >server.log 2>&1 &
server=$!
client() { LD_LIBRARY_PATH=$libraries "$bin/mariadb" --no-defaults --socket="$folder/s" --user=root --skip-column-names "$@"; }
for _ in $(seq 60); do client -e "select 1" >/dev/null 2>&1 && break; sleep 0.5; done

client -e "select concat('server ', version()); create database made"
client made <<'SQL'
create table visit (id int primary key, token uuid, net inet4, net6 inet6, old binary(16), flags set('a', 'b'), born year);
insert into visit values
  (1, '123e4567-e89b-12d3-a456-426655440001', '10.1.2.3', '2001:db8::1', x'123e4567e89b12d3a456426655440001', 'a,b', 1999),
  (2, '123e4567-e89b-12d3-a456-426655440000', '10.0.0.0', '2001:db8::', x'123e4567e89b12d3a456426655440000', '', 0),
  (3, '00000000-0000-0000-0000-000000000000', '0.0.0.0', '::', x'00', null, null);
SQL
cat >read.py <<'PY'
import sys
import pymysql
from pymysqlreplication import BinLogStreamReader
from pymysqlreplication.row_event import WriteRowsEvent

to = {"host": "127.0.0.1", "port": int(sys.argv[1]), "user": "reader", "passwd": "word"}


def shown(value):
    if isinstance(value, bytes):
        return f"{len(value)} bytes {value.hex()}"
    return "+".join(sorted(value)) if isinstance(value, set) else repr(value)


release = sys.argv[2]
db = pymysql.connect(**to).cursor()
db.execute("select id, token, net, net6, old, flags, born from made.visit order by id")
for row in db.fetchall() if release.startswith("1") else ():
    print("select:", ", ".join(shown(value) for value in row[1:]))
stream = BinLogStreamReader(connection_settings=to, server_id=9, only_events=[WriteRowsEvent], only_tables=["visit"])
for event in stream:
    for row in event.rows:
        print(release + ":", ", ".join(shown(row["values"][name]) for name in ("token", "net", "net6", "old", "flags", "born")))
stream.close()
PY
for release in 1.0.17 0.45.1; do PYTHONPATH=packages$release python3 read.py "$port" $release; done | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
select: '123e4567-e89b-12d3-a456-426655440001', '10.1.2.3', '2001:db8::1', 16 bytes 123e4567e89b12d3a456426655440001, 'a,b', 1999
select: '123e4567-e89b-12d3-a456-426655440000', '10.0.0.0', '2001:db8::', 16 bytes 123e4567e89b12d3a456426655440000, '', 0
select: '00000000-0000-0000-0000-000000000000', '0.0.0.0', '::', 16 bytes 00000000000000000000000000000000, None, None
1.0.17: 16 bytes 123e4567e89b12d3a456426655440001, 4 bytes 0a010203, 16 bytes 20010db8000000000000000000000001, 16 bytes 123e4567e89b12d3a456426655440001, a+b, 1999
1.0.17: 14 bytes 123e4567e89b12d3a45642665544, 1 bytes 0a, 4 bytes 20010db8, 14 bytes 123e4567e89b12d3a45642665544, None, 1900
1.0.17: '', '', '', '', None, None
0.45.1: 16 bytes 123e4567e89b12d3a456426655440001, 4 bytes 0a010203, 16 bytes 20010db8000000000000000000000001, 16 bytes 123e4567e89b12d3a456426655440001, a+b, 1999
0.45.1: 14 bytes 123e4567e89b12d3a45642665544, 1 bytes 0a, 4 bytes 20010db8, 16 bytes 123e4567e89b12d3a456426655440000, None, 1900
0.45.1: 0 bytes , 0 bytes , 0 bytes , 16 bytes 00000000000000000000000000000000, None, None
SEEN
