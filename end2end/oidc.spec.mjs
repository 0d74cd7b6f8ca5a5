// Signing in by a real identity provider: made on the first time, refused without a role, proven again, signed out. With scripts and without.
import { expect } from "@playwright/test";
import { look } from "./look.mjs";
import { Neo, freePort, test } from "./neo.mjs";
import { Provider, ada, eve } from "./provider.mjs";

// Two programs and many pages.
test.setTimeout(300_000);

let home;

// Its pages would have letters from elsewhere.
test.beforeEach(({ page }) => page.route("https://**", (route) => route.abort()));

// At the provider: the login, anything for a password, and the consent that it asks for.
async function signInThere(page, person) {
  await page.waitForURL((url) => url.port !== new URL(home).port);
  await page.locator("input[name=login]").fill(person.sub);
  await page.locator("input[name=password]").fill("anything");
  await page.getByRole("button", { name: /sign-?in/i }).click();
  const consent = page.getByRole("button", { name: /continue/i });
  await Promise.race([consent.waitFor(), page.waitForURL((url) => url.hostname === "central.localhost")]).catch(() => {});
  if (await consent.isVisible().catch(() => false)) await consent.click();
}

async function start(extra = {}) {
  const port = await freePort();
  home = `http://central.localhost:${port}`;
  const provider = await Provider.start({ redirect: `${home}/sign-in/provider/callback` });
  const neo = await Neo.start({ port, env: { ...provider.env, ...extra } });
  return { neo, provider };
}

test("sign in by the provider, prove it again, sign out", async ({ page }) => {
  const { neo, provider } = await start();
  try {
    await look(page, "sign-in-provider", () => page.goto(`${neo.url}/sign-in?next=/runs`));
    await page.getByRole("button", { name: "Sign in with Example ID" }).click();
    await signInThere(page, ada);
    await expect(page).toHaveURL(`${neo.url}/runs`);
    await page.goto(`${neo.url}/account`);
    await expect(page.getByText("You sign in with Example ID")).toBeVisible();
    await expect(page.getByText("no password here")).toBeVisible();
    await page.goto(`${neo.url}/admins`);
    await expect(page.getByRole("row", { name: /ada\.byron@example\.com/ })).toContainText("the identity provider");
    const [row] = JSON.parse(neo.run(["admin", "list", "--json"])).filter((admin) => admin.email === ada.email);
    expect(row).toMatchObject({ role: "superadmin", ways: ["provider"] });

    // From another site, as a link in a mail leads.
    await page.goto(`${provider.issuer}/nowhere`);
    await page.setContent(`<a href="${neo.url}/tenants">to the tenants</a>`);
    await page.getByRole("link").click();
    await expect(page).toHaveURL(`${neo.url}/tenants`);
    await expect(page.getByRole("heading", { name: "Tenants", exact: true })).toBeVisible();

    // An hour later what weighs asks again, there.
    neo.central("update sessions set signed_in_at = signed_in_at - 3600000");
    neo.central("update admins set sessions_valid_from = 0");
    await page.goto(`${neo.url}/admins/invite`);
    await expect(page).toHaveURL(/\/reauthenticate/);
    await look(page, "again-provider", () => page.reload());
    await page.getByRole("button", { name: "Confirm with Example ID" }).click();
    await signInThere(page, ada);
    await expect(page).toHaveURL(`${neo.url}/admins/invite`);

    await page.goto(`${neo.url}/account`);
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await page.waitForURL((url) => url.origin === provider.issuer);
    await page.getByRole("button", { name: /yes/i }).click();
    await expect(page).toHaveURL(/\/sign-in$/);
    // The page that asks once more goes on by itself.
    await expect(page.getByRole("button", { name: "Sign in with Example ID" })).toBeVisible();
    await page.goto(`${neo.url}/account`);
    await expect(page).toHaveURL(/\/sign-in\?next=/);
  } finally {
    await neo.stop();
    await provider.stop();
  }
});

test("who has no role there is refused, and while the provider is away the page says so", async ({ page }) => {
  const { neo, provider } = await start();
  try {
    await page.goto(`${neo.url}/sign-in`);
    await page.getByRole("button", { name: "Sign in with Example ID" }).click();
    await signInThere(page, eve);
    await expect(page.getByRole("alert")).toContainText("You have no role here");
    await look(page, "sign-in-refused", () => Promise.resolve());
    expect(JSON.parse(neo.run(["admin", "list", "--json"])).map((admin) => admin.email)).not.toContain(eve.email);
    await provider.stop();
    const away = await Neo.start({ env: provider.env });
    try {
      await page.goto(`${away.url}/sign-in`);
      await page.getByRole("button", { name: "Sign in with Example ID" }).click();
      await expect(page.getByRole("alert")).toContainText("Example ID does not answer just now");
      await page.getByLabel("Email").fill("ada@example.com");
      await page.getByLabel("Password", { exact: true }).fill("correct horse battery staple");
      await page.getByRole("button", { name: "Sign in", exact: true }).click();
      await expect(page).toHaveURL(`${away.url}/`);
    } finally {
      await away.stop();
    }
  } finally {
    await neo.stop();
    await provider.stop().catch(() => {});
  }
});
