#!/bin/bash
# The image, built, unpacked, and lived in by a user whom nobody knows: the story from an empty database to a sign-in, and the fleet's migration
# before an application starts, two at once. No engine for containers runs here: it is buildah's (chroot) that builds, and a chroot that runs.
. "$(dirname "$0")/lib.sh"
as_root
needs buildah:buildah debootstrap:debootstrap
DEBIAN_RELEASE=trixie
# A registry may not be had: the base is then the same Debian, from its own packages.
base=localhost/neo-debian:$DEBIAN_RELEASE
storage=(--root "$kept/containers" --runroot "$work/containers" --storage-driver vfs)
buildah() { command buildah "${storage[@]}" "$@"; }
ends+=('rm -rf "$work/containers"')
if ! buildah inspect --type image "$base" >/dev/null 2>&1; then
  if [ ! -e "$kept/$DEBIAN_RELEASE/.ready" ]; then
    from=$(apt-get indextargets --format '$(CODENAME) $(REPO_URI)' 'Created-By: Packages' | sed -n "s/^$(. /etc/os-release && echo "$VERSION_CODENAME") //p" | head -1)
    rm -rf "$kept/$DEBIAN_RELEASE"
    debootstrap --variant=minbase "$DEBIAN_RELEASE" "$kept/$DEBIAN_RELEASE" "$from" >"$kept/debootstrap-$DEBIAN_RELEASE.log" 2>&1 || fail "a Debian $DEBIAN_RELEASE"
    touch "$kept/$DEBIAN_RELEASE/.ready"
  fi
  empty=$(buildah from scratch)
  buildah copy --quiet "$empty" "$kept/$DEBIAN_RELEASE" / >/dev/null
  buildah commit --quiet "$empty" "$base" >/dev/null
  buildah rm "$empty" >/dev/null
fi
# As tools/image.sh finds it: with a storage of the test's own.
mkdir -p "$work/bin"
printf '#!/bin/bash\nexec %q %s "$@"\n' "$(type -P buildah)" "$(printf '%q ' "${storage[@]}")" >"$work/bin/buildah"
chmod +x "$work/bin/buildah"
PATH=$work/bin:$PATH DEBIAN=$base NEO=$neo tools/image.sh neo-tried --isolation chroot --pull-never >"$work/built" 2>&1 || { tail -20 "$work/built"; fail "the image is built"; }
ok "the image is built"

buildah inspect --type image neo-tried >"$work/inspected"
says() { python3 -c 'import json, sys; d = json.load(open(sys.argv[1]))["Docker"]["config"]; sys.exit(0 if eval(sys.argv[2]) else f"{d}")' "$work/inspected" "$1"; }
holds "its user is nobody's, and not root" says 'd["User"] == "10001:10001"'
holds "it starts neo serve, on a port of its own, and is told to end by SIGTERM" says 'd["Entrypoint"] == ["neo"] and d["Cmd"] == ["serve"] and "3000/tcp" in d["ExposedPorts"]'
holds "whether it is well is asked" says 'd["Healthcheck"]["Test"][0] == "CMD"'
holds "no setting that is secret is in it" says 'not any(e.startswith(("DB_", "DATABASE_URL", "NEO_")) for e in d["Env"])'
container=$(buildah from --pull-never neo-tried)
root=$(buildah mount "$container")
ends+=('buildah umount "$container" >/dev/null' 'buildah rm "$container" >/dev/null')
holds "nothing of this folder is in it but the executable" sh -c "! find '$root' -xdev \( -name '.env' -o -name '*.rs' -o -name Cargo.toml \) | grep ."
holds "neither is what apt has fetched" sh -c "! ls '$root'/var/lib/apt/lists/*_* 2>/dev/null"

# A PostgreSQL of the test's own, which the image's folder reaches as any machine would.
programs=$(ls -d /usr/lib/postgresql/*/bin | tail -1)
port=$(a_port); cluster=$work/cluster
chmod 755 "$work"; install -d -o postgres "$cluster"
echo of-a-test >"$work/password"; chmod 644 "$work/password"
runuser -u postgres -- "$programs/initdb" -D "$cluster/data" -A scram-sha-256 --pwfile="$work/password" -U postgres >/dev/null
runuser -u postgres -- "$programs/pg_ctl" -D "$cluster/data" -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$cluster -c fsync=off" -w -l "$cluster/log" start >/dev/null
ends+=('runuser -u postgres -- "$programs/pg_ctl" -D "$cluster/data" -m immediate stop >/dev/null')
PGPASSWORD=of-a-test psql -qh 127.0.0.1 -p "$port" -U postgres -c 'create database central'
mkdir -p "$root/var/lib/neo/migrations"
cp -r migrations/tenant "$root/var/lib/neo/migrations/"
chown -R 10001:10001 "$root/var/lib/neo/migrations"
listen=$(a_port)
key=$("$neo" key generate)
mount --bind /dev "$root/dev"; ends=('umount -l "$root/dev"' "${ends[@]}")
mount -t proc proc "$root/proc"; ends=('umount -l "$root/proc"' "${ends[@]}")
# As the image starts it: its user, its folder, its environment and what compose.yaml adds.
contained() {
  ${go:-} env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LISTEN="0.0.0.0:$listen" DB_ENCRYPTION_KEY="$key" TRUSTED_PROXIES=127.0.0.2 \
    DATABASE_URL="postgres://postgres:of-a-test@127.0.0.1:$port/central" "${more[@]}" \
    chroot --userspec=10001:10001 --groups= "$root" sh -c 'cd /var/lib/neo && exec "$@"' sh "$@"
}
more=()
holds "it is a user without a name" sh -c "! grep -q 10001 '$root/etc/passwd'"
holds "neo --version" contained neo --version
holds "pg_dump and mariadb-dump are of the versions that the file tells" sh -c "chroot '$root' pg_dump --version | grep -q ' 17\.' && chroot '$root' mariadb-dump --version | grep -q ' from 11\.8'"
more=(EMAIL=ada@example.com PASSWORD='correct horse battery staple' FIRST_NAME=Ada LAST_NAME=L ROLE=superadmin)
holds "the first superadmin" contained neo create-central-admin
more=()
added() { echo of-a-test | contained neo server add main --engine postgres --host 127.0.0.1 --port "$port" --user postgres --password-stdin --tls off; }
holds "a server of tenants" added
for tenant in acme beta gamma delta; do holds "tenant create $tenant" contained neo tenant create "$tenant" --server main; done
holds "a tenant in a file" contained neo tenant create filed
new() {
  up=$(contained neo migrate make "$1" | grep up.sql)
  printf 'create table %s (at timestamptz default clock_timestamp());\ninsert into %s default values;\nselect pg_sleep(%s);\n' "$1" "$1" "$2" >"$root/var/lib/neo/$up"
  printf 'drop table %s;\n' "$1" >"$root/var/lib/neo/${up%.up.sql}.down.sql"
}
holds "tenant delete: the file's, whose engine the next migrations are not for" contained neo tenant delete filed --yes

go=exec contained neo serve >"$work/log" 2>&1 &
server=$!; ends=('kill "$server" 2>/dev/null' "${ends[@]}")
ask() { curl --silent --output "$work/body" --write-out '%{http_code}' -H 'Host: central.localhost' -H 'Sec-Fetch-Site: same-origin' "$@"; }
until_holds 20 ask --fail "http://127.0.0.1:$listen/readyz" || { cat "$work/log"; fail "it serves"; }
ok "it serves"
health=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["Docker"]["config"]["Healthcheck"]["Test"][3])' "$work/inspected")
holds "it says that it is well" contained bash -c "$health"
holds "sign-in" test "$(ask --data-urlencode email=ada@example.com --data-urlencode 'password=correct horse battery staple' --data-urlencode next=/ "http://127.0.0.1:$listen/sign-in")" = 303
holds "a backup, by the image's own pg_dump" contained neo tenant backup acme

# The fleet's migration before the application starts: as an entry point, as an init container, as a job.
new once 0.2
holds "neo migrate all-tenants && exec the application" contained sh -c 'neo migrate all-tenants --yes && exec echo the application' 
grep -q 'the application' "$work/said" || fail "the application has started"
holds "again, where there is nothing left: 0" contained neo migrate all-tenants --yes
new two_at_once 3
contained neo migrate all-tenants --yes >"$work/first" 2>&1 & one=$!
sleep 1
status=0; contained sh -c "$(sed -n '/^```sh wait$/,/^```$/{/^```/d;p}' docs/deploy.md)" >"$work/second" 2>&1 || status=$?
first=0; wait "$one" || first=$?
echo "two at once: the first ended with $first, the second with $status:"; sed 's/^/  /' "$work/second"
[ "$first" = 0 ] || { cat "$work/first"; fail "the first of two"; }
[ "$status" = 0 ] || fail "the second of two, as docs/deploy.md has it, waits and ends with 0"
ok "two at once: the first does it, the second waits and has nothing left to do"
count() { for database in $(PGPASSWORD=of-a-test psql -Ath 127.0.0.1 -p "$port" -U postgres -c "select datname from pg_database where datname like 't\_%'" central); do PGPASSWORD=of-a-test psql -Ath 127.0.0.1 -p "$port" -U postgres -c "select count(*) from $1" "$database"; done | sort | uniq -c | tr -s ' '; }
holds "nothing was done twice" test "$(count two_at_once)" = " 4 1"
# The same from afar, with a token alone, as an application's own container has it.
token=$(contained neo token create job --role admin 2>/dev/null)
new from_afar 2
afar() { env -i PATH=/usr/local/bin:/usr/sbin:/usr/bin:/bin NEO_URL="http://central.localhost:$listen" NEO_TOKEN="$token" chroot --userspec=10002:10002 --groups= "$root" sh -c 'cd / && exec "$@"' sh "$@"; }
afar neo migrate all-tenants --yes >"$work/first" 2>&1 & one=$!
sleep 1
status=0; afar neo migrate all-tenants --yes >"$work/second" 2>&1 || status=$?
first=0; wait "$one" || first=$?
echo "two at once from afar: the first ended with $first, the second with $status"
[ "$first $status" = "0 6" ] || [ "$first $status" = "0 0" ] || { cat "$work/first" "$work/second"; fail "two at once from afar"; }
ok "from afar: the first does it, the second is told so"
holds "from afar, where there is nothing left: 0" afar neo migrate all-tenants --yes
holds "and nothing was done twice there" test "$(count from_afar)" = " 4 1"
kill "$server"; ended=0; wait "$server" || ended=$?
holds "it ends when it is told to" test "$ended" = 143
holds "and has logged no error" sh -c "! grep -E 'ERROR|panicked' '$work/log'"
