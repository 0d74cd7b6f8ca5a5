// A fleet that is not well, as a person meets it: a halted run, drift, a quarantine, a rollback that is watched, and a form that
// keeps what was typed. Every page is looked at in both themes and both widths.
import { expect } from "@playwright/test";
import { look, shot } from "./look.mjs";
import { awake, signIn, test } from "./neo.mjs";

test("a run's form keeps what was typed over a rehearsal, and is copied as it is filled in", async ({ page, neo, javaScriptEnabled }) => {
  test.skip(!javaScriptEnabled, "its command follows what is typed, and it goes on while somebody types");
  for (const slug of ["acme", "beta", "corvus"]) neo.tenant(slug, slug);
  neo.addStatus();
  await signIn(page, neo);
  await page.goto(`${neo.url}/runs/new`);
  await page.getByLabel("Canary, then waves").fill("1 50%");
  await page.getByLabel("Between waves").selectOption("canary");
  await page.getByLabel("Reason").fill("it's time");
  await page.getByText("Copy as CLI").click();
  const command = page.locator(".cli code");
  await expect(command).toHaveText("neo migrate all-tenants --canary 1 --wave 50% --wait --reason 'it'\\''s time'");
  await page.getByLabel("Tenants at once").fill("3");
  await expect(command).toContainText("--concurrency 3");
  await page.getByLabel("Canary, then waves").fill("0");
  await expect(command).toContainText("not right yet");
  await page.getByLabel("Canary, then waves").fill("1");
  await page.getByRole("button", { name: "Rehearse on a copy of it" }).click();
  await expect(page).toHaveURL(/rehearsal=/);
  // Typed while it goes on: nothing reloads the page.
  await page.getByLabel("Halt after failures", { exact: true }).fill("2");
  await expect(page.locator("main")).toContainText("Rehearsed on a copy of acme: 1 migration applied", { timeout: 20_000 });
  await expect(page.getByLabel("Halt after failures", { exact: true })).toHaveValue("2");
  await expect(page.getByLabel("Canary, then waves")).toHaveValue("1");
  await expect(page.getByLabel("Reason")).toHaveValue("it's time");
  await look(page, "run-new-kept");
  // Enter in a field begins nothing.
  await page.getByLabel("Reason").press("Enter");
  await expect(page).toHaveURL(/\/runs\/new\?.*max_failures=2/);
  await page.getByLabel("Canary, then waves").fill("tag:late");
  await page.getByRole("button", { name: "Migrate 3 tenants" }).click();
  await expect(page.getByLabel("Canary, then waves")).toHaveAttribute("aria-invalid", "true");
  await expect(page.locator("#f-waves-error")).toContainText("late");
  await look(page, "run-new-refused");
});

test("a rollback is watched as a rollback", async ({ page, neo, javaScriptEnabled }) => {
  test.skip(!javaScriptEnabled, "about what rows say as events come in");
  neo.tenant("acme", "Acme");
  neo.addStatus();
  neo.run(["migrate", "all-tenants", "--yes"]);
  await signIn(page, neo);
  await page.goto(`${neo.url}/tenants/acme`);
  await page.getByRole("link", { name: "Roll back…" }).click();
  await look(page, "rollback-one");
  // The page stands before anybody works on the run, so that what it says comes from the events.
  await neo.kill();
  await neo.serve("--workers", "0");
  await page.getByLabel("Type acme to confirm").fill("acme");
  await page.getByRole("button", { name: "Roll back 1 tenant" }).click();
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
  const said = await page.evaluateHandle(() => {
    const words = [];
    new MutationObserver(() => words.push(document.querySelector("[data-cell=status]").innerText.trim()))
      .observe(document.querySelector("main"), { subtree: true, childList: true, characterData: true });
    return words;
  });
  await neo.kill();
  await neo.serve();
  await expect(page.getByText("Finished", { exact: true })).toBeVisible({ timeout: 20_000 });
  // It lies over nothing: beside the title it is a word, and no box.
  const pill = await page.getByText("Finished", { exact: true }).evaluate((word) => [getComputedStyle(word).position, getComputedStyle(word).boxShadow]);
  expect(pill).toEqual([expect.not.stringContaining("absolute"), "none"]);
  await expect(page.locator("[data-cell=status]")).toHaveText("Rolled back");
  expect(await said.evaluate((words) => words.includes("Migrated"))).toBe(false);
});

test("a canary fails, another drifts, a third is left out: what each page says of it", async ({ page, neo, javaScriptEnabled: scripts }) => {
  test.setTimeout(180_000);
  for (const slug of ["acme", "beta", "corvus", "delphi"]) neo.tenant(slug, slug);
  neo.run(["migrate", "verify"]);
  neo.sql("corvus", "create table extra (id integer)");
  neo.run(["migrate", "verify"], {}, 8);
  neo.addStatus("beta");
  neo.run(["migrate", "all-tenants", "--canary", "beta", "--yes"], {}, 9);
  await signIn(page, neo);

  await page.goto(`${neo.url}/tenants/delphi/quarantine`);
  await page.getByLabel("Reason").fill("their DBA asked for a week");
  await page.getByLabel("Owner").fill("Grace");
  await look(page, "quarantine-asked");
  await page.getByRole("button", { name: "Quarantine delphi" }).click();
  await expect(page.locator("main")).toContainText(scripts ? "it ends in 7 d" : /it ends \d{4}-/);
  await look(page, "tenant-quarantined");

  await page.goto(`${neo.url}/`);
  await look(page, "dashboard-unwell");
  await page.goto(`${neo.url}/tenants`);
  await look(page, "tenants-unwell");
  // Who it is has more room than what it lacks.
  const wide = (name) => page.getByRole("columnheader", { name }).first().evaluate((head) => head.offsetWidth);
  expect(await wide("Tenant")).toBeGreaterThan(await wide("Pending"));
  await page.goto(`${neo.url}/tenants/corvus`);
  await expect(page.locator("#schema")).toContainText("+ table extra");
  await expect(page.getByRole("button", { name: "Verify", exact: true })).toBeVisible();
  await look(page, "tenant-drifted");
  await page.goto(`${neo.url}/runs`);
  await expect(page.locator("main")).toContainText("Succeeded, 1 drifted");
  await look(page, "runs-unwell");
  const drifted = await page.locator("tr", { hasText: "1 drifted" }).getByRole("link", { name: /^Run/ }).getAttribute("href");
  await page.goto(neo.url + drifted);
  await look(page, "run-drifted");

  await page.goto(`${neo.url}/runs`);
  await page.locator("tr", { hasText: "Halted" }).getByRole("link", { name: /^Run/ }).click();
  await look(page, "run-halted");
  if (scripts) await awake(page);
  await page.getByRole("link", { name: "Go on…" }).click();
  const asked = page.locator(scripts ? "dialog.ask" : "main");
  await expect(asked).toContainText("Go on with 3 tenants although 1 failed");
  await look(page, "run-resume-asked");
  await page.getByRole("link", { name: "Rerun 1 failed first" }).click();
  await expect(asked).toContainText("the run goes on with the 3 tenants that were not begun");
});

test("the bare pages: an empty fleet, a set-up refused, a menu", async ({ page, neo }) => {
  await signIn(page, neo);
  await page.goto(`${neo.url}/`);
  await look(page, "dashboard-empty");
  await page.goto(`${neo.url}/account`);
  await page.getByLabel("Password now").fill("not this one at all");
  await page.getByLabel("New password", { exact: true }).fill("abcabcabcabcabc");
  await page.getByLabel("New password again").fill("abcabcabcabcabc");
  await page.getByRole("button", { name: /password/i }).click();
  await look(page, "account-refused");
  await page.setViewportSize({ width: 390, height: 900 });
  await page.goto(`${neo.url}/`);
  await page.getByLabel("Menu").first().click();
  await page.screenshot({ path: shot("menu-light-390") });
});
