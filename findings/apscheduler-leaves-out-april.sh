#!/bin/bash
# APScheduler's manual warns of the hour that clocks leave out in spring and of the one that comes twice in autumn. Midnight in Berlin or New
# York is neither. But from one day or month to the next its cron trigger counts on in hours, so that past the change of clocks it arrives
# at 01:00 in place of 00:00, finds no midnight left in that day, and goes on to the next day that can match. "The first of each month at
# 00:00" so leaves out 1 April: after the run of 1 March, and with whatever looks at it before the change, the next one is that of 1 May. "Each
# Monday" leaves out 29 March, and "each day" that same Monday. To the scheduler nothing is due, so that nothing is logged as missed. With the
# months by their numbers (1,4,7,10) April is there, and from 01:00 on all is well, at 03:30 in the very night too. cronsim leaves none out.
#
# Seen with APScheduler 3.11.3, cronsim 2.8 and tzdata 2026.6 (Python package index), Python 3.11.7. In memory; the packages
# lie in a temporary folder, gone at the end. Needs python3 with pip.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps --target packages APScheduler==3.11.3 \
  tzlocal==5.4.5 cronsim==2.8 tzdata==2026.6 2>/dev/null || { echo "the packages cannot be fetched" >&2; exit 2; }

cat >spring.py <<'PY'
import platform
from datetime import datetime, timedelta
from importlib.metadata import version
from zoneinfo import ZoneInfo
from apscheduler.triggers.cron import CronTrigger
from cronsim import CronSim

print("Python", platform.python_version(), "APScheduler", version("apscheduler"))


def scheduled(when, zone, now):
    trigger, before = CronTrigger.from_crontab(when, zone), None
    while True:
        before = trigger.get_next_fire_time(before, now)
        yield before
        now = before + timedelta(seconds=1)


def shown(moments):
    return ", ".join(f"{next(moments):%a %d %b %H:%M}" for _ in range(4))


for when, day in (("0 0 1 * *", "2027-02-20"), ("0 1 1 * *", "2027-02-20"), ("0 0 1 1,4,7,10 *", "2027-02-20"), ("0 0 * * mon", "2027-03-20"),
                  ("0 0 * * *", "2027-03-26"), ("30 3 * * *", "2027-03-26")):
    for name in ("Europe/Berlin",) + (("America/New_York",) if when.startswith("0 0 1 * ") else ()):
        zone = ZoneInfo(name)
        now = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=zone)
        print(f"{when} {name}:\n  APScheduler {shown(scheduled(when, zone, now))}\n  cronsim     {shown(CronSim(when, now))}")
PY
PYTHONPATH=packages python3 spring.py | tee seen
tail -n +2 seen | diff - <(cat <<'SEEN'
0 0 1 * * Europe/Berlin:
  APScheduler Mon 01 Mar 00:00, Sat 01 May 00:00, Tue 01 Jun 00:00, Thu 01 Jul 00:00
  cronsim     Mon 01 Mar 00:00, Thu 01 Apr 00:00, Sat 01 May 00:00, Tue 01 Jun 00:00
0 0 1 * * America/New_York:
  APScheduler Mon 01 Mar 00:00, Sat 01 May 00:00, Tue 01 Jun 00:00, Thu 01 Jul 00:00
  cronsim     Mon 01 Mar 00:00, Thu 01 Apr 00:00, Sat 01 May 00:00, Tue 01 Jun 00:00
0 1 1 * * Europe/Berlin:
  APScheduler Mon 01 Mar 01:00, Thu 01 Apr 01:00, Sat 01 May 01:00, Tue 01 Jun 01:00
  cronsim     Mon 01 Mar 01:00, Thu 01 Apr 01:00, Sat 01 May 01:00, Tue 01 Jun 01:00
0 0 1 1,4,7,10 * Europe/Berlin:
  APScheduler Thu 01 Apr 00:00, Thu 01 Jul 00:00, Fri 01 Oct 00:00, Sat 01 Jan 00:00
  cronsim     Thu 01 Apr 00:00, Thu 01 Jul 00:00, Fri 01 Oct 00:00, Sat 01 Jan 00:00
0 0 * * mon Europe/Berlin:
  APScheduler Mon 22 Mar 00:00, Mon 05 Apr 00:00, Mon 12 Apr 00:00, Mon 19 Apr 00:00
  cronsim     Mon 22 Mar 00:00, Mon 29 Mar 00:00, Mon 05 Apr 00:00, Mon 12 Apr 00:00
0 0 * * * Europe/Berlin:
  APScheduler Sat 27 Mar 00:00, Sun 28 Mar 00:00, Tue 30 Mar 00:00, Wed 31 Mar 00:00
  cronsim     Sat 27 Mar 00:00, Sun 28 Mar 00:00, Mon 29 Mar 00:00, Tue 30 Mar 00:00
30 3 * * * Europe/Berlin:
  APScheduler Sat 27 Mar 03:30, Sun 28 Mar 03:30, Mon 29 Mar 03:30, Tue 30 Mar 03:30
  cronsim     Sat 27 Mar 03:30, Sun 28 Mar 03:30, Mon 29 Mar 03:30, Tue 30 Mar 03:30
SEEN
) || { echo "this has changed" >&2; exit 1; }
