#!/bin/bash
# cron (npm, the scheduler beneath Nest's and others) knows that an hour comes twice when clocks are put back, and runs a job of that hour
# in the first of the two. What it takes for "in the repeated hour" holds for the hour behind it as well. So "every day at 03:00" in Berlin,
# 02:00 in London and New York, 01:00 in Havana runs twice on that day, the first time an hour before it is due, and again in the next
# autumn: a backup, a charge or a report of the night is done twice, once too early. Midnight in Cairo runs on the day before, at 23:00.
# nextDates() announces it so. A job at 02:30 or at 04:00 in Berlin runs once, and one of every hour at each hour. The README tells
# of time zones, and nothing of clocks that change. croner and cron-parser (npm) run each of these once, at its time.
#
# Seen with cron 4.4.0, luxon 3.7.2, croner 11.0.1 and cron-parser 5.10.6 (npm), Node 20.20.2, whose clock is set for it. Works in a
# temporary folder, gone at the end. Needs npm.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . cron@4.4.0 luxon@3.7.2 croner@11.0.1 cron-parser@5.10.6 >/dev/null ||
  { echo "the packages cannot be fetched" >&2; exit 2; }

cat >autumn.mjs <<'JS'
import { CronJob } from "cron";
import { CronExpressionParser } from "cron-parser";
import { Cron } from "croner";
import { DateTime } from "luxon";
import { mock } from "node:test";

console.log("node", process.version);
const shown = (moments, zone) => moments.map((one) => DateTime.fromMillis(+one, { zone }).toFormat("dd. HH:mm Z")).join(", ");
mock.timers.enable({ apis: ["setTimeout", "Date"], now: 0 });

for (const [when, timeZone, day] of [
  ["0 3 * * *", "Europe/Berlin", "2027-10-30"],
  ["30 2 * * *", "Europe/Berlin", "2027-10-30"],
  ["0 4 * * *", "Europe/Berlin", "2027-10-30"],
  ["0 * * * *", "Europe/Berlin", "2027-10-30"],
  ["0 2 * * *", "Europe/London", "2027-10-30"],
  ["0 2 * * *", "America/New_York", "2027-11-06"],
  ["0 1 * * *", "America/Havana", "2027-11-06"],
  ["0 0 * * *", "Africa/Cairo", "2027-10-27"],
]) {
  const from = DateTime.fromISO(`${day}T${when === "0 * * * *" ? "23:30" : "12:00"}`, { zone: timeZone });
  mock.timers.setTime(from.toMillis());
  const ran = [];
  const job = CronJob.from({ cronTime: when, timeZone, start: true, onTick: () => ran.push(Date.now()) });
  const announced = shown(job.nextDates(6), timeZone);
  for (let minute = 0; minute < 48 * 60 && ran.length < 6; minute += 1) {
    mock.timers.tick(60_000);
  }
  job.stop();
  const parser = CronExpressionParser.parse(when, { currentDate: from.toJSDate(), tz: timeZone });
  console.log(`${when} ${timeZone}: ran ${shown(ran, timeZone)}${announced.startsWith(shown(ran, timeZone)) ? ", as announced" : `, announced ${announced}`}`);
  console.log(`  croner      ${shown(new Cron(when, { timezone: timeZone }).nextRuns(ran.length, from.toJSDate()), timeZone)}`);
  console.log(`  cron-parser ${shown(ran.map(() => parser.next().getTime()), timeZone)}`);
}
JS
node --no-warnings autumn.mjs | tee seen
tail -n +2 seen | diff - <(cat <<'SEEN'
0 3 * * * Europe/Berlin: ran 31. 02:00 +1, 31. 03:00 +1, 01. 03:00 +1, as announced
  croner      31. 03:00 +1, 01. 03:00 +1, 02. 03:00 +1
  cron-parser 31. 03:00 +1, 01. 03:00 +1, 02. 03:00 +1
30 2 * * * Europe/Berlin: ran 31. 02:30 +2, 01. 02:30 +1, as announced
  croner      31. 02:30 +2, 01. 02:30 +1
  cron-parser 31. 02:30 +2, 01. 02:30 +1
0 4 * * * Europe/Berlin: ran 31. 04:00 +1, 01. 04:00 +1, as announced
  croner      31. 04:00 +1, 01. 04:00 +1
  cron-parser 31. 04:00 +1, 01. 04:00 +1
0 * * * * Europe/Berlin: ran 31. 00:00 +2, 31. 01:00 +2, 31. 02:00 +2, 31. 02:00 +1, 31. 03:00 +1, 31. 04:00 +1, as announced
  croner      31. 00:00 +2, 31. 01:00 +2, 31. 02:00 +2, 31. 02:00 +1, 31. 03:00 +1, 31. 04:00 +1
  cron-parser 31. 00:00 +2, 31. 01:00 +2, 31. 02:00 +2, 31. 02:00 +1, 31. 03:00 +1, 31. 04:00 +1
0 2 * * * Europe/London: ran 31. 01:00 +0, 31. 02:00 +0, 01. 02:00 +0, as announced
  croner      31. 02:00 +0, 01. 02:00 +0, 02. 02:00 +0
  cron-parser 31. 02:00 +0, 01. 02:00 +0, 02. 02:00 +0
0 2 * * * America/New_York: ran 07. 01:00 -5, 07. 02:00 -5, 08. 02:00 -5, as announced
  croner      07. 02:00 -5, 08. 02:00 -5, 09. 02:00 -5
  cron-parser 07. 02:00 -5, 08. 02:00 -5, 09. 02:00 -5
0 1 * * * America/Havana: ran 07. 00:00 -5, 07. 01:00 -5, 08. 01:00 -5, as announced
  croner      07. 01:00 -5, 08. 01:00 -5, 09. 01:00 -5
  cron-parser 07. 01:00 -5, 08. 01:00 -5, 09. 01:00 -5
0 0 * * * Africa/Cairo: ran 28. 00:00 +3, 28. 23:00 +2, 29. 00:00 +2, as announced
  croner      28. 00:00 +3, 29. 00:00 +2, 30. 00:00 +2
  cron-parser 28. 00:00 +3, 29. 00:00 +2, 30. 00:00 +2
SEEN
) || { echo "this has changed" >&2; exit 1; }
