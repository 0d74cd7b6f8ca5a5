"""The fleet that every peer migrates: T databases that each hold the same thousand contacts, at migration 8 or 10 of 10, with
the tracking tables of all peers side by side, so that one snapshot serves them all."""
import hashlib
from pathlib import Path

HERE = Path(__file__).resolve().parent
SCRIPTS = sorted((HERE / "migrations").glob("*.up.sql"))


def databases(tenants):
    return [f"tenant_{n:05}" for n in range(1, tenants + 1)]


def version(script):
    return int(script.name.split("_", 1)[0])


def name(script):
    return script.name.removesuffix(".up.sql")


def rows(table, columns, values):
    return f"insert into {table} ({columns}) values\n" + ",\n".join(values) + ";\n"


def seed():
    people = range(1, 21)
    return "".join([
        rows("users", "id, email, password_hash, display_name",
             [f"({i}, 'user{i}@example.test', '{hashlib.md5(str(i).encode()).hexdigest()}', 'User {i}')" for i in people]),
        rows("user_roles", "user_id, role_id", [f"({i}, {1 + i % 3})" for i in people]),
        rows("objects", "id, api_name, label", ["(1, 'contact', 'Contact')", "(2, 'account', 'Account')", "(3, 'deal', 'Deal')"]),
        rows("fields", "id, object_id, api_name, label, data_type, ordinal",
             [f"({i}, {1 + i % 3}, 'field_{i}', 'Field {i}', 'text', {i})" for i in range(1, 61)]),
        rows("accounts", "id, name, domain", [f"({i}, 'Account {i}', 'account{i}.example.test')" for i in range(1, 201)]),
        rows("contacts", "id, account_id, first_name, last_name, email, owner_id",
             [f"({i}, {1 + i % 200}, 'First{i}', 'Last{i}', 'c{i}@example.test', {1 + i % 20})" for i in range(1, 1001)]),
    ])


def template(engine, upto):
    """The text that makes one tenant database with the first `upto` migrations, known as applied to every peer."""
    parts = [script.read_text() for script in SCRIPTS[:8]]
    parts.append(seed())
    parts += [script.read_text() for script in SCRIPTS[8:upto]]
    parts.append(tracking(engine, SCRIPTS[:upto]))
    return "\n".join(parts)


def ledger(engine, scripts):
    """Neo's and sqlx's own table, as if the scripts had been applied by them."""
    stamp = "timestamptz" if engine == "postgres" else "timestamp"
    blob = "bytea" if engine == "postgres" else "blob"
    checksum = (lambda h: f"decode('{h}', 'hex')") if engine == "postgres" else (lambda h: f"x'{h}'")
    values = [f"({version(s)}, '{name(s).split('_', 1)[1].replace('_', ' ')}', true, "
              f"{checksum(hashlib.sha384(s.read_bytes()).hexdigest())}, 1000000)" for s in scripts]
    return f"""
create table _sqlx_migrations (version bigint primary key, description text not null,
    installed_on {stamp} not null default current_timestamp, success boolean not null, checksum {blob} not null, execution_time bigint not null);
{rows("_sqlx_migrations", "version, description, success, checksum, execution_time", values)}"""


def tracking(engine, scripts):
    """What each peer would have written down, in its own tables as its own program makes them."""
    is_postgres = engine == "postgres"
    serial = "serial" if is_postgres else "int unsigned auto_increment"
    stamp = "timestamptz" if is_postgres else "timestamp"
    index = '"index"' if is_postgres else "`index`"
    return f"""
create table floor_migrations (version bigint primary key, applied_at {stamp} not null default current_timestamp);
{rows("floor_migrations", "version", [f"({version(s)})" for s in scripts])}
{ledger(engine, scripts)}
create table knex_migrations (id {serial} primary key, name varchar(255), batch integer, migration_time {stamp});
{rows("knex_migrations", "name, batch, migration_time", [f"('{name(s)}.js', 1, current_timestamp)" for s in scripts])}
create table knex_migrations_lock ({index} {serial} primary key, is_locked integer);
insert into knex_migrations_lock (is_locked) values (0);
create table schema_migrations (version varchar(128) primary key);
{rows("schema_migrations", "version", [f"('{version(s)}')" for s in scripts])}
"""


TRACKING = {"floor": "floor_migrations", "neo": "_sqlx_migrations", "was": "_sqlx_migrations", "sqlx": "_sqlx_migrations", "knex": "knex_migrations",
            "dbmate": "schema_migrations"}


def behind(server, peer, names):
    """The databases that a run left short: a migration untracked, a column or table missing, a row not filled in."""
    short = []
    for database in names:
        schema = "table_schema = 'public'" if server.name == "postgres" else f"table_schema = '{database}'"
        answer = server.sql(
            f"select concat((select count(*) from {TRACKING[peer]}), '/', (select count(*) from information_schema.columns where {schema} and "
            f"table_name = 'contacts' and column_name in ('status', 'full_name')), '/', (select count(*) from information_schema.tables where "
            f"{schema} and table_name = 'activity'))", database=database)
        if answer == "10/2/1":
            answer += "/" + server.sql("select count(*) from contacts where full_name is null", database=database)
        if answer != "10/2/1/0":
            short.append(f"{database} ({answer})")
    return short
