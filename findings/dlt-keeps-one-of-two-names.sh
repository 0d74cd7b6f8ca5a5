#!/bin/bash
# dlt loads rows from programs and services into databases, and makes their names those of a database: userId becomes user_id, its manual says,
# and Total total. Where a row has both, userId of the service and user_id of whoever wrapped it, there is one column, and in it the value that
# comes last in that row, be it the one or the other from row to row; the other value is nowhere, and dlt reports no failed jobs. Of a["b"] and
# a__b it is the inner one. With one of the two as primary_key of a merge, rows are one that were two. As Arrow or pandas the same columns
# are refused (NameNormalizationCollision). A Decimal has nine places behind the point unless precision and scale are set: what is further
# back is cut off, and 0.0000000001 is 0. A whole number beyond 2^53 is another one in a column that had a float first.
#
# Seen with dlt 1.31.0 and duckdb 1.5.5 (Python package index), Python 3.11.7. Works in a temporary folder, gone at the end. Needs python3 with
# pip.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m pip install --quiet --disable-pip-version-check --target packages dlt==1.31.0 duckdb==1.5.5 pyarrow==26.0.1 2>/dev/null ||
  { echo "the packages cannot be fetched" >&2; exit 2; }
cat >load.py <<'PY'
from decimal import Decimal
import dlt
import duckdb
import pyarrow

def load(name, rows, **options):
    pipeline = dlt.pipeline(name, destination=dlt.destinations.duckdb(f'{name}.duckdb'), dataset_name='d', pipelines_dir='pipelines')
    try:
        info = pipeline.run(rows, table_name='t', **options)
    except Exception as error:
        while error.__cause__:
            error = error.__cause__
        print(f'{name}: {type(error).__name__}')
        return
    with duckdb.connect(f'{name}.duckdb') as db:
        found = db.sql('select * exclude (_dlt_id, _dlt_load_id) from d.t' if name != 'arrow' else 'select * from d.t')
        rows = '; '.join(' '.join(map(str, row)) for row in sorted(found.fetchall()))
        print(f'{name}: failed jobs: {info.has_failed_jobs}, {", ".join(found.columns)}: {rows}')

load('names', [{'id': 1, 'userId': 7, 'user_id': 9}, {'id': 2, 'user_id': 9, 'userId': 7}, {'id': 3, 'user_id': 9}])
load('case', [{'id': 1, 'Total': 10, 'total': 12}, {'id': 2, 'total': 12, 'Total': 10}])
load('nested', [{'id': 1, 'a': {'b': 'inner'}, 'a__b': 'outer'}, {'id': 2, 'a__b': 'outer', 'a': {'b': 'inner'}}])
load('merged', [{'orderId': 'A', 'order_id': 1, 'n': 1}, {'orderId': 'B', 'order_id': 1, 'n': 2}], write_disposition='merge', primary_key='orderId')
load('arrow', pyarrow.table({'id': [1], 'userId': [7], 'user_id': [9]}))
load('decimals', [{'id': 1, 'rate': Decimal('1.12345678901234'), 'fee': Decimal('0.0000000001')}])
load('set', [{'id': 1, 'rate': Decimal('1.12345678901234'), 'fee': Decimal('0.0000000001')}],
     columns={name: {'data_type': 'decimal', 'precision': 38, 'scale': 14} for name in ('rate', 'fee')})
load('floats', [{'id': 1, 'n': 1.5}, {'id': 2, 'n': 9007199254740993}])
PY
echo "dlt $(PYTHONPATH=packages python3 -c "import importlib.metadata as m; print(m.version('dlt'))")"
{
  HOME=$folder RUNTIME__DLTHUB_TELEMETRY=false PYTHONPATH=packages python3 load.py 2>/dev/null
} | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
names: failed jobs: False, id, user_id: 1 9; 2 7; 3 9
case: failed jobs: False, id, total: 1 12; 2 10
nested: failed jobs: False, id, a__b: 1 inner; 2 inner
merged: failed jobs: False, order_id, n: 1 1
arrow: NameNormalizationCollision
decimals: failed jobs: False, id, rate, fee: 1 1.123456789 0E-9
set: failed jobs: False, rate, fee, id: 1.12345678901234 1.0000E-10 1
floats: failed jobs: False, id, n: 1 1.5; 2 9007199254740992.0
SEEN
