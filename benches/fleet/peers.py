"""The peers: how each one migrates the whole fleet, as its users do it."""
import json, os, shutil, sqlite3, subprocess
from pathlib import Path

import fleet
from servers import PASSWORD, USER, quiet

HERE = fleet.HERE


class Peer:
    """`command(names, concurrency)` is what is timed; the rest is not."""

    def __init__(self, root: Path, server):
        self.root, self.server = root, server
        self.folder = root / "tools" / self.name
        self.scripts = root / "scripts" / self.name

    def install(self):
        pass

    def prepare(self, names, state):
        pass

    def environment(self):
        return {}

    def copy_scripts(self, suffix, wrap):
        shutil.rmtree(self.scripts, ignore_errors=True)
        self.scripts.mkdir(parents=True)
        for script in fleet.SCRIPTS:
            (self.scripts / f"{fleet.name(script)}{suffix}").write_text(wrap(script.read_text()))


class Floor(Peer):
    name = "floor"

    def install(self):
        quiet("cargo", "build", "--release", "--quiet", cwd=HERE / "floor",
              env={**os.environ, "CARGO_TARGET_DIR": str(self.root / "floor-target")})

    def command(self, names, concurrency):
        return [self.root / "floor-target/release/floor", HERE / "migrations", str(concurrency)]

    def stdin(self, names):
        return "".join(f"{self.server.url(name)}\n" for name in names)


class Neo(Peer):
    """The whole program with its central database (SQLite), every tenant registered with a sealed password."""
    name = "neo"

    def __init__(self, root, server):
        super().__init__(root, server)
        self.neo = os.environ.get("NEO") or raise_missing()
        self.home = root / "neo" / server.name

    def environment(self):
        return {"DATABASE_URL": f"sqlite://{self.home}/central.db", "DB_ENCRYPTION_KEY": "b" * 32,
                "TENANT_MIGRATIONS": str(HERE / "migrations"), "DATA_DIR": str(self.home), "NO_COLOR": "1"}

    def call(self, *arguments, **more):
        done = subprocess.run([self.neo, *arguments], env={**os.environ, **self.environment(), **more}, text=True,
                              capture_output=True, cwd=self.root)
        if done.returncode:
            raise SystemExit(f"error: neo {' '.join(arguments)}: {done.stderr}")

    def prepare(self, names, state):
        kept = self.home / f"central-{state}-{len(names)}.db"
        if not kept.exists():
            for file in self.home.glob("central.db*"):
                file.unlink()
            self.home.mkdir(parents=True, exist_ok=True)
            self.call("server", "add", "bench", SERVER_URL=self.server.url("").rstrip("/"))
            for name in names:
                self.call("tenant", "adopt", name.replace("_", "-"), "--server", "bench", "--database", name, "--user", USER,
                          TENANT_PASSWORD=PASSWORD)
            with sqlite3.connect(self.home / "central.db") as central:  # what is still in its log
                central.execute("pragma wal_checkpoint(truncate)")
            shutil.copy(self.home / "central.db", kept)
        for file in self.home.glob("central.db*"):
            file.unlink()
        shutil.copy(kept, self.home / "central.db")

    def command(self, names, concurrency):
        return [self.neo, "migrate", "all-tenants", "--trust", "0", "--concurrency", str(concurrency), "--yes"]


def raise_missing():
    raise SystemExit("error: NEO (or, for `was`, NEO_AGAINST) is not set\n  hint: make bench, or NEO=target/release/neo")


class Was(Neo):
    """The same as it was at another commit (`against.sh`)."""
    name = "was"

    def __init__(self, root, server):
        super().__init__(root, server)
        self.neo = os.environ.get("NEO_AGAINST") or raise_missing()
        self.home = root / "was" / server.name


class Npm(Peer):
    def install(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        if not (self.folder / "node_modules").exists():
            (self.folder / "package.json").write_text(json.dumps({"private": True}))
            quiet("npm", "install", "--no-fund", "--no-audit", "--loglevel=error", *self.packages, cwd=self.folder)


class Knex(Npm):
    """One node process over all tenants, as the scripts that Neo replaces do it (with 1), or with several at once."""
    name, packages = "knex", ["knex@3.3.0", "pg@8.23.1", "mysql2@3"]

    def install(self):
        super().install()
        # The mysql driver takes one statement a call.
        each = "async (knex) => { for (const s of %s) await knex.raw(s); }"

        def wrap(sql):
            if self.server.name == "postgres":
                return f"exports.up = (knex) => knex.raw({json.dumps(sql)});\nexports.down = () => {{}};\n"
            statements = [s.strip() for s in sql.split(";\n") if s.strip()]
            return f"exports.up = {each % json.dumps(statements)};\nexports.down = () => {{}};\n"

        self.copy_scripts(".js", wrap)

    def environment(self):
        return {"NODE_PATH": str(self.folder / "node_modules")}

    def command(self, names, concurrency):
        return ["node", HERE / "knex.cjs", self.scripts, str(concurrency)]

    def stdin(self, names):
        return "".join(f"{self.server.url(name)}\n" for name in names)


class Loop(Peer):
    """A program that knows one database, called for each, `concurrency` at a time."""

    def command(self, names, concurrency):
        return ["xargs", "-P", str(concurrency), "-I{}", *self.one()]

    def stdin(self, names):
        return "".join(f"{self.server.url(name)}{self.parameters()}\n" for name in names)

    def parameters(self):
        return ""


class Sqlx(Loop):
    name = "sqlx"

    def install(self):
        if not (self.folder / "bin/sqlx").exists():
            quiet("cargo", "install", "--quiet", "sqlx-cli", "--version", "0.9.0", "--no-default-features", "--features",
                  "rustls,postgres,mysql", "--root", self.folder)

    def one(self):
        return [str(self.folder / "bin/sqlx"), "migrate", "run", "--source", str(HERE / "migrations"), "-D", "{}"]


class Dbmate(Npm, Loop):
    name, packages = "dbmate", ["dbmate@2.36.0"]

    def install(self):
        super().install()
        self.copy_scripts(".sql", lambda sql: f"-- migrate:up\n{sql}\n-- migrate:down\n")

    def one(self):
        program = next(self.folder.glob("node_modules/@dbmate/linux-*/bin/dbmate"))
        return [str(program), "--url", "{}", "-d", str(self.scripts), "--no-dump-schema", "migrate"]

    def parameters(self):
        return "?sslmode=disable" if self.server.name == "postgres" else ""


ALL = {peer.name: peer for peer in (Floor, Neo, Was, Knex, Sqlx, Dbmate)}
