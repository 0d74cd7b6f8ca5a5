// Ask and approve: support asks for what they may not do, somebody else looks at the plan and says yes, or no. Forms and links alone,
// so the story is the same with and without scripts.
import { expect, test as base } from "@playwright/test";
import { look } from "./look.mjs";
import { Neo, ada, awake, signIn } from "./neo.mjs";

const sue = { email: "sue@example.com", password: "seven small boats at noon" };

const test = base.extend({
  neo: async ({}, use) => {
    const neo = await Neo.start({ env: { REQUIRE_APPROVAL: "delete,rollback,all-tenants" } });
    await use(neo);
    await neo.stop();
  },
});

test("ask, approve, decline, and go past it at the machine", async ({ page, neo, browser, javaScriptEnabled }) => {
  test.slow();
  neo.run(["create-central-admin"], {
    EMAIL: sue.email, PASSWORD: sue.password, FIRST_NAME: "Sue", LAST_NAME: "Smith", ROLE: "support",
  });
  neo.tenant("acme-corp", "Acme Corp");
  neo.tenant("beta-gmbh", "Beta GmbH");
  neo.addStatus();

  const own = await browser.newContext({ javaScriptEnabled });
  const theirs = await own.newPage();
  await signIn(theirs, neo, sue);
  await theirs.goto(`${neo.url}/runs/new`);
  await look(theirs, "asks-run", () => theirs.reload());
  await theirs.getByRole("button", { name: "Ask to migrate 2 tenants" }).click();
  await expect(theirs).toHaveURL(/\/requests\/1$/);
  await expect(theirs.getByRole("heading", { name: /Request 1: migrate 2 tenants/ })).toBeVisible();
  await expect(theirs.getByRole("button", { name: "Approve request 1" })).toBeDisabled();
  await expect(theirs.getByText("somebody else says yes")).toBeVisible();
  await look(theirs, "request-own", () => theirs.reload());

  await signIn(page, neo);
  await page.goto(`${neo.url}/`);
  await expect(page.getByText("request waits for somebody's yes")).toBeVisible();
  await page.goto(`${neo.url}/requests`);
  await look(page, "requests", () => page.reload());
  await page.getByRole("link", { name: "Request 1" }).click();
  await look(page, "request-open", () => page.reload());
  await expect(page.getByRole("row", { name: /acme-corp/ })).toContainText("active");
  await page.getByLabel("A word to it").fill("release 42");
  await page.getByRole("button", { name: "Approve request 1" }).click();
  await expect(page.getByText("release 42")).toBeVisible();
  await page.getByRole("link", { name: /^run \d+$/ }).click();
  await expect(page.getByText(`by ${sue.email}`)).toContainText(`approved by ${ada.email} (request 1)`);

  neo.run(["run", "watch", page.url().split("/").pop()]);

  // A deletion is asked for from the tenant's page, with its slug typed as always, and declined.
  await theirs.goto(`${neo.url}/tenants/beta-gmbh`);
  await theirs.getByRole("link", { name: "Ask to delete…" }).click();
  await theirs.getByLabel("Type beta-gmbh to confirm").fill("beta-gmbh");
  await theirs.getByRole("button", { name: "Ask to delete beta-gmbh" }).click();
  await expect(theirs).toHaveURL(/\/requests\/2$/);
  await page.goto(`${neo.url}/requests/2`);
  if (javaScriptEnabled !== false) await awake(page);
  await page.getByText("Copy as CLI").click();
  await page.getByLabel("A word to it").fill("they pay until May");
  // With scripts both of what may be said follow the word.
  if (javaScriptEnabled !== false) {
    const said = (act) => `neo run ${act} 2 --why 'they pay until May'`;
    await expect(page.locator(".cli code")).toHaveText([said("approve"), said("decline")]);
  }
  await page.getByRole("button", { name: "Decline", exact: true }).click();
  await expect(page.getByText("they pay until May")).toBeVisible();
  await theirs.reload();
  await expect(theirs.getByText("they pay until May")).toBeVisible();
  await look(theirs, "request-declined", () => theirs.reload());
  await theirs.goto(`${neo.url}/tenants/beta-gmbh`);
  await expect(theirs.getByRole("heading", { name: "Beta GmbH" })).toBeVisible();

  // At the machine the same is asked for, with an exit code that says so, unless the operator goes past it.
  const back = ["migrate", "rollback", "acme-corp", "--steps", "1", "--yes"];
  neo.run(back, {}, 9);
  await page.goto(`${neo.url}/requests/3`);
  await expect(page.getByRole("heading", { name: "Request 3: roll back acme-corp" })).toBeVisible();
  await look(page, "request-rollback", () => page.reload());
  neo.run([...back, "--without-approval"]);
  await page.getByRole("button", { name: "Approve request 3" }).click();
  await expect(page.getByText("is outdated")).toBeVisible();
});
