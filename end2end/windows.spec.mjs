// A maintenance window keeps a tenant from a run: told before, on the run and on the tenant, gone past with words, and gone. Filters that
// are kept lead back to what they were. With scripts and without, at the width of a phone and of a desk.
import { expect } from "@playwright/test";
import { look } from "./look.mjs";
import { settled, signIn, test } from "./neo.mjs";

const main = async (page) => page.locator("main").innerText();

test("a window is added, hinders, is gone past and removed", async ({ page, neo }) => {
  test.slow();
  neo.tenant("acme", "Acme");
  neo.tenant("beta", "Beta");
  neo.run(["tenant", "tag", "acme", "bank"]);
  neo.addStatus();
  await signIn(page, neo);
  await page.goto(`${neo.url}/windows`);
  await page.getByRole("link", { name: "Add window" }).click();
  await look(page, "window-new", () => page.reload());
  await page.getByLabel("Name").fill("no runs");
  await page.getByLabel("From").fill("2020-01-01T00:00");
  await page.getByLabel("To", { exact: true }).fill("2019-01-01T00:00");
  await page.getByLabel("Zone").fill("Europe/Berlin");
  await page.getByLabel("Tags").fill("bank");
  await page.getByRole("button", { name: "Add window" }).click();
  await expect(page.getByText("the window ends before it begins").first()).toBeVisible();
  await page.getByLabel("To", { exact: true }).fill("2099-01-01T00:00");
  await page.getByRole("button", { name: "Add window" }).click();
  await expect(page.getByRole("row", { name: /no runs/ })).toContainText("In force");
  await look(page, "windows", () => page.reload());

  await page.goto(`${neo.url}/tenants/acme`);
  await expect(page.getByText("In a maintenance window: no run changes it")).toBeVisible();
  await page.goto(`${neo.url}/runs/new?keys=acme`);
  await expect(page.getByText("1 tenant in the window")).toBeVisible();
  await page.getByRole("button", { name: "Migrate 1 tenant" }).click();
  await expect(page.getByText(/acme is in the window "no runs" until/).first()).toBeVisible();

  await page.goto(`${neo.url}/runs/new`);
  await page.getByRole("button", { name: "Migrate 2 tenants" }).click();
  await page.waitForURL(/\/runs\/\d+$/);
  await settled(page, async () => /These wait for the end of a maintenance window/.test(await main(page)));
  await settled(page, async () => /1 migrated/.test((await main(page)).replace(/\s+/g, " ")));
  await look(page, "run-in-window", () => page.reload());
  await page.getByRole("link", { name: "Go on in spite of it…" }).click();
  await page.waitForURL(/pass-windows$/);
  await page.getByLabel("Why").fill("the bank asked for it");
  await page.getByRole("button", { name: "Go on in spite of them" }).click();
  await page.waitForURL(/\/runs\/\d+$/);
  await settled(page, async () => /Succeeded|Finished/i.test(await main(page)));

  await page.goto(`${neo.url}/windows`);
  await page.getByRole("button", { name: "Switch off: no runs" }).click();
  await expect(page.getByRole("row", { name: /no runs/ })).toContainText("Off");
  await page.getByRole("link", { name: "Remove…" }).click();
  await page.getByRole("button", { name: "Remove no runs" }).click();
  await expect(page.getByText("No window yet")).toBeVisible();
});

test("a filter is kept for everybody and leads back", async ({ page, neo }) => {
  neo.tenant("corvus", "Corvus");
  neo.run(["tenant", "tag", "corvus", "bank"]);
  await signIn(page, neo);
  await page.goto(`${neo.url}/tenants?tag=bank`);
  await page.getByText("Save this filter").click();
  await page.getByLabel("Name", { exact: true }).fill("Banks");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.waitForURL(/\/tenants\?tag=bank$/);
  await expect(page.getByRole("link", { name: "Banks" })).toHaveAttribute("aria-current", "true");
  await look(page, "tenants-saved-filter", () => page.reload());
  await page.goto(`${neo.url}/tenants`);
  await page.getByRole("link", { name: "Banks" }).click();
  await expect(page.getByRole("link", { name: "Corvus" })).toBeVisible();
  await page.getByRole("link", { name: "Saved filters" }).click();
  await expect(page.getByRole("row", { name: /Banks/ })).toContainText("tag=bank");
  await look(page, "filters", () => page.reload());
  await page.getByRole("button", { name: "Remove the filter Banks" }).click();
  await expect(page.getByText("No filter is saved yet")).toBeVisible();
});
