// A person and their telephone: set up a second factor, sign in with it, lose it, recover. With scripts and without.
import { createHmac } from "node:crypto";
import { expect } from "@playwright/test";
import { look } from "./look.mjs";
import { Neo, ada, signIn, test } from "./neo.mjs";

// What an authenticator app shows, so many steps of thirty seconds from now.
function shows(secret, steps = 0) {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret.replaceAll(" ", "")].map((c) => alphabet.indexOf(c).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const digest = createHmac("sha1", key).update(step).digest();
  const at = digest[19] & 15;
  return String((digest.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

// From the button on the account, or at the sign-in, to the recovery codes.
async function setUp(page) {
  await page.getByRole("button", { name: /^Set (it )?up$/ }).click();
  await expect(page.getByRole("img", { name: "QR code for an authenticator app" })).toBeVisible();
  const secret = (await page.locator("code").allInnerTexts()).find((text) => /^([A-Z2-7]{4} ?){8}$/.test(text));
  await page.getByRole("textbox", { name: "Code" }).fill(shows(secret));
  await page.getByRole("button", { name: "Confirm" }).click();
  const codes = await page.locator("ol.mono li code").allInnerTexts();
  expect(codes).toHaveLength(10);
  return { secret, codes };
}

test("enrol, sign in, lose the telephone, recover", async ({ page, neo }) => {
  await signIn(page, neo);
  await page.goto(`${neo.url}/account`);
  const { secret, codes } = await setUp(page);
  await page.getByRole("link", { name: "To the account" }).click();
  await expect(page.getByText("10 of 10 recovery codes are left")).toBeVisible();

  await page.context().clearCookies();
  await signIn(page, neo);
  await expect(page).toHaveURL(/\/sign-in\/code/);
  await expect(page.getByRole("link", { name: "Tenants" })).toHaveCount(0);
  await page.getByRole("textbox", { name: "Code" }).fill("000000");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toContainText("This code is wrong");
  await page.waitForTimeout(1_500);
  await page.getByRole("textbox", { name: "Code" }).fill(shows(secret, 1));
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(`${neo.url}/`);

  await page.context().clearCookies();
  await signIn(page, neo);
  await page.getByRole("textbox", { name: "Code" }).fill(codes[0]);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByText("You signed in with a recovery code")).toBeVisible();
  await expect(page.getByText("9 of 10 recovery codes are left")).toBeVisible();
  await page.getByRole("link", { name: "Remove…" }).click();
  await page.getByLabel("Password").fill(ada.password);
  await page.getByRole("textbox", { name: "Code" }).fill(codes[1]);
  await page.getByRole("button", { name: "Remove it" }).click();
  // She is the one superadmin who had one, so nobody needs one now, and another telephone takes its place.
  await expect(page).toHaveURL(/\/account/);
  await setUp(page);
});

test("whoever needs one sets it up when they sign in, and each step is a page like all others", async ({ page }) => {
  const neo = await Neo.start({ env: { REQUIRE_2FA: "all" } });
  try {
    await signIn(page, neo);
    await expect(page).toHaveURL(/\/sign-in\/enrol/);
    await look(page, "factor-required", () => page.reload());
    const { codes } = await setUp(page);
    await page.getByRole("link", { name: "Continue" }).click();
    await expect(page).toHaveURL(`${neo.url}/`);
    await page.context().clearCookies();
    await signIn(page, neo);
    await look(page, "factor-code", () => page.reload());
    await page.getByRole("textbox", { name: "Code" }).fill(codes[0]);
    await page.getByRole("button", { name: "Sign in" }).click();
    await look(page, "account-factor", () => page.goto(`${neo.url}/account?recovered=1`));
    await look(page, "factor-remove", () => page.goto(`${neo.url}/account/factor/remove`));
  } finally {
    await neo.stop();
  }
});
