// A form that comes when its sender has to prove themselves once more: what was typed is there after it, but what is secret, and nothing is
// done before they press again.
import { expect } from "@playwright/test";
import { look } from "./look.mjs";
import { ada, signIn, test } from "./neo.mjs";

// An hour passes.
function later(neo) {
  neo.central("update sessions set signed_in_at = signed_in_at - 3600000");
  neo.central("update admins set sessions_valid_from = 0");
}

async function prove(page) {
  await expect(page.getByRole("heading", { name: "Confirm your password" })).toBeVisible();
  await expect(page.getByText("What you filled in is kept. Nothing has been done yet.")).toBeVisible();
  await page.getByLabel("Password", { exact: true }).fill(ada.password);
  await page.getByRole("button", { name: "Confirm" }).click();
  await expect(page.getByRole("heading", { name: "Confirmed" })).toBeVisible();
}

test("a form goes on after the password with what was typed into it", async ({ page, neo }) => {
  test.slow();
  await signIn(page, neo);
  await page.goto(`${neo.url}/tenants/new`);
  await page.getByLabel("Name", { exact: true }).fill("Dora's <b>& \"Sons\"");
  await page.getByLabel("Slug").fill("dora-sons");
  later(neo);
  await page.getByRole("button", { name: "Create tenant" }).click();
  await look(page, "kept-asked");
  // A wrong one loses nothing.
  await page.getByLabel("Password", { exact: true }).fill("not this one at all");
  await page.getByRole("button", { name: "Confirm" }).click();
  await expect(page.getByRole("alert")).toContainText("wrong");
  await prove(page);
  await look(page, "kept-goes-on");
  await page.getByRole("button", { name: "Go on" }).click();
  await expect(page).toHaveURL(/\/tenants\/dora-sons$/);
  await expect(page.getByRole("heading", { name: "Dora's <b>& \"Sons\"" })).toBeVisible();

  // What is secret is asked for again. The tenant's page loads itself anew once the tenant is there, and may come between.
  await expect(async () => {
    await page.goto(`${neo.url}/admins/new`);
    await expect(page.getByLabel("Email")).toBeVisible({ timeout: 1000 });
  }).toPass();
  await page.getByLabel("Email").fill("grace@example.com");
  await page.getByLabel("First name").fill("Grace");
  await page.getByLabel("Last name").fill("Hopper");
  await page.getByLabel("Role").selectOption("admin");
  await page.getByLabel("Password", { exact: true }).fill("cobol nanosecond moth relay");
  later(neo);
  await page.getByRole("button", { name: "Create admin" }).click();
  await prove(page);
  await expect(page.getByText("What is secret is not kept: type it once more.")).toBeVisible();
  await look(page, "kept-secret");
  await page.getByLabel("Password", { exact: true }).fill("cobol nanosecond moth relay");
  await page.getByRole("button", { name: "Go on" }).click();
  await expect(page).toHaveURL(/\/admins\/[^/]+$/);
  await expect(page.getByRole("heading", { name: /Grace Hopper|grace@example.com/ })).toBeVisible();

  // A question is a form like any other.
  await page.getByRole("link", { name: /Disable/ }).click();
  await expect(page.getByRole("button", { name: /^Disable/ })).toBeVisible();
  later(neo);
  await page.getByRole("button", { name: /^Disable/ }).click();
  await prove(page);
  await page.getByRole("button", { name: "Go on" }).click();
  await expect(page.getByText(/disabled/i).first()).toBeVisible();
});
