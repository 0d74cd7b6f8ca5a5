#!/usr/bin/env python3
"""What a run costs the central database: a fleet of stand-in tenants (standin.py), and what is counted on the central side.

  central.py record                                    # what one real tenant answers, kept under NEO_BENCH
  central.py run [--tenants 1000,10000] [--central postgres|sqlite] [--workers 1,2,4] [--concurrency 8] [--servers 50]
                 [--after 0] [--work nothing,column]
  central.py idle [--replicas 1,4,20]                  # what stands still asks for
  central.py pages [--tenants 10000,100000] [--central postgres|sqlite] [--visits 40]

One private PostgreSQL with its defaults (and pg_stat_statements) is the real tenant's server and the central one. The registry is filled by SQL
after the row of one tenant that was adopted for real. Every measured run begins with a copy of the same filled database and is a line of `central.jsonl`.
Counts (commits, rows, bytes of log, statements) and processor time hold on a busy machine; the wall does not: `others` says how many cores
other work used meanwhile. A run is planned first, with nobody there to work it, and then worked by `neo work` processes."""
import argparse, json, os, shutil, signal, socket, sqlite3, statistics, struct, subprocess, sys, tempfile, threading, time
from pathlib import Path

import fleet, servers
from measure import busy, cpu, memory
from scale import EMAIL, Neo, admin

HERE = Path(__file__).resolve().parent
STANDINS, RECORDER, COLUMN = 24500, 24400, "20240102000001_add_note.up.sql"
ROOT = Path(os.environ.get("NEO_BENCH") or Path(tempfile.gettempdir()) / "neo-bench") / "central"


class Postgres(servers.Postgres):
    """Wants no passwords, and keeps count of statements."""
    port = 24330

    def make(self):
        self.as_owner(self.bin / "initdb", "-D", self.data, "-E", "UTF8", "--locale=C.UTF-8", "-A", "trust")
        with open(self.data / "postgresql.conf", "a") as conf:
            conf.write(f"listen_addresses = '127.0.0.1'\nport = {self.port}\nunix_socket_directories = '{self.socket}'\n"
                       "shared_preload_libraries = 'pg_stat_statements'\nmax_connections = 500\n")
        self.start()
        self.sql(f"create role {servers.USER} login superuser password '{servers.PASSWORD}'", "create extension pg_stat_statements")


class Client:
    """A session that asks in plain text; answers are rows of texts."""

    def __init__(self, port, database):
        self.socket = socket.create_connection(("127.0.0.1", port))
        given = b"user\0" + servers.USER.encode() + b"\0database\0" + database.encode() + b"\0application_name\0bench\0\0"
        self.socket.sendall(struct.pack(">II", len(given) + 8, 196608) + given)
        self.reader = self.socket.makefile("rb")
        self.answer()

    def answer(self):
        rows, wrong = [], None
        while True:
            kind, size = self.reader.read(1), struct.unpack(">I", self.reader.read(4))[0]
            body = self.reader.read(size - 4)
            if kind == b"D":
                row, at = [], 2
                for _ in range(struct.unpack_from(">H", body)[0]):
                    (length,) = struct.unpack_from(">i", body, at)
                    at += 4
                    row.append(None if length < 0 else body[at:at + length].decode())
                    at += max(length, 0)
                rows.append(row)
            elif kind == b"E":
                wrong = body.replace(b"\0", b" ").decode()
            elif kind == b"Z":
                if wrong:
                    raise SystemExit(f"error: {wrong}")
                return rows

    def end(self):
        self.socket.sendall(b"X\0\0\0\4")
        self.reader.read()
        time.sleep(0.2)

    def __call__(self, sql):
        text = sql.encode() + b"\0"
        self.socket.sendall(b"Q" + struct.pack(">I", len(text) + 4) + text)
        return self.answer()


def ended(process):
    process.send_signal(signal.SIGTERM)
    process.wait()


def begun(*command, **more):
    process = subprocess.Popen([sys.executable, HERE / "standin.py", *map(str, command)], stdout=subprocess.PIPE, text=True, **more)
    process.stdout.readline()
    return process


def tenant(server):
    """The real one, at the tenth migration."""
    server.sql("drop database if exists tenant_000000 with (force)", f"create database tenant_000000 owner {servers.USER}")
    server.sql(database="tenant_000000", text=f"set role {servers.USER};\n{fleet.template('postgres', 10)}\nanalyze;")


def record(server):
    """One tenant between which and Neo everything is written down: with nothing to do, and with one column to be added."""
    tenant(server)
    neo = Neo(ROOT / "recorded")
    recorder = begun("record", "--to", ROOT / "first.json", "--listen", RECORDER, "--server", server.port)
    neo("server", "add", "bench", SERVER_URL=f"postgres://{servers.USER}:{servers.PASSWORD}@127.0.0.1:{RECORDER}/postgres?sslmode=disable")
    neo("tenant", "adopt", "tenant-000000", "--server", "bench", "--database", "tenant_000000", "--user", servers.USER, TENANT_PASSWORD=servers.PASSWORD)
    neo("migrate", "all-tenants", "--yes", "--trust", "0")
    ended(recorder)
    for work in ("nothing", "column"):
        recorder = begun("record", "--to", ROOT / f"{work}.json", "--listen", RECORDER, "--server", server.port)
        if work == "column":
            (neo.migrations / COLUMN).write_text("alter table contacts add column note varchar(100);\n")
        neo("migrate", "all-tenants", "--yes", "--trust", "0")
        ended(recorder)
        print(f"{work}: kept")


def filled(server, given, tenants):
    """A central database with so many tenants; answers what copies it to be worked on."""
    name = f"filled_{tenants}_{given.servers}"
    kept = ROOT / f"{name}.db"
    if given.central == "postgres" and server.sql(f"select 1 from pg_database where datname = '{name}'") or given.central == "sqlite" and kept.exists():
        return
    began = time.perf_counter()
    central = None
    if given.central == "postgres":
        server.sql("drop database if exists filling with (force)", f"create database filling owner {servers.USER}")
        central = f"postgres://{servers.USER}@127.0.0.1:{server.port}/filling"
    neo = Neo(ROOT / "filling", central)
    admin(neo)
    tenant(server)
    # A server is tried with names that nobody has seen: by the real one.
    neo("server", "add", "bench", SERVER_URL=f"postgres://{servers.USER}:{servers.PASSWORD}@127.0.0.1:{server.port}/postgres?sslmode=disable")
    neo("tenant", "adopt", "tenant-000000", "--server", "bench", "--database", "tenant_000000", "--user", servers.USER, TENANT_PASSWORD=servers.PASSWORD)
    neo("migrate", "all-tenants", "--yes", "--trust", "0")
    if central:
        client = Client(server.port, "filling")
        ask, columns = client, lambda table: [row[0] for row in client(f"select column_name from information_schema.columns where table_name = '{table}' order by ordinal_position")]
        series, pad = "generate_series(1, {0}) as n(i)", "lpad(cast({0} as text), 6, '0')"
    else:
        database = sqlite3.connect(neo.home / "central.db", isolation_level=None)
        ask, columns = database.execute, lambda table: [row[1] for row in database.execute(f"pragma table_info({table})")]
        series, pad = "(with recursive n(i) as (select 1 union all select i + 1 from n where i < {0}) select i from n) as n", "printf('%06d', {0})"
    # The seal of the system that Neo replaces is bound to no tenant: one does for all.
    seal = subprocess.run(["openssl", "enc", "-aes-256-cbc", "-K", "62" * 32, "-iv", "00" * 16], input=servers.PASSWORD.encode(), capture_output=True, check=True).stdout
    seal = f"'{'00' * 16}:{seal.hex()}'"

    def copied(table, where, count, **other):
        names = columns(table)
        chosen = ", ".join(other.get(name, f"one.{name}") for name in names)
        ask(f"insert into {table} ({', '.join(names)}) select {chosen} from {series.format(count)} cross join (select * from {table} where {where}) one")

    number = lambda what: pad.format(what)
    ask(f"update servers set port = {STANDINS}, credential = {seal} where name = 'bench'")
    ask(f"update tenants set credential = {seal}")
    if given.servers > 1:
        copied("servers", "name = 'bench'", given.servers - 1, id="'server' || n.i", name=f"'bench-' || {number('n.i')}", port="one.port + n.i", credential=seal)
    on = f"case when n.i % {given.servers} = 0 then one.server_id else 'server' || (n.i % {given.servers}) end"
    copied("tenants", "slug = 'tenant-000000'", tenants - 1, id=f"'tenant' || {number('n.i')}", slug=f"'tenant-' || {number('n.i')}",
           name=f"'Tenant ' || n.i", database_name=f"'tenant_' || {number('n.i')}", server_id=on, credential=seal)
    ask(f"insert into tenant_tags (tenant_id, tag) select id, case when id < 'tenant{tenants // 2:06}' then 'half' else 'rest' end from tenants")
    if central:
        client("vacuum analyze")
        client.end()
        server.sql(f"alter database filling rename to {name}")
    else:
        database.close()
        shutil.copy(neo.home / "central.db", kept)
    print(f"{tenants:,} tenants on {given.servers} servers registered in {time.perf_counter() - began:.0f} s", file=sys.stderr)


def opened(server, given, tenants, work="nothing"):
    """Neo with a central database that is a copy of the filled one."""
    filled(server, given, tenants)
    name, central = f"filled_{tenants}_{given.servers}", None
    if given.central == "postgres":
        server.sql("drop database if exists central with (force)", f"create database central template {name} strategy file_copy owner {servers.USER}", "checkpoint")
        central = f"postgres://{servers.USER}@127.0.0.1:{server.port}/central"
    neo = Neo(ROOT / "home", central, port=23090)
    if not central:
        shutil.copy(ROOT / f"{name}.db", neo.home / "central.db")
    if given.each:
        limit = f"update servers set max_connections = {given.each}"
        if central:
            server.sql(limit, database="central")
        else:
            with sqlite3.connect(neo.home / "central.db") as database:
                database.execute(limit)
    if work == "column":
        (neo.migrations / COLUMN).write_text("alter table contacts add column note varchar(100);\n")
    neo.environment["RETENTION"] = "never"
    return neo


class Central:
    """What is counted of the central database."""

    def __init__(self, server, neo, given):
        self.server, self.neo, self.is_shared = server, neo, given.central == "postgres"
        self.ask = Client(server.port, "postgres") if self.is_shared else None

    def now(self):
        if not self.is_shared:
            return {}
        time.sleep(1.2)  # sessions tell what they did within a second
        commits, inserted, updated, deleted, fetched = map(int, self.ask("select xact_commit, tup_inserted, tup_updated, tup_deleted, tup_returned from pg_stat_database where datname = 'central'")[0])
        wal = int(self.ask("select (pg_current_wal_insert_lsn() - '0/0')::bigint")[0][0])
        return {"commits": commits, "inserted": inserted, "updated": updated, "deleted": deleted, "read": fetched, "wal": wal, "server_cpu": cpu(self.server.pid())}

    def forget(self):
        if self.is_shared:
            self.ask("select pg_stat_statements_reset()")

    def statements(self, most=14):
        rows = self.ask("""select calls, total_exec_time, rows, shared_blks_hit + shared_blks_read, regexp_replace(left(query, 300), '\\s+', ' ', 'g') from pg_stat_statements s
            join pg_database d on d.oid = s.dbid where datname = 'central' order by total_exec_time desc limit %d""" % most)
        return [{"calls": int(c), "ms": round(float(ms), 1), "rows": int(r), "blocks": int(b), "text": text} for c, ms, r, b, text in rows]

    def calls(self):
        return int(self.ask("select coalesce(sum(calls), 0) from pg_stat_statements s join pg_database d on d.oid = s.dbid where datname = 'central'")[0][0])

    def size(self):
        if self.is_shared:
            return int(self.ask("select pg_database_size('central')")[0][0])
        return sum(path.stat().st_size for path in self.neo.home.glob("central.db*"))


class Sampler(threading.Thread):
    """Every 20 ms: whether a round is open (a transaction that has written holds the run's row), who waits for whom, how many sessions there are."""

    def __init__(self, central, processes):
        super().__init__(daemon=True)
        self.ask = Client(central.server.port, "postgres") if central.is_shared else None
        self.processes, self.over = processes, threading.Event()
        self.open, self.waiting, self.sessions, self.active, self.samples, self.memory = 0, 0, 0, 0, 0, 0

    def run(self):
        while not self.over.wait(0.02):
            self.samples += 1
            if self.ask:
                row = self.ask("""select count(*) filter (where backend_xid is not null and wait_event_type is distinct from 'Lock') > 0, count(*) filter (where wait_event_type = 'Lock'),
                    count(*), count(*) filter (where state <> 'idle') from pg_stat_activity where datname = 'central'""")[0]
                self.open += row[0] == "t"
                self.waiting += int(row[1])
                self.active += int(row[3])
                self.sessions = max(self.sessions, int(row[2]))
            if self.samples % 10 == 0:
                self.memory = max([self.memory, *(memory(process.pid) for process in self.processes)])

    def end(self):
        self.over.set()
        self.join()
        n = max(self.samples, 1)
        return {"open": self.open / n, "waiting": self.waiting / n, "active": self.active / n, "sessions": self.sessions, "worker_mb": self.memory / 2**20}


def used(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def written(pid):
    return int(next(line for line in open(f"/proc/{pid}/io") if line.startswith("wchar")).split()[1])


def state_of(central, neo):
    """Without asking Neo, which would count its tasks."""
    sql = "select status, last_seq from runs order by number desc limit 1"
    if central.is_shared:
        return central.watch(sql)[0]
    with sqlite3.connect(f"file:{neo.home}/central.db?mode=ro", uri=True) as database:
        return list(database.execute(sql).fetchone())


def one(server, given, tenants, workers, after, work):
    neo = opened(server, given, tenants, work)
    central = Central(server, neo, given)
    kept = {"central": given.central, "tenants": tenants, "servers": given.servers, "workers": workers, "concurrency": given.concurrency, "each": given.each, "after": after, "work": work, "note": given.note}
    processes, standin = [], None
    try:
        central.forget()
        before, at, processor = central.now(), time.perf_counter(), os.times()
        planned = subprocess.Popen([neo.program, "migrate", "all-tenants", "--yes", "--detach", "--trust", "0", "--concurrency", str(given.concurrency)],
                                   env=neo.environment, stdout=subprocess.DEVNULL)
        peak = 0
        while planned.poll() is None:
            peak = max(peak, memory(planned.pid))
            time.sleep(0.01)
        if planned.returncode:
            raise SystemExit("error: the run could not be planned")
        then = os.times()
        kept["plan"] = {"wall": time.perf_counter() - at, "cpu": then.children_user + then.children_system - processor.children_user - processor.children_system, "mb": peak / 2**20}
        now = central.now()
        kept["plan"].update({key: now[key] - before[key] for key in now})
        kept["bytes_planned"] = central.size()
        if given.tally and central.is_shared:
            server.sql("analyze tasks", database="central")
        standin = begun("answer", ROOT / f"{work}.json", "--listen", STANDINS, "--servers", given.servers, "--after", after, stderr=subprocess.PIPE)
        central.forget()
        before, others, looks = central.now(), busy(), 0
        standin_before = used(standin.pid)
        # `watch` is of the same database and would be counted: its own commits are taken off.
        central.watch = Client(server.port, "central") if central.is_shared else None
        at = time.perf_counter()
        for n in range(workers):
            environment = {**neo.environment, "DATA_DIR": str(neo.home / f"worker-{n}")}
            if not central.is_shared:
                environment["DATABASE_URL"] = f"sqlite://{neo.home}/central.db"
            processes.append(subprocess.Popen([neo.program, "work", "--workers", str(given.hands)], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        sampler = Sampler(central, processes)
        sampler.start()
        first = None
        while True:
            time.sleep(0.25)
            looks += 1
            status, events = state_of(central, neo)
            if status == "running" and first is None:
                first = time.perf_counter()
                if given.tally and central.is_shared:
                    # As if nobody counted the tasks of a live run: how they stand is kept in its row, as it is once it is over.
                    tally = dict.fromkeys("total migrated current failed skipped cancelled unknown running queued drifted uncompared".split(), 0)
                    central.watch(f"update runs set tally = '{json.dumps([tally, 0])}' where status = 'running'")
            if status not in ("queued", "running"):
                break
            if any(process.poll() is not None for process in processes):
                raise SystemExit("error: a worker has ended")
            if given.seconds and time.perf_counter() - at > given.seconds:
                break
        wall = time.perf_counter() - at
        kept.update(sampler.end())
        neo_cpu = sum(used(process.pid) for process in processes)
        kept["bytes_written"] = sum(written(process.pid) for process in processes)
        standin_cpu = used(standin.pid) - standin_before
        others = busy() - others
        now = central.now()
        kept.update({key: now[key] - before[key] for key in now})
        if central.is_shared:
            kept["commits"] -= looks
            kept["calls"] = central.calls()
            kept["statements"] = central.statements()
            done = int(central.watch("select count(*) from tasks where status not in ('queued', 'running')")[0][0])
            kept["ended"] = {row[0]: int(row[1]) for row in central.watch("select coalesce(reason, status), count(*) from tasks group by 1")}
        else:
            with sqlite3.connect(neo.home / "central.db") as database:
                done = database.execute("select count(*) from tasks where status not in ('queued', 'running')").fetchone()[0]
                kept["ended"] = dict(database.execute("select coalesce(reason, status), count(*) from tasks group by 1").fetchall())
        kept.update(wall=wall, status=status, events=int(events), done=done, neo_cpu=neo_cpu, standin_cpu=standin_cpu,
                    others=(others - neo_cpu - standin_cpu - kept.get("server_cpu", 0)) / wall, bytes_after=central.size())
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        for process in processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
        if standin:
            standin.send_signal(signal.SIGTERM)
            kept["standin"] = standin.stderr.read().strip()
    with open(ROOT / "central.jsonl", "a") as file:
        file.write(json.dumps(kept) + "\n")
    return kept


HEAD = ["tenants", "workers", "at once", "answer ms", "work", "wall s", "tenants/s", "Neo CPU ms", "central CPU ms", "commits", "statements", "rows written", "log kB", "central kB", "row held", "waiting", "sessions", "others"]


def told(kept):
    n = max(kept["done"], 1)
    each = lambda key, scale=1: f"{kept[key] * scale / n:.2f}" if key in kept else "–"
    rows = kept.get("inserted", 0) + kept.get("updated", 0) + kept.get("deleted", 0)
    print("| " + " | ".join(map(str, [
        kept["tenants"], kept["workers"], kept["concurrency"], f"{kept['after']:g}", kept["work"], f"{kept['wall']:.1f}", f"{n / kept['wall']:.0f}", each("neo_cpu", 1000), each("server_cpu", 1000),
        each("commits"), each("calls"), f"{rows / n:.2f}", each("wal", 0.001) if "wal" in kept else f"{kept['bytes_written'] / 1000 / n:.2f}", f"{(kept['bytes_after'] - kept['bytes_planned']) / 1000 / n:.2f}",
        f"{kept['open']:.2f}", f"{kept['waiting']:.1f}", kept["sessions"], f"{kept['others']:.1f}"])) + " |", flush=True)
    if kept["status"] != "succeeded":
        print(f"  ended {kept['status']}, {kept['done']} of {kept['tenants']}: {kept['ended']}", flush=True)
    if " 0 astray" not in kept["standin"]:
        print(f"  the stand-in: {kept['standin']}", flush=True)


def run(server, given):
    print("\nof each tenant:\n\n| " + " | ".join(HEAD) + " |\n|" + "---|" * len(HEAD))
    for tenants in numbers(given.tenants):
        for work in given.work.split(","):
            for after in map(float, given.after.split(",")):
                for workers in numbers(given.workers):
                    kept = one(server, given, tenants, workers, after, work)
                    told(kept)
                    if given.show:
                        plan = kept["plan"]
                        print(f"  planned in {plan['wall']:.2f} s, {plan['cpu']:.2f} s of CPU, {plan['mb']:.0f} MB; central {plan.get('server_cpu', 0):.2f} s, {plan.get('wal', 0) / 1e6:.1f} MB of log; worker {kept['worker_mb']:.0f} MB")
                        for row in kept.get("statements", []):
                            print(f"  {row['ms'] / kept['done']:8.3f} ms/tenant {row['calls']:8} × {row['ms'] / max(row['calls'], 1):8.3f} ms, {row['blocks'] / max(row['calls'], 1):8.0f} blocks  {row['text'][:150]}")


def idle(server, given):
    """Replicas with nothing to do, for half a minute."""
    print("\n| idle replicas | commits/s | statements/s | log kB/s | central CPU ms/s | Neo CPU ms/s each | sessions | memory MB each |\n|---|---|---|---|---|---|---|---|")
    for replicas in numbers(given.replicas):
        neo = opened(server, given, 1000)
        central = Central(server, neo, given)
        processes = []
        try:
            for n in range(replicas):
                environment = {**neo.environment, "DATA_DIR": str(neo.home / f"replica-{n}"), "LISTEN": f"127.0.0.1:{23100 + n}"}
                processes.append(subprocess.Popen([neo.program, "serve"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
            time.sleep(15)
            central.forget()
            before, mine, at = central.now(), sum(used(p.pid) for p in processes), time.perf_counter()
            time.sleep(given.seconds or 30)
            now = central.now()
            wall = time.perf_counter() - at
            sessions = central.ask("select count(*) from pg_stat_activity where datname = 'central'")[0][0]
            each = max(memory(process.pid) for process in processes) / 2**20
            delta = {key: (now[key] - before[key]) / wall for key in now}
            print(f"| {replicas} | {delta['commits']:.1f} | {central.calls() / wall:.1f} | {delta['wal'] / 1000:.1f} | {delta['server_cpu'] * 1000:.1f} | "
                  f"{(sum(used(p.pid) for p in processes) - mine) / wall / replicas * 1000:.1f} | {sessions} | {each:.0f} |", flush=True)
            if given.show:
                for row in central.statements(10):
                    print(f"  {row['calls'] / wall:8.2f}/s × {row['ms'] / max(row['calls'], 1):8.3f} ms  {row['text'][:150]}")
        finally:
            for process in processes:
                process.send_signal(signal.SIGTERM)
            for process in processes:
                process.wait()


PAGES = ["/", "/tenants", "/tenants?sort=name", "/tenants?sort=version", "/tenants?sort=updated", "/tenants?state=behind", "/tenants?tag=half", "/tenants?q=tenant-0015", "/tenants?server=bench",
         "/tenants/tenant-000500", "/runs", "/runs/{run}", "/runs/{run}?status=failed", "/runs/{run}?q=tenant-0015", "/runs/new", "/servers", "/servers/bench", "/migrations", "/audit",
         "/api/v1/tenants?limit=100", "/api/v1/runs?limit=50", "/api/v1/runs/show?run={run}", "/api/v1/runs/tasks?run={run}&limit=500"]


def pages(server, given):
    """Of a fleet whose newest run was on everybody, who is known to be current."""
    found = {}
    for tenants in numbers(given.tenants):
        neo = opened(server, given, tenants)
        neo("migrate", "all-tenants", "--yes")
        if given.central == "postgres":
            server.sql("vacuum analyze", database="central")
        # A server that is down is asked for by whoever plans, and its tenants are named one by one.
        standin = begun("answer", ROOT / "nothing.json", ROOT / "first.json", "--listen", STANDINS, "--servers", given.servers, stderr=subprocess.DEVNULL)
        neo.serve()
        try:
            run = json.loads(neo("run", "list", "--json"))
            run = (run[0] if isinstance(run, list) else run["runs"][0])["run"]
            cookie = neo.sign_in()
            for path in PAGES:
                times, status, before = [], 0, 0
                for n in range(given.visits + 3):
                    if n == 3:
                        before = both(neo, server, given)
                    began = time.perf_counter()
                    answer = neo.ask("GET", path.format(run=run), cookie=cookie)
                    answer.read()
                    times.append(1000 * (time.perf_counter() - began))
                    status = answer.status
                found[path, tenants] = (sorted(times[3:]), (both(neo, server, given) - before) * 1000 / given.visits, status)
                print(f"  {tenants:,} {path}: {statistics.median(times):.0f} ms, {found[path, tenants][1]:.1f} ms of processor", file=sys.stderr, flush=True)
            for command in (["migrate", "status"], ["migrate", "plan"], ["tenant", "list"], ["migrate", "all-tenants", "--yes"]):
                times, peak = [], 0
                usage = os.times()
                for n in range(5):
                    began = time.perf_counter()
                    process = subprocess.Popen([neo.program, *command], env=neo.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                    while process.poll() is None:
                        peak = max(peak, memory(process.pid))
                        time.sleep(0.005)
                    times.append(1000 * (time.perf_counter() - began))
                now = os.times()
                found[f"`neo {' '.join(command)}`, {'{}'} MB", tenants] = (sorted(times), (now.children_user + now.children_system - usage.children_user - usage.children_system) * 200, round(peak / 2**20))
            found["memory of `neo serve`, MB", tenants] = ([memory(neo.server.pid) / 2**20], 0, 200)
        finally:
            neo.stop()
            ended(standin)
    sizes = numbers(given.tenants)
    print("\n| what | " + " | ".join(f"{n:,}: p50, p95 ms | processor ms" for n in sizes) + " | p95 × |\n|" + "---|" * (2 * len(sizes) + 2))
    for path in dict.fromkeys(path for path, _ in found):
        cells, p95 = [], []
        for n in sizes:
            times, processor, status = found[path, n]
            p95.append(times[min(len(times) - 1, int(len(times) * 0.95))])
            cells += [f"{statistics.median(times):.1f}, {p95[-1]:.1f}" + (f" ({status})" if status != 200 else ""), f"{processor:.1f}"]
        print(f"| {path} | " + " | ".join(cells) + f" | {p95[-1] / max(p95[0], 0.01):.2f} |")


def both(neo, server, given):
    sessions = 0
    if given.central == "postgres":
        pids = subprocess.run(["pgrep", "-P", str(server.pid())], capture_output=True, text=True).stdout.split()
        for pid in pids:
            try:
                sessions += used(pid)
            except OSError:
                pass
    return used(neo.server.pid) + sessions


def numbers(text):
    return [int(n) for n in text.split(",")]


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    does = arguments.add_subparsers(required=True)
    for name, work in (("record", None), ("run", run), ("idle", idle), ("pages", pages)):
        command = does.add_parser(name)
        command.set_defaults(does=work)
        command.add_argument("--tenants", default="10000,100000" if name == "pages" else "1000,10000")
        command.add_argument("--central", choices=["postgres", "sqlite"], default="postgres")
        command.add_argument("--servers", type=int, default=50)
        command.add_argument("--workers", default="1,2,4")
        command.add_argument("--hands", type=int, default=32, help="tasks at once of a worker, over all runs")
        command.add_argument("--concurrency", type=int, default=8)
        command.add_argument("--each", type=int, default=0, help="connections that a server is said to take (0: as many as it has)")
        command.add_argument("--after", default="0", help="milliseconds until a stand-in answers")
        command.add_argument("--work", default="nothing,column")
        command.add_argument("--replicas", default="1,4,20")
        command.add_argument("--visits", type=int, default=40)
        command.add_argument("--seconds", type=int, default=0, help="ends a run after so long")
        command.add_argument("--note", default="")
        command.add_argument("--tally", action="store_true", help="an executable of before 2026-11-30 as if it neither counted the tasks of a live run nor left them uncounted by PostgreSQL")
        command.add_argument("--show", action="store_true", help="the statements that took longest")
    given = arguments.parse_args()
    ROOT.mkdir(parents=True, exist_ok=True)
    ROOT.parent.chmod(0o711)
    ROOT.chmod(0o711)
    server = Postgres(ROOT)
    server.ready()
    try:
        if given.does is None:
            record(server)
        else:
            given.does(server, given)
    finally:
        server.stop()


if __name__ == "__main__":
    main()
