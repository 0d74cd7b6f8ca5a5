"""People and programs at the proxy while replicas are restarted: what they are answered, and whether a stream goes on.

client.py CERTIFICATE RUN EMAIL PASSWORD: signs in, reads pages and asks functions from several sides, follows RUN until it has ended, and prints one JSON object.
"""
import calendar, http.client, json, socket, ssl, sys, threading, time
from urllib.parse import urlencode

certificate, run, email, password = sys.argv[1:5]
HOST = "central.example.com"
trust = ssl.create_default_context(cafile=certificate)


class Here(http.client.HTTPSConnection):
    """The name is the console's; where it leads is this machine, from an address that is no proxy's."""

    def connect(self):
        plain = socket.create_connection(("127.0.0.1", 443), timeout=60, source_address=("127.0.0.5", 0))
        self.sock = trust.wrap_socket(plain, server_hostname=HOST)


def ask(method, path, body=None, headers=None):
    connection = Here(HOST)
    try:
        connection.request(method, path, body, {"Sec-Fetch-Site": "same-origin", "X-Forwarded-For": "203.0.113.9", **(headers or {})})
        answer = connection.getresponse()
        return answer.status, answer.getheaders(), answer.read()
    finally:
        connection.close()


status, headers, body = ask("POST", "/sign-in", urlencode({"email": email, "password": password, "next": "/"}), {"Content-Type": "application/x-www-form-urlencoded"})
cookie = next((value for name, value in headers if name.lower() == "set-cookie" and value.startswith("__Host-neo=")), "")
assert status == 303 and "Secure" in cookie and "SameSite=Strict" in cookie, (status, headers, body[:500])
cookie = {"Cookie": cookie.split(";")[0]}

over = threading.Event()
lock = threading.Lock()
statuses, broken, slowest = {}, [], 0.0
streams = []


def count(kind, status, seconds):
    global slowest
    with lock:
        statuses.setdefault(kind, {}).setdefault(str(status), 0)
        statuses[kind][str(status)] += 1
        slowest = max(slowest, seconds)


def reads(paths):
    while not over.is_set():
        for path in paths:
            began = time.time()
            try:
                count("read", ask("GET", path, headers=cookie)[0], time.time() - began)
            except OSError as error:
                broken.append(f"GET {path}: {error!r}")
            time.sleep(0.02)


def acts():
    """An act a moment: each is either done, once, or refused; never lost on the way."""
    while not over.is_set():
        began = time.time()
        try:
            count("act", ask("POST", "/api/v1/tenants/test", json.dumps({"tenant": "acme"}), {"Content-Type": "application/json", **cookie})[0], time.time() - began)
        except OSError as error:
            broken.append(f"POST: {error!r}")
        time.sleep(0.05)


def follows():
    """As a browser's EventSource: what breaks off is taken up after the last event that came."""
    said = {"times": 0, "seqs": [], "late": 0.0, "refused": []}
    streams.append(said)
    last, ended = None, False
    while not ended and said["times"] < 200:
        said["times"] += 1
        connection = Here(HOST)
        try:
            connection.request("GET", f"/events/runs/{run}", headers={"Sec-Fetch-Site": "same-origin", "Accept": "text/event-stream", **cookie, **({"Last-Event-ID": last} if last else {})})
            answer = connection.getresponse()
            if answer.status == 204:
                break
            if answer.status != 200:
                said["refused"].append(answer.status)
            began = time.time()
            for line in answer:
                line = line.decode().rstrip("\r\n")
                if line.startswith("id:"):
                    last = line[3:].strip()
                    said["seqs"].append(int(last))
                elif line.startswith("data:") and '"ts"' in line:
                    event = json.loads(line[5:])
                    # Only of what happened while it was listened to.
                    ts = time.strptime(event["ts"][:19], "%Y-%m-%dT%H:%M:%S")
                    at = calendar.timegm(ts) + float("0" + event["ts"][19:-1])
                    if at > began + 0.5:
                        said["late"] = max(said["late"], time.time() - at)
                    if event["type"] == "run.finished":
                        ended = True
                        break
        except (OSError, http.client.HTTPException):
            pass
        finally:
            connection.close()
        if not ended:
            time.sleep(0.2)
    said["ended"] = ended


sides = [threading.Thread(target=reads, args=(paths,)) for paths in (["/", "/tenants"], ["/runs", f"/runs/{run}"], ["/api/v1/tenants", "/tenants/acme"])]
sides += [threading.Thread(target=acts)]
followers = [threading.Thread(target=follows) for _ in range(3)]
for side in sides + followers:
    side.start()
for follower in followers:
    follower.join()
time.sleep(1)
over.set()
for side in sides:
    side.join()
print(json.dumps({
    "statuses": statuses, "broken": broken, "slowest_s": round(slowest, 2),
    "streams": [{"ended": s["ended"], "times": s["times"], "refused": s["refused"], "late_s": round(s["late"], 2), "events": len(s["seqs"]),
                 "gapless": s["seqs"] == list(range(1, len(s["seqs"]) + 1))} for s in streams],
}))
