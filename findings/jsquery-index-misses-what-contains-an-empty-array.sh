#!/bin/bash
# jsquery has GIN indexes for jsonb documents, which serve @> ("contains") beside its own @@, and so can stand in the place of the ones that
# PostgreSQL has. To @> an empty array is part of every array, and a value part of the array that it is in: {"tags": ["new"]} contains {"tags": []},
# and [1, 2] contains 1. By an index of jsquery it does not: documents whose array has something in it are not found for {"tags": []} or a form that
# has such an array in it, and with jsonb_path_value_ops [1, 2] is not found for 1. DELETE and UPDATE pass these by, NOT (… @> …), which uses no index,
# has none of them either, and nothing is said. Both of PostgreSQL's own classes have all of them. "$ IS ARRAY", jsquery's own, does not find the
# array without anything in it, by either class. Its README has two classes "which provide different kinds of query optimization".
#
# Seen with jsquery 1.1 and PostgreSQL 15.18 of Debian 12 (packages 1.1.1-6+b1 and 15.18-0+deb12u1). A private server on a socket in a
# temporary folder, gone at the end. Needs apt-get and dpkg-deb; as root it runs the server as nobody.
set -euo pipefail
folder=$(mktemp -d)
as=()
[ "$(id -u)" != 0 ] || as=(runuser -u nobody --)
of() {
  local program=$1
  shift
  "${as[@]}" env LD_LIBRARY_PATH="$folder/root/usr/lib/x86_64-linux-gnu" "$folder/root/usr/lib/postgresql/15/bin/$program" "$@"
}
trap 'of pg_ctl -D "$folder/run/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$folder"' EXIT
cd "$folder"

apt-get download -q postgresql-15=15.18-0+deb12u1 postgresql-client-15=15.18-0+deb12u1 postgresql-15-jsquery=1.1.1-6+b1 libpq5 libllvm14 \
  >/dev/null 2>&1 || { echo "the packages cannot be fetched (apt-get update first?)" >&2; exit 2; }
for package in ./*.deb; do dpkg-deb -x "$package" root; done
mkdir run
chmod 755 "$folder" && chmod -R a+rX root && { [ ${#as[@]} = 0 ] || chown nobody run; }
cd run
of initdb -D data -L "$folder/root/usr/share/postgresql/15" --auth=trust --username=me --no-sync >/dev/null
of pg_ctl -D data -l log -w -o "-k $folder/run -c listen_addresses=''" start >/dev/null
export PGOPTIONS="-c client_min_messages=warning"
sql() { of psql -XqAt -v ON_ERROR_STOP=1 -h "$folder/run" -U me -d postgres "$@"; }

sql -c "create extension jsquery" -c "select 'PostgreSQL ' || split_part(current_setting('server_version'), ' ', 1) || ', jsquery ' || extversion
  from pg_extension where extname = 'jsquery'"
sql <<'SQL'
create table item (id int, doc jsonb);
insert into item select n, case n % 10 when 0 then '{"tags": [], "n": 1}' when 1 then '{"tags": ["new"], "n": 1}' when 2 then '{"tags": ["new", "red"]}'
  when 3 then '{"tags": "new"}' when 4 then '{"n": 1}' when 5 then '[1, 2]' when 6 then '[]' when 7 then '1' when 8 then '{"at": {"days": [1, 2]}}' else '{}'
  end::jsonb from generate_series(0, 9999) n;
create function ask(what text) returns text language plpgsql as $$ declare answer text = '  ' || what || ':'; n bigint; class text; begin
  foreach class in array '{no index,jsonb_ops,jsonb_path_ops,jsonb_path_value_ops,jsonb_value_path_ops}'::text[] loop
    drop index if exists item_doc;
    if class <> 'no index' then execute format('create index item_doc on item using gin (doc %I)', class); end if;
    perform set_config('enable_seqscan', (class = 'no index')::text, true);
    execute 'select count(*) from item where ' || what into n;
    answer := answer || ' ' || class || ' ' || n || case class when 'jsonb_value_path_ops' then '' else ',' end;
  end loop;
  return answer; end $$;
SQL
{
  for what in "doc @> '{\"tags\": []}'" "doc @> '{\"tags\": [], \"n\": 1}'" "doc @> '{\"at\": {\"days\": []}}'" "doc @> '1'" "doc @> '{\"tags\": [\"new\"]}'" "doc @> '[1]'" \
    "doc @> '{}'" "doc @> '[]'" "doc @@ '\$ IS ARRAY'::jsquery" "doc @@ 'tags IS ARRAY'::jsquery"; do
    sql -v what="$what" <<<"select ask(:'what');"
  done
  echo "with jsonb_path_value_ops, as it is planned:"
  sql -c "drop index if exists item_doc" -c "insert into item select n, '{\"other\": 1}' from generate_series(10000, 200000) n" \
    -c "create index item_doc on item using gin (doc jsonb_path_value_ops)" -c "vacuum analyze item"
  sql -c "explain (costs off) delete from item where doc @> '{\"tags\": []}'" | grep -o 'Bitmap Index Scan.*' | sed 's/^/  /'
  sql -c '\unset QUIET' -c "delete from item where doc @> '{\"tags\": []}'" | sed 's/^/  /'
  sql -c "select '  left of them: ' || count(*) || ', and not (…): ' || (select count(*) from item where not (doc @> '{\"tags\": []}') and jsonb_typeof(doc->'tags') = 'array')
    from item where jsonb_typeof(doc->'tags') = 'array'"
} | tee "$folder/seen"
diff "$folder/seen" - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
  doc @> '{"tags": []}': no index 3000, jsonb_ops 3000, jsonb_path_ops 3000, jsonb_path_value_ops 1000, jsonb_value_path_ops 1000
  doc @> '{"tags": [], "n": 1}': no index 2000, jsonb_ops 2000, jsonb_path_ops 2000, jsonb_path_value_ops 1000, jsonb_value_path_ops 1000
  doc @> '{"at": {"days": []}}': no index 1000, jsonb_ops 1000, jsonb_path_ops 1000, jsonb_path_value_ops 0, jsonb_value_path_ops 0
  doc @> '1': no index 2000, jsonb_ops 2000, jsonb_path_ops 2000, jsonb_path_value_ops 1000, jsonb_value_path_ops 2000
  doc @> '{"tags": ["new"]}': no index 2000, jsonb_ops 2000, jsonb_path_ops 2000, jsonb_path_value_ops 2000, jsonb_value_path_ops 2000
  doc @> '[1]': no index 1000, jsonb_ops 1000, jsonb_path_ops 1000, jsonb_path_value_ops 1000, jsonb_value_path_ops 1000
  doc @> '{}': no index 7000, jsonb_ops 7000, jsonb_path_ops 7000, jsonb_path_value_ops 7000, jsonb_value_path_ops 7000
  doc @> '[]': no index 2000, jsonb_ops 2000, jsonb_path_ops 2000, jsonb_path_value_ops 2000, jsonb_value_path_ops 2000
  doc @@ '$ IS ARRAY'::jsquery: no index 2000, jsonb_ops 2000, jsonb_path_ops 2000, jsonb_path_value_ops 1000, jsonb_value_path_ops 1000
  doc @@ 'tags IS ARRAY'::jsquery: no index 3000, jsonb_ops 3000, jsonb_path_ops 3000, jsonb_path_value_ops 3000, jsonb_value_path_ops 3000
with jsonb_path_value_ops, as it is planned:
  Bitmap Index Scan on item_doc
  DELETE 1000
  left of them: 2000, and not (…): 0
SEEN
