#!/bin/bash
# standardwebhooks (Python) signs a message with the moment that sign() is given as a datetime. Of that it takes what the clock shows, as if
# it were UTC, whatever zone it says it has: datetime.now(ZoneInfo("Europe/Berlin")) is signed one hour or two beside itself, and so is a
# datetime without a zone, which is local time to Python (datetime.now()). The header webhook-timestamp is left to the sender, who has it
# from the same datetime by .timestamp(), which is right. So the two do not agree, and every receiver, of this library and of the one for
# Node, refuses the message as if the secret were another: "No matching signature found". On a machine in UTC, and in London in winter, the
# same datetime.now() works. The README shows how to verify, and nothing of sign(). The library for Node takes a Date, and signs its moment.
#
# Seen with standardwebhooks 1.1.0 and tzdata 2026.6 (Python package index), Python 3.11.7, and standardwebhooks 1.1.1 (npm), Node 20.20.2. The
# packages lie in a temporary folder, gone at the end. Needs npm and python3 with pip.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps --target packages standardwebhooks==1.1.0 \
  tzdata==2026.6 2>/dev/null && npm install --silent --no-audit --no-fund --prefix . standardwebhooks@1.1.1 >/dev/null ||
  { echo "the packages cannot be fetched" >&2; exit 2; }

cat >receive.mjs <<'JS'
import { readFileSync } from "node:fs";
import { Webhook } from "standardwebhooks";

const { secret, body, headers } = JSON.parse(readFileSync(0, "utf8"));
try {
  new Webhook(secret).verify(body, headers);
  console.log("taken");
} catch (error) {
  console.log(error.message);
}
JS
cat >send.py <<'PY'
import json
import os
import platform
import subprocess
import time
from datetime import datetime, timezone
from importlib.metadata import version
from zoneinfo import ZoneInfo
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

print("Python", platform.python_version(), "standardwebhooks", version("standardwebhooks"))
secret, body, name = "whsec_" + "c2VjcmV0" * 4, '{"type":"run.failed"}', "msg_1"


def here(headers):
    try:
        Webhook(secret).verify(body, headers)
        return "taken"
    except WebhookVerificationError as error:
        return str(error)


def there(headers):
    told = json.dumps({"secret": secret, "body": body, "headers": headers})
    return subprocess.run(["node", "receive.mjs"], input=told, capture_output=True, text=True, check=True).stdout.strip()


for machine, what, moment in (
    ("UTC", "now(timezone.utc)", lambda: datetime.now(timezone.utc)),
    ("UTC", "now()", datetime.now),
    ("UTC", "now(Asia/Kolkata)", lambda: datetime.now(ZoneInfo("Asia/Kolkata"))),
    ("Asia/Kolkata", "now(timezone.utc)", lambda: datetime.now(timezone.utc)),
    ("Asia/Kolkata", "now()", datetime.now),
    ("Asia/Kolkata", "now().astimezone()", lambda: datetime.now().astimezone()),
):
    os.environ["TZ"] = machine
    time.tzset()
    now = moment()
    headers = {"webhook-id": name, "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": Webhook(secret).sign(name, now, body)}
    print(f"machine in {machine}, {what}: Python {here(headers)}; Node {there(headers)}")
PY
PYTHONPATH=packages python3 send.py | tee seen
tail -n +2 seen | diff - <(cat <<'SEEN'
machine in UTC, now(timezone.utc): Python taken; Node taken
machine in UTC, now(): Python taken; Node taken
machine in UTC, now(Asia/Kolkata): Python No matching signature found; Node No matching signature found
machine in Asia/Kolkata, now(timezone.utc): Python taken; Node taken
machine in Asia/Kolkata, now(): Python No matching signature found; Node No matching signature found
machine in Asia/Kolkata, now().astimezone(): Python No matching signature found; Node No matching signature found
SEEN
) || { echo "this has changed" >&2; exit 1; }
