#!/bin/bash
# periods gives PostgreSQL the SQL standard's UPDATE … FOR PORTION OF, as a view of the table that one updates: a price from April to June, and
# the row is parted in three. The middle one is looked for by every column that stands in a constraint, each by column = 'its value', and to
# NULL nothing is equal. So a row that has a NULL in a foreign key, a check or a unique column is not found. Its first and last part are
# written all the same, and the row itself stays as it was, with the old price and the whole year: two rows for January, and the old price in
# May. Where the part is the whole of the row nothing happens at all. It is counted as updated in each case; only a unique key over the period,
# which is optional, refuses the first. What the parts are written from has gone through JSON, so that a jsonb that holds null is NULL in them,
# and a json has lost a key that it had twice. The README tells of the view, and none of this.
#
# Seen with periods 1.2.2 and PostgreSQL 15.18 of Debian 12 (packages 1.2.2-1+b1 and 15.18-0+deb12u1). A private server on a socket in a
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

apt-get download -q postgresql-15=15.18-0+deb12u1 postgresql-client-15=15.18-0+deb12u1 postgresql-15-periods=1.2.2-1+b1 libpq5 libllvm14 \
  >/dev/null 2>&1 || { echo "the packages cannot be fetched (apt-get update first?)" >&2; exit 2; }
for package in ./*.deb; do dpkg-deb -x "$package" root; done
mkdir run
chmod 755 "$folder" && chmod -R a+rX root && { [ ${#as[@]} = 0 ] || chown nobody run; }
cd run
of initdb -D data -L "$folder/root/usr/share/postgresql/15" --auth=trust --username=me --no-sync >/dev/null
of pg_ctl -D data -l log -w -o "-k $folder/run -c listen_addresses=''" start >/dev/null
sql() { of psql -XqAt -v ON_ERROR_STOP=1 -h "$folder/run" -U me -d postgres "$@"; }

sql -c "select 'PostgreSQL ' || current_setting('server_version')"
sql >/dev/null <<'SQL'
set client_min_messages to warning;
create extension periods cascade;
create table tariff (id int primary key);
insert into tariff values (1);
create table contract (id int generated always as identity primary key, who text not null, tariff int references tariff (id),
  state text check (state in ('open', 'closed')), price int not null, more jsonb, note json, since date not null, until date not null);
select periods.add_period('contract', 'term', 'since', 'until');
select periods.add_for_portion_view('contract', 'term');
create function begin() returns void language sql as $$
  truncate contract restart identity;
  insert into contract (who, tariff, state, price, more, note, since, until) values
    ('Ann', 1, 'open', 10, '{}', '{"a": 1}', '2026-01-01', '2027-01-01'),
    ('Ben', null, 'open', 10, '{}', '{"a": 1}', '2026-01-01', '2027-01-01'),
    ('Cid', 1, null, 10, '{}', '{"a": 1}', '2026-01-01', '2027-01-01'),
    ('Dan', 1, 'open', 10, 'null', '{"a": 1, "a": 2}', '2026-01-01', '2027-01-01');
$$;
select begin();
SQL
change() {
  echo "$1 to $2, for each:"
  sql -c "select begin()" -c '\unset QUIET' -c "update contract__for_portion_of_term set price = 12, since = '$1', until = '$2'" | sed '/^$/d; s/^/  /'
  sql -c "select '  ' || who || ': ' || string_agg(concat_ws(' ', since, until, price, coalesce(more::text, 'NULL'), note), '; ' order by since, until)
    from contract group by who order by who" \
    -c "select '  prices in May: ' || string_agg(who || ' ' || prices, ', ' order by who) from (select who, string_agg(price::text, ' and ' order by price)
      as prices from contract where since <= '2026-05-01' and until > '2026-05-01' group by who) p"
}
{
  change 2026-04-01 2026-07-01
  change 2026-01-01 2027-01-01
  sql -c "select begin(); select periods.add_unique_key('contract', '{who}', 'term')" >/dev/null
  echo "with a unique key over the period, Ben: $(sql -v VERBOSITY=sqlstate -c "update contract__for_portion_of_term set price = 12, since = '2026-04-01',
    until = '2026-07-01' where who = 'Ben'" 2>&1 || true)"
} | tee "$folder/seen"
diff "$folder/seen" - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
2026-04-01 to 2026-07-01, for each:
  UPDATE 4
  Ann: 2026-01-01 2026-04-01 10 {} {"a": 1}; 2026-04-01 2026-07-01 12 {} {"a": 1}; 2026-07-01 2027-01-01 10 {} {"a": 1}
  Ben: 2026-01-01 2026-04-01 10 {} {"a": 1}; 2026-01-01 2027-01-01 10 {} {"a": 1}; 2026-07-01 2027-01-01 10 {} {"a": 1}
  Cid: 2026-01-01 2026-04-01 10 {} {"a": 1}; 2026-01-01 2027-01-01 10 {} {"a": 1}; 2026-07-01 2027-01-01 10 {} {"a": 1}
  Dan: 2026-01-01 2026-04-01 10 NULL {"a": 2}; 2026-04-01 2026-07-01 12 null {"a": 1, "a": 2}; 2026-07-01 2027-01-01 10 NULL {"a": 2}
  prices in May: Ann 12, Ben 10, Cid 10, Dan 12
2026-01-01 to 2027-01-01, for each:
  UPDATE 4
  Ann: 2026-01-01 2027-01-01 12 {} {"a": 1}
  Ben: 2026-01-01 2027-01-01 10 {} {"a": 1}
  Cid: 2026-01-01 2027-01-01 10 {} {"a": 1}
  Dan: 2026-01-01 2027-01-01 12 null {"a": 1, "a": 2}
  prices in May: Ann 12, Ben 10, Cid 10, Dan 12
with a unique key over the period, Ben: ERROR:  23P01
SEEN
