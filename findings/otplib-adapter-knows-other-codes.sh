#!/bin/bash
# otplib 13 (npm) is another program than 12, and @otplib/v12-adapter, its "drop-in replacement", is to keep code that was written for
# 12 "working without changes"; what it names as limits are imports of other paths. A secret that 12 made by itself (authenticator.
# generateSecret(), 16 letters) is too short for it: generate() throws, and check() and verify() answer
# false, as they do to a wrong code. So everybody who has enrolled by the defaults is turned away after the change, and nothing says why.
# Where the secret is long enough the code may be another: 12 repeats a secret that is shorter than the key of its hash, as its README
# says, and the adapter does not. In 12 totp counts the secret's bytes for that, and authenticator the letters of these in hexadecimal, so
# that the two differ from each other, and whatever is repeated from other libraries, with which the adapter agrees.
#
# Seen with otplib 12.0.1, @otplib/v12-adapter 13.4.0 and otpauth 9.5.2 (npm), Node 20.20.2. Works in a temporary folder, gone at the end.
# Needs npm.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . otplib@12.0.1 @otplib/v12-adapter@13.4.0 otpauth@9.5.2 >/dev/null ||
  { echo "the packages cannot be fetched" >&2; exit 2; }

cat >codes.mjs <<'JS'
import * as adapter from "@otplib/v12-adapter";
import { Secret, TOTP } from "otpauth";
import * as twelve from "otplib";

console.log("node", process.version);
const seconds = 1796000000;
const set = (one, options) => {
  one.resetOptions();
  one.options = { epoch: seconds * 1000, ...options };
  return one;
};
const tried = (call) => {
  try {
    return call();
  } catch (error) {
    return `"${error.message}"`;
  }
};

const own = twelve.authenticator.generateSecret();
const code = set(twelve.authenticator).generate(own);
const moved = set(adapter.authenticator);
console.log(`a secret of 12's own, ${own.length} letters: 12 ${twelve.authenticator.check(code, own)},`,
  `adapter check ${tried(() => moved.check(code, own))}, verify ${tried(() => moved.verify({ token: code, secret: own }))},`,
  `generate ${tried(() => moved.generate(own))}`);

for (const bytes of [16, 20, 32]) {
  for (const algorithm of ["sha1", "sha256", "sha512"]) {
    const text = "abcdefghijklmnopqrstuvwxyz012345".slice(0, bytes);
    const letters = Secret.fromLatin1(text).base32;
    const said = { otpauth: new TOTP({ secret: letters, algorithm: algorithm.toUpperCase() }).generate({ timestamp: seconds * 1000 }) };
    for (const [name, from] of [["12", twelve], ["adapter", adapter]]) {
      said[`${name} totp`] = set(from.totp, { algorithm }).generate(text);
      said[`${name} authenticator`] = set(from.authenticator, { algorithm }).generate(letters);
    }
    const checked = set(adapter.totp, { algorithm }).check(said["12 totp"], text);
    console.log(`${bytes} bytes, ${algorithm}: ${Object.entries(said).map((pair) => pair.join(" ")).join(", ")}; 12's totp checked: ${checked}`);
  }
}
JS
node codes.mjs | tee seen
tail -n +2 seen | diff - <(cat <<'SEEN'
a secret of 12's own, 16 letters: 12 true, adapter check false, verify false, generate "Secret must be at least 16 bytes (128 bits), got 10 bytes"
16 bytes, sha1: otpauth 287987, 12 totp 637899, 12 authenticator 287987, adapter totp 287987, adapter authenticator 287987; 12's totp checked: false
16 bytes, sha256: otpauth 476147, 12 totp 071200, 12 authenticator 476147, adapter totp 476147, adapter authenticator 476147; 12's totp checked: false
16 bytes, sha512: otpauth 657287, 12 totp 054938, 12 authenticator 054938, adapter totp 657287, adapter authenticator 657287; 12's totp checked: false
20 bytes, sha1: otpauth 971414, 12 totp 971414, 12 authenticator 971414, adapter totp 971414, adapter authenticator 971414; 12's totp checked: true
20 bytes, sha256: otpauth 081499, 12 totp 220319, 12 authenticator 081499, adapter totp 081499, adapter authenticator 081499; 12's totp checked: false
20 bytes, sha512: otpauth 763425, 12 totp 569389, 12 authenticator 569389, adapter totp 763425, adapter authenticator 763425; 12's totp checked: false
32 bytes, sha1: otpauth 549233, 12 totp 549233, 12 authenticator 549233, adapter totp 549233, adapter authenticator 549233; 12's totp checked: true
32 bytes, sha256: otpauth 742877, 12 totp 742877, 12 authenticator 742877, adapter totp 742877, adapter authenticator 742877; 12's totp checked: true
32 bytes, sha512: otpauth 138511, 12 totp 927390, 12 authenticator 138511, adapter totp 138511, adapter authenticator 138511; 12's totp checked: false
SEEN
) || { echo "this has changed" >&2; exit 1; }
