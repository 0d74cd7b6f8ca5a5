#!/bin/bash
# MariaDB: DELETE … FOR PORTION OF takes a piece out of a row's time. The row stays, shortened, and what refers to it stays too, also under
# ON DELETE CASCADE. Not so once the table has a BEFORE INSERT trigger, whatever it does: the row is then deleted in earnest and written
# anew, and the deletion cascades, so that the children are gone while their parent is there as before. Under RESTRICT the same statement
# fails (1451) although no parent would be missing. Triggers of other kinds, AFTER INSERT among them, change nothing. So a trigger that
# tidies a text of new rows decides whether giving back a week of a booking loses what hangs on the booking.
#
# Seen with MariaDB 10.11.19 of Debian 12 (packages 1:10.11.19-0+deb12u1). Fetched and unpacked in a temporary folder; a private server
# on a socket there, gone at the end. Needs apt-get and dpkg-deb, and no rights; as root it runs the server as nobody.
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
bin=$folder/root/usr/bin sbin=$folder/root/usr/sbin as=$(id -un)

mkdir data tmp
[ "$as" != root ] || { as=nobody && chmod -R a+rX . && chown nobody data tmp; }
serve=("$sbin/mariadbd" --no-defaults --user="$as" --datadir="$folder/data" --tmpdir="$folder/tmp"
  --lc-messages-dir="$folder/root/usr/share/mysql")
"${serve[@]}" --bootstrap --skip-grant-tables <<<"create database mysql;" >bootstrap.log 2>&1 || true
"${serve[@]}" --bootstrap --skip-grant-tables < <(echo "use mysql;"; cat root/usr/share/mysql/mysql_system_tables.sql) >>bootstrap.log 2>&1
"${serve[@]}" --socket="$folder/data/s" --skip-networking --skip-grant-tables >server.log 2>&1 &
server=$!
client() { "$bin/mariadb" --no-defaults --socket="$folder/data/s" --user=root --skip-column-names "$@"; }
for _ in $(seq 60); do client -e "select 1" >/dev/null 2>&1 && break; sleep 0.5; done

client -e "select concat('server ', version())"
for action in cascade restrict; do
  for trigger in no "before insert" "after insert" "before update" "before delete" "after delete"; do
    client -e "set foreign_key_checks = 0; create or replace database d"
    client d -e "create table booking (id int, guest varchar(20), arrival date, departure date, period for stay (arrival, departure), key (id));
      create table note (booking int, foreign key (booking) references booking (id) on delete $action);
      insert into booking values (1, 'one', '2026-01-01', '2026-02-01');
      insert into note values (1), (1)"
    [ "$trigger" = no ] || client d -e "create trigger tidy $trigger on booking for each row set @seen = 1"
    said=$(client d -e "delete from booking for portion of stay from '2026-01-25' to '2026-02-01'" 2>&1 | grep -o "^ERROR [0-9]*" || true)
    echo "on delete $action, $trigger trigger:${said:+ $said,} $(client d -e \
      "select concat('stays until ', (select departure from booking), ', notes: ', count(*)) from note")"
  done
done | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
on delete cascade, no trigger: stays until 2026-01-25, notes: 2
on delete cascade, before insert trigger: stays until 2026-01-25, notes: 0
on delete cascade, after insert trigger: stays until 2026-01-25, notes: 2
on delete cascade, before update trigger: stays until 2026-01-25, notes: 2
on delete cascade, before delete trigger: stays until 2026-01-25, notes: 2
on delete cascade, after delete trigger: stays until 2026-01-25, notes: 2
on delete restrict, no trigger: stays until 2026-01-25, notes: 2
on delete restrict, before insert trigger: ERROR 1451, stays until 2026-02-01, notes: 2
on delete restrict, after insert trigger: stays until 2026-01-25, notes: 2
on delete restrict, before update trigger: stays until 2026-01-25, notes: 2
on delete restrict, before delete trigger: stays until 2026-01-25, notes: 2
on delete restrict, after delete trigger: stays until 2026-01-25, notes: 2
SEEN
