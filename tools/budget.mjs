// Holds the site's files against their budgets: node tools/budget.mjs <site folder>

import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

const site = process.argv[2];
const size = (...names) => names.reduce((sum, name) => sum + statSync(join(site, name)).size, 0);
const raw = gunzipSync(readFileSync(join(site, "neo.wasm.gz"))).length;
const checks = [
  ["wasm + js, brotli", size("neo.wasm.br", "neo.js.br"), 110, 110],
  ["css, brotli", size("neo.css.br"), 15, 15],
  ["fonts", size("fonts/next.woff2", "fonts/mono.woff2"), 55, 55],
];
let over = 0;
for (const [what, bytes, limit, goal] of checks) {
  const kb = bytes / 1000;
  const verdict = kb > limit ? "OVER BUDGET" : kb > goal ? "over the goal" : "ok";
  if (kb > limit) over = 1;
  console.log(`${what.padEnd(20)} ${kb.toFixed(1).padStart(7)} kB  of ${limit} (goal ${goal})  ${verdict}`);
}
console.log(`${"wasm, unpacked".padEnd(20)} ${(raw / 1000).toFixed(1).padStart(7)} kB`);
process.exit(over);
