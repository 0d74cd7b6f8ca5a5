#!/bin/bash
# PostgreSQL's jsonb_plperl hands a jsonb to a PL/Perl function as a Perl structure (TRANSFORM FOR TYPE jsonb), and makes jsonb again of what
# it returns. A function that changes one key of a document changes the others: each number goes through a floating-point one and is written
# with 15 digits, so that an id of 16 digits ends in another (1234567890123456 is 1234567890123460, where a double would have it whole), two
# ids become one, and 1.10 is 1.1; true and false become 1 and 0. A number that the function reports by elog() is a text in the document from
# then on. No error is raised, and what is small and whole is right. A float8 that PL/Perl computes has 15 digits too, where SQL has 17. The
# manual says that values are mapped "as appropriate". jsonb_plpython3u, its sister, keeps digits and truth.
#
# Seen with PostgreSQL 15.18 of Debian 12 (packages 15.18-0+deb12u1). A private server on a socket in a temporary folder, gone at the end.
# Needs apt-get, dpkg-deb and perl-base; as root it runs the server as nobody.
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

apt-get download -q postgresql-15=15.18-0+deb12u1 postgresql-client-15=15.18-0+deb12u1 postgresql-plperl-15=15.18-0+deb12u1 libpq5 \
  libllvm14 libperl5.36 >/dev/null 2>&1 || { echo "the packages cannot be fetched (apt-get update first?)" >&2; exit 2; }
for package in ./*.deb; do dpkg-deb -x "$package" root; done
mkdir run
chmod 755 "$folder" && chmod -R a+rX root && { [ ${#as[@]} = 0 ] || chown nobody run; }
cd run
of initdb -D data -L "$folder/root/usr/share/postgresql/15" --auth=trust --username=me --encoding=UTF8 --locale=C --no-sync >/dev/null
of pg_ctl -D data -l log -w -o "-k $folder/run -c listen_addresses=''" start >/dev/null
sql() { of psql -XqAt -v ON_ERROR_STOP=1 -h "$folder/run" -U me -d postgres "$@"; }

sql -c "select 'PostgreSQL ' || current_setting('server_version')"
sql -c "set client_min_messages = error" -c "create extension jsonb_plperl cascade"
sql <<'SQL' | tee "$folder/seen"
create table document (id int, body jsonb);
insert into document values (1, '{"account": 1234567890123456, "open": true}'), (2, '{"account": 1234567890123457, "open": false}'),
  (3, '{"account": 12345678901234567890, "price": 1.10}'), (4, '{"account": 42, "price": 0.25}');
create function marked(jsonb) returns jsonb language plperl transform for type jsonb as $$ my $document = $_[0]; $document->{seen} = "yes";
  return $document; $$;
create function told(jsonb) returns jsonb language plperl transform for type jsonb as $$ my $document = $_[0];
  elog(DEBUG1, $document->{account}); return $document; $$;
select 'body:     ' || body::text from document order by id;
select 'accounts: ' || count(distinct body -> 'account') from document;
update document set body = marked(body);
select 'marked:   ' || body::text from document order by id;
select 'accounts: ' || count(distinct body -> 'account') from document;
select 'told:     ' || told('{"account": 42}')::text;
create function half(float8) returns float8 language plperl as $$ return $_[0] / 2; $$;
select 'half of ' || 1.0000000000000002::float8 || ': ' || half(1.0000000000000002::float8) || ', in SQL ' || 1.0000000000000002::float8 / 2;
select 'half of 0.1 + 0.2: ' || half(0.1::float8 + 0.2::float8) || ', in SQL ' || (0.1::float8 + 0.2::float8) / 2;
SQL
diff "$folder/seen" - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
body:     {"open": true, "account": 1234567890123456}
body:     {"open": false, "account": 1234567890123457}
body:     {"price": 1.10, "account": 12345678901234567890}
body:     {"price": 0.25, "account": 42}
accounts: 4
marked:   {"open": 1, "seen": "yes", "account": 1234567890123460}
marked:   {"open": 0, "seen": "yes", "account": 1234567890123460}
marked:   {"seen": "yes", "price": 1.1, "account": 12345678901234600000}
marked:   {"seen": "yes", "price": 0.25, "account": 42}
accounts: 3
told:     {"account": "42"}
half of 1.0000000000000002: 0.5, in SQL 0.5000000000000001
half of 0.1 + 0.2: 0.15, in SQL 0.15000000000000002
SEEN
