// Every page, light and dark, wide and narrow: a picture of each (shots/), and not one violation of accessibility. What the
// browser loads is held against the budgets.
import { expect } from "@playwright/test";
import { look } from "./look.mjs";
import { signIn, test } from "./neo.mjs";

test("every page in both themes and both widths", async ({ page, neo }) => {
  test.setTimeout(600_000);
  for (const slug of ["acme-corp", "acme-nl", "aster", "beta", "corvus", "delphi-health"]) neo.tenant(slug, slug.replace("-", " "));
  neo.addStatus("acme-nl");
  neo.run(["migrate", "all-tenants", "--yes"], {}, 3);
  const said = [];
  page.on("console", (message) => message.type() === "error" && said.push(`${page.url()} ${message.text()}`));
  const at = (name, path) => look(page, name, () => page.goto(neo.url + path));
  await at("sign-in", "/sign-in");
  await signIn(page, neo);
  neo.run(["tenant", "backup", "acme-corp"]);
  const [{ file: backup }] = JSON.parse(neo.run(["backup", "list", "--json"]));
  const run = JSON.parse(neo.run(["run", "list", "--json"])).find((one) => one.kind === "migrate").run;
  const [{ href }] = await page.goto(`${neo.url}/migrations`).then(() =>
    page.locator("main tbody a[href^=\"/migrations/\"]").evaluateAll((links) => links.map((link) => ({ href: link.getAttribute("href") }))));
  const file = await page.goto(neo.url + href).then(() => page.locator("main h3 .muted").first().innerText()).then((text) => text.split(" ")[0]);
  const pages = {
    dashboard: "/", tenants: "/tenants", "tenants-none": "/tenants?q=nothing-like-it", "tenant-new": "/tenants/new",
    tenant: "/tenants/acme-corp", "tenant-failed": "/tenants/acme-nl", "tenant-migrations": "/tenants/acme-nl/migrations",
    "tenant-runs": "/tenants/acme-nl/runs", "tenant-users": "/tenants/acme-corp/users", migrations: "/migrations", migration: href,
    "migration-line": `${href}?file=${file}&line=2#line`,
    runs: "/runs", "run-new": "/runs/new", run: `/runs/${run}`, "run-log": `/runs/${run}?tenant=acme-nl`, "run-rerun": `/runs/${run}/rerun`, servers: "/servers",
    server: "/servers/local", "server-edit": "/servers/local/edit", backups: "/backups",
    "backup-restore": `/backups/restore?file=${backup.split("/").pop()}`, "tenant-credentials": "/tenants/acme-corp/credentials",
    "server-new": "/servers/new", "token-new": "/tokens/new", admins: "/admins", audit: "/audit", "audit-open": "/audit?action=tenant&open=3", "audit-none": "/audit?until=2020-01-01", "admin-new": "/admins/new", account: "/account", missing: "/nowhere",
  };
  for (const [name, path] of Object.entries(pages)) await at(name, path);
  expect(said.filter((line) => !line.includes("404"))).toEqual([]);
});

test("sign-in ships one small script and no wasm, and no page more than its budget", async ({ page, neo, javaScriptEnabled }) => {
  test.skip(!javaScriptEnabled, "what scripts weigh");
  const loaded = [];
  page.on("response", async (response) => {
    const { pathname } = new URL(response.url());
    const size = await response.request().sizes().then((sizes) => sizes.responseBodySize).catch(() => 0);
    loaded.push({ pathname, size });
  });
  await page.goto(`${neo.url}/sign-in`);
  await page.waitForLoadState("networkidle");
  // The one that asks for passkeys.
  const scripts = loaded.filter(({ pathname }) => /\.(js|wasm)$/.test(pathname));
  expect(scripts.map(({ pathname }) => pathname.replace(/\.[0-9a-f]{8,}/, ""))).toEqual([expect.stringMatching(/passkey[^/]*\.js$/)]);
  expect(scripts[0].size).toBeLessThanOrEqual(4_000);
  await signIn(page, neo);
  await page.waitForLoadState("networkidle");
  const kind = (pattern) => loaded.filter(({ pathname }) => pattern.test(pathname)).reduce((sum, { size }) => sum + size, 0);
  console.log(`scripts ${kind(/\.(js|wasm)$/)} B, style ${kind(/\.css$/)} B, fonts ${kind(/\.woff2$/)} B`);
  expect(kind(/\.(js|wasm)$/)).toBeGreaterThan(0);
  expect(kind(/\.(js|wasm)$/)).toBeLessThanOrEqual(110_000);
});
