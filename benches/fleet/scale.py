#!/usr/bin/env python3
"""Neo with a large fleet: what a run over thousands of tenants costs, and how soon a browser sees each event.

  scale.py [--sqlite 10000] [--central 10000] [--postgres 1000] [--replicas 200]

`neo serve` works the runs; a client signed in like a browser follows their streams. For each fleet: a run with nothing to do, out of the cache
and with every tenant connected to (--trust 0); one that adds a column everywhere; one that does so and fails on 1 % of the tenants.
With --central, the fleet of SQLite files is asked once more with the central database on PostgreSQL. With --replicas, two `neo serve` share a central database on PostgreSQL: the client is at the one that did not start the run, and what two idle
ones ask of it is counted. With NEO_AGAINST, Neo at another commit works the fleet of SQLite files as well.

Prints one table: wall clock, tenants a second, the peak memory of `neo serve`, what it wrote centrally, the delay from an event's time stamp to
the client (p50, p99), and whether every event arrived once and in order."""
import argparse, csv, http.client, json, os, shutil, signal, sqlite3, statistics, subprocess, sys, tempfile, threading, time, urllib.parse
from datetime import datetime
from pathlib import Path

import fleet, servers
from measure import memory
from peers import raise_missing

arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
arguments.add_argument("--sqlite", type=int, default=10000)
arguments.add_argument("--central", type=int, default=10000)
arguments.add_argument("--postgres", type=int, default=1000)
arguments.add_argument("--replicas", type=int, default=200)
PORT, EMAIL, SECRET = 23080, "bench@example.test", "correct horse battery staple"


class Neo:
    def __init__(self, home: Path, central=None, port=PORT, program=None):
        self.program = program or os.environ.get("NEO") or raise_missing()
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        self.home, self.migrations, self.port = home, home / "migrations", port
        shutil.copytree(fleet.HERE / "migrations", self.migrations)
        self.environment = {
            **os.environ, "DATABASE_URL": central or f"sqlite://{home}/central.db", "DB_ENCRYPTION_KEY": "b" * 32, "NO_COLOR": "1",
            "TENANT_MIGRATIONS": str(self.migrations), "DATA_DIR": str(home), "LISTEN": f"127.0.0.1:{port}", "RUST_LOG": "warn"}

    def __call__(self, *command, may_fail=False, **more):
        done = subprocess.run([self.program, *map(str, command)], env={**self.environment, **more}, text=True, capture_output=True)
        if done.returncode and not may_fail:
            raise SystemExit(f"error: neo {' '.join(map(str, command))} ended with {done.returncode}\n{done.stderr[-2000:]}")
        return done.stdout

    def serve(self):
        self.server = subprocess.Popen([self.program, "serve"], env=self.environment, stdout=subprocess.DEVNULL, stderr=sys.stderr)
        for _ in range(100):
            try:
                self.ask("GET", "/readyz")
                return
            except OSError:
                time.sleep(0.1)
        raise SystemExit("error: neo serve did not start")

    def stop(self):
        self.server.send_signal(signal.SIGTERM)
        self.server.wait()

    def ask(self, method, path, fields=None, cookie=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        headers = {"Host": f"central.localhost:{self.port}", "Sec-Fetch-Site": "same-origin"}
        if cookie:
            headers["Cookie"] = cookie
        body = urllib.parse.urlencode(fields) if fields else None
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, path, body, headers)
        return connection.getresponse()

    def sign_in(self):
        answer = self.ask("POST", "/sign-in", {"email": EMAIL, "password": SECRET, "next": "/"})
        return answer.headers["Set-Cookie"].split(";")[0]


def seconds(stamp):
    return datetime.fromisoformat(stamp).timestamp()


class Watch(threading.Thread):
    """Follows a run as a browser does, and notes when each event came."""

    def __init__(self, neo, cookie, run):
        super().__init__()
        self.stream = neo.ask("GET", f"/events/runs/{run}", cookie=cookie)
        self.events = []

    def run(self):
        for line in self.stream:
            if line.startswith(b"data:"):
                event = json.loads(line[5:])
                self.events.append((time.time(), event))
                if event["type"] in ("run.finished", "run.halted"):
                    return


def work(neo, cookie, label, tenants, *options, at=None):
    """One run, followed at `neo` or, where that is given, `at` another replica."""
    written = lambda: int(next(line for line in open(f"/proc/{neo.server.pid}/io") if line.startswith("wchar")).split()[1])
    before, peak, ended = written(), 0, threading.Event()

    def sample():
        nonlocal peak
        while not ended.wait(0.5):
            peak = max(peak, memory(neo.server.pid))

    sampler = threading.Thread(target=sample)
    sampler.start()
    run = neo("migrate", "all-tenants", "--yes", "--detach", *options).strip()
    watch = Watch(at or neo, cookie, run)
    watch.start()
    watch.join()
    ended.set()
    sampler.join()
    numbers = [event["seq"] for _, event in watch.events]
    whole = "yes" if numbers == list(range(1, len(numbers) + 1)) else "NO"
    of = {event["type"]: event for _, event in watch.events}
    wall = seconds(of["run.finished"]["ts"]) - seconds(of["run.started"]["ts"])
    # What was there before the client came was replayed, not followed.
    first = watch.events[0][0]
    delays = sorted(1000 * (at - seconds(event["ts"])) for at, event in watch.events if seconds(event["ts"]) > first) or [float("nan")]
    counts = of["run.finished"]["tenants"]
    print(f"| {label} | {counts['migrated']} / {counts['current']} / {counts['failed']} | {wall:.2f} | {tenants / max(wall, 0.001):.0f} | {peak / 2**20:.0f} | "
          f"{(written() - before) / 2**20:.1f} | {len(numbers)} | {statistics.median(delays):.0f} | {delays[int(len(delays) * 0.99) - 1]:.0f} | {whole} |")
    sys.stdout.flush()


def admin(neo):
    neo("create-central-admin", EMAIL=EMAIL, PASSWORD=SECRET, FIRST_NAME="Bench", LAST_NAME="Mark", ROLE="superadmin")


def head(words):
    print(f"\n{words}\n")
    print("| run | migrated / current / failed | wall s | tenants/s | serve MB | MB written | events | delay p50 ms | p99 ms | every event once |")
    print("|---|---|---|---|---|---|---|---|---|---|")


def scenario(neo, engine, names, sabotage):
    admin(neo)
    neo.serve()
    try:
        cookie = neo.sign_in()
        n = len(names)
        head(f"{n:,} tenants on {engine}")
        work(neo, cookie, "nothing to do, each asked", n, "--trust", "0")
        start = time.perf_counter()
        neo("migrate", "all-tenants", "--yes")
        print(f"| nothing to do, from the cache (`neo migrate`) | 0 / {n} / 0 | {time.perf_counter() - start:.2f} | | | | | | | |")
        (neo.migrations / "20240102000001_add_note.up.sql").write_text("alter table contacts add column note varchar(100);\n")
        work(neo, cookie, "one column", n)
        (neo.migrations / "20240103000001_add_mark.up.sql").write_text("alter table contacts add column mark integer;\n")
        for name in names[::100]:
            sabotage(name, "alter table contacts add column mark integer")
        work(neo, cookie, "one column, 1 % fail", n)
    finally:
        neo.stop()


def register(neo, rows):
    listing = neo.home / "tenants.csv"
    with open(listing, "w") as file:
        writer = csv.DictWriter(file, ["slug", "name", "server", "database", "user", "password"])
        writer.writeheader()
        writer.writerows(rows)
    listing.chmod(0o600)
    start = time.perf_counter()
    neo("tenant", "adopt", "--from-file", listing)
    print(f"registered {len(rows)} tenants in {time.perf_counter() - start:.1f} s", file=sys.stderr)


def of_files(neo, tenants):
    """A fleet of SQLite files, adopted; their names and their folder."""
    folder = neo.home / "files"
    folder.mkdir()
    first = folder / "template"
    with sqlite3.connect(first) as database:
        # Ten contacts rather than a thousand: ten thousand files must fit.
        text = "\n".join(script.read_text() for script in fleet.SCRIPTS) + fleet.ledger("sqlite", fleet.SCRIPTS)
        database.create_function("concat_ws", -1, lambda gap, *parts: gap.join(map(str, parts)))
        database.executescript(text)
    names = fleet.databases(tenants)
    for name in names:
        shutil.copy(first, folder / f"{name}.db")
    register(neo, [{"slug": name.replace("_", "-"), "name": name, "server": "local", "database": folder / f"{name}.db"} for name in names])
    return names, folder


def on_central_postgres(root, tenants):
    server = servers.Postgres(root)
    server.ready()
    neo = None
    try:
        server.sql("drop database if exists central", f"create database central owner {servers.USER}")
        neo = Neo(root / "scale-central", server.url("central"))
        names, _ = of_files(neo, tenants)
        admin(neo)
        neo.serve()
        head(f"{tenants:,} tenants on SQLite, the central database on PostgreSQL")
        work(neo, neo.sign_in(), "nothing to do, each asked", tenants, "--trust", "0")
    finally:
        if neo and hasattr(neo, "server"):
            neo.stop()
        server.stop()
    shutil.rmtree(neo.home)


def on_sqlite(root, tenants, program=None):
    neo = Neo(root / "scale-sqlite", program=program)
    names, folder = of_files(neo, tenants)

    def sabotage(name, sql):
        with sqlite3.connect(folder / f"{name}.db") as database:
            database.execute(sql)

    scenario(neo, "sqlite", names, sabotage)
    shutil.rmtree(neo.home)


def filled(server, names):
    """Databases at the tenth migration."""
    snapshot = f"at10-{len(names)}"
    if server.has(snapshot):
        server.restore(snapshot)
    else:
        server.fill(fleet.template("postgres", 10), names)
        server.snapshot(snapshot)


def adopt(neo, server, names):
    neo("server", "add", "bench", SERVER_URL=server.url("postgres"))
    register(neo, [{"slug": name.replace("_", "-"), "name": name, "server": "bench", "database": name, "user": servers.USER,
                    "password": servers.PASSWORD} for name in names])


def on_replicas(root, tenants):
    server = servers.Postgres(root)
    server.ready()
    one = two = None
    try:
        names = fleet.databases(tenants)
        filled(server, names)
        server.sql("drop database if exists central", f"create database central owner {servers.USER}")
        central = server.url("central")
        one = Neo(root / "replica-one", central)
        adopt(one, server, names)
        admin(one)
        two = Neo(root / "replica-two", central, PORT + 1)
        one.serve()
        two.serve()
        cookie = two.sign_in()
        head(f"{tenants:,} tenants on PostgreSQL, two replicas on a central PostgreSQL, followed at the second")
        work(one, cookie, "nothing to do, each asked", tenants, "--trust", "0", at=two)
        for neo in (one, two):
            (neo.migrations / "20240102000001_add_note.up.sql").write_text("alter table contacts add column note varchar(100);\n")
        work(one, cookie, "one column", tenants, at=two)
        # What idle replicas ask for: transactions on the central database, counted by the server.
        count = lambda: int(server.sql("select xact_commit from pg_stat_database where datname = 'central'"))
        time.sleep(5)
        before, seconds_idle = count(), 30
        time.sleep(seconds_idle)
        print(f"\nTwo idle replicas: {(count() - before) / seconds_idle:.1f} transactions a second on the central database")
    finally:
        for neo in (one, two):
            if neo and hasattr(neo, "server"):
                neo.stop()
        server.stop()


def on_postgres(root, tenants):
    server = servers.Postgres(root)
    server.ready()
    try:
        names = fleet.databases(tenants)
        filled(server, names)
        neo = Neo(root / "scale-postgres")
        adopt(neo, server, names)
        scenario(neo, "postgres", names, lambda name, sql: server.sql(f"set role {servers.USER}; {sql}", database=name))
    finally:
        server.stop()


def main():
    given = arguments.parse_args()
    root = Path(os.environ.get("NEO_BENCH") or Path(tempfile.gettempdir()) / "neo-bench")
    root.mkdir(parents=True, exist_ok=True)
    if given.sqlite:
        on_sqlite(root, given.sqlite)
        if os.environ.get("NEO_AGAINST"):
            print("\nThe same as it was at the other commit:")
            on_sqlite(root, given.sqlite, os.environ["NEO_AGAINST"])
    if given.central:
        on_central_postgres(root, given.central)
    if given.postgres:
        on_postgres(root, given.postgres)
    if given.replicas:
        on_replicas(root, given.replicas)


if __name__ == "__main__":
    main()
