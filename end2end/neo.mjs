// A private Neo: its own folder, key, port and migrations; gone when the test is.
import { execFileSync, spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { test as base } from "@playwright/test";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const executable = process.env.NEO || join(process.env.CARGO_TARGET_DIR || join(root, "target"), "debug", "neo");

export const ada = { email: "ada@example.com", password: "correct horse battery staple", first: "Ada", last: "Lovelace" };

export const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

export class Neo {
  static async start({ admin = true, env = {}, port = undefined } = {}) {
    const neo = new Neo();
    neo.folder = mkdtempSync(join(tmpdir(), "neo-e2e-"));
    cpSync(join(root, "migrations", "tenant"), join(neo.folder, "migrations"), { recursive: true });
    port ??= await freePort();
    neo.env = {
      PATH: process.env.PATH,
      HOME: neo.folder,
      DB_ENCRYPTION_KEY: "0123456789abcdef0123456789ABCDEF",
      DATA_DIR: join(neo.folder, "data"),
      DATABASE_URL: `sqlite://${join(neo.folder, "data", "central.db")}`,
      TENANT_MIGRATIONS: join(neo.folder, "migrations"),
      LISTEN: `127.0.0.1:${port}`,
      NO_COLOR: "1",
      RUST_LOG: "warn",
      ...env,
    };
    neo.port = port;
    neo.url = `http://central.localhost:${port}`;
    if (admin) {
      neo.run(["create-central-admin"], {
        EMAIL: ada.email, PASSWORD: ada.password, FIRST_NAME: ada.first, LAST_NAME: ada.last, ROLE: "superadmin",
      });
    }
    await neo.serve();
    return neo;
  }

  async serve(...options) {
    this.said = "";
    this.process = spawn(executable, ["serve", ...options], { cwd: this.folder, env: this.env, stdio: ["ignore", "pipe", "pipe"] });
    this.process.stdout.on("data", (data) => (this.said += data));
    this.process.stderr.on("data", (data) => (this.said += data));
    for (let tries = 0; tries < 300; tries += 1) {
      try {
        if ((await fetch(`http://127.0.0.1:${this.port}/healthz`)).ok) return;
      } catch {
        // Not yet.
      }
      if (this.process.exitCode !== null) break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`neo serve did not come up:\n${this.said}`);
  }

  // What it prints on stdout. An exit code other than `expected` is a failure of the test.
  run(args, env = {}, expected = 0) {
    try {
      const out = execFileSync(executable, args, {
        cwd: this.folder, env: { ...this.env, ...env }, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"],
      });
      if (expected !== 0) throw new Error(`neo ${args.join(" ")} ended with 0, not ${expected}`);
      return out;
    } catch (error) {
      if (error.status === expected) return error.stdout;
      throw new Error(`neo ${args.join(" ")} ended with ${error.status}:\n${error.stdout ?? ""}${error.stderr ?? error.message}`);
    }
  }

  tenant(slug, name) {
    this.run(["tenant", "create", slug, "--name", name]);
  }

  // A migration that adds a column to contacts; on `broken` somebody was there before, by hand.
  addStatus(broken) {
    this.migration(
      "add_status_to_contacts", "-- A status for contacts.\nalter table contacts add column status varchar(32);\n",
      "-- Without it again.\nalter table contacts drop column status;\n",
    );
    if (broken) this.sql(broken, "alter table contacts add column status varchar(32)");
  }

  // Another one, that nobody has anything against.
  addMore() {
    this.migration(
      "add_more_to_contacts", "-- More of contacts.\nalter table contacts add column more varchar(32);\n",
      "-- Without it again.\nalter table contacts drop column more;\n",
    );
  }

  migration(name, up, down = "-- Nothing to undo.\nselect 1;\n") {
    const path = this.run(["migrate", "make", name]).trim().split("\n").find((line) => line.endsWith(".up.sql"));
    const file = path.startsWith("/") ? path : join(this.folder, path);
    writeFileSync(file, up);
    writeFileSync(file.replace(".up.sql", ".down.sql"), down);
  }

  sql(slug, statement) {
    const { database } = JSON.parse(this.run(["tenant", "show", slug, "--json"]));
    const file = database.startsWith("/") ? database : join(this.folder, database);
    const script = "import sqlite3,sys\nwith sqlite3.connect(sys.argv[1], timeout=10) as c: c.execute(sys.argv[2])";
    execFileSync("python3", ["-c", script, file, statement]);
  }

  // On the central database, behind the console's back.
  central(statement) {
    const script = "import sqlite3,sys\nwith sqlite3.connect(sys.argv[1], timeout=10) as c: c.execute(sys.argv[2])";
    execFileSync("python3", ["-c", script, join(this.folder, "data", "central.db"), statement]);
  }

  // As a crash does it.
  async kill() {
    const gone = new Promise((resolve) => this.process.once("exit", resolve));
    this.process.kill("SIGKILL");
    await gone;
  }

  async stop() {
    if (this.process.exitCode !== null || this.process.signalCode !== null) {
      rmSync(this.folder, { recursive: true, force: true });
      return;
    }
    const gone = new Promise((resolve) => this.process.once("exit", resolve));
    this.process.kill("SIGTERM");
    await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, 5_000))]);
    if (this.process.exitCode === null) this.process.kill("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export async function signIn(page, neo, who = ada) {
  await page.goto(`${neo.url}/sign-in`);
  await page.getByLabel("Email").fill(who.email);
  await page.getByLabel("Password", { exact: true }).fill(who.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL((url) => url.pathname !== "/sign-in");
}

// Scripts have begun: from here on they take what is pressed.
export const awake = (page) => page.locator("#find[aria-haspopup=dialog]").waitFor({ state: "attached" });

// Without scripts a live page reloads itself every five seconds; reload sooner, and as often as it takes.
export async function settled(page, seen) {
  for (let tries = 0; tries < 60; tries += 1) {
    if (await seen()) return;
    await page.waitForTimeout(500);
    if (!(await seen())) await page.reload().catch(() => {});
  }
  throw new Error(`did not come about:\n${(await page.locator("body").innerText()).slice(0, 2_000)}`);
}

export const test = base.extend({
  neo: async ({}, use) => {
    const neo = await Neo.start();
    await use(neo);
    await neo.stop();
  },
});
