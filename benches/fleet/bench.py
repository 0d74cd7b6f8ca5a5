#!/usr/bin/env python3
"""Neo beside its peers on the same databases in the same rounds.

  bench.py [--engine postgres|mysql] [--tenants 50] [--rounds 3] [--work W,W0,F] [--peers floor-8,neo-8,knex-1,...]

W   two of ten migrations are pending on every tenant
W0  nothing is pending: the run of a deploy without migrations
F   W, and one tenant fails: who names it, who goes on, what a second run after mending does

Without --peers: all of them, sqlx where its program is there already, and `was` (Neo at another commit) where NEO_AGAINST says
where that is. A peer is NAME-CONCURRENCY. Rounds visit all peers in turn, so that a busy machine slows all alike; medians are printed, and
ratios to the floor of the same round. Everything is kept under NEO_BENCH (default: neo-bench in the temporary folder)."""
import argparse, json, os, statistics, sys, tempfile
from pathlib import Path

import fleet, measure, peers, servers

arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
arguments.add_argument("--engine", choices=["postgres", "mysql"], default="postgres")
arguments.add_argument("--tenants", type=int, default=50)
arguments.add_argument("--rounds", type=int, default=3)
arguments.add_argument("--work", default="W,W0,F")
arguments.add_argument("--peers")
STATES = {"W": 8, "W0": 10, "F": 8}


def main():
    given = arguments.parse_args()
    root = Path(os.environ.get("NEO_BENCH") or Path(tempfile.gettempdir()) / "neo-bench")
    root.mkdir(parents=True, exist_ok=True)
    root.chmod(0o711)
    server = {"postgres": servers.Postgres, "mysql": servers.Mysql}[given.engine](root)
    chosen = given.peers.split(",") if given.peers else usual(root)
    configs = [(label, label.rsplit("-", 1)[0], int(label.rsplit("-", 1)[1])) for label in chosen]
    made = {}
    for _, name, _ in configs:
        if name not in made:
            made[name] = peers.ALL[name](root, server)
            made[name].install()
    names = fleet.databases(given.tenants)
    server.ready()
    try:
        for work in given.work.split(","):
            snapshot = f"at{STATES[work]}-{given.tenants}"
            if not server.has(snapshot):
                print(f"making {given.tenants} databases at migration {STATES[work]} …", file=sys.stderr)
                server.fill(fleet.template(server.name, STATES[work]), names)
                server.snapshot(snapshot)
            server.restore(snapshot)
            if work == "F":
                failures(server, made, configs, names, snapshot)
            else:
                compare(root, server, made, configs, names, snapshot, work, given.rounds)
    finally:
        server.stop()


def usual(root):
    was = ["was-8"] if os.environ.get("NEO_AGAINST") else []
    sqlx = ["sqlx-8"] if (root / "tools/sqlx/bin/sqlx").exists() else []
    return ["floor-8", "neo-8", *was, *sqlx, "knex-1", "knex-8", "dbmate-8"]


def once(server, peer, names, concurrency):
    stdin = peer.stdin(names) if hasattr(peer, "stdin") else None
    return measure.run(peer.command(names, concurrency), server, peer.environment(), stdin, peer.root)


def compare(root, server, made, configs, names, snapshot, work, rounds):
    results = {label: [] for label, _, _ in configs}
    for turn in range(rounds):
        for label, name, concurrency in configs:
            server.restore(snapshot)
            made[name].prepare(names, STATES[work])
            result = once(server, made[name], names, concurrency)
            short = [] if result["exit"] else fleet.behind(server, name, names[:: max(1, len(names) // 10)])
            if result["exit"] or short:
                raise SystemExit(f"error: {label} ended with {result['exit']}, short: {short}\n{result['output'][-2000:]}")
            results[label].append(result)
            kept = {"engine": server.name, "work": work, "tenants": len(names), "peer": label, "round": turn + 1,
                    **{key: value for key, value in result.items() if key != "output"}}
            with open(root / "runs.jsonl", "a") as file:
                file.write(json.dumps(kept) + "\n")
            print(f"{work} {turn + 1}/{rounds} {label}: {result['wall']:.2f} s, others used {result['foreign']:.1f} cores", file=sys.stderr)
    table(server, results, work, len(names))


def table(server, results, work, tenants):
    print(f"\n{work}, {tenants} tenants on {server.name}, medians of {len(next(iter(results.values())))}\n")
    print("| peer | wall s | × floor | CPU × floor | ms/tenant | client CPU s | server CPU s | client memory MB |")
    print("|---|---|---|---|---|---|---|---|")
    floor = next((runs for label, runs in results.items() if label.startswith("floor")), None)
    for label, runs in results.items():
        median = lambda key: statistics.median(run[key] for run in runs)
        beside = lambda of: statistics.median(of(run) / of(base) for run, base in zip(runs, floor)) if floor else float("nan")
        ratio, cpu = beside(lambda run: run["wall"]), beside(lambda run: run["client_cpu"] + run["server_cpu"])
        print(f"| {label} | {median('wall'):.2f} | {ratio:.2f} | {cpu:.2f} | {median('wall') / tenants * 1000:.1f} | {median('client_cpu'):.2f} | "
              f"{median('server_cpu'):.2f} | {median('memory_mb'):.0f} |")
    sys.stdout.flush()


def failures(server, made, configs, names, snapshot):
    """One tenant already has the table that the last migration creates."""
    victim = names[len(names) * 3 // 4]
    print(f"\nF, {len(names)} tenants on {server.name}, {victim} fails\n")
    print("| peer | exit | names it | left behind | exit of a second run after mending | left behind |")
    print("|---|---|---|---|---|---|")
    for label, name, concurrency in configs:
        server.restore(snapshot)
        made[name].prepare(names, STATES["F"])
        owner = f"set role {servers.USER}; " if server.name == "postgres" else ""
        server.sql(f"{owner}create table activity (id integer)", database=victim)
        first = once(server, made[name], names, concurrency)
        said = victim in first["output"] or victim.replace("_", "-") in first["output"]
        short = len(fleet.behind(server, name, names))
        server.sql("drop table activity", database=victim)
        second = once(server, made[name], names, concurrency)
        left = len(fleet.behind(server, name, names))
        print(f"| {label} | {first['exit']} | {'yes' if said else 'no'} | {short} | {second['exit']} | {left} |")
        sys.stdout.flush()


main()
