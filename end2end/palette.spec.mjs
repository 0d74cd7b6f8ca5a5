// The palette: goes anywhere by name, and does what its function does.
import { expect } from "@playwright/test";
import { look } from "./look.mjs";
import { awake, signIn, test } from "./neo.mjs";

test.skip(({ javaScriptEnabled }) => !javaScriptEnabled, "without scripts the palette is a link to the list of tenants");

const input = (page) => page.getByRole("combobox", { name: "Tenant, run, page or act" });
const option = (page, name) => page.getByRole("option", { name });

async function open(page, typed) {
  if (!(await input(page).isVisible())) {
    await awake(page);
    await page.keyboard.press("Control+k");
  }
  await expect(input(page)).toBeFocused();
  await input(page).fill(typed);
}

test("it migrates a tenant, and asks once before", async ({ page, neo }) => {
  neo.tenant("acme-corp", "Acme Corp");
  neo.tenant("beta", "Beta");
  neo.addStatus();
  await signIn(page, neo);
  await open(page, "migrate acme");
  await expect(option(page, /Migrate acme-corp/)).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page.getByText("Applies 1 migration to acme-corp.")).toBeVisible();
  await look(page, "palette-asked");
  expect(JSON.parse(neo.run(["run", "list", "--json"])).filter((run) => run.kind === "migrate")).toEqual([]);
  // Typed on, it is another question.
  await input(page).fill("migrate acme-c");
  await expect(page.getByText("Applies 1 migration to acme-corp.")).toBeHidden();
  await expect(option(page, /Migrate acme-corp/)).toBeVisible();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/runs\/\d+$/);
  await expect(page.locator("[data-count=migrated]")).toHaveText("1");
});

test("it reruns what failed, suspends and resumes, and the page behind it follows", async ({ page, neo }) => {
  for (const slug of ["acme", "beta"]) neo.tenant(slug, slug);
  neo.addStatus("beta");
  neo.run(["migrate", "all-tenants", "--yes"], {}, 3);
  neo.sql("beta", "alter table contacts drop column status");
  await signIn(page, neo);
  await page.goto(`${neo.url}/tenants/acme`);
  await open(page, "suspend acme");
  await expect(option(page, /Suspend acme/)).toBeVisible();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog", { name: "Go to" })).toContainText("Done");
  await expect(page.locator("#tenant-head .st")).toHaveText("Suspended");
  await open(page, "resume acme");
  await expect(option(page, /Resume acme/)).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page.locator("#tenant-head .st")).not.toHaveText("Suspended");
  await open(page, "rerun 1 failed");
  await expect(option(page, /Rerun 1 failed/)).toBeVisible();
  await look(page, "palette-acts");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog", { name: "Go to" })).toContainText("Done");
  await expect.poll(() => JSON.parse(neo.run(["tenant", "show", "beta", "--json"])).state).toBe("current");
});

test("it goes where more has to be said, and says what cannot be done", async ({ page, neo }) => {
  neo.tenant("acme", "Acme");
  await signIn(page, neo);
  await open(page, "delete acme");
  await expect(option(page, /Delete acme/)).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/tenants\/acme\/delete$/);
  await open(page, "test acme");
  await expect(option(page, /Test the connection of acme/)).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog", { name: "Go to" })).toContainText("acme answers");
  // Gone by the time that it is asked for.
  await input(page).fill("suspend acme");
  await expect(option(page, /Suspend acme/)).toBeVisible();
  neo.run(["tenant", "suspend", "acme"]);
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog", { name: "Go to" }).locator(".err")).toContainText(/suspended/);
});

test("a verb alone names whom it is possible for, and one signs out by it", async ({ page, neo }) => {
  for (const slug of ["acme", "beta"]) neo.tenant(slug, slug);
  await signIn(page, neo);
  await open(page, "suspend");
  await expect(option(page, /Suspend acme/)).toBeVisible();
  await expect(option(page, /Suspend beta/)).toBeVisible();
  await open(page, "sign out");
  await expect(option(page, /^Sign out\s*of this browser/)).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/sign-in/);
  await page.goto(`${neo.url}/tenants`);
  await expect(page).toHaveURL(/\/sign-in/);
});

test("a name is read in the order it was typed in", async ({ page, neo }) => {
  neo.tenant("acme", "A\u202ecme");
  await signIn(page, neo);
  await open(page, "acme");
  await expect(option(page, /A\\u\{202e\}cme/)).toBeVisible();
});

test("everybody is signed out but who says so", async ({ page, browser, neo }) => {
  const there = await browser.newContext();
  const other = await there.newPage();
  await signIn(other, neo);
  await signIn(page, neo);
  await open(page, "sign out everybody");
  await expect(option(page, /Sign out everybody/)).toBeVisible();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog", { name: "Go to" })).toContainText("1 session ended");
  await other.goto(`${neo.url}/tenants`);
  await expect(other).toHaveURL(/\/sign-in/);
  await page.goto(`${neo.url}/tenants`);
  await expect(page).toHaveURL(/\/tenants$/);
  await there.close();
});
