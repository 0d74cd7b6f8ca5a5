"""One timed run of one peer: its wall clock, its processes' CPU and peak memory, the server's CPU."""
import os, resource, subprocess, threading, time

TICK = os.sysconf("SC_CLK_TCK")


def children(pid):
    found = []
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children") as file:
                found += map(int, file.read().split())
    except OSError:
        pass
    return found


def memory(pid):
    """Resident bytes of a process and all below it; of a page that several share each has its part."""
    total, queue = 0, [pid]
    while queue:
        pid = queue.pop()
        below = children(pid)
        try:
            with open(f"/proc/{pid}/smaps_rollup") as file:
                total += int(next(line for line in file if line.startswith("Pss:")).split()[1]) * 1024
        except (OSError, StopIteration):
            continue
        queue += below
    return total


def cpu(pid):
    """Seconds used by a server, its children that live and those it has buried."""
    def ticks(pid, fields):
        try:
            with open(f"/proc/{pid}/stat") as file:
                parts = file.read().rsplit(")", 1)[1].split()
            return sum(int(parts[i]) for i in fields)
        except OSError:
            return 0
    return (ticks(pid, (11, 12, 13, 14)) + sum(ticks(child, (11, 12)) for child in children(pid))) / TICK


def busy():
    with open("/proc/stat") as file:
        fields = [int(x) for x in file.readline().split()[1:]]
    return (sum(fields[:3]) + sum(fields[5:8])) / TICK


def run(command, server, environment=None, stdin=None, cwd=None):
    """Runs it once; what it prints is kept. `foreign` is how many cores other work used meanwhile: read it before the rest."""
    postmaster = server.pid() if server else None
    server_before = cpu(postmaster) if postmaster else 0
    usage_before, busy_before = resource.getrusage(resource.RUSAGE_CHILDREN), busy()
    peak, ended = 0, threading.Event()
    start = time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.PIPE if stdin else subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, env={**os.environ, **(environment or {})}, cwd=cwd)

    def watch():
        nonlocal peak
        while not ended.is_set():
            peak = max(peak, memory(process.pid))
            ended.wait(0.03)

    watcher = threading.Thread(target=watch)
    watcher.start()
    output, _ = process.communicate(stdin)
    wall = time.perf_counter() - start
    ended.set()
    watcher.join()
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    client = usage.ru_utime + usage.ru_stime - usage_before.ru_utime - usage_before.ru_stime
    time.sleep(0.1)  # the last backends go
    used = (cpu(postmaster) if postmaster else 0) - server_before
    foreign = max(0.0, busy() - busy_before - client - used) / wall
    return {"exit": process.returncode, "wall": wall, "client_cpu": client, "server_cpu": used, "memory_mb": peak / 2**20,
            "foreign": foreign, "output": output}
