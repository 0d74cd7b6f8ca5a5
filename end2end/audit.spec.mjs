// The audit read, narrowed, opened and taken away: what leaves is proven by a program that has neither a key nor a database.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "@playwright/test";
import { look } from "./look.mjs";
import { awake, signIn, test } from "./neo.mjs";

const root = join(import.meta.dirname ?? ".", "..");
const executable = process.env.NEO || join(process.env.CARGO_TARGET_DIR || join(root, "target"), "debug", "neo");

for (const width of [1440, 390]) {
  test(`who did what is found, opened and proven elsewhere, at ${width}`, async ({ page, neo, javaScriptEnabled: scripts }) => {
    await page.setViewportSize({ width, height: 900 });
    neo.tenant("acme", "Acme");
    await signIn(page, neo);
    await page.goto(`${neo.url}/tenants/acme`);
    const settings = page.locator("form[action$='/edit']");
    await settings.getByLabel("Name").fill("Acme and Sons");
    await settings.getByRole("button").click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Acme and Sons");

    // From the tenant's own part to the row, and to both sides of it.
    await page.getByRole("navigation", { name: "Tenant acme" }).getByRole("link", { name: "Audit" }).click();
    const row = page.getByRole("row").filter({ hasText: "tenant.rename" });
    await expect(row).toContainText("ada@example.com");
    await expect(row).toContainText("Succeeded");
    await row.getByRole("link").first().click();
    await expect(page).toHaveURL(/open=\d+/);
    const change = page.getByRole("row").filter({ hasText: "Acme and Sons" }).last();
    await expect(change).toContainText("Acme");
    if (scripts) await look(page, `tenant-audit-${width}`, () => page.reload());

    await page.setViewportSize({ width, height: 900 });
    if (scripts && width > 1000) {
      await page.goto(`${neo.url}/runs`);
      await awake(page);
      await page.keyboard.press("g");
      await page.keyboard.press("a");
      await expect(page).toHaveURL(`${neo.url}/audit`);
    }
    await page.goto(`${neo.url}/audit`);
    await page.getByText("Add filter").click();
    await page.getByLabel("Act, or its noun").fill("tenant");
    await page.getByLabel("Door").selectOption("browser");
    await page.getByRole("button", { name: "Apply" }).click();
    await expect(page).toHaveURL(/action=tenant/);
    await expect(page.getByRole("row").filter({ hasText: "tenant.rename" })).toBeVisible();
    await expect(page.getByText("key.introduce")).toHaveCount(0);

    for (const [format, rows] of [["NDJSON", 1], ["CSV", 1]]) {
      const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: `Export ${format}` }).click()]);
      const file = join(neo.folder, download.suggestedFilename());
      await download.saveAs(file);
      const key = join(neo.folder, "audit.pem");
      writeFileSync(key, neo.run(["audit", "key"]));
      const verify = (...more) => execFileSync(executable, ["audit", "verify", "--file", file, "--json", ...more], { env: { PATH: process.env.PATH }, cwd: neo.folder });
      const proof = JSON.parse(verify("--key", key));
      expect(proof).toMatchObject({ rows, is_known: true, chain: "holds", first_bad: null, filter: { action: "tenant", door: "browser" } });
      writeFileSync(file, readFileSync(file, "utf8").replace("Acme and Sons", "Acme and sons"));
      expect(() => verify("--key", key)).toThrow();
    }
  });
}
