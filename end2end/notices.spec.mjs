// Somebody is told: a channel, a tenant that breaks, one message, and the link in it leads whoever signs in to the cause, where they try it
// again. At the width of a phone, with scripts and without.
import { createServer } from "node:http";
import { expect } from "@playwright/test";
import { look } from "./look.mjs";
import { ada, settled, signIn, test } from "./neo.mjs";

const receiver = () =>
  new Promise((resolve) => {
    const got = [];
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (part) => (body += part));
      request.on("end", () => {
        got.push({ headers: request.headers, notice: JSON.parse(body) });
        response.writeHead(204).end();
      });
    });
    server.listen(0, "127.0.0.1", () => resolve({ server, got, url: `http://127.0.0.1:${server.address().port}/neo` }));
  });

const sees = async (check) => expect.poll(check, { timeout: 20_000 }).toBe(true);

test("told, led to the cause, tried again, green", async ({ page, neo, browser, javaScriptEnabled }) => {
  const { server, got, url } = await receiver();
  try {
    neo.tenant("acme", "Acme");
    neo.tenant("beta", "Beta");
    await signIn(page, neo);
    await page.goto(`${neo.url}/channels`);
    await look(page, "channels-none", () => page.reload());
    await page.getByRole("link", { name: "Add channel" }).click();
    await look(page, "channel-new", () => page.reload());
    await page.getByLabel("Name").fill("ops");
    await page.getByLabel("Address").fill(url);
    await page.getByRole("button", { name: "Add channel" }).click();
    await expect(page.getByRole("alert").or(page.locator(".summary, .wrong")).first()).toBeVisible();
    // What is on this machine is named by whoever is at it.
    neo.run(["channel", "add", "ops", "--webhook", url, "--on", "failed,finished"]);
    await page.goto(`${neo.url}/channels/ops`);
    await page.getByRole("button", { name: "Send a test" }).click();
    await expect(page.getByRole("row", { name: /A test of the channel ops/ })).toContainText("Sent");
    await look(page, "channel-one", () => page.reload());
    expect(got.length).toBe(1);

    neo.addStatus("beta");
    neo.run(["migrate", "all-tenants", "--yes", "--detach"]);
    await sees(() => got.length === 2);
    const { notice } = got[1];
    expect(notice.title).toMatch(/^Run \d+ failed: 1 of 2 tenants$/);
    expect(notice.causes[0].tenants).toEqual(["beta"]);

    const own = await browser.newContext({ javaScriptEnabled, viewport: { width: 390, height: 844 } });
    const phone = await own.newPage();
    await phone.goto(notice.causes[0].url);
    await phone.waitForURL(/\/sign-in/);
    await phone.getByLabel("Email").fill(ada.email);
    await phone.getByLabel("Password", { exact: true }).fill(ada.password);
    await phone.getByRole("button", { name: "Sign in" }).click();
    await phone.waitForURL((where) => where.pathname.endsWith("/rerun"));
    await expect(phone.getByText("duplicate column name")).toBeVisible();
    neo.sql("beta", "alter table contacts drop column status");
    await phone.getByRole("button", { name: "Rerun 1 tenant" }).click();
    await settled(phone, async () => /Finished|Succeeded/i.test(await phone.locator("main").innerText()));
    await sees(() => got.length === 3);
    expect(got[2].notice.title).toMatch(/^Run \d+ finished: 2 tenants$/);
    expect(new Set(got.map((one) => one.headers["webhook-id"])).size).toBe(3);
    await own.close();

    await page.goto(`${neo.url}/channels`);
    await expect(page.getByRole("row", { name: /ops/ })).toContainText("3");
    await look(page, "channels", () => page.reload());
  } finally {
    server.close();
  }
});
