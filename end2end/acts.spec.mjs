// Acts where they are: what is done to a run, a tenant, a server. Where scripts run no other page is loaded; without, the same forms
// lead over pages of their own to the same end.
import { expect } from "@playwright/test";
import { look } from "./look.mjs";
import { awake, settled, signIn, test } from "./neo.mjs";

// Marks this document; with scripts it must be there still at the end.
async function stay(page, scripts) {
  if (!scripts) return;
  await awake(page);
  await page.evaluate(() => { window.sameDocument = true; });
}
const stayed = async (page, scripts) => scripts && expect(await page.evaluate(() => window.sameDocument)).toBe(true);

test("a failed tenant is rerun in place, and the stream goes on", async ({ page, neo, javaScriptEnabled: scripts }) => {
  for (const slug of ["acme", "beta", "corvus"]) neo.tenant(slug, slug);
  neo.addStatus("beta");
  neo.run(["migrate", "all-tenants", "--yes"], {}, 3);
  neo.sql("beta", "alter table contacts drop column status");
  await signIn(page, neo);
  const run = JSON.parse(neo.run(["run", "list", "--json"])).find((one) => one.kind === "migrate").run;
  await page.goto(`${neo.url}/runs/${run}`);
  const row = page.locator("tr[data-task=beta]").first();
  await expect(row).toContainText("Failed");
  await stay(page, scripts);
  const called = [];
  page.on("request", (request) => request.method() === "POST" && called.push(new URL(request.url()).pathname));
  await row.getByRole("link", { name: "Rerun" }).click();
  await expect(page.getByRole("link", { name: "Cancel", exact: true })).toBeFocused();
  await page.getByLabel("Reason").fill("mended by hand");
  if (scripts) await look(page, "rerun-asked-in-place");
  await page.getByRole("button", { name: "Rerun beta" }).click();
  await settled(page, async () => /Migrated/.test(await page.locator("tr[data-task=beta] [data-cell=status]").first().innerText()));
  await expect(page.locator("tr[data-task=beta] [data-cell=attempt]").first()).toHaveText("2");
  await stayed(page, scripts);
  expect(called).toEqual([scripts ? "/api/v1/runs/rerun" : `/runs/${run}/rerun`]);
  if (scripts) {
    await expect(page.getByRole("dialog", { name: "Rerun beta?" })).toBeHidden();
    await expect(page.getByText("Finished", { exact: true })).toBeVisible();
    // Who stood in the row still does.
    expect(await page.evaluate(() => document.activeElement.closest("tr")?.dataset.task)).toBe("beta");
  }
  expect(neo.run(["run", "show", String(run), "--json"])).toContain('"failed": 0');
});

test("a run is paused, resumed and cancelled where it is", async ({ page, neo, javaScriptEnabled: scripts }) => {
  for (const slug of ["acme", "beta"]) neo.tenant(slug, slug);
  neo.addStatus();
  // Nobody works on it.
  await neo.kill();
  await neo.serve("--workers", "0");
  await signIn(page, neo);
  await page.goto(`${neo.url}/runs/new`);
  await page.getByRole("button", { name: /^Migrate \d+ tenants?$/ }).click();
  await expect(page).toHaveURL(/\/runs\/\d+$/);
  const run = page.url().split("/").pop();
  await stay(page, scripts);
  const called = [];
  page.on("request", (request) => request.method() === "POST" && called.push(new URL(request.url()).pathname));
  // Twice is once.
  await page.getByRole("button", { name: "Pause" }).dblclick();
  await expect(page.getByRole("button", { name: "Resume" })).toBeVisible();
  await expect(page.locator("#run-line")).toContainText(/Paus/);
  if (scripts) await expect(page.getByRole("button", { name: "Resume" })).toBeFocused();
  await page.getByRole("button", { name: "Resume" }).click();
  await expect(page.getByRole("button", { name: "Pause" })).toBeVisible();
  await page.getByRole("link", { name: "Cancel…" }).click();
  await page.getByRole("button", { name: `Cancel run ${run}` }).click();
  await expect(page.locator("#run-line")).toContainText(/Cancel/);
  await stayed(page, scripts);
  const acts = scripts ? ["pause", "resume", "cancel"].map((act) => `/api/v1/runs/${act}`) : [];
  if (scripts) expect(called).toEqual(acts);
});

test("a tenant is suspended, resumed, tested and verified where it is", async ({ page, neo, javaScriptEnabled: scripts }) => {
  neo.tenant("acme", "Acme");
  await signIn(page, neo);
  await page.goto(`${neo.url}/tenants/acme`);
  await stay(page, scripts);
  await page.getByRole("link", { name: "Suspend…" }).click();
  await page.getByRole("button", { name: "Suspend acme" }).click();
  await expect(page.locator("#tenant-head .st")).toHaveText("Suspended");
  await page.getByRole("button", { name: "Resume acme" }).click();
  await expect(page.locator("#tenant-head .st")).not.toHaveText("Suspended");
  await page.getByRole("button", { name: "Test connection" }).click();
  await expect(page.locator("#tenant-connection")).toContainText(/acme answers: connected, ledger read in/);
  await page.getByRole("button", { name: "Verify", exact: true }).click();
  if (scripts) {
    await expect(page.getByRole("link", { name: /^Run \d+ began$/ })).toBeVisible();
  } else {
    await expect(page).toHaveURL(/\/runs\/\d+$/);
  }
  await stayed(page, scripts);
  await expect.poll(() => neo.run(["run", "list", "--json"])).toMatch(/"verify"[^}]*"succeeded"/s);
});

test("a server is checked in its row", async ({ page, neo, javaScriptEnabled: scripts }) => {
  await signIn(page, neo);
  await page.goto(`${neo.url}/servers`);
  await stay(page, scripts);
  await page.getByRole("button", { name: "Check" }).first().click();
  await expect(page.locator("[data-cell=answer]").first()).toContainText(/in \d+ ms.*SQLite|in \d+ ms/s);
  await stayed(page, scripts);
});

test("what is refused is said where it was asked, and the form stays", async ({ page, neo, javaScriptEnabled: scripts }) => {
  for (const slug of ["acme", "beta"]) neo.tenant(slug, slug);
  neo.addStatus("beta");
  neo.run(["migrate", "all-tenants", "--yes"], {}, 3);
  await signIn(page, neo);
  const run = JSON.parse(neo.run(["run", "list", "--json"])).find((one) => one.kind === "migrate").run;
  await page.goto(`${neo.url}/runs/${run}`);
  await stay(page, scripts);
  await page.locator("tr[data-task=beta]").first().getByRole("link", { name: "Skip…" }).click();
  await page.getByRole("button", { name: "Skip beta" }).click();
  await expect(page.getByRole("alert")).toContainText(/reason/i);
  await page.getByLabel("Reason").fill("gone next week");
  await page.getByRole("button", { name: "Skip beta" }).click();
  await settled(page, async () => /Skipped/.test(await page.locator("tr[data-task=beta] [data-cell=status]").first().innerText()));
  await stayed(page, scripts);
});

test("signed out meanwhile, whoever acts is led to the sign-in", async ({ page, neo, javaScriptEnabled: scripts }) => {
  neo.tenant("acme", "Acme");
  await signIn(page, neo);
  await page.goto(`${neo.url}/tenants/acme`);
  if (scripts) await awake(page);
  await page.context().clearCookies();
  await page.getByRole("button", { name: "Test connection" }).click();
  await expect(page).toHaveURL(/\/sign-in/);
});
