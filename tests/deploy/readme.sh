#!/bin/bash
# The README's block, and the first start, with the executable by itself: in a folder that has nothing but it and a shell, as nobody.
. "$(dirname "$0")/lib.sh"
as_root
needs busybox:busybox-static curl:curl
root=$work/root
mkdir -p "$root/bin" "$root/tmp" "$root/home" "$root/dev" "$root/proc"
cp "$neo" "$root/bin/neo"
cp "$(type -P busybox)" "$root/bin/"
for it in sh echo cat; do ln -s busybox "$root/bin/$it"; done
sed -n '/^```sh$/,/^```$/{/^```/d;p}' README.md >"$root/home/block"
[ -s "$root/home/block" ] || fail "the README has a block"
# One that is not static (make build) wants the libraries of C.
(ldd "$neo" 2>/dev/null || true) | { grep -o '/[^ ]*' || true; } | xargs -r cp --parents --dereference -t "$root"
chown -R 10001:10001 "$root/home"
alone() { ${go:-} unshare --mount --pid --fork --kill-child bash -c 'root=$1; shift; mount -t proc proc "$root/proc"; mount --rbind /dev "$root/dev"; exec env -i PATH=/bin HOME=/home "$(type -P chroot)" --userspec=10001:10001 --groups= "$root" /bin/sh -c "cd /home && exec \"\$@\"" sh "$@"' alone "$root" "$@"; }
holds "the README's block, in a folder that has nothing but it and a shell, as nobody" alone sh -eu block
grep -q '1 migrated' "$work/said" || { cat "$work/said"; fail "the tenant is migrated"; }
holds "the key is its owner's alone" sh -c "[ \$(stat -c %a '$root/home/.env') = 600 ]"
listen=$(a_port)
go=exec alone sh -c "LISTEN=127.0.0.1:$listen exec neo serve" >"$work/log" 2>&1 &
server=$!; ends+=('kill "$server" 2>/dev/null')
ask() { curl --silent --fail --output "$work/body" --resolve "central.localhost:$listen:127.0.0.1" "http://central.localhost:$listen$1"; }
until_holds 20 ask /readyz || { cat "$work/log"; fail "it serves"; }
ok "it serves"
ask "$(sed -n 's#.*\(/setup?token=.*\)#\1#p' "$work/log")" || fail "the first start leads to a page"
holds "the first start leads to a page" grep -qi '<!doctype html>' "$work/body"
styles=$(grep -o '/[^"]*neo[^"]*\.css' "$work/body" | head -1)
holds "with the site that is inside it" ask "$styles"
