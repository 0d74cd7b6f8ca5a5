#!/usr/bin/env python3
"""A run past this machine: workers, hands, tenants that answer in a chosen time, and the one row of the run that every round holds.

  simulate.py check [--measured central.jsonl]        # against what central.py has measured: how far off the model is
  simulate.py run [--tenants 1000000] [--replicas 1,2,4,8,12,16,20] [--answer 5,50,500] [--concurrency 8,100,1000]

It does what src/runs/worker.rs does, and nothing else: a worker has so many hands (its share of what the run does at once, 32 at most); a hand
is at a tenant for as long as the tenant takes; ends wait for company (10 ms, or until half of the hands are idle); a round takes the run's row, in order of
asking, holds it for so long, and claims for the hands that are free; others are rung and look themselves, 50 ms after their last look at the soonest. A worker alone
claims four tenants ahead for each hand where they are short. What a round and a tenant cost is read from the measured runs (`costs`), and so is what Neo's own processor does for
a tenant, which is shared by the hands of a replica. It knows no failures, waves, windows, and nobody who watches."""
import argparse, heapq, itertools, json, math, os, random, tempfile
from pathlib import Path

TOGETHER, APART, PERIOD, HANDS, AHEAD, SHORT = 0.010, 0.050, 0.060, 32, 4, 0.050
# docs/scale.md says from where: seconds that the row is held by a round, by a look that finds nothing, and for each end that is written (a claim takes 0.4 of it); answers
# that a tenant is waited for; processor of Neo for one, in seconds; cores of a replica.
COSTS = {"round": 0.0070, "end": 0.00032, "look": 0.0045, "answers": {"nothing": 3, "column": 9}, "neo": {"nothing": 0.0009, "column": 0.0014}, "cores": 2}


class Replica:
    def __init__(self, hands):
        self.hands, self.running, self.ended, self.ahead = hands, 0, 0, 0
        self.asked, self.looked, self.rung = False, 0.0, False


def simulate(replicas, concurrency, answer, work="nothing", tenants=1_000_000, seconds=20.0, costs=COSTS, cores=None, shared=False, spread=0.3, light=False, reaches=True, seed=1):
    """Tenants a second, share of the time that the row is held, rounds a second, and how long the longest waits for it. `light`: as if who is rung and has no hand free did not
    take the row to look. `reaches`: a worker alone claims ahead where tenants are quick."""
    dice = random.Random(seed)
    share = max(1, math.ceil(concurrency / replicas))
    workers = [Replica(min(share, HANDS)) for _ in range(replicas)]
    cores = cores or costs["cores"]
    heap, ids = [], itertools.count()
    put = lambda at, what, who: heapq.heappush(heap, (at, next(ids), what, who))
    queue, holder_free, left, done, rounds, held, waited = [], 0.0, tenants, 0, 0, 0.0, 0.0
    # When the processor of a replica (or of the machine that all share) has done what was asked of it.
    processors = {0: [0.0] * cores} if shared else {n: [0.0] * cores for n in range(replicas)}

    def begin(now, who):
        worker = workers[who]
        worker.running += 1
        own = costs["neo"][work]
        core = processors[0 if shared else who]
        at = min(range(len(core)), key=core.__getitem__)
        core[at] = max(core[at], now) + own
        waits = costs["answers"][work] * answer * dice.uniform(1 - spread, 1 + spread)
        put(core[at] + waits, "end", who)

    def ask(now, who):
        if not workers[who].asked:
            workers[who].asked = True
            put(now, "ask", who)

    for who in range(replicas):
        ask(0.0, who)
    now, busy_until, waiting, holder = 0.0, 0.0, [], None

    def take(now):
        nonlocal holder, rounds, held, left, waited
        if holder is not None or not waiting:
            return
        since, who = waiting.pop(0)
        waited = max(waited, now - since)
        worker = workers[who]
        worker.looked = now
        ends, worker.ended = worker.ended, 0
        # What has ended counts as running until its end is written.
        in_run = sum(other.running + other.ended for other in workers)
        free = min(worker.hands - worker.running, concurrency - in_run)
        claims = max(0, min(free, left))
        ahead = 0
        if reaches and replicas == 1 and costs["answers"][work] * answer + costs["neo"][work] < SHORT:
            ahead = max(0, min(left - claims, worker.hands * AHEAD - worker.ahead))
        left -= claims + ahead
        took = costs["round" if ends or claims or ahead else "look"] + costs["end"] * (ends + 0.4 * (claims + ahead))
        rounds, held, holder = rounds + 1, held + took, who
        put(now + took, "written", (who, ends, claims, ahead))

    while heap:
        now, _, what, who = heapq.heappop(heap)
        if now > seconds:
            break
        if what == "ask":
            waiting.append((now, who))
            take(now)
        elif what == "end":
            worker = workers[who]
            worker.running -= 1
            worker.ended += 1
            if worker.ahead:
                worker.ahead -= 1
                begin(now, who)
                if not worker.asked:
                    worker.asked = True
                    put(now + (PERIOD if worker.ahead * 4 > worker.hands * AHEAD else TOGETHER), "ask", who)
            elif not worker.asked:
                worker.asked = True
                put(now + (0 if worker.ended >= worker.running else TOGETHER), "ask", who)
        elif what == "written":
            who, ends, claims, ahead = who
            worker = workers[who]
            worker.asked, holder = False, None
            done += ends
            worker.ahead += ahead
            for _ in range(claims):
                begin(now, who)
            if worker.ended:
                ask(now, who)
            if ends or claims or ahead:
                # It rings: whoever else has looked long enough ago looks.
                for other, rung in enumerate(workers):
                    if other != who and not rung.asked and not (light and rung.running + rung.ended >= rung.hands):
                        rung.asked = True
                        put(max(now, rung.looked + APART), "ask", other)
            take(now)
            if left == 0 and all(w.running + w.ended == 0 for w in workers):
                break
    return {"rate": done / max(now, 1e-9), "held": held / max(now, 1e-9), "rounds": rounds / max(now, 1e-9), "waited": waited}


def numbers(text):
    return [float(n) for n in text.split(",")]


def newest(lines, note):
    """Of runs that were measured with the same settings the last."""
    found = {}
    for line in lines:
        if line["central"] == "postgres" and (note is None or line["note"] == note):
            found[tuple(line[key] for key in ("tenants", "workers", "concurrency", "after", "work", "each"))] = line
    return found.values()


def check(given):
    """Each measured run beside the model. On a busy machine a tenant takes more than 50 ms, and nobody claims ahead."""
    print("| tenants | workers | at once | answer ms | work | measured tenants/s | model | off | row held, measured | model |\n|" + "---|" * 10)
    off = []
    for line in newest(map(json.loads, open(given.measured)), given.note):
        rate = line["done"] / line["wall"]
        model = simulate(line["workers"], line["concurrency"], line["after"] / 1000, line["work"], line["tenants"], seconds=1e9 if line["tenants"] <= 10_000 else 20,
                         costs=costs_of(given), cores=1, shared=True, reaches=False)
        off.append(model["rate"] / rate - 1)
        print(f"| {line['tenants']:,} | {line['workers']} | {line['concurrency']} | {line['after']:g} | {line['work']} | {rate:.0f} | {model['rate']:.0f} | {100 * off[-1]:+.0f} % | {line['open']:.2f} | {model['held']:.2f} |")
    if off:
        print(f"\nmean {100 * sum(map(abs, off)) / len(off):.0f} % off, the farthest {100 * max(off, key=abs):+.0f} %")


def run(given):
    costs = costs_of(given)
    print(f"{given.tenants:,} tenants; costs {json.dumps(costs)}\n")
    for work in given.work.split(","):
        for answer in numbers(given.answer):
            print(f"\n{work}, a tenant's server answers in {answer:g} ms\n\n| at once | " + " | ".join(f"{n:g} replicas" for n in numbers(given.replicas)) + " |\n|" + "---|" * (len(numbers(given.replicas)) + 1))
            for concurrency in numbers(given.concurrency):
                cells = []
                for replicas in numbers(given.replicas):
                    model = simulate(int(replicas), int(concurrency), answer / 1000, work, given.tenants, seconds=15, costs=costs, light=given.light)
                    cells.append(f"{model['rate']:.0f}/s ({given.tenants / model['rate'] / 60:.0f} min; row {100 * model['held']:.0f} %)")
                print(f"| {concurrency:g} | " + " | ".join(cells) + " |", flush=True)


def costs_of(given):
    costs = dict(COSTS)
    for name in ("round", "end", "look"):
        value = getattr(given, name)
        if value is not None:
            costs[name] = value / 1000
    return costs


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    does = arguments.add_subparsers(required=True)
    for name, work in (("check", check), ("run", run)):
        command = does.add_parser(name)
        command.set_defaults(does=work)
        for cost in ("round", "end", "look"):
            command.add_argument(f"--{cost}", type=float, help="milliseconds that the row is held")
    one = does.choices["check"]
    one.add_argument("--measured", default=str(Path(os.environ.get("NEO_BENCH") or Path(tempfile.gettempdir()) / "neo-bench") / "central/central.jsonl"))
    one.add_argument("--note", help="only runs that were measured with this note")
    one = does.choices["run"]
    one.add_argument("--tenants", type=int, default=1_000_000)
    one.add_argument("--replicas", default="1,2,4,8,12,16,20")
    one.add_argument("--answer", default="5,50,500")
    one.add_argument("--concurrency", default="8,100,1000")
    one.add_argument("--work", default="nothing,column")
    one.add_argument("--light", action="store_true", help="as if nobody took the row who has no hand free")
    given = arguments.parse_args()
    given.does(given)


if __name__ == "__main__":
    main()
