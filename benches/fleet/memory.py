#!/usr/bin/env python3
"""What `neo serve` keeps of its work: its memory after many runs and requests, and a minute later.

  memory.py [--runs 160] [--tenants 600] [--requests 80000]

Runs that connect to every tenant (--trust 0), one after the other, while clients ask for pages and lists; prints the resident memory at the
start, after 20 runs, every 20 runs, at the end, and each 20 s of the minute after (wanted: at most 48 MB, 1.15 of what it was after 20
runs, and within 10 % of that a minute later)."""
import argparse, http.client, json, os, shutil, sqlite3, sys, tempfile, threading, time
from pathlib import Path

import fleet
from scale import Neo, admin, register

arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
arguments.add_argument("--runs", type=int, default=160)
arguments.add_argument("--tenants", type=int, default=600)
arguments.add_argument("--requests", type=int, default=80_000)
PAGES = ["/", "/runs", "/tenants", "/runs/{run}", "/servers", "/tenants/{tenant}", "/migrations", "/audit", "/api/v1/runs/list?limit=50", "/api/v1/tenants?limit=100",
         "/api/v1/runs/tasks?run={run}&limit=100"]


def resident(pid):
    """Of the process alone, in MB: what is in memory, and what of it is the program's own."""
    lines = dict(line.split(":", 1) for line in open(f"/proc/{pid}/status") if ":" in line)
    mb = lambda name: int(lines[name].split()[0]) / 1024
    return mb("VmRSS"), mb("RssAnon")


class Asker(threading.Thread):
    """One client on one connection, as long as there is something left to ask."""

    def __init__(self, neo, cookie, left, now):
        super().__init__(daemon=True)
        self.neo, self.cookie, self.left, self.now, self.ended = neo, cookie, left, now, False

    def run(self):
        connection, n = None, 0
        headers = {"Host": f"central.localhost:{self.neo.port}", "Sec-Fetch-Site": "same-origin", "Cookie": self.cookie}
        while not self.ended:
            if self.left[0] <= 0:
                return
            self.left[0] -= 1
            n += 1
            try:
                connection = connection or http.client.HTTPConnection("127.0.0.1", self.neo.port)
                connection.request("GET", PAGES[n % len(PAGES)].format(**self.now), None, headers)
                connection.getresponse().read()
            except (OSError, http.client.HTTPException):
                connection = None


def main():
    given = arguments.parse_args()
    root = Path(os.environ.get("NEO_BENCH") or Path(tempfile.gettempdir()) / "neo-bench")
    root.mkdir(parents=True, exist_ok=True)
    neo = Neo(root / "memory", port=23081)
    folder = neo.home / "files"
    folder.mkdir()
    first = folder / "template"
    with sqlite3.connect(first) as database:
        database.create_function("concat_ws", -1, lambda gap, *parts: gap.join(map(str, parts)))
        database.executescript("\n".join(script.read_text() for script in fleet.SCRIPTS) + fleet.ledger("sqlite", fleet.SCRIPTS))
    names = fleet.databases(given.tenants)
    for name in names:
        shutil.copy(first, folder / f"{name}.db")
    register(neo, [{"slug": name.replace("_", "-"), "name": name, "server": "local", "database": folder / f"{name}.db"} for name in names])
    admin(neo)
    neo.serve()
    pid, began = neo.server.pid, time.perf_counter()
    at = {}

    def tell(what):
        at[what] = resident(pid)
        print(f"{time.perf_counter() - began:6.0f} s  {what:<22} {at[what][0]:6.1f} MB, {at[what][1]:6.1f} MB its own", flush=True)

    try:
        tell("start")
        cookie, left, now = neo.sign_in(), [given.requests], {"run": 1, "tenant": names[0].replace("_", "-")}
        askers = [Asker(neo, cookie, left, now) for _ in range(4)]
        for run in range(1, given.runs + 1):
            now["run"] = neo("migrate", "all-tenants", "--yes", "--detach", "--trust", "0").strip()
            if run == 1:
                for asker in askers:
                    asker.start()
            while json.loads(neo("run", "show", now["run"], "--json"))["state"] in ("queued", "running"):
                time.sleep(0.3)
            if run % 20 == 0:
                tell(f"{run} runs")
        while left[0] > 0:
            time.sleep(1)
        tell("end")
        for seconds in (20, 40, 60):
            time.sleep(20)
            tell(f"{seconds} s later")
        after = at.get("20 runs", at["start"])[0]
        print(f"end / 20 runs {at['end'][0] / after:.2f}, a minute later / 20 runs {at['60 s later'][0] / after:.2f}")
    finally:
        neo.stop()
        shutil.rmtree(neo.home, ignore_errors=True)


if __name__ == "__main__":
    main()
