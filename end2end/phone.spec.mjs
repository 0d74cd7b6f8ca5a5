// Three in the morning, on a telephone: the alarm, the cause, somebody is on it, the rerun, and green. In both themes; every page on the
// way has no violation of accessibility, nothing beside the window, and acts that a thumb hits.
import { expect } from "@playwright/test";
import { faults, shot, violations } from "./look.mjs";
import { awake, settled, signIn, test } from "./neo.mjs";

const sue = { email: "sue@example.com", password: "correct horse battery staple" };

// As a telephone is.
test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

async function handy(page, name, scripts) {
  expect(await faults(page), name).toEqual([]);
  if (!scripts) return;
  await page.screenshot({ path: shot(name), fullPage: true });
  expect(await violations(page), name).toEqual([]);
}

for (const theme of ["light", "dark"]) {
  test(`alarm, cause, rerun, green: ${theme}`, async ({ page, neo, javaScriptEnabled: scripts }) => {
    test.setTimeout(120_000);
    await page.emulateMedia({ colorScheme: theme });
    neo.run(["create-central-admin"], { EMAIL: sue.email, PASSWORD: sue.password, FIRST_NAME: "Sue", LAST_NAME: "Port", ROLE: "support" });
    for (const slug of ["acme", "beta", "corvus"]) neo.tenant(slug, slug);
    await signIn(page, neo, sue);
    await expect(page).toHaveTitle("Dashboard · Neo");
    await expect(page.getByText("Nothing needs attention.")).toBeVisible();

    // The alarm comes by itself, in the title too.
    neo.addStatus("beta");
    neo.run(["migrate", "all-tenants", "--yes"], {}, 3);
    if (scripts) await expect(page).toHaveTitle("(1) Dashboard · Neo", { timeout: 20_000 });
    else await settled(page, async () => (await page.title()).startsWith("(1)"));
    await expect(page.getByRole("link", { name: "Rerun 1 failed" })).toBeVisible();
    await handy(page, `phone-alarm-${theme}`, scripts);

    // The cause: the statement, the tenant's own words, what it means, who it is.
    await page.getByRole("link", { name: /tenant failed in run/ }).click();
    const causes = page.getByRole("region", { name: "Failures by cause" });
    await expect(causes.locator(".excerpt mark")).toHaveText("alter");
    await expect(causes).toContainText("has already");
    await handy(page, `phone-cause-${theme}`, scripts);

    // Somebody is on it.
    if (scripts) await awake(page);
    await page.getByRole("link", { name: "I am on it…" }).click();
    const asked = page.locator(scripts ? "dialog.ask" : "main");
    await asked.getByLabel("Note").fill("looking at beta");
    await asked.getByRole("button", { name: "I am on it" }).click();
    await expect(page.locator("#run-causes")).toContainText(/sue@example.com is on it since .*looking at beta/);

    // The tenant, from the cause; what it has that the file makes is taken away there by whoever owns it.
    await causes.getByRole("link", { name: "beta" }).click();
    await expect(page.getByRole("link", { name: "Rerun", exact: true })).toBeVisible();
    await handy(page, `phone-tenant-${theme}`, scripts);
    neo.sql("beta", "alter table contacts drop column status");
    if (scripts) await awake(page);
    await page.getByRole("link", { name: "Rerun", exact: true }).click();
    await page.locator(scripts ? "dialog.ask" : "main").getByRole("button", { name: "Rerun beta" }).click();

    // Green, and nobody has to be on it any more.
    await settled(page, async () => {
      await page.goto(`${neo.url}/`).catch(() => {});
      return (await page.getByText("Nothing needs attention.").count()) > 0;
    });
    await expect(page).toHaveTitle("Dashboard · Neo");
    await handy(page, `phone-green-${theme}`, scripts);
    await page.getByRole("link", { name: /^Run \d+ · migrate/ }).first().click();
    await expect(page.locator("main")).not.toContainText("is on it");
  });
}

// What moves without having been asked for is kept in the page.
const movements = (page) => page.addInitScript(() => {
  window.moved = [];
  const told = ({ node, previousRect: from, currentRect: to }) => `${(node?.outerHTML ?? node?.textContent ?? "").slice(0, 80)} ${from.x | 0},${from.y | 0} to ${to.x | 0},${to.y | 0}`;
  new PerformanceObserver((list) => { for (const { value, sources } of list.getEntries()) window.moved.push({ value, what: sources.map(told) }); })
    .observe({ type: "layout-shift", buffered: true });
});

test("every table has its acts in reach, and no page moves once it is there", async ({ page, neo, javaScriptEnabled: scripts }) => {
  test.setTimeout(120_000);
  for (const slug of ["acme", "beta", "corvus"]) neo.tenant(slug, `A tenant with a long name, ${slug}`);
  neo.addStatus("beta");
  neo.run(["migrate", "all-tenants", "--yes"], {}, 3);
  neo.run(["tenant", "quarantine", "corvus", "--reason", "their disk is full", "--for", "7d"]);
  await signIn(page, neo);
  // What comes late moves what is there: so the script is kept waiting.
  if (scripts) await page.route("**/neo.wasm", async (route) => { await new Promise((done) => setTimeout(done, 600)); await route.continue(); });
  await movements(page);
  const run = JSON.parse(neo.run(["run", "list", "--json"]))[0].run;
  const pages = [
    "/", "/tenants", "/tenants/beta", "/tenants/beta/runs", "/runs", `/runs/${run}`, "/runs/new", "/servers", "/admins", "/account", "/migrations",
    "/audit", "/backups",
  ];
  for (const path of pages) {
    await page.goto(neo.url + path);
    if (scripts) await awake(page);
    await page.waitForTimeout(300);
    // Before its picture: for that the window is made as small as a stamp and large again.
    const moved = scripts ? await page.evaluate(() => window.moved) : [];
    expect(moved.reduce((sum, { value }) => sum + value, 0), `${path} moves: ${JSON.stringify(moved)}`).toBeLessThan(0.01);
    await handy(page, `phone${path.replaceAll("/", "-")}`, scripts);
  }
  if (!scripts) return;
  // Results that come in while a run is looked at have their place.
  neo.run(["tenant", "suspend", "beta"]);
  neo.addMore();
  const begun = JSON.parse(neo.run(["migrate", "all-tenants", "--detach", "--yes", "--json"]));
  await page.goto(`${neo.url}/runs/${begun.run}`);
  await awake(page);
  await expect(page.locator("#run-line")).toContainText("Succeeded");
  await page.waitForTimeout(300);
  const moved = await page.evaluate(() => window.moved);
  expect(moved.reduce((sum, { value }) => sum + value, 0), `a live run moves: ${JSON.stringify(moved)}`).toBeLessThan(0.01);
});

for (const width of [390, 1440]) {
  test(`what fails in a run that is watched moves nothing, and is told: ${width}`, async ({ page, neo, javaScriptEnabled: scripts }) => {
    test.skip(!scripts, "without scripts the page is loaded anew");
    await page.setViewportSize({ width, height: 900 });
    for (const slug of ["acme", "beta", "corvus", "delta"]) neo.tenant(slug, slug);
    neo.addStatus("beta");
    neo.sql("delta", "drop table contacts");
    await signIn(page, neo);
    await movements(page);
    const at = new Date(Date.now() + 6_000).toISOString();
    const begun = JSON.parse(neo.run(["migrate", "all-tenants", "--detach", "--yes", "--at", at, "--concurrency", "1", "--json"]));
    await page.goto(`${neo.url}/runs/${begun.run}`);
    await awake(page);
    const trouble = page.locator("#run-trouble");
    await expect(trouble).toContainText("Nothing has failed");
    await expect(trouble).toContainText("1 × Something that the migration makes is there already");
    await expect(page.locator("#run-line")).toContainText("Failed", { timeout: 20_000 });
    await page.waitForTimeout(500);
    const moved = await page.evaluate(() => window.moved);
    expect(moved.reduce((sum, { value }) => sum + value, 0), `it moves: ${JSON.stringify(moved)}`).toBeLessThan(0.01);
    // Whoever asks sees all of it there and then, and whoever comes after the end need not ask.
    const causes = page.getByRole("region", { name: "Failures by cause" });
    await expect(causes).toBeHidden();
    await trouble.click();
    await expect(causes).toContainText("duplicate column");
    await page.reload();
    await expect(causes).toContainText("duplicate column");
    await expect(trouble).toBeHidden();
  });
}
