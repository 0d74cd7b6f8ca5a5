#!/bin/bash
# An option file (my.cnf) is to be read by each program alike, and MySQL Connector/Python's manual refers to the server's for how it is
# written. There a password with a # in it has to be quoted, since # begins a comment in the middle of a line too, and a backslash is written
# twice. Connector/Python (option_files=) takes all behind the = as the password, with the quotes, the comment and both backslashes, while
# it takes the quotes of a user away. So a file by which the programs connect gives it another password, and there is no spelling of a password
# with a #, nor of one with a backslash before an s, that both read alike. What is not the password it reads as Python would: the
# user 1e3 is 1000.0, and the database 2026_11 the number 202611. PyMySQL (read_default_file=) takes the quotes away, and leaves comments
# and backslashes in.
#
# Seen with mysql-connector-python 26.10.0 and PyMySQL 1.2.4 (Python package index), Python 3.11.7, and my_print_defaults of MariaDB 10.11.19
# of Debian 12 (package mariadb-client-core 1:10.11.19-0+deb12u1), which shows what its programs read. Works in a temporary folder, gone at the
# end. Needs python3 with pip, apt-get and dpkg-deb, and no rights.
set -euo pipefail
version=1:10.11.19-0+deb12u1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -q "mariadb-client-core=$version" >/dev/null 2>&1 ||
  { echo "the package cannot be fetched (apt-get update first?)" >&2; exit 2; }
dpkg-deb -x ./*.deb root
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps --only-binary=:all: --target packages \
  mysql-connector-python==26.10.0 PyMySQL==1.2.4 2>/dev/null || { echo "the packages cannot be fetched" >&2; exit 2; }

cat >read.py <<'PY'
import subprocess
import sys
from importlib.metadata import version
from mysql.connector.optionfiles import read_option_files
from pymysql.optionfile import Parser

print("mysql-connector-python", version("mysql-connector-python"), "PyMySQL", version("pymysql"))
for written in ("password=plain", 'password="a#b"', "password='a#b'", "password=a#b", r"password=a\#b", "password=plain # since May", r"password=a\\sb",
                r"password=a\sb", 'user="ann"', "user=1e3", "database=2026_11"):
    with open("my.cnf", "w") as file:
        file.write(f"[client]\n{written}\n")
    name = written.partition("=")[0]
    asked = [sys.argv[1], "--defaults-file=my.cnf", "client"]
    program = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.rstrip("\n").partition("=")[2]
    parser = Parser()
    parser.read("my.cnf")
    print(f"{written}: program {program}, PyMySQL {parser.get('client', name)}, Connector/Python {read_option_files(option_files='my.cnf')[name]}")
PY
PYTHONPATH=packages python3 read.py root/usr/bin/my_print_defaults | tee seen
tail -n +2 seen | diff - <(cat <<'SEEN'
password=plain: program plain, PyMySQL plain, Connector/Python plain
password="a#b": program a#b, PyMySQL a#b, Connector/Python "a#b"
password='a#b': program a#b, PyMySQL a#b, Connector/Python 'a#b'
password=a#b: program a, PyMySQL a#b, Connector/Python a#b
password=a\#b: program a\, PyMySQL a\#b, Connector/Python a\#b
password=plain # since May: program plain, PyMySQL plain # since May, Connector/Python plain # since May
password=a\\sb: program a\sb, PyMySQL a\\sb, Connector/Python a\\sb
password=a\sb: program a b, PyMySQL a\sb, Connector/Python a\sb
user="ann": program ann, PyMySQL ann, Connector/Python ann
user=1e3: program 1e3, PyMySQL 1e3, Connector/Python 1000.0
database=2026_11: program 2026_11, PyMySQL 2026_11, Connector/Python 202611
SEEN
) || { echo "this has changed" >&2; exit 1; }
