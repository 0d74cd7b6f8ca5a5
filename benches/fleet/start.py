#!/usr/bin/env python3
"""What a command takes from its start to its end where there is little to do: the program's own weight.

  start.py [--rounds 20]

NEO is measured, and NEO_AGAINST beside it where that is set, in turn."""
import argparse, csv, os, shutil, sqlite3, statistics, subprocess, tempfile, time
from pathlib import Path

import fleet
from peers import raise_missing

arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
arguments.add_argument("--rounds", type=int, default=20)
COMMANDS = [["--version"], ["tenant", "list"], ["migrate", "status"], ["migrate", "plan"], ["migrate", "all-tenants", "--yes"]]


def home(root, program, label, tenants):
    """A fleet that this program has adopted, and what it needs to find it."""
    place = root / f"start-{label}-{tenants}"
    shutil.rmtree(place, ignore_errors=True)
    (place / "files").mkdir(parents=True)
    first = place / "template"
    with sqlite3.connect(first) as database:
        database.create_function("concat_ws", -1, lambda gap, *parts: gap.join(map(str, parts)))
        database.executescript("\n".join(script.read_text() for script in fleet.SCRIPTS) + fleet.ledger("sqlite", fleet.SCRIPTS))
    names = fleet.databases(tenants)
    listing = place / "tenants.csv"
    with open(listing, "w") as file:
        writer = csv.writer(file)
        writer.writerow(["slug", "name", "server", "database", "user", "password"])
        for name in names:
            shutil.copy(first, place / "files" / f"{name}.db")
            writer.writerow([name.replace("_", "-"), name, "local", place / "files" / f"{name}.db", "", ""])
    listing.chmod(0o600)
    environment = {**os.environ, "DATABASE_URL": f"sqlite://{place}/central.db", "DB_ENCRYPTION_KEY": "b" * 32, "NO_COLOR": "1",
                   "TENANT_MIGRATIONS": str(fleet.HERE / "migrations"), "DATA_DIR": str(place), "RUST_LOG": "warn"}
    subprocess.run([program, "tenant", "adopt", "--from-file", listing], env=environment, check=True, capture_output=True)
    # Seen once: from here on all of them are known to be current.
    subprocess.run([program, "migrate", "all-tenants", "--yes", "--trust", "0"], env=environment, check=True, capture_output=True)
    return environment


def took(program, command, environment):
    start = time.perf_counter()
    subprocess.run([program, *command], env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return 1000 * (time.perf_counter() - start)


def main():
    given = arguments.parse_args()
    root = Path(os.environ.get("NEO_BENCH") or Path(tempfile.gettempdir()) / "neo-bench")
    root.mkdir(parents=True, exist_ok=True)
    programs = {"neo": os.environ.get("NEO") or raise_missing()}
    if os.environ.get("NEO_AGAINST"):
        programs["was"] = os.environ["NEO_AGAINST"]
    print("\n| command | tenants | " + " | ".join(f"{label} ms" for label in programs) + " |")
    print("|---|---|" + "---|" * len(programs))
    for tenants in (10, 10000):
        homes = {label: home(root, program, label, tenants) for label, program in programs.items()}
        for command in COMMANDS:
            if command == ["--version"] and tenants > 10:
                continue
            times = {label: [] for label in programs}
            for _ in range(given.rounds):
                for label, program in programs.items():
                    times[label].append(took(program, command, homes[label]))
            print(f"| `neo {' '.join(command)}` | {tenants:,} | " + " | ".join(f"{statistics.median(times[label]):.1f}" for label in programs) + " |", flush=True)


main()
