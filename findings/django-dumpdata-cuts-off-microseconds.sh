#!/bin/bash
# Django keeps a DateTimeField and a TimeField to the microsecond, and dumpdata and loaddata are its way to carry rows from one database to
# another. In their usual format, JSON, and in its sister for long files, JSONL, a time has milliseconds alone, cut and not rounded: 12:00:00.000900
# comes back as 12:00:00. XML, which the same command writes, has all six digits, and a DurationField has them in JSON too. So rows that were
# some hundred microseconds apart have one time: their order is lost, the last moment of a day is not found by the value that was written
# (23:59:59.999999), and where the time is unique the file that dumpdata wrote is refused by loaddata. The manual of the two commands says
# nothing of it; the one of the JSON encoder names the form, sss for a fraction.
#
# Seen with Django 5.2.19 (Python package index), Python 3.11.7 and its SQLite, in memory. The packages lie in a temporary folder, gone at the
# end. Needs python3 with pip.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-compile --target packages Django==5.2.19 2>/dev/null ||
  { echo "the packages cannot be fetched" >&2; exit 2; }

mkdir shop && touch shop/__init__.py
cat >shop/models.py <<'PY'
from django.db import models


class Event(models.Model):
    at = models.DateTimeField()
    opens = models.TimeField()
    lasts = models.DurationField()


class Entry(models.Model):
    at = models.DateTimeField(unique=True)
PY
cat >carry.py <<'PY'
import platform
from datetime import datetime, time, timedelta, timezone
import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection

settings.configure(DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}, INSTALLED_APPS=["shop"], USE_TZ=True,
                   DEFAULT_AUTO_FIELD="django.db.models.BigAutoField")
django.setup()
from shop.models import Entry, Event

print("Python", platform.python_version(), "Django", django.get_version())
with connection.schema_editor() as editor:
    editor.create_model(Event)
    editor.create_model(Entry)
last = datetime(2026, 12, 31, 23, 59, 59, 999999, timezone.utc)
noon = datetime(2026, 12, 1, 12, 0, 0, 100, timezone.utc)
Event.objects.create(at=last, opens=time(12, 0, 0, 900), lasts=timedelta(microseconds=900))
for apart in (0, 800):
    Entry.objects.create(at=noon + timedelta(microseconds=apart))
for form in ("json", "jsonl", "xml"):
    for model in ("event", "entry"):
        call_command("dumpdata", f"shop.{model}", format=form, output=f"{model}.{form}", verbosity=0)
for form in ("json", "jsonl", "xml"):
    for model, kind in (("event", Event), ("entry", Entry)):
        kind.objects.all().delete()
        try:
            call_command("loaddata", f"{model}.{form}", verbosity=0)
        except django.db.IntegrityError as error:
            print(f"{form}: refused, {': '.join(str(error).split(': ')[-2:])}")
        if kind is Event:
            event = Event.objects.get()
            print(f"{form}: {event.at:%H:%M:%S.%f}, {event.opens}, {event.lasts}; found by the last moment: {Event.objects.filter(at=last).count()}")
    print(f"{form}: {', '.join(f'{entry.at:%H:%M:%S.%f}' for entry in Entry.objects.order_by('pk')) or 'no entries'}")
PY
PYTHONPATH=packages python3 carry.py | tee seen
tail -n +2 seen | diff - <(cat <<'SEEN'
json: 23:59:59.999000, 12:00:00, 0:00:00.000900; found by the last moment: 0
json: refused, UNIQUE constraint failed: shop_entry.at
json: no entries
jsonl: 23:59:59.999000, 12:00:00, 0:00:00.000900; found by the last moment: 0
jsonl: refused, UNIQUE constraint failed: shop_entry.at
jsonl: no entries
xml: 23:59:59.999999, 12:00:00.000900, 0:00:00.000900; found by the last moment: 1
xml: 12:00:00.000100, 12:00:00.000900
SEEN
) || { echo "this has changed" >&2; exit 1; }
