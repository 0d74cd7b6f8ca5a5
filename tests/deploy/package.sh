#!/bin/bash
# The Debian package in a Debian of its own: what it brings, and that an upgrade, a removal and a purge take nothing from anybody.
. "$(dirname "$0")/lib.sh"
as_root
[ -n "$package" ] || { echo "error: there is no package (make dist, or make package)" >&2; exit 1; }
root=$work/root
a_debian "$root"
cp "$package" "$root/first.deb"
# The same again under a higher version, with other settings in its neo.env.
dpkg-deb -R "$package" "$work/next"
sed -i 's/^Version: .*/&.1/' "$work/next/DEBIAN/control"
echo '# of the next version' >>"$work/next/etc/neo/neo.env"
sed -i '\#etc/neo/neo.env#d' "$work/next/DEBIAN/md5sums"
dpkg-deb --root-owner-group -Znone -b "$work/next" "$root/next.deb" >/dev/null

inside() { within "$root" "$@"; }
as_neo() { inside runuser -u neo -- sh -c 'cd /var/lib/neo && export USER=neo && exec "$@"' sh "$@"; }

inside dpkg -i /first.deb >"$work/install" 2>&1 || { cat "$work/install"; fail "it is installed"; }
ok "it is installed"
grep -q 'put a key into /etc/neo/neo.env' "$work/install" || fail "it says what to do next"
ok "it says what to do next"
holds "neo --version" inside neo --version
holds "dpkg --verify finds nothing" bash -c "[ -z \"\$(chroot '$root' dpkg --verify neo)\" ]"
holds "neo.env is the user's alone" inside sh -c '[ "$(stat -c %U:%G:%a /etc/neo/neo.env)" = neo:neo:600 ] && [ "$(stat -c %U:%a /var/lib/neo)" = neo:700 ]'
holds "it is a conffile" inside sh -c 'dpkg-query -W -f "\${Conffiles}" neo | grep -q /etc/neo/neo.env'
holds "nothing is enabled" inside sh -c '[ -z "$(find /etc/systemd/system -name "neo*")" ]'
refused "without a key nothing starts" as_neo neo tenant list
grep -q DB_ENCRYPTION_KEY "$work/said" || fail "and it says so"

inside sh -c 'echo "DB_ENCRYPTION_KEY=$(neo key generate)" >>/etc/neo/neo.env'
as_neo cp -r /usr/share/doc/neo/examples/migrations/tenant /var/lib/neo/migrations/
holds "a tenant is made by the user of the service" as_neo neo tenant create acme
as_neo neo doctor --json >"$work/doctor" 2>&1 || true
grep -q 'open to others' "$work/doctor" && { cat "$work/doctor"; fail "files are open to others"; }
ok "the doctor finds no file open to others"

before=$(sha256sum "$root/etc/neo/neo.env")
inside dpkg --force-confold -i /next.deb >"$work/install" 2>&1 || { cat "$work/install"; fail "an upgrade"; }
[ "$(sha256sum "$root/etc/neo/neo.env")" = "$before" ] || fail "an upgrade leaves neo.env as it is"
holds "an upgrade leaves neo.env and its owner as they are" inside sh -c '[ "$(stat -c %U:%G:%a /etc/neo/neo.env)" = neo:neo:600 ]'
holds "an upgrade leaves the tenants" as_neo neo tenant show acme

inside dpkg --remove neo >"$work/install" 2>&1 || fail "it is removed"
holds "removed: no executable, but the data and the settings" inside sh -c '! [ -e /usr/bin/neo ] && [ -e /var/lib/neo/data/central.db ] && [ -e /etc/neo/neo.env ]'
inside dpkg --force-confold -i /first.deb >"$work/install" 2>&1 || { cat "$work/install"; fail "installed again"; }
holds "installed again: the tenant opens" as_neo neo tenant show acme

inside dpkg --purge neo >"$work/install" 2>&1 || { cat "$work/install"; fail "it is purged"; }
grep -q 'kept are /var/lib/neo' "$work/install" || { cat "$work/install"; fail "a purge says what it keeps"; }
ok "a purge says what it keeps"
holds "purged: the data is there, the key with it, and neo.env is not" inside sh -c \
  '[ -e /var/lib/neo/data/central.db ] && grep -q ^DB_ENCRYPTION_KEY=. /var/lib/neo/neo.env.kept && [ "$(stat -c %U:%a /var/lib/neo/neo.env.kept)" = neo:600 ] && ! [ -e /etc/neo/neo.env ]'
inside dpkg -i /next.deb >"$work/install" 2>&1 || { cat "$work/install"; fail "installed after a purge"; }
holds "installed after a purge: the same key, and the tenant opens" as_neo neo tenant show acme
