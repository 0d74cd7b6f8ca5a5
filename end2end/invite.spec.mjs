// Somebody comes in: invited by a superadmin, they choose a password that nobody else knows, sign in, and later choose another by a
// link. Where a password is chosen no page has a script, so the story is the same with and without.
import { expect } from "@playwright/test";
import { look } from "./look.mjs";
import { signIn, test } from "./neo.mjs";

const phrase = "seven small boats at noon";
const joan = { email: "joan@example.com", password: phrase };

test("invite, accept, sign in, and a new password by a link", async ({ page, neo, browser, javaScriptEnabled }) => {
  await signIn(page, neo);
  await page.goto(`${neo.url}/admins`);
  await page.getByRole("link", { name: "Invite…" }).click();
  await look(page, "admin-invite", () => page.reload());
  await page.getByLabel("Email").fill(joan.email);
  await page.getByLabel("First name").fill("Joan");
  await page.getByLabel("Role").selectOption("admin");
  await page.getByRole("button", { name: "Invite" }).click();
  await expect(page.getByRole("heading", { name: `A link for ${joan.email}` })).toBeVisible();
  const link = (await page.locator(".copy code").innerText()).trim();
  expect(link).toContain(`${neo.url}/password?token=`);
  await look(page, "admin-link");
  await page.goto(`${neo.url}/admins`);
  await expect(page.getByRole("row", { name: /joan@example.com/ })).toContainText("Invited, until");
  await look(page, "admins-invited", () => page.reload());

  const own = await browser.newContext({ javaScriptEnabled, viewport: { width: 390, height: 844 } });
  const theirs = await own.newPage();
  await theirs.goto(link);
  await expect(theirs.getByText(`For ${joan.email}, at the console`)).toBeVisible();
  await expect(theirs.getByLabel("First name")).toHaveValue("Joan");
  await look(theirs, "admin-chooses", () => theirs.reload());
  await theirs.getByLabel("Last name").fill("Clarke");
  await theirs.getByLabel("New password", { exact: true }).fill(joan.email);
  await theirs.getByLabel("New password again").fill(joan.email);
  await theirs.getByRole("button", { name: "Set password" }).click();
  await expect(theirs.getByLabel("Last name")).toHaveValue("Clarke");
  await theirs.getByLabel("New password", { exact: true }).fill(phrase);
  await theirs.getByLabel("New password again").fill(phrase);
  await theirs.getByRole("button", { name: "Set password" }).click();
  await expect(theirs.getByText("Your password is set")).toBeVisible();
  await signIn(theirs, neo, joan);
  await theirs.goto(link);
  await expect(theirs.getByText(/this link is not valid/i)).toBeVisible();

  await page.goto(`${neo.url}/admins`);
  await page.getByRole("link", { name: joan.email }).click();
  await look(page, "admin-one", () => page.reload());
  await page.getByRole("button", { name: "Make a link" }).click();
  const reset = (await page.locator(".copy code").innerText()).trim();
  await theirs.goto(reset);
  await expect(theirs.getByLabel("First name")).toHaveCount(0);
  await theirs.getByLabel("New password", { exact: true }).fill(`another ${phrase}`);
  await theirs.getByLabel("New password again").fill(`another ${phrase}`);
  await theirs.getByRole("button", { name: "Set password" }).click();
  await expect(theirs.getByText("Your password is set")).toBeVisible();
  await theirs.goto(`${neo.url}/account`);
  await expect(theirs).toHaveURL(/\/sign-in/);
  await signIn(theirs, neo, { ...joan, password: `another ${phrase}` });

  // Somebody else has the password: out with them, and another one.
  const elsewhere = await (await browser.newContext({ javaScriptEnabled })).newPage();
  await signIn(elsewhere, neo, { ...joan, password: `another ${phrase}` });
  await look(theirs, "account-sessions", () => theirs.goto(`${neo.url}/account`));
  await expect(theirs.getByText("This one", { exact: true })).toHaveCount(1);
  await theirs.getByRole("button", { name: "This was not me" }).click();
  await expect(theirs.getByText("All your other sessions have ended")).toBeVisible();
  await elsewhere.reload();
  await expect(elsewhere.getByText("Your session ended")).toBeVisible();
  await look(theirs, "account-not-me", () => theirs.goto(`${neo.url}/account/not-me`));
  await theirs.getByLabel("Password now").fill(`another ${phrase}`);
  await theirs.getByLabel("New password", { exact: true }).fill(`a third ${phrase}`);
  await theirs.getByLabel("New password again").fill(`a third ${phrase}`);
  await theirs.getByRole("button", { name: "Change password" }).click();
  await expect(theirs.getByRole("heading", { name: "Account" })).toBeVisible();
  await expect(theirs.getByText("This one", { exact: true })).toHaveCount(1);
});
