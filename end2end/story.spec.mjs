// The main job: sign in, provision, migrate all, see one fail and why, rerun it. The same file runs with scripts and without.
import { expect } from "@playwright/test";
import { Neo, ada, awake, settled, signIn, test } from "./neo.mjs";

test("the first superadmin comes in by the set-up link", async ({ page }) => {
  const neo = await Neo.start({ admin: false });
  try {
    await expect.poll(() => neo.said).toContain("/setup?token=");
    await page.goto(neo.said.match(/http\S+\/setup\?token=\S+/)[0]);
    await page.getByLabel("Email").fill(ada.email);
    await page.getByLabel("First name").fill(ada.first);
    await page.getByLabel("Last name").fill(ada.last);
    const passwords = page.locator("input[type=password]");
    for (let i = 0; i < (await passwords.count()); i += 1) await passwords.nth(i).fill(ada.password);
    await page.locator("form button").last().click();
    await signIn(page, neo);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  } finally {
    await neo.stop();
  }
});

test("a wrong password is told in one way, and the email stays", async ({ page, neo }) => {
  await page.goto(`${neo.url}/sign-in`);
  await page.getByLabel("Email").fill("nobody@example.com");
  await page.getByLabel("Password", { exact: true }).fill("wrong wrong wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toContainText("wrong");
  await expect(page.getByLabel("Email")).toHaveValue("nobody@example.com");
});

test("provision a tenant and see its steps", async ({ page, neo }) => {
  await signIn(page, neo);
  await page.goto(`${neo.url}/tenants/new`);
  await page.getByLabel("Name", { exact: true }).fill("Acme Corp");
  await page.getByRole("button", { name: "Create tenant" }).click();
  await expect(page).toHaveURL(/\/tenants\/acme-corp$/);
  await settled(page, async () => (await page.locator(".head .st", { hasText: /Current|Active/ }).count()) > 0);
  await page.goto(`${neo.url}/tenants`);
  await expect(page.getByRole("link", { name: "Acme Corp" })).toBeVisible();
  // A slug that is taken is refused beside its field, and what was typed stays.
  await page.goto(`${neo.url}/tenants/new`);
  await page.getByLabel("Name", { exact: true }).fill("Acme again");
  await page.getByLabel("Slug").fill("acme-corp");
  await page.getByRole("button", { name: "Create tenant" }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  await expect(page.getByLabel("Name", { exact: true })).toHaveValue("Acme again");
});

test("migrate all, one fails, why, mend it, and two clicks from sign-in to the rerun", async ({ page, neo, javaScriptEnabled }) => {
  for (const slug of ["acme", "beta", "corvus"]) neo.tenant(slug, slug);
  neo.addStatus("beta");
  await signIn(page, neo);
  await page.goto(`${neo.url}/runs/new`);
  await expect(page.locator("main")).toContainText("add_status_to_contacts");
  await page.getByRole("button", { name: /^Migrate \d+ tenants?$/ }).click();
  await expect(page).toHaveURL(/\/runs\/\d+$/);
  const run = page.url();
  await settled(page, async () => (await page.getByRole("link", { name: "Rerun 1 failed" }).count()) > 0);
  const causes = page.getByRole("region", { name: "Failures by cause" });
  // It was opened while the run went on: its causes are behind their line.
  if (javaScriptEnabled && !(await causes.isVisible())) await page.locator("#run-trouble").click();
  await expect(causes).toContainText("duplicate column");
  await expect(causes).toContainText("beta");
  // The line of the file, the place in it, and the way to the file.
  await expect(causes.locator(".excerpt mark")).toHaveText("alter");
  await causes.locator(".excerpt a").click();
  await expect(page.locator("#line")).toHaveText("alter table contacts add column status varchar(32);");
  await expect(page.locator("#line")).toBeInViewport();
  await page.goto(run);
  await expect(page.locator("[data-count=migrated]")).toHaveText("2");
  await expect(page.locator("[data-count=failed]")).toHaveText("1");

  neo.sql("beta", "alter table contacts drop column status");
  await page.context().clearCookies();
  await signIn(page, neo);
  await expect(page).toHaveURL(`${neo.url}/`);
  if (javaScriptEnabled) await awake(page);
  await page.getByRole("link", { name: "Rerun 1 failed" }).first().click();
  await page.getByRole("button", { name: /^Rerun/ }).click();
  if (javaScriptEnabled) {
    // Asked and done on the dashboard, which says by itself that all is well.
    await expect(page.getByText("Nothing needs attention.")).toBeVisible();
    await page.goto(run);
  }
  await expect(page).toHaveURL(run);
  await settled(page, async () => (await page.locator("[data-count=migrated]").innerText()) === "3");
  await expect(page.locator("[data-count=failed]")).toHaveCount(0);

  // From the command line it is the same run.
  const shown = JSON.parse(neo.run(["run", "show", run.split("/").pop(), "--json"]));
  expect(shown.tenants).toMatchObject({ total: 3, migrated: 3, failed: 0 });
  neo.run(["migrate", "all-tenants", "--yes"]);
});

test("what is typed about a run is shown as its command, and stays", async ({ page, neo, javaScriptEnabled }) => {
  for (const slug of ["acme", "beta"]) neo.tenant(slug, slug);
  neo.addStatus();
  await signIn(page, neo);
  await page.goto(`${neo.url}/runs/new`);
  await page.getByLabel("Canary, then waves").fill("1");
  await page.getByLabel("Reason").fill("now");
  await page.getByText("Copy as CLI").click();
  if (!javaScriptEnabled) await page.getByRole("button", { name: "As typed above" }).click();
  await expect(page.locator(".cli code")).toHaveText("neo migrate all-tenants --canary 1 --reason now");
  await expect(page.getByLabel("Canary, then waves")).toHaveValue("1");
});

test("what is typed about a run stays over its preview, which heeds it", async ({ page, neo }) => {
  for (const slug of ["acme", "beta"]) neo.tenant(slug, slug);
  neo.addStatus();
  await signIn(page, neo);
  await page.goto(`${neo.url}/runs/new`);
  await page.getByLabel("Canary, then waves").fill("beta");
  await page.getByLabel("Between waves").selectOption("canary");
  await page.getByLabel("Tenants at once").fill("3");
  await page.getByLabel("Reason").fill("release 42");
  await page.getByRole("button", { name: "Preview" }).click();
  await expect(page).toHaveURL(/waves=beta/);
  await expect(page.getByRole("list", { name: "Who would go first" })).toContainText("Canary beta");
  const kept = async () => {
    await expect(page.getByLabel("Canary, then waves")).toHaveValue("beta");
    await expect(page.getByLabel("Between waves")).toHaveValue("canary");
    await expect(page.getByLabel("Tenants at once")).toHaveValue("3");
    await expect(page.getByLabel("Reason")).toHaveValue("release 42");
  };
  await kept();
  // Another kind is looked at by the same button, and only then is it what would begin.
  await page.getByLabel("What", { exact: true }).selectOption("verify");
  await expect(page.getByRole("button", { name: "Migrate 2 tenants" })).toBeVisible();
  await page.getByRole("button", { name: "Preview" }).click();
  await expect(page).toHaveURL(/kind=verify/);
  await expect(page.getByRole("button", { name: "Verify", exact: true })).toBeVisible();
  await kept();
});

test("admins are made, given a role, and locked out", async ({ page, neo }) => {
  await signIn(page, neo);
  await page.goto(`${neo.url}/admins/new`);
  await page.getByLabel("Email").fill("grace@example.com");
  await page.getByLabel("First name").fill("Grace");
  await page.getByLabel("Last name").fill("Hopper");
  await page.getByLabel("Role").selectOption("support");
  await page.getByLabel("Password", { exact: true }).fill("cobol nanosecond moth relay");
  await page.getByRole("button", { name: "Create admin" }).click();
  await page.goto(`${neo.url}/admins`);
  await expect(page.getByRole("link", { name: "grace@example.com" })).toBeVisible();

  // Support sees, and is told why it may not act.
  await page.context().clearCookies();
  const grace = { email: "grace@example.com", password: "cobol nanosecond moth relay" };
  await signIn(page, neo, grace);
  await page.goto(`${neo.url}/tenants`);
  await expect(page.getByRole("button", { name: "New tenant" }).first()).toBeDisabled();

  await page.context().clearCookies();
  await signIn(page, neo);
  await page.goto(`${neo.url}/admins`);
  await page.getByRole("link", { name: "grace@example.com" }).click();
  await page.getByRole("link", { name: /Disable/ }).click();
  await page.getByRole("button", { name: /Disable/ }).click();
  await page.context().clearCookies();
  await page.goto(`${neo.url}/sign-in`);
  await page.getByLabel("Email").fill(grace.email);
  await page.getByLabel("Password", { exact: true }).fill(grace.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toBeVisible();
});

test("the look is chosen by a press and remembered", async ({ page, neo, javaScriptEnabled }) => {
  await signIn(page, neo);
  await page.locator(".side summary", { hasText: "Look" }).click();
  await page.locator(".side").getByRole("button", { name: "dark" }).click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await page.goto(`${neo.url}/tenants`);
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  // Times by one's own clocks beside UTC, where a script says how long ago they were.
  await page.locator(".side summary", { hasText: "Look" }).click();
  await page.locator(".side").getByRole("button", { name: "local" }).click();
  await expect(page.locator("html")).toHaveAttribute("data-zone", "local");
  await page.goto(`${neo.url}/audit`);
  if (javaScriptEnabled) await expect(page.locator("main time").first()).toHaveAttribute("title", /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d here, .* UTC$/);
});
