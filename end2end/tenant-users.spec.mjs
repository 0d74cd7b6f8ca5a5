// A tenant's users: somebody is made without a password, chooses one by a link, looks after it on the tenant's address, and is shut out.
// Where the users sign in no page has a script, so the story is the same with and without.
import { expect } from "@playwright/test";
import { look } from "./look.mjs";
import { signIn, test } from "./neo.mjs";

const phrase = "seven small boats at noon";

test("a user chooses a password by a link, changes it, signs out everywhere and is shut out", async ({ page, neo, browser, javaScriptEnabled }) => {
  neo.tenant("acme", "Acme");
  await signIn(page, neo);
  await page.goto(`${neo.url}/tenants/acme/users`);
  await expect(page.getByText("No users yet")).toBeVisible();
  await page.getByLabel("Email", { exact: true }).fill("grace@acme.example");
  await page.getByLabel("First name").fill("Grace");
  await page.getByLabel("Last name").fill("Hopper");
  await page.getByLabel("Role").selectOption("member");
  await page.getByRole("button", { name: "Create user in acme" }).click();
  await expect(page.getByRole("heading", { name: "A link for grace@acme.example" })).toBeVisible();
  const link = (await page.locator(".copy code").innerText()).trim();
  expect(link).toContain(`http://acme.localhost:${neo.port}/password?token=`);

  const own = await browser.newContext({ javaScriptEnabled, viewport: { width: 390, height: 844 } });
  const theirs = await own.newPage();
  await theirs.goto(link);
  await expect(theirs.getByText("For grace@acme.example, in Acme")).toBeVisible();
  await look(theirs, "tenant-user-chooses");
  await theirs.getByLabel("New password", { exact: true }).fill(phrase);
  await theirs.getByLabel("New password again").fill(phrase);
  await theirs.getByRole("button", { name: "Set password" }).click();
  await expect(theirs.getByText("Your password is set")).toBeVisible();
  await theirs.goto(link);
  await expect(theirs.getByText(/this link is not valid/i)).toBeVisible();

  const enter = async (tab, password) => {
    await tab.goto(`http://acme.localhost:${neo.port}/sign-in`);
    await expect(tab.getByRole("heading", { name: "Sign in to Acme" })).toBeVisible();
    await tab.getByLabel("Email").fill("grace@acme.example");
    await tab.getByLabel("Password", { exact: true }).fill(password);
    await tab.getByRole("button", { name: "Sign in" }).click();
    await tab.waitForURL((url) => url.pathname === "/");
  };
  await enter(theirs, phrase);
  const elsewhere = await (await browser.newContext({ javaScriptEnabled })).newPage();
  await enter(elsewhere, phrase);
  await theirs.reload();
  await expect(theirs.locator(".own li")).toHaveCount(2);
  await expect(theirs.getByText("This one:")).toHaveCount(1);
  await look(theirs, "tenant-user-account");
  await theirs.getByLabel("Password now").fill(phrase);
  await theirs.getByLabel("New password", { exact: true }).fill(`another ${phrase}`);
  await theirs.getByLabel("New password again").fill(`another ${phrase}`);
  await theirs.getByRole("button", { name: "Change password" }).click();
  await expect(theirs.getByText("Your password is changed")).toBeVisible();
  await elsewhere.reload();
  await expect(elsewhere.getByText("Your session ended")).toBeVisible();
  await theirs.getByRole("button", { name: "Sign out everywhere" }).click();
  await theirs.waitForURL((url) => url.pathname === "/sign-in");
  await enter(theirs, `another ${phrase}`);

  await page.goto(`${neo.url}/tenants/acme/users`);
  await look(page, "tenant-users");
  await page.getByRole("link", { name: "grace@acme.example" }).click();
  await look(page, "tenant-user");
  await page.getByRole("button", { name: "Disable" }).click();
  await expect(page.getByRole("button", { name: "Enable" })).toBeVisible();
  await theirs.reload();
  await expect(theirs.getByText("Your session ended")).toBeVisible();

  neo.run(["tenant", "suspend", "acme"]);
  await theirs.goto(`http://acme.localhost:${neo.port}/sign-in`);
  await expect(theirs.getByText("Acme is suspended: nobody signs in here meanwhile")).toBeVisible();
  await look(theirs, "tenant-suspended");
  await page.getByRole("link", { name: "Delete…" }).click();
  await look(page, "tenant-user-delete");
  await page.getByLabel("Type grace@acme.example to confirm").fill("grace@acme.example");
  await page.getByRole("button", { name: "Delete 1 user" }).click();
  await expect(page.getByText("No users yet")).toBeVisible();
});
