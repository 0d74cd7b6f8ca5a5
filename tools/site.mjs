// Makes the site's folder: style, fonts, icons, and the islands as wasm; what is text or code is there packed alone, by brotli and by gzip. The executable embeds the
// folder (see app/build.rs). Usage: node tools/site.mjs [--target <cargo's target folder>] [--bindgen <the program of tools/bindgen>]

import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import * as sass from "sass";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const option = (name, otherwise) => {
  const at = process.argv.indexOf(name);
  return at > 0 ? process.argv[at + 1] : otherwise;
};
const target = option("--target", process.env.CARGO_TARGET_DIR || join(root, "target"));
const bindgen = option("--bindgen", "neo-bindgen");
const work = join(target, "site-work");
const fresh = join(target, "site-fresh");
const site = join(target, "site");

const run = (program, ...args) => execFileSync(program, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });

rmSync(fresh, { recursive: true, force: true });
mkdirSync(join(fresh, "fonts"), { recursive: true });
mkdirSync(work, { recursive: true });

// The islands. A cdylib only here, so that native builds are spared a second link. Where this machine keeps its crates is not
// told to browsers, and does not make another file of the same sources.
const crates = process.env.CARGO_HOME || join(homedir(), ".cargo");
run("cargo", "rustc", "-p", "neo-app", "--lib", "--crate-type", "cdylib", "--target", "wasm32-unknown-unknown",
  "--profile", "wasm-release", "--target-dir", target,
  "--config", `target.wasm32-unknown-unknown.rustflags=["--remap-path-prefix=${crates}=/cargo"]`);
const compiled = join(target, "wasm32-unknown-unknown", "wasm-release", "neo_app.wasm");
run(bindgen, compiled, work, "neo");
run(join(root, "node_modules", ".bin", "wasm-opt"), "-Oz", "--enable-bulk-memory", "--enable-sign-ext",
  "--enable-nontrapping-float-to-int", "--enable-mutable-globals", "--enable-reference-types", "--enable-multivalue",
  "--strip-debug", "--strip-producers", join(work, "neo_bg.wasm"), "-o", join(fresh, "neo.wasm"));

// The module starts itself: no inline script is needed for it, and no second file.
const start = `
await __wbg_init({ module_or_path: new URL("neo.wasm", import.meta.url) });
hydrate();
const islands = { ${[...readFileSync(join(work, "neo.js"), "utf8").matchAll(/export function (\w+_\d+)\(/g)].map((m) => m[1]).join(", ")} };
for (const el of document.querySelectorAll("leptos-island")) islands[el.dataset.component]?.(el);
`;
writeFileSync(join(fresh, "neo.js"), slim(readFileSync(join(work, "neo.js"), "utf8") + start));

// Style, fonts, and the files that are served as they are.
const style = sass.compile(join(root, "style", "neo.scss"), { style: "compressed" });
writeFileSync(join(fresh, "neo.css"), style.css);
for (const [face, name] of [["next", "next"], ["mono", "mono"]]) {
  const from = `@fontsource-variable/atkinson-hyperlegible-${face}/files/atkinson-hyperlegible-${face}-latin-wght-normal.woff2`;
  cpSync(join(root, "node_modules", from), join(fresh, "fonts", `${name}.woff2`));
}
cpSync(join(root, "public"), fresh, { recursive: true });

for (const name of readdirSync(fresh, { recursive: true })) {
  if (!/\.(css|js|wasm|svg)$/.test(name)) continue;
  const bytes = readFileSync(join(fresh, name));
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  writeFileSync(join(fresh, `${name}.br`), brotliCompressSync(bytes, { params }));
  writeFileSync(join(fresh, `${name}.gz`), gzipSync(bytes, { level: 9 }));
  rmSync(join(fresh, name));
}

// Only what changed is put in place, and the executable is linked anew only then.
if (!same(fresh, site)) {
  rmSync(site, { recursive: true, force: true });
  renameSync(fresh, site);
}
rmSync(fresh, { recursive: true, force: true });

function same(one, other) {
  if (!existsSync(other)) return false;
  const files = (folder) => readdirSync(folder, { recursive: true, withFileTypes: true }).filter((f) => f.isFile())
    .map((f) => join(f.parentPath ?? f.path, f.name).slice(folder.length)).sort();
  const [a, b] = [files(one), files(other)];
  return a.join() === b.join() && a.every((name) => readFileSync(join(one, name)).equals(readFileSync(join(other, name))));
}

// Comments and indentation only: brotli does the rest.
function slim(script) {
  return script.replace(/\/\*\*[\s\S]*?\*\//g, "").replace(/^[ \t]+/gm, "").replace(/\n{2,}/g, "\n");
}
