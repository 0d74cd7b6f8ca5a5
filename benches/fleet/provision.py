#!/usr/bin/env python3
"""What a new tenant costs on PostgreSQL: CREATE DATABASE alone, a provisioning by the files, one by the template.

  provision.py [--rounds 20] [--migrations DIR]

Two installations of Neo share one server. For one, the last file ends with a statement that asks what time it is: its tenants are always made
from the files. Each round makes, in turn: an empty database, a copy of the template by the log and by files (psql, timed by psql itself), a
tenant by the files, a tenant by the template. Medians of all rounds are printed.

`database work` is the sum of the steps database, rights and migrate, as Neo times them: everything between the role and the tenant's first user,
with the connections it takes, the check of the ledger against the files and of the schema. `role` is the step before; `whole run` is from the
first event of the run to its last, with every write to the central database (SQLite here)."""
import argparse, json, os, shutil, statistics, subprocess, sys, tempfile
from datetime import datetime
from pathlib import Path

import servers
from peers import raise_missing

arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
arguments.add_argument("--rounds", type=int, default=20)
arguments.add_argument("--migrations", type=Path, default=Path(__file__).resolve().parents[2] / "migrations/tenant")
WORK = ("database", "rights", "migrate")


class Neo:
    """One installation, with the server registered as `pg`."""

    def __init__(self, home, server, files, dated):
        self.program = os.environ.get("NEO") or raise_missing()
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(files, home / "migrations")
        if dated:
            with open(sorted((home / "migrations").glob("*.up.sql"))[-1], "a") as last:
                last.write("\nselect now();\n")
        self.environment = {
            **os.environ, "DATABASE_URL": f"sqlite://{home}/central.db", "DB_ENCRYPTION_KEY": "b" * 32, "NO_COLOR": "1",
            "TENANT_MIGRATIONS": str(home / "migrations"), "DATA_DIR": str(home), "RUST_LOG": "error"}
        self("server", "add", "pg", SERVER_URL=server.url("").rstrip("/"))

    def __call__(self, *command, **more):
        done = subprocess.run([self.program, *command], env={**self.environment, **more}, text=True, capture_output=True)
        if done.returncode:
            raise SystemExit(f"error: neo {' '.join(command)} ended with {done.returncode}\n{done.stderr[-2000:]}")
        return done.stdout

    def tenant(self, slug):
        """Milliseconds by step, of the whole run, and how many migrations were run in the tenant's own database."""
        run = json.loads(self("tenant", "create", slug, "--server", "pg", "--json"))["run"]
        events = [json.loads(line) for line in self("run", "watch", str(run), "--format", "ndjson").splitlines()]
        spent = {event["step"]: event["ms"] for event in events if event["type"] == "step.succeeded"}
        at = [datetime.fromisoformat(event["ts"]).timestamp() * 1000 for event in events if event["type"] != "run.planned"]
        spent["work"] = sum(spent[step] for step in WORK)
        spent["whole"] = at[-1] - at[0]
        return spent, sum(event["type"] == "migration.applied" for event in events)


def timed(server, statement):
    """Milliseconds, as psql counts them: without the connection."""
    answer = server.sql("\\timing on", statement).splitlines()
    return float(next(line for line in answer if line.startswith("Time:")).split()[1])


def main():
    given = arguments.parse_args()
    root = Path(os.environ.get("NEO_BENCH") or Path(tempfile.gettempdir()) / "neo-bench")
    root.mkdir(parents=True, exist_ok=True)
    root.chmod(0o711)
    server = servers.Postgres(root)
    server.ready()
    try:
        measure(server, root, given)
    finally:
        server.stop()


def measure(server, root, given):
    for old in server.sql("select datname from pg_database where datname ~ '^(t_|neo_template_|alone_)'").splitlines():
        server.sql(f"update pg_database set datistemplate = false where datname = '{old}'", f"drop database {old} with (force)")
    files = Neo(root / "provision-files", server, given.migrations, dated=True)
    copies = Neo(root / "provision-template", server, given.migrations, dated=False)
    if files.tenant("first")[1] == 0 or copies.tenant("first")[1] != 0:
        raise SystemExit("error: the tenants were not made as they should have been")
    template = server.sql("select datname from pg_database where datistemplate and datname like 'neo_template_%'")
    alone, kinds = {"empty": [], "wal_log": [], "file_copy": []}, {"files": (files, []), "template": (copies, [])}
    for turn in range(given.rounds):
        for name, source in (("empty", "template0 strategy wal_log"), ("wal_log", f"{template} strategy wal_log"),
                             ("file_copy", f"{template} strategy file_copy")):
            alone[name].append(timed(server, f"create database alone_{name}_{turn} template {source}"))
        for kind, (neo, spent) in kinds.items():
            spent.append(neo.tenant(f"{kind}-{turn}")[0])
        print(f"{turn + 1}/{given.rounds}", file=sys.stderr)
    middle = statistics.median
    floor = middle(alone["empty"])
    print(f"\nA new tenant on PostgreSQL, {len(list(given.migrations.glob('*.up.sql')))} migrations, medians of {given.rounds} rounds, ms\n")
    print("| CREATE DATABASE alone | ms | × |\n|---|---|---|")
    for name, label in (("empty", "empty (template0, wal_log)"), ("wal_log", "copy of the template, wal_log"), ("file_copy", "copy of the template, file_copy")):
        print(f"| {label} | {middle(alone[name]):.0f} | {middle(alone[name]) / floor:.2f} |")
    print("\n| provisioning by | database | rights | migrate | = database work | × empty | role | whole run |\n|---|---|---|---|---|---|---|---|")
    for kind, (_, spent) in kinds.items():
        of = lambda key: middle(one.get(key, 0) for one in spent)
        print(f"| {kind} | {of('database'):.0f} | {of('rights'):.0f} | {of('migrate'):.0f} | {of('work'):.0f} | {of('work') / floor:.2f} | "
              f"{of('role'):.0f} | {of('whole'):.0f} |")


main()
