#!/bin/bash
# MariaDB: a row-based log has the rows themselves, so that a replica has what the primary has, whatever a statement draws or counts. ALTER
# TABLE is logged as its text, in that format too, and each server fills a new column by itself. After ADD COLUMN … DEFAULT uuid(), or
# nextval() of a sequence, uuid_short(), sysdate(), random_bytes(), user(), the old rows have other values on the replica, without a word
# on either. now() is the same, and so is a column that is added empty and filled by UPDATE, and every row inserted afterwards. While there
# is another key nothing is noticed: an UPDATE that names the primary's value changes the same row on both. Once the column is the
# key, the first UPDATE of an old row stops the replica (1032). The manual's page of what does not replicate safely excepts the row
# format, and names neither ALTER TABLE nor DEFAULT; that of DEFAULT has nothing on replicas.
#
# Seen with MariaDB 10.11.19 of Debian 12 (packages 1:10.11.19-0+deb12u1). Fetched and unpacked in a temporary folder; two private servers
# on 127.0.0.1 and sockets there, gone at the end. Needs apt-get and dpkg-deb, and no rights; as root it runs the servers as nobody.
set -euo pipefail
version=1:10.11.19-0+deb12u1
folder=$(mktemp -d)
servers=()
trap 'for server in "${servers[@]}"; do kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true; done; rm -rf "$folder"' EXIT
cd "$folder"

apt-get download -q "mariadb-server-core=$version" "mariadb-client-core=$version" "libmariadb3=$version" \
  liburing2 libsnappy1v5 libpmem1 libdaxctl1 libndctl6 libedit2 libncurses6 >/dev/null 2>&1 ||
  { echo "the packages cannot be fetched (apt-get update first?)" >&2; exit 2; }
for package in ./*.deb; do dpkg-deb -x "$package" root; done
export LD_LIBRARY_PATH=$folder/root/usr/lib/x86_64-linux-gnu:$folder/root/lib/x86_64-linux-gnu
bin=$folder/root/usr/bin sbin=$folder/root/usr/sbin share=$folder/root/usr/share/mysql as=$(id -un)
[ "$as" != root ] || { as=nobody && chmod -R a+rX .; }

client() { local name=$1; shift; "$bin/mariadb" --no-defaults --socket="$folder/$name/s" --user=root --skip-column-names "$@"; }
port=$((24300 + $$ % 300 * 2)) id=0
for name in primary replica; do
  id=$((id + 1)) port=$((port + 1))
  mkdir $name $name.tmp
  [ "$as" = "$(id -un)" ] || chown "$as" $name $name.tmp
  serve=("$sbin/mariadbd" --no-defaults --user="$as" --datadir="$folder/$name" --tmpdir="$folder/$name.tmp" --lc-messages-dir="$share")
  "${serve[@]}" --bootstrap --skip-grant-tables <<<"create database mysql;" >$name.log 2>&1 || true
  # root is whoever comes through the socket.
  "${serve[@]}" --bootstrap --skip-grant-tables >>$name.log 2>&1 < <(echo "use mysql;"; cat "$share/mysql_system_tables.sql"
    echo "insert into global_priv values ('localhost', 'root', '{\"access\": 18446744073709551615}');")
  "${serve[@]}" --socket="$folder/$name/s" --port="$port" --bind-address=127.0.0.1 --default-time-zone=+00:00 \
    --server-id="$id" --log-bin=bin --binlog-format=row >>$name.log 2>&1 &
  servers+=($!)
  for _ in $(seq 60); do client $name -e "select 1" >/dev/null 2>&1 && break; sleep 0.5; done
done

client primary -e "select concat('server ', version()); create user r@localhost identified by 'r'; grant replication slave on *.* to r@localhost;
  create database d"
client replica -e "change master to master_host = '127.0.0.1', master_port = $((port - 1)), master_user = 'r', master_password = 'r',
  master_use_gtid = slave_pos; start slave"
client primary d <<'SQL'
create sequence s start with 100;
create table item (id int primary key, changed int default 0);
insert into item (id) values (1), (2), (3);
SQL
follow() {
  local at; at=$(client primary -e "select @@gtid_binlog_pos")
  client replica -e "select master_gtid_wait('$at', 60)" >log
}
ask() { local name=$1 rows="select group_concat(at order by id) from (select id, $2 at from item where id $3) t"; client "$name" d -e "$rows"; }
compare() {
  follow
  [ "$(ask primary "$1" "$2")" = "$(ask replica "$1" "$2")" ] && echo "the same" || echo "differ"
}
try() {
  local warned
  warned=$(client primary d -e "alter table item add column at $1 default $2; show warnings")
  client primary d -e "insert into item (id) values (4)"
  echo "  $2: $(compare at "< 4"); the row that came later: $(compare at "= 4")${warned:+; $warned}"
  client primary d -e "delete from item where id = 4; alter table item drop column at"
}
{
  echo "old rows on primary and replica, with ADD COLUMN … DEFAULT"
  try "datetime(6)" "now(6)"
  try uuid "uuid()"
  try int "nextval(s)"
  try bigint "uuid_short()"
  try "datetime(6)" "sysdate(6)"
  try "varchar(40)" "hex(random_bytes(8))"
  try "varchar(80)" "user()"
  client primary d -e "alter table item add column at uuid; update item set at = uuid(); alter table item alter column at set default uuid()"
  echo "  added empty, then UPDATE: $(compare at "< 4")"
  client primary d -e "alter table item drop column at, add column at uuid default uuid()"
  client primary d -e "update item set changed = 1 where at = (select at from item where id = 2)"
  echo "an UPDATE by the primary's value: changed on both $(compare changed "< 4"); the values still $(compare at "< 4")"
  client primary d -e "alter table item drop primary key, add primary key (at)"
  client primary d -e "update item set changed = 2 where id = 3"
  for _ in $(seq 100); do
    stopped=$(client replica --column-names -e "show slave status\G" | sed -n 's/^ *Last_SQL_Errno: //p')
    [ "$stopped" = 0 ] || break
    sleep 0.2
  done
  echo "an UPDATE with that column as the key: the replica has stopped with $stopped"
} | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
old rows on primary and replica, with ADD COLUMN … DEFAULT
  now(6): the same; the row that came later: the same
  uuid(): differ; the row that came later: the same
  nextval(s): differ; the row that came later: the same
  uuid_short(): differ; the row that came later: the same
  sysdate(6): differ; the row that came later: the same
  hex(random_bytes(8)): differ; the row that came later: the same
  user(): differ; the row that came later: the same
  added empty, then UPDATE: the same
an UPDATE by the primary's value: changed on both the same; the values still differ
an UPDATE with that column as the key: the replica has stopped with 1032
SEEN
