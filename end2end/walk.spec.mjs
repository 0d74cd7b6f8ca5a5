// Every page that there is (pages.mjs), as several people, light and dark, wide and narrow: not one violation of accessibility, nothing beside
// the window, every act as large as a thumb where it is narrow, and nothing that moves once it is there.
import { expect, test as base } from "@playwright/test";
import { faults, violations } from "./look.mjs";
import { Neo, ada, awake, signIn } from "./neo.mjs";
import { open, walked } from "./pages.mjs";

const test = base.extend({
  neo: async ({}, use) => {
    const neo = await Neo.start({ env: { REQUIRE_APPROVAL: "delete" } });
    await use(neo);
    await neo.stop();
  },
});

const others = ["support", "admin"].map((role) => ({ email: `${role}@example.com`, password: "seven small boats at noon", role }));

// Something of everything.
function furnish(neo) {
  for (const { email, password, role } of others) {
    neo.run(["create-central-admin"], { EMAIL: email, PASSWORD: password, FIRST_NAME: "Sue", LAST_NAME: "Port", ROLE: role });
  }
  const name = (slug) => `${slug.replace("-", " ")} and whatever else a company is called by its lawyers`;
  for (const slug of ["acme-corp", "acme-nl", "aster", "beta", "corvus", "delphi-health"]) neo.tenant(slug, name(slug));
  neo.run(["tenant", "users", "create", "acme-corp", "--email", "grace@acme.example", "--first-name", "Grace", "--last-name", "Hopper", "--role", "admin", "--link"]);
  neo.addStatus("acme-nl");
  neo.run(["migrate", "all-tenants", "--yes"], {}, 3);
  neo.run(["tenant", "backup", "acme-corp"]);
  neo.run(["tenant", "suspend", "beta"]);
  neo.run(["tenant", "quarantine", "corvus", "--reason", "their disk is full", "--for", "7d"]);
  neo.run(["channel", "add", "ops", "--webhook", "https://1.1.1.1/neo", "--on", "failed"]);
  neo.run(["window", "add", "night", "--tag", "bank", "--from", "2030-01-01T00:00", "--to", "2030-01-01T06:00"]);
  neo.run(["tenant", "delete", "aster", "--yes"], {}, 9);
  neo.addMore();
  neo.run(["migrate", "all-tenants", "--canary", "1", "--wait", "--detach", "--yes"]);
  neo.run(["token", "create", "ci", "--role", "support"]);
  const listed = (...args) => JSON.parse(neo.run([...args, "--json"]));
  const runs = listed("run", "list");
  return {
    admin: listed("admin", "list").find((one) => one.email === others[0].email).id,
    backup: listed("backup", "list")[0].file.split("/").pop(),
    failed: runs.find((one) => one.status === "failed").run,
    provision: listed("run", "list", "--all").find((one) => one.kind === "provision").run,
    token: listed("token", "list")[0].id,
    user: listed("tenant", "users", "list", "acme-corp")[0].id,
    version: listed("migrate", "list")[0].version,
    waiting: runs.find((one) => one.kind === "migrate").run,
  };
}

const [support, admin] = others;
const desk = ["light", 1440];
const phone = ["dark", 390];
// Whoever may less sees other things: what they may not do, and why. It takes minutes: `make e2e WALK=all`; else the pages of whoever is not signed in.
const whole = process.env.WALK === "all";
const every = [desk, ["light", 390], ["dark", 1440], phone];
const walks = [["nobody", undefined, open, whole ? every : [desk, phone]]];
if (whole) walks.push(["superadmin", ada, walked, every], ["admin", admin, walked, [desk]], ["support", support, walked, [phone]]);

for (const [role, who, table, looks] of walks) {
  test(`every page as ${role} sees it`, async ({ browser, neo, javaScriptEnabled: scripts }) => {
    test.setTimeout(1_200_000);
    const known = furnish(neo);
    const addresses = Object.values(table).flatMap((addresses) => addresses(known));
    for (const [colorScheme, width] of scripts || whole ? looks : looks.slice(-1)) {
      const context = await browser.newContext({ javaScriptEnabled: scripts, colorScheme, viewport: { width, height: 844 }, hasTouch: width < 768 });
      const page = await context.newPage();
      if (who) await signIn(page, neo, who);
      await page.addInitScript(() => {
        window.moved = 0;
        new PerformanceObserver((list) => { for (const shift of list.getEntries()) if (!shift.hadRecentInput) window.moved += shift.value; })
          .observe({ type: "layout-shift", buffered: true });
      });
      for (const address of addresses) {
        const what = `${address} as ${role}, ${colorScheme}, ${width}`;
        const answer = await page.goto(neo.url + address);
        expect.soft(answer.status(), what).toBeLessThan(500);
        if (who === ada) expect.soft(answer.status(), what).toBe(200);
        expect.soft(await faults(page), what).toEqual([]);
        if (!scripts) continue;
        expect.soft(await violations(page), what).toEqual([]);
        if (who && (await page.locator("#find").count())) await awake(page);
        expect.soft(await page.evaluate(() => window.moved), `${what} moves`).toBeLessThanOrEqual(0.01);
      }
      await context.close();
    }
  });
}
