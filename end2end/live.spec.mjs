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
