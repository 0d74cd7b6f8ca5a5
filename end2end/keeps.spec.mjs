// What is kept of tenants, and where they live: backups and how they come back, a server and its form, a move, and what applications
// sign in with. Wide and narrow, with scripts and without.
import { expect } from "@playwright/test";
import { awake, settled, signIn, test } from "./neo.mjs";

const status = (page) => page.locator("#tenant-head .st").first();
const becomes = (page, word) => settled(page, async () => word.test(await status(page).innerText()));
const fits = async (page) =>
  expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);

for (const width of [1440, 390]) {
  test.describe(`at ${width}`, () => {
    test.use({ viewport: { width, height: 900 } });

    test("a backup is listed, comes back beside its tenant, and in its place", async ({ page, neo, javaScriptEnabled: scripts }) => {
      neo.tenant("acme", "Acme");
      neo.run(["tenant", "backup", "acme"]);
      neo.sql("acme", "create table made_since (n integer)");
      await signIn(page, neo);
      if (scripts) {
        await awake(page);
        await page.keyboard.press("?");
        await expect(page.getByRole("dialog", { name: "Keys" })).toContainText("Backups");
        await page.keyboard.press("Escape");
        await page.keyboard.press("g");
        await page.keyboard.press("b");
        await expect(page).toHaveURL(`${neo.url}/backups`);
      } else {
        await page.goto(`${neo.url}/backups`);
      }
      await expect(page.getByRole("heading", { level: 1 })).toHaveText("Backups");
      await fits(page);
      const restore = page.getByRole("link", { name: "Restore…" });
      await expect(restore).toHaveCount(1);

      await restore.click();
      await fits(page);
      await page.getByLabel("Slug").fill("acme-then");
      await page.getByRole("button", { name: "Restore", exact: true }).click();
      await expect(page).toHaveURL(/\/tenants\/acme-then$/);
      await becomes(page, /Not looked at|Current|Active/);

      // In its place only when its slug is typed; what was typed before stays.
      await page.goto(`${neo.url}/backups`);
      await page.getByRole("link", { name: "Restore…" }).first().click();
      await page.getByLabel("Type acme to put it").fill("acm");
      await page.getByRole("button", { name: "Restore", exact: true }).click();
      await expect(page.getByRole("alert").first()).toBeVisible();
      await expect(page.locator("main")).toContainText("type its slug: acme");
      await fits(page);
      await page.getByLabel("Type acme to put it").fill("acme");
      await page.getByRole("button", { name: "Restore", exact: true }).click();
      await expect(page).toHaveURL(/\/tenants\/acme$/);
      await becomes(page, /Not looked at|Current|Active/);
      // What was there before was backed up first.
      await page.goto(`${neo.url}/backups?tenant=acme`);
      await expect(page.getByRole("link", { name: "Restore…" })).toHaveCount(2);
      expect(JSON.parse(neo.run(["backup", "list", "acme", "--json"])).map(({ why }) => why).sort()).toEqual(["asked", "restore"]);
    });

    test("a server is added and edited, a tenant moves there, and its credentials are told", async ({ page, neo }) => {
      neo.tenant("acme", "Acme");
      await signIn(page, neo);
      await page.goto(`${neo.url}/servers/new`);
      await page.getByLabel("Name", { exact: true }).fill("new");
      await page.getByLabel("Engine").selectOption("sqlite");
      await page.getByLabel("Folder").fill(`${neo.folder}/other`);
      await page.getByRole("button", { name: "Try and add" }).click();
      await expect(page.getByRole("alert").first()).toBeVisible();
      await expect(page.locator("main")).toContainText("cannot be a server's name");
      await expect(page.getByLabel("Folder")).toHaveValue(`${neo.folder}/other`);
      await page.getByLabel("Name", { exact: true }).fill("other");
      await page.getByRole("button", { name: "Try and add" }).click();
      await expect(page).toHaveURL(/\/servers\?check=other$/);

      await page.getByRole("link", { name: "other", exact: true }).click();
      await fits(page);
      await page.getByRole("link", { name: "Edit" }).click();
      await page.getByLabel("Connections at most").fill("0");
      await page.getByRole("button", { name: "Try and keep" }).click();
      await expect(page.locator("main")).toContainText("between 1 and 10000");
      await expect(page.getByLabel("Connections at most")).toHaveValue("0");
      await fits(page);
      await page.getByLabel("Connections at most").fill("7");
      await page.getByRole("button", { name: "Try and keep" }).click();
      await expect(page).toHaveURL(/\/servers\/other$/);
      await expect(page.locator("dl.facts")).toContainText("7");

      await page.goto(`${neo.url}/tenants/acme`);
      await page.getByRole("link", { name: "Move…" }).click();
      await fits(page);
      await page.getByLabel("Server", { exact: true }).selectOption("other");
      await page.getByLabel("Type acme to confirm").fill("acme");
      await page.getByRole("button", { name: "Move acme" }).click();
      await expect(page).toHaveURL(/\/tenants\/acme$/);
      await settled(page, async () => (await page.getByRole("link", { name: "Drop what it had before…" }).count()) > 0);
      expect(JSON.parse(neo.run(["tenant", "show", "acme", "--json"])).server).toBe("other");
      await fits(page);

      await page.goto(`${neo.url}/tenants/acme/credentials`);
      await page.getByRole("button", { name: "Show the credentials" }).click();
      await expect(page.getByText("this page shows them once")).toBeVisible();
      await expect(page.locator("dl.facts")).toContainText(`${neo.folder}/other`);
      await fits(page);

      await page.goto(`${neo.url}/tenants/acme`);
      await page.getByRole("link", { name: "Drop what it had before…" }).click();
      await page.getByLabel("Type acme to confirm").fill("acme");
      await page.getByRole("button", { name: "Drop it" }).click();
      await expect(page).toHaveURL(/\/tenants\/acme$/);
      await expect(page.getByRole("link", { name: "Drop what it had before…" })).toHaveCount(0);
    });
  });
}
