// Before a run: what the preview tells, and a rehearsal on a copy, with and without a failure.
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "@playwright/test";
import { look } from "./look.mjs";
import { settled, signIn, test } from "./neo.mjs";

test("a preview tells what is pending where, and a rehearsal whether it works", async ({ page, neo, javaScriptEnabled }) => {
  test.setTimeout(120_000);
  const write = (file, text) => writeFileSync(join(neo.folder, "migrations", file), text);
  neo.tenant("acme-corp", "Acme Corp");
  neo.tenant("beta", "Beta");
  write("20270101000001_add_status.up.sql", "alter table contacts add column status varchar(32);\n");
  write("20270101000001_add_status.down.sql", "alter table contacts drop column status;\n");
  neo.run(["migrate", "tenant", "beta"]);
  write("20270101000002_drop_phone.up.sql", "-- neo: allow rename-column nothing asks for it\nalter table contacts drop column phone;\nalter table contacts rename column last_name to family_name;\n");
  // Without scripts one looks again oneself: a page with a form does not reload.
  const told = (text) => javaScriptEnabled
    ? expect(page.locator("main")).toContainText(text, { timeout: 20_000 })
    : settled(page, async () => (await page.locator("main").innerText()).includes(text));
  await signIn(page, neo);

  await page.goto(`${neo.url}/runs/new`);
  const main = page.locator("main");
  await expect(main).toContainText("tenants at once (from earlier runs; 1 of 2 have not run lately)");
  await expect(main).toContainText("drops the column contacts.phone");
  await expect(page.getByRole("table", { name: "Tenants by the version they start from" }).getByRole("row")).toHaveCount(3);
  await page.locator("summary", { hasText: "20270101000002_drop_phone.up.sql" }).click();
  await expect(page.locator("details.sql[open] pre")).toBeVisible();
  await look(page, "preview");

  await page.getByLabel("Tenant", { exact: true }).fill("nobody");
  await page.getByRole("button", { name: "Rehearse on a copy of it" }).click();
  await expect(main).toContainText("tenant \"nobody\" not found");
  await page.getByLabel("Tenant", { exact: true }).fill("acme-corp");
  await page.getByRole("button", { name: "Rehearse on a copy of it" }).click();
  await told("Rehearsed on a copy of acme-corp: 2 migrations applied");
  await look(page, "rehearsed");

  write("20270101000003_again.up.sql", "-- why\nalter table contacts add column status text;\n");
  await page.goto(`${neo.url}/runs/new?keys=beta`);
  await page.getByRole("button", { name: "Rehearse on a copy of beta" }).click();
  await told("The rehearsal on a copy of beta failed after 1 migration");
  await expect(main).toContainText("20270101000003_again:2:1");
  await look(page, "rehearsal-failed");
  expect(readdirSync(join(neo.folder, "data", "tenants")).filter((file) => file.includes("rehearsal"))).toEqual([]);
  expect(neo.run(["tenant", "show", "beta"])).toContain("20270101000001");

  await page.goto(`${neo.url}/migrations/20270101000002`);
  await expect(main).toContainText("Accepted in the file: nothing asks for it");
  await look(page, "migration-findings");
  await page.goto(`${neo.url}/migrations`);
  await look(page, "migrations-badges");
});
