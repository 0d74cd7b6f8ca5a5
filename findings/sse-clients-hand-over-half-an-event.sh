#!/bin/bash
# Server-sent events are made for connections that break: the client asks again behind the last event that it has whole, and what had come of
# the next one is to be thrown away (the standard says so; an event is whole at its blank line). Two clients of Python that connect again by
# themselves keep it. aiohttp-sse-client keeps what it has read of the event's data, sseclient the lines that were whole (its source says
# that half a message should be thrown out). Sent again, the event comes with its beginning twice. And where the server begins with a line of
# comment, as many do so that proxies let the answer through, its blank line makes the half an event: it comes under the event's number,
# with nothing to tell it from a whole one, as "run 7 is done" in place of "run 7 is done / for all but 3 tenants", and the whole one after
# it, under the same number. requests-sse and eventsource (npm) throw the half away.
#
# Seen with aiohttp-sse-client 0.2.1, aiohttp 3.14.5, sseclient 0.0.27, requests-sse 0.5.3 (Python package index), Python 3.11.7, and
# eventsource 4.1.1 (npm), Node 20.20.2. The server is a socket of the script's own on 127.0.0.1. Works in a temporary folder, gone at the end.
# Needs npm and python3 with pip.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
fetch() { python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target "$@" 2>/dev/null; }
fetch packages aiohttp-sse-client==0.2.1 aiohttp==3.14.5 requests-sse==0.5.3 requests==2.34.2 && fetch other --no-deps sseclient==0.0.27 &&
  fetch other --no-deps six==1.17.0 && npm install --silent --no-audit --no-fund --prefix . eventsource@4.1.1 >/dev/null ||
  { echo "the packages cannot be fetched" >&2; exit 2; }

cat >listen.mjs <<'JS'
import { EventSource } from "eventsource";

const source = new EventSource(process.argv[2]);
source.onmessage = ({ lastEventId, data }) => {
  console.log(JSON.stringify([lastEventId, data]));
  if (lastEventId === "3") {
    source.close();
  }
};
JS
cat >listen.py <<'PY'
import asyncio
import contextlib
import json
import sys
from datetime import timedelta

kind, address = sys.argv[1:]
soon, out = timedelta(milliseconds=50), sys.stdout


def heard(number, data):
    print(json.dumps([number, data]), file=out)
    return number == "3"


async def with_aiohttp():
    from aiohttp_sse_client.client import EventSource

    async with EventSource(address, reconnection_time=soon) as source:
        async for event in source:
            if heard(event.last_event_id, event.data):
                return


if kind == "aiohttp-sse-client":
    asyncio.run(with_aiohttp())
elif kind == "requests-sse":
    from requests_sse import EventSource

    with EventSource(address, reconnection_time=soon) as source:
        any(heard(event.last_event_id, event.data) for event in source)
else:
    from sseclient import SSEClient

    with contextlib.redirect_stdout(sys.stderr):
        any(heard(event.id, event.data) for event in SSEClient(address, retry=50))
PY
cat >serve.py <<'PY'
import asyncio
import os
import platform
import subprocess
import sys
from importlib.metadata import version

WHOLE = {1: "id: 1\ndata: run 6 is done\n\n", 2: "id: 2\ndata: run 7 is done\ndata: for all but 3 tenants\n\n", 3: "id: 3\ndata: run 8 is done\n\n"}
HALF = "id: 2\ndata: run 7 is done\n"
asked = []


async def serve(reader, writer):
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    except asyncio.IncompleteReadError:
        return
    last = next((int(line.split(":")[1]) for line in head.split("\r\n") if line.startswith("last-event-id:")), 0)
    asked.append(str(last))
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nConnection: close\r\n\r\n")
    begin = ": hello\n\n" if head.startswith("get /comment") else ""
    text = WHOLE[1] + HALF if len(asked) == 1 else begin + "".join(event for number, event in WHOLE.items() if number > last)
    writer.write(text.encode())
    await writer.drain()
    writer.close()


async def main():
    print("Python", platform.python_version(), *(f"{name} {version(name)}" for name in ("aiohttp-sse-client", "aiohttp", "requests-sse")))
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    at = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    for path in ("plain", "comment"):
        for kind in ("eventsource", "requests-sse", "aiohttp-sse-client", "sseclient"):
            asked.clear()
            program = ["node", "listen.mjs"] if kind == "eventsource" else [sys.executable, "listen.py", kind]
            told = {**os.environ, "PYTHONPATH": "packages" if kind != "sseclient" else "other:packages"}
            running = await asyncio.create_subprocess_exec(*program, f"{at}/{path}", stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=told)
            out, _ = await asyncio.wait_for(running.communicate(), 60)
            print(f"{path}, {kind}: asked behind {', '.join(asked)}", *out.decode().splitlines(), sep="\n  ")


asyncio.run(main())
PY
PYTHONPATH=packages python3 serve.py | tee seen
tail -n +2 seen | diff - <(cat <<'SEEN'
plain, eventsource: asked behind 0, 1
  ["1","run 6 is done"]
  ["2","run 7 is done\nfor all but 3 tenants"]
  ["3","run 8 is done"]
plain, requests-sse: asked behind 0, 1
  ["1", "run 6 is done"]
  ["2", "run 7 is done\nfor all but 3 tenants"]
  ["3", "run 8 is done"]
plain, aiohttp-sse-client: asked behind 0, 1
  ["1", "run 6 is done"]
  ["2", "run 7 is done\nrun 7 is done\nfor all but 3 tenants"]
  ["3", "run 8 is done"]
plain, sseclient: asked behind 0, 1
  ["1", "run 6 is done"]
  ["2", "run 7 is done\nrun 7 is done\nfor all but 3 tenants"]
  ["3", "run 8 is done"]
comment, eventsource: asked behind 0, 1
  ["1","run 6 is done"]
  ["2","run 7 is done\nfor all but 3 tenants"]
  ["3","run 8 is done"]
comment, requests-sse: asked behind 0, 1
  ["1", "run 6 is done"]
  ["2", "run 7 is done\nfor all but 3 tenants"]
  ["3", "run 8 is done"]
comment, aiohttp-sse-client: asked behind 0, 1
  ["1", "run 6 is done"]
  ["2", "run 7 is done"]
  ["2", "run 7 is done\nfor all but 3 tenants"]
  ["3", "run 8 is done"]
comment, sseclient: asked behind 0, 1
  ["1", "run 6 is done"]
  ["2", "run 7 is done"]
  ["2", "run 7 is done\nfor all but 3 tenants"]
  ["3", "run 8 is done"]
SEEN
) || { echo "this has changed" >&2; exit 1; }
