// What only scripts do: live rows and counts, coming back after a loss, the palette, keys, copying.
import { expect } from "@playwright/test";
import { awake, signIn, test } from "./neo.mjs";

test.skip(({ javaScriptEnabled }) => !javaScriptEnabled, "what only scripts do");

test("a run is followed without a reload", async ({ page, neo }) => {
  for (let i = 1; i <= 12; i += 1) neo.tenant(`t-${i}`, `Tenant ${i}`);
  neo.addStatus("t-3");
  await signIn(page, neo);
  await page.goto(`${neo.url}/runs/new`);
  await page.locator("input[name=concurrency]").fill("1").catch(() => {});
  await page.getByRole("button", { name: /^Migrate \d+ tenants?$/ }).click();
  await page.evaluate(() => { window.sameDocument = true; });
  await expect(page.locator("[data-count=migrated]")).toHaveText("11");
  await expect(page.locator("[data-count=failed]")).toHaveText("1");
  await expect(page.locator("tr[data-task=t-3] [data-cell=status]").first()).toContainText("Failed");
  await expect(page.getByText("Finished", { exact: true })).toBeVisible();
  expect(await page.evaluate(() => window.sameDocument)).toBe(true);
});

test("an open log grows while its tenant is worked on, also under whoever reads it", async ({ page, neo }) => {
  neo.tenant("acme", "Acme");
  neo.addStatus();
  neo.migration("slow", "create table slow as with recursive n(i) as (select 1 union all select i + 1 from n where i < 12000000) select count(*) as c from n;\n");
  await signIn(page, neo);
  const at = new Date(Date.now() + 5_000).toISOString();
  const { run } = JSON.parse(neo.run(["migrate", "all-tenants", "--detach", "--yes", "--at", at, "--json"]));
  await page.goto(`${neo.url}/runs/${run}?tenant=acme`);
  await awake(page);
  const log = page.getByRole("region", { name: "Log of acme" });
  await expect(log).toContainText("Nothing has been tried yet.");
  await page.evaluate(() => { window.sameDocument = true; });
  await expect(log.locator("pre")).toContainText("add_status_to_contacts", { timeout: 20_000 });
  await expect(log.locator("pre")).toContainText("running …");
  await log.locator("pre").focus();
  await expect(log.locator("pre")).toContainText("succeeded", { timeout: 30_000 });
  await expect(log.locator("pre")).toContainText(/_slow .*s/);
  await expect(log.locator("pre")).toBeFocused();
  expect(await page.evaluate(() => window.sameDocument)).toBe(true);
});

test("a page says that it has lost the server, comes back by itself, and has missed nothing", async ({ page, neo }) => {
  for (const slug of ["acme", "beta"]) neo.tenant(slug, slug);
  neo.addStatus("beta");
  // Nobody works the run until the server is there again.
  await neo.kill();
  await neo.serve("--workers", "0");
  await signIn(page, neo);
  await page.goto(`${neo.url}/runs/new`);
  await page.getByRole("button", { name: /^Migrate \d+ tenants?$/ }).click();
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
  await page.evaluate(() => { window.sameDocument = true; });
  await neo.kill();
  await expect(page.getByText("Reconnecting", { exact: true })).toBeVisible();
  await neo.serve();
  await expect(page.locator("[data-count=migrated]")).toHaveText("1");
  await expect(page.locator("[data-count=failed]")).toHaveText("1");
  await expect(page.getByText("Finished", { exact: true })).toBeVisible();
  expect(await page.evaluate(() => window.sameDocument)).toBe(true);
});

test("a form's command follows what is typed, and what is secret goes nowhere", async ({ page, neo }) => {
  await signIn(page, neo);
  const asked = [];
  page.on("request", (request) => asked.push(request.url() + (request.postData() ?? "")));
  await page.goto(`${neo.url}/channels/new`);
  await awake(page);
  await page.getByText("Copy as CLI").click();
  await expect(page.locator(".cli code")).toContainText("to be filled in");
  await page.getByLabel("Kind").selectOption("slack");
  await page.getByLabel("Address").fill("https://hooks.example.com/hush-hush");
  await page.getByLabel("Name").fill("ops");
  await expect(page.locator(".cli code")).toHaveText(/^neo channel add ops --slack=- --on failed,halted/);
  await expect(page.locator(".cli [data-copy]")).toHaveAttribute("data-copy", /^neo channel add ops/);
  expect(asked.filter((url) => url.includes("hush"))).toEqual([]);
  await page.goto(`${neo.url}/servers/local/edit`);
  await awake(page);
  await page.getByText("Copy as CLI").click();
  await page.getByLabel("Connections at most").fill("7");
  await expect(page.locator(".cli code")).toHaveText("neo server set local --max-connections 7");
});

test("a slug is proposed while the name is typed, until one is typed", async ({ page, neo }) => {
  await signIn(page, neo);
  await page.goto(`${neo.url}/tenants/new`);
  await awake(page);
  const [name, slug] = [page.getByLabel("Name", { exact: true }), page.getByLabel("Slug")];
  await name.pressSequentially("Müller & Söhne");
  await expect(slug).toHaveValue("muller-sohne");
  await slug.fill("mueller");
  await name.fill("Müller & Töchter");
  await expect(slug).toHaveValue("mueller");
  // Whoever takes theirs away is proposed one again.
  await slug.fill("");
  await name.fill("Acme Nederland B.V.");
  await expect(slug).toHaveValue("acme-nederland-b-v");
  await page.getByRole("button", { name: "Create tenant" }).click();
  await expect(page).toHaveURL(/\/tenants\/acme-nederland-b-v$/);
});

test("times are relative, with the moment in the title", async ({ page, neo }) => {
  neo.tenant("acme", "Acme");
  await signIn(page, neo);
  await page.goto(`${neo.url}/tenants`);
  const time = page.locator("time[data-relative]").first();
  await expect(time).toHaveText(/ago|now/);
  await expect(time).toHaveAttribute("title", /UTC/);
});

test("the palette finds pages and tenants by name", async ({ page, neo }) => {
  neo.tenant("acme-corp", "Acme Corp");
  await signIn(page, neo);
  await awake(page);
  await page.keyboard.press("Control+k");
  const input = page.getByRole("combobox", { name: "Tenant, run, page or act" });
  await expect(input).toBeFocused();
  await input.fill("acme");
  await expect(page.getByRole("option", { name: /Acme Corp/ })).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/tenants\/acme-corp$/);
});

test("keys lead around, and the sheet names them", async ({ page, neo }) => {
  neo.tenant("acme-corp", "Acme Corp");
  await signIn(page, neo);
  await page.locator(".find").waitFor();
  await page.waitForTimeout(500);
  await page.keyboard.press("g");
  await page.keyboard.press("t");
  await expect(page).toHaveURL(/\/tenants$/);
  await page.waitForTimeout(500);
  await page.keyboard.press("/");
  await expect(page.locator("main input[type=search]")).toBeFocused();
  await page.keyboard.press("Escape");
  await page.locator("h1").click();
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  await expect(page.locator("tbody input[type=checkbox]").first()).toBeChecked();
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keys" })).toBeVisible();
});

test("the next page is asked for while its link is pressed, and one that is left at once complains of nothing", async ({ page, neo }) => {
  neo.tenant("acme", "Acme");
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(String(error)));
  page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
  await signIn(page, neo);
  await page.goto(`${neo.url}/tenants`);
  await awake(page);
  await page.getByRole("link", { name: "Acme" }).hover();
  await page.mouse.down();
  await page.waitForTimeout(400);
  await page.mouse.up();
  await page.waitForURL(/\/tenants\/acme$/);
  expect(await page.evaluate(() => performance.getEntriesByType("navigation")[0].deliveryType)).toBe("navigational-prefetch");
  for (let turn = 0; turn < 6; turn += 1) {
    await page.evaluate((to) => { location.href = to; }, turn % 2 ? "/runs" : "/tenants").catch(() => {});
    await page.waitForTimeout(turn * 15);
  }
  await page.goto(`${neo.url}/`);
  await page.waitForTimeout(500);
  expect(wrong).toEqual([]);
});
