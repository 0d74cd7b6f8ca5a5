// A person and a passkey: make it, sign in with it after the password and in its place, lose it, recover. The device is Chromium's own.
import { execFileSync } from "node:child_process";
import { createHash, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, expect } from "@playwright/test";
import { look } from "./look.mjs";
import { Neo, ada, signIn, test } from "./neo.mjs";

// A telephone's or a computer's own, that knows its owner.
async function device(page) {
  const client = await page.context().newCDPSession(page);
  await client.send("WebAuthn.enable");
  const { authenticatorId } = await client.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  const knows = (isUserVerified) => client.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified });
  const lose = () => client.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId });
  const keys = async () => (await client.send("WebAuthn.getCredentials", { authenticatorId })).credentials;
  return { knows, lose, keys };
}

// A proxy that speaks TLS, with a certificate of its own making; and the browser that is told where its names lead and whom to trust.
async function behindTls(port, domain) {
  const folder = mkdtempSync(join(tmpdir(), "neo-tls-"));
  const [key, cert] = ["key.pem", "cert.pem"].map((name) => join(folder, name));
  execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
    "-subj", `/CN=${domain}`, "-addext", `subjectAltName=DNS:*.${domain}`, "-keyout", key, "-out", cert], { stdio: "ignore" });
  const pem = readFileSync(cert);
  const proxy = createServer({ key: readFileSync(key), cert: pem }, (from, to) => {
    const headers = { ...from.headers, "x-forwarded-for": from.socket.remoteAddress, "x-forwarded-proto": "https" };
    const on = request({ port, host: "127.0.0.1", method: from.method, path: from.url, headers }, (answer) => {
      to.writeHead(answer.statusCode, answer.rawHeaders);
      answer.pipe(to);
    });
    on.on("error", () => to.destroy());
    from.pipe(on);
  });
  await new Promise((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const trusted = new X509Certificate(pem).publicKey.export({ type: "spki", format: "der" });
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
      `--host-resolver-rules=MAP *.${domain} 127.0.0.1:${proxy.address().port}`,
      `--ignore-certificate-errors-spki-list=${createHash("sha256").update(trusted).digest("base64")}`],
  });
  const close = async () => {
    await browser.close();
    proxy.closeAllConnections();
    proxy.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { browser, close };
}

const press = (page) => page.getByRole("button", { name: "Use a passkey" }).click();

test.describe("with scripts", () => {
  test.skip(({ javaScriptEnabled }) => javaScriptEnabled === false, "without them no button is shown");

  test("make one, sign in with it after the password and alone, lose it, recover", async ({ page, neo }) => {
    const broken = [];
    page.on("console", (message) => message.type() === "error" && broken.push(message.text()));
    const mine = await device(page);
    await signIn(page, neo);
    await page.goto(`${neo.url}/account`);
    await page.getByRole("link", { name: "Add a passkey" }).click();
    await page.getByLabel("Name").fill("the laptop");
    await page.getByRole("button", { name: "Make it" }).click();
    await expect(page.locator("ol.mono li code")).toHaveCount(10);
    const codes = await page.locator("ol.mono li code").allInnerTexts();
    expect(await mine.keys()).toHaveLength(1);
    await page.getByRole("link", { name: "To the account" }).click();
    await expect(page.getByRole("cell", { name: "the laptop" })).toBeVisible();
    // The same device has one already.
    await page.getByRole("link", { name: "Add a passkey" }).click();
    await page.getByLabel("Name").fill("once more");
    await page.getByRole("button", { name: "Make it" }).click();
    await expect(page.getByRole("alert")).toContainText("This device has a passkey for you already");

    // After the password.
    await page.context().clearCookies();
    await signIn(page, neo);
    await expect(page).toHaveURL(/\/sign-in\/code/);
    await press(page);
    await expect(page).toHaveURL(`${neo.url}/`);

    // In its place, once the email is typed.
    await page.context().clearCookies();
    await page.goto(`${neo.url}/sign-in?next=%2Fruns`);
    await press(page);
    await expect(page).toHaveURL(/\/sign-in/);
    await page.getByLabel("Email").fill("nobody@example.com");
    await press(page);
    await expect(page.getByRole("alert")).toContainText("No passkey was given");
    await page.getByLabel("Email").fill(ada.email);
    // Nobody whom the device does not know.
    await mine.knows(false);
    await press(page);
    await expect(page.getByRole("alert")).toContainText("No passkey was given");
    await mine.knows(true);
    await page.waitForTimeout(1_500);
    await press(page);
    await expect(page).toHaveURL(`${neo.url}/runs`);

    // Lost.
    await mine.lose();
    await page.context().clearCookies();
    await signIn(page, neo);
    await page.getByRole("textbox", { name: "Code" }).fill(codes[0]);
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page.getByText("9 of 10 recovery codes are left")).toBeVisible();
    await page.getByRole("row", { name: /the laptop/ }).getByRole("link", { name: "Remove…" }).click();
    await page.getByRole("button", { name: "Remove 1 passkey" }).click();
    await expect(page).toHaveURL(/\/account/);
    await expect(page.getByRole("cell", { name: "the laptop" })).toHaveCount(0);
    expect(broken).toEqual([]);
  });

  test("where a factor is required it is made at the sign-in, and each step is a page like all others", async ({ page }) => {
    // Eight pages, each looked at in both themes and widths.
    test.setTimeout(300_000);
    const neo = await Neo.start({ env: { REQUIRE_2FA: "all" } });
    try {
      await device(page);
      await look(page, "sign-in-passkey", () => page.goto(`${neo.url}/sign-in`));
      await signIn(page, neo);
      await look(page, "passkey-required", () => page.reload());
      await page.getByLabel("Name").fill("the laptop");
      await page.getByRole("button", { name: "Make a passkey" }).click();
      await expect(page.locator("ol.mono li code")).toHaveCount(10);
      await page.getByRole("link", { name: "Continue" }).click();
      await look(page, "account-passkeys", () => page.goto(`${neo.url}/account`));
      await look(page, "passkey-new", () => page.goto(`${neo.url}/account/passkeys/new`));
      await page.goto(`${neo.url}/account`);
      await page.getByRole("link", { name: "Rename…" }).click();
      await look(page, "passkey-rename");
      await page.goto(`${neo.url}/account`);
      await page.getByRole("row", { name: /the laptop/ }).getByRole("link", { name: "Remove…" }).click();
      await look(page, "passkey-remove");
      await look(page, "reauthenticate-passkey", () => page.goto(`${neo.url}/reauthenticate?next=%2Faccount`));
      await press(page);
      await expect(page).toHaveURL(`${neo.url}/account`);
      await page.context().clearCookies();
      await signIn(page, neo);
      await look(page, "code-passkey", () => page.reload());
      await press(page);
      await expect(page).toHaveURL(`${neo.url}/`);
    } finally {
      await neo.stop();
    }
  });
});

test("behind a proxy with TLS, at a domain of one's own, a key works on each of the console's addresses", async () => {
  test.skip(test.info().project.use.javaScriptEnabled === false, "without them no button is shown");
  const domain = "neo.example.com";
  const neo = await Neo.start({ env: { BASE_DOMAIN: domain, TRUSTED_PROXIES: "127.0.0.1" } });
  const { browser, close } = await behindTls(neo.port, domain);
  try {
    const page = await (await browser.newContext()).newPage();
    const mine = await device(page);
    const central = { url: `https://central.${domain}` };
    await signIn(page, central);
    await page.goto(`${central.url}/account/passkeys/new`);
    await page.getByLabel("Name").fill("the laptop");
    await page.getByRole("button", { name: "Make it" }).click();
    await expect(page.locator("ol.mono li code")).toHaveCount(10);
    const [key] = await mine.keys();
    expect(key.rpId).toBe(domain);
    for (const address of ["central", "admin"]) {
      await page.context().clearCookies();
      await page.goto(`https://${address}.${domain}/sign-in`);
      await page.getByLabel("Email").fill(ada.email);
      await press(page);
      await expect(page).toHaveURL(`https://${address}.${domain}/`);
    }
  } finally {
    await close();
    await neo.stop();
  }
});

test("without a script no button for one is shown, and the password lets in", async ({ page, neo }) => {
  test.skip(test.info().project.use.javaScriptEnabled !== false, "about pages without them");
  await page.goto(`${neo.url}/sign-in`);
  await expect(page.getByRole("button")).toHaveCount(1);
  await signIn(page, neo);
  await page.goto(`${neo.url}/account/passkeys/new`);
  await expect(page.getByText("Passkeys need a script")).toBeVisible();
  await expect(page.getByRole("button", { name: "Make it" })).toHaveCount(0);
});
