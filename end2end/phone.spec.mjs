// Three in the morning, on a telephone: the alarm, the cause, somebody is on it, the rerun, and green. In both themes; every page on the
// way has no violation of accessibility, nothing beside the window, and acts that a thumb hits.
import AxeBuilder from "@axe-core/playwright";
import { expect } from "@playwright/test";
import { shot } from "./look.mjs";
import { awake, settled, signIn, test } from "./neo.mjs";

const sue = { email: "sue@example.com", password: "correct horse battery staple" };

// As a telephone is.
test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

async function handy(page, name, scripts) {
  const found = await page.evaluate(() => {
    const told = [];
    if (document.documentElement.scrollWidth > window.innerWidth) told.push("the page is wider than the window");
    for (const act of document.querySelectorAll("main :is(button, a.button, summary.button)")) {
      const { left, right, width, height } = act.getBoundingClientRect();
      if (!width || !act.checkVisibility({ visibilityProperty: true })) continue;
      const what = act.innerText.trim();
      if (left < 0 || right > window.innerWidth) told.push(`${what} lies beside the window`);
      if (height < 44 && !act.matches("[data-copy]")) told.push(`${what} is ${height} high`);
      for (let box = act.parentElement; box && box.tagName !== "MAIN"; box = box.parentElement) {
        if (box.scrollWidth > box.clientWidth + 1 && getComputedStyle(box).overflowX !== "visible") told.push(`${what} is in a box that scrolls sideways`);
      }
    }
    return told;
  });
  expect(found, name).toEqual([]);
  if (!scripts) return;
  await page.screenshot({ path: shot(name), fullPage: true });
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).slice(0, 3).join(" | ")}`), name).toEqual([]);
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

test("every table has its acts in reach, and the list of tenants stands still", async ({ page, neo, javaScriptEnabled: scripts }) => {
  for (const slug of ["acme", "beta", "corvus"]) neo.tenant(slug, `A tenant with a long name, ${slug}`);
  neo.addStatus("beta");
  neo.run(["migrate", "all-tenants", "--yes"], {}, 3);
  await signIn(page, neo);
  // What comes late moves what is there: so the script is kept waiting.
  if (scripts) await page.route("**/neo.wasm", async (route) => { await new Promise((done) => setTimeout(done, 600)); await route.continue(); });
  await page.addInitScript(() => {
    window.moved = 0;
    new PerformanceObserver((list) => { for (const shift of list.getEntries()) window.moved += shift.value; }).observe({ type: "layout-shift", buffered: true });
  });
  const run = JSON.parse(neo.run(["run", "list", "--json"]))[0].run;
  for (const path of ["/tenants", "/runs", `/runs/${run}`, "/servers", "/admins", "/account", "/migrations", "/audit", "/backups", "/tenants/beta/runs"]) {
    await page.goto(neo.url + path);
    if (scripts) await awake(page);
    await page.waitForTimeout(300);
    await handy(page, `phone${path.replaceAll("/", "-")}`, scripts);
    // A time that is told otherwise once the script is there may take a little more room, and nothing else.
    if (scripts && path === "/tenants") expect(await page.evaluate(() => window.moved), `${path} moves`).toBeLessThan(0.01);
  }
});
