#!/bin/bash
# tomlkit edits a TOML file and keeps its comments and order; tools write their part of pyproject.toml by it. Such a file
# often has [tool.black], then [project], then [tool.ruff], so that "tool" stands in two places. What tomlkit gives for doc["tool"] then writes
# a new table or list to the file, and goes on with another copy of it: what is set in it afterwards, by the same variable or by
# setdefault(…)[…] = …, is there when one reads it back from that variable, and the file has an empty [tool.acme], or an empty list. No error
# is raised. Where the tool tables stand together the same lines write all of it, and so they do with doc["tool"] asked for anew at each
# step. What is set in a table that was there before is written. The README says that the document behaves like a standard
# dictionary.
#
# Seen with tomlkit 0.15.2 (Python package index), Python 3.11.7. In memory; the package lies in a temporary folder, gone at the end. Needs
# python3 (3.11 or newer) with pip.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps --target packages tomlkit==0.15.2 2>/dev/null ||
  { echo "the package cannot be fetched" >&2; exit 2; }

cat >edit.py <<'PY'
import platform
import tomllib
from importlib.metadata import version
import tomlkit

print("Python", platform.python_version(), "tomlkit", version("tomlkit"))
TOGETHER = '[project]\nname = "acme"\n\n[tool.black]\nline-length = 100\n\n[tool.ruff]\nline-length = 100\n'
APART = '[tool.black]\nline-length = 100\n\n[project]\nname = "acme"\n\n[tool.ruff]\nline-length = 100\n'


def variable(doc):
    tool = doc["tool"]
    tool["acme"] = {}
    tool["acme"]["location"] = "./migrations"
    return tool["acme"]


def default(doc):
    tool = doc["tool"]
    tool.setdefault("acme", {})["location"] = "./migrations"
    return tool["acme"]


def a_list(doc):
    tool = doc["tool"]
    tool.setdefault("acme", []).append("./migrations")
    return tool["acme"]


def anew(doc):
    doc["tool"]["acme"] = {}
    doc["tool"]["acme"]["location"] = "./migrations"
    return doc["tool"]["acme"]


def before(doc):
    tool = doc["tool"]
    tool.setdefault("ruff", {})["location"] = "./migrations"
    return tool["ruff"]


for edit in (variable, default, a_list, anew, before):
    for name, text in (("together", TOGETHER), ("apart", APART)):
        doc, plain = tomlkit.parse(text), tomllib.loads(text)
        seen, meant = edit(doc), edit(plain)
        written = tomllib.loads(tomlkit.dumps(doc))["tool"]["ruff" if edit is before else "acme"]
        print(f"{edit.__name__}, {name}: shown {seen}{'' if seen == meant else ', not as in a dict'}, in the file {written}")
PY
PYTHONPATH=packages python3 edit.py | tee seen
tail -n +2 seen | diff - <(cat <<'SEEN'
variable, together: shown {'location': './migrations'}, in the file {'location': './migrations'}
variable, apart: shown {'location': './migrations'}, in the file {}
default, together: shown {'location': './migrations'}, in the file {'location': './migrations'}
default, apart: shown {'location': './migrations'}, in the file {}
a_list, together: shown ['./migrations'], in the file ['./migrations']
a_list, apart: shown ['./migrations'], in the file []
anew, together: shown {'location': './migrations'}, in the file {'location': './migrations'}
anew, apart: shown {'location': './migrations'}, in the file {'location': './migrations'}
before, together: shown {'line-length': 100, 'location': './migrations'}, in the file {'line-length': 100, 'location': './migrations'}
before, apart: shown {'line-length': 100, 'location': './migrations'}, in the file {'line-length': 100, 'location': './migrations'}
SEEN
) || { echo "this has changed" >&2; exit 1; }
