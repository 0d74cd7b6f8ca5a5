#!/usr/bin/env python3
"""Neo after years: how long its pages and lists take over a central database with millions of tasks, and what retention does to it.

  years.py [--tasks 10000000] [--tenants 2000] [--engine sqlite|postgres] [--visits 40] [--prune] [--keep]

The rows are made by SQL, after the shape of a run that was really made: each run is on every tenant, one in fifty applied something, one task
in a thousand failed. Prints a table: the page or command, p50 and p95 in milliseconds (wanted: 50), and what a visit takes of the processor, however busy the machine is. With --prune it then takes away
what is older than 90 days while a run is at work, and says for how long that run was held up. --keep leaves the database for another time.

It needs some 1.2 GB for a million tasks (SQLite), and as much again for a while when it is made."""
import argparse, json, os, shutil, sqlite3, statistics, subprocess, sys, tempfile, time
from pathlib import Path

import fleet, servers
from scale import Neo, admin

arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
arguments.add_argument("--tasks", type=int, default=10_000_000)
arguments.add_argument("--tenants", type=int, default=2000)
arguments.add_argument("--engine", choices=["sqlite", "postgres"], default="sqlite")
arguments.add_argument("--visits", type=int, default=40)
arguments.add_argument("--prune", action="store_true")
arguments.add_argument("--keep", action="store_true")

FAILURE = json.dumps({
    "category": "exists", "code": "42701", "message": 'column "mark" of relation "contacts" already exists', "detail": None, "hint": None,
    "migration": "20240101000001_create_contacts", "file": "migrations/20240101000001_create_contacts.up.sql", "line": 1, "column": 13,
    "statement": 1, "excerpt": None, "fingerprint": "7f3a91"})
DAY = 86_400_000


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def statements(tenants, runs, now):
    """The rows: `one` is the tenant, and the newest run the one, that were made by Neo itself. They end evenly over a year and a half."""
    step = 540 * DAY // max(runs, 1)
    at = f"({now} - ({runs} - n.i) * {step})"
    numbers = lambda most: f"with recursive n(i) as (select cast(1 as bigint) union all select i + 1 from n where i < {most})"
    columns = "server_id, credential, generation, version, applied, ledger_digest, verified_at, state, created_at, updated_at, fingerprint"
    yield f"""insert into tenants (id, slug, name, status, database_name, username, {columns})
        {numbers(tenants - 1)}
        select 'tenant' || (100000 + n.i), 'tenant-' || (100000 + n.i), 'Tenant ' || n.i, 'active', 'db_' || n.i, '', {columns}
          from n cross join (select * from tenants where slug = 'one') one"""
    failed = lambda: f"(select count(*) from tenants t where t.slug <> 'one' and (cast(substr(t.id, 7) as bigint) + n.i) % 997 = 0)"
    yield f"""insert into runs (id, number, kind, status, goal, selection, policy, to_version, actor, door, total, last_seq, created_at, started_at,
                                finished_at, wave, interrupt, rested_at, rested_ms, tally, asked)
        {numbers(runs)}
        select 'run' || (1000000 + n.i), 1000 + n.i, 'migrate', 'succeeded', goal, selection, policy, to_version, actor, door, {tenants}, {tenants} + 3, {at}, {at},
               {at} + 60000, 1, 0, {at} + 60000, 0, '[{{"total":{tenants},"migrated":0,"current":{tenants},"failed":0,"skipped":0,"cancelled":0,"unknown":0,"running":0,"queued":0,"drifted":0,"uncompared":0}},0]', asked
          from n cross join (select * from runs where kind = 'migrate' order by number desc limit 1) one"""
    yield "update counters set value = (select max(number) from runs) where name = 'run'"
    yield "insert into run_waves (run_id, wave, name, started_at, finished_at) select id, 1, 'all', started_at, finished_at from runs where id like 'run1%'"
    fails = "(cast(substr(t.id, 7) as bigint) + r.number) % 997 = 0"
    yield f"""insert into tasks (id, run_id, tenant_id, tenant_slug, server_id, position, status, reason, versions, from_version, to_version, applied,
                                 attempt, epoch, started_at, finished_at, ms, error, fingerprint, wave, run_number)
        select r.number || '-' || t.id, r.id, t.id, t.slug, t.server_id, cast(substr(t.id, 7) as bigint) - 100000,
               case when {fails} then 'failed' else 'succeeded' end,
               case when {fails} then null when r.number % 50 = 0 then 'migrated' else 'current' end,
               case when r.number % 50 = 0 and not {fails} then '[20240101000001]' else '[]' end, t.version, t.version,
               case when r.number % 50 = 0 and not {fails} then 1 else 0 end, 1, 1, r.started_at, r.finished_at, 40,
               case when {fails} then {quoted(FAILURE)} end, case when {fails} then '7f3a91' end, 1, r.number
          from runs r cross join tenants t where r.id like 'run1%' and t.slug <> 'one'"""
    yield """insert into attempts (task_id, attempt, status, started_at, finished_at, ms, applied, error, actor)
        select id, 1, status, started_at, finished_at, ms, applied, error, 'bench' from tasks where run_id like 'run1%'"""
    # Of each run as many as it has tenants, and those of the run itself.
    yield """insert into run_events (run_id, seq, at, type, body)
        select run_id, position + 2, finished_at, 'tenant.' || status, '{"tenant":"' || tenant_slug || '","attempt":1,"ms":40,"reason":"current"}' from tasks where run_id like 'run1%'"""
    for seq, kind in ((1, "run.planned"), (2, "run.started")):
        yield f"""insert into run_events (run_id, seq, at, type, body) select id, {seq}, started_at, '{kind}', '{{"kind":"migrate"}}' from runs where id like 'run1%'"""
    yield f"""insert into run_events (run_id, seq, at, type, body) select id, {tenants} + 3, finished_at, 'run.finished', '{{"status":"succeeded"}}' from runs where id like 'run1%'"""


def fill(neo, server, given, now):
    runs = max(given.tasks // (given.tenants - 1), 1)
    for sql in statements(given.tenants, runs, now):
        began = time.perf_counter()
        if server:
            server.sql(sql, database="central")
        else:
            with sqlite3.connect(neo.home / "central.db", isolation_level=None) as database:
                database.executescript("pragma journal_mode = off; pragma synchronous = off; pragma cache_size = -1000000; pragma temp_store = memory;")
                database.execute(sql)
        print(f"  {' '.join(sql.split()[:3])}: {time.perf_counter() - began:.0f} s", file=sys.stderr)
    if server:
        server.sql("vacuum analyze", database="central")
    else:
        with sqlite3.connect(neo.home / "central.db", isolation_level=None) as database:
            database.executescript("pragma journal_mode = wal; analyze;" if os.environ.get("ANALYZE") else "pragma journal_mode = wal;")
    return runs


def pages(runs):
    old, new = 1000 + runs // 4, 1000 + runs - 1
    return ["/", "/runs", f"/runs?before={old}", f"/runs/{new}", f"/runs/{old}", f"/runs/{new}?status=failed", f"/runs/{new}?reason=current&status=succeeded",
            f"/runs/{new}?q=tenant-1015", f"/runs/{new}?tenant=tenant-100500", f"/runs/{new}?log=7f3a91", f"/runs/{new}/rerun", "/runs/new", "/tenants", "/tenants?state=failed", "/tenants?q=tenant-1015",
            "/tenants/tenant-100500", "/tenants/one", "/servers", "/servers/local", "/migrations", "/runs/requests", "/audit", "/audit?tenant=tenant-100500", "/backups", 
            "/api/v1/runs?limit=50", f"/api/v1/runs/show?run={new}", f"/api/v1/runs/tasks?run={new}&limit=500", f"/api/v1/runs/attempts?run={new}",
            f"/api/v1/runs/causes?run={new}"]


def told(name, times, cpu, note=""):
    times = sorted(times)
    p95 = times[min(len(times) - 1, int(len(times) * 0.95))]
    print(f"| {name} | {statistics.median(times):.0f} | {p95:.0f} | {cpu:.1f} | {'' if p95 <= 50 else '**over**'} {note} |", flush=True)


def processor(pid):
    """What a process, and those it waited for, have used of the processor, in milliseconds."""
    try:
        fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    except OSError:
        # A session that has ended since.
        return 0
    return sum(map(int, fields[11:15])) * 10


def used(neo, server):
    """By `neo serve`, and by its PostgreSQL where it has one (of all sessions)."""
    sessions = 0
    if server:
        pids = subprocess.run(["pgrep", "-P", str(server.pid())], capture_output=True, text=True).stdout.split()
        sessions = sum(processor(pid) for pid in pids)
    return processor(neo.server.pid) + sessions


def visit(neo, server, given, runs):
    cookie = neo.sign_in()
    print("\n| what | p50 ms | p95 ms | processor ms | |\n|---|---|---|---|---|")
    for path in pages(runs):
        times, status, before = [], 0, 0
        for n in range(given.visits + 3):
            if n == 3:
                before = used(neo, server)
            began = time.perf_counter()
            answer = neo.ask("GET", path, cookie=cookie)
            answer.read()
            if n >= 3:
                times.append(1000 * (time.perf_counter() - began))
            status = answer.status
        told(path, times, (used(neo, server) - before) / given.visits, "" if status == 200 else f"({status})")
    began, before = [], sum(os.times()[2:4])
    for _ in range(given.visits):
        start = time.perf_counter()
        neo("run", "list")
        began.append(1000 * (time.perf_counter() - start))
    told("`neo run list` (the whole process)", began, 1000 * (sum(os.times()[2:4]) - before) / given.visits)


def size(neo, server):
    if server:
        return int(server.sql("select pg_database_size('central')")) / 1e6
    return sum(path.stat().st_size for path in neo.home.glob("central.db*")) / 1e6


def prune(neo, server, before):
    """While it goes on a run is at work every second: how long each takes."""
    wall = []
    pruning = subprocess.Popen([neo.program, "prune", "--older-than", "90d", "--yes"], env=neo.environment, stderr=subprocess.PIPE, text=True)
    began = time.perf_counter()
    while pruning.poll() is None:
        start = time.perf_counter()
        neo("migrate", "tenant", "one", "--trust", "0")
        wall.append(1000 * (time.perf_counter() - start))
        time.sleep(1)
    print(f"\nneo prune: {pruning.stderr.read().strip()}, in {time.perf_counter() - began:.0f} s; {before:.0f} MB before, {size(neo, server):.0f} MB after; "
          f"{len(wall)} runs on one tenant meanwhile, p50 {statistics.median(wall):.0f} ms, the longest {max(wall):.0f} ms")


def main():
    given = arguments.parse_args()
    root = Path(os.environ.get("NEO_BENCH") or Path(tempfile.gettempdir()) / "neo-bench")
    root.mkdir(parents=True, exist_ok=True)
    server, home, made = None, root / f"years-{given.engine}", root / f"years-{given.engine}.made"
    central = None
    if given.engine == "postgres":
        server = servers.Postgres(root)
        server.ready()
        central = server.url("central")
    if made.exists():
        neo, runs = Neo.__new__(Neo), int(made.read_text())
        program = os.environ["NEO"]
        neo.program, neo.home, neo.migrations, neo.port = program, home, home / "migrations", 23080
        neo.environment = {**os.environ, "DATABASE_URL": central or f"sqlite://{home}/central.db", "DB_ENCRYPTION_KEY": "b" * 32, "NO_COLOR": "1",
                           "TENANT_MIGRATIONS": str(neo.migrations), "DATA_DIR": str(home), "LISTEN": "127.0.0.1:23080", "RUST_LOG": "warn"}
    else:
        if server:
            server.sql("drop database if exists central with (force)", f"create database central owner {servers.USER}")
        neo = Neo(home, central)
        for file in neo.migrations.glob("*"):
            file.unlink()
        (neo.migrations / "20240101000001_create_contacts.up.sql").write_text("create table contacts (id integer);\n")
        admin(neo)
        neo("tenant", "create", "one")
        neo("migrate", "all-tenants", "--yes", "--trust", "0")
        runs = fill(neo, server, given, int(time.time() * 1000))
        made.write_text(str(runs))
    try:
        print(f"\n{runs * (given.tenants - 1):,} tasks of {runs:,} runs on {given.engine}, {size(neo, server):.0f} MB")
        neo.environment["RETENTION"] = "never"
        neo.serve()
        visit(neo, server, given, runs)
        if given.prune:
            prune(neo, server, size(neo, server))
            visit(neo, server, given, runs)
        neo.stop()
    finally:
        if not given.keep:
            made.unlink(missing_ok=True)
            shutil.rmtree(home, ignore_errors=True)
            if server:
                server.sql("drop database if exists central with (force)")
        if server:
            server.stop()


if __name__ == "__main__":
    main()
