//! What a tenant's schema looks like, in lines that are the same wherever it is the same: whatever the order in which it was
//! made, its internal numbers, its owner or the name of its database.

mod sqlite;

use sha2::{Digest, Sha256};
use sqlx::Row as _;

use super::{Connection, Engine, Failure};

/// What belongs to the tools, and not to the schema that the migrations make.
const TOOLS: [&str; 4] = ["_sqlx_migrations", "knex_migrations", "knex_migrations_lock", "_neo_marker"];

/// A schema, one object a line: `column contacts.email text not null`, `unique index … on …`, `constraint … foreign key …`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    /// The engine and its major version: `postgres 17`. Another may describe the same schema in other words.
    pub dialect: String,
    /// Sorted.
    pub lines: Vec<String>,
}

impl Schema {
    fn new(dialect: String, mut lines: Vec<String>) -> Self {
        lines.sort_unstable();
        Self { dialect, lines }
    }

    /// SHA-256, in hexadecimal.
    pub fn fingerprint(&self) -> String {
        let mut digest = Sha256::new();
        digest.update(&self.dialect);
        for line in &self.lines {
            digest.update([b'\n']);
            digest.update(line);
        }
        hex::encode(digest.finalize())
    }
}

/// What `there` has that `norm` has not, as `+ …`, and the other way round, as `- …`; both are sorted lines.
pub fn differences<'a>(norm: &[&'a str], there: &[&'a str]) -> Vec<String> {
    let surplus = there.iter().filter(|line| norm.binary_search(line).is_err()).map(|line| (*line, '+'));
    let missing = norm.iter().filter(|line| there.binary_search(line).is_err()).map(|line| (*line, '-'));
    let mut all: Vec<_> = surplus.chain(missing).collect();
    all.sort_unstable();
    all.into_iter().map(|(line, sign)| format!("{sign} {line}")).collect()
}

/// One message, whatever the size of the schema.
pub async fn schema(conn: &mut Connection) -> Result<Schema, Failure> {
    let engine = conn.engine();
    let read = match conn {
        Connection::Postgres { conn, .. } => sqlx::raw_sql(POSTGRES)
            .fetch_all(conn)
            .await
            .and_then(|rows| rows.iter().map(|row| row.try_get::<String, _>(0)).collect::<Result<Vec<_>, _>>()),
        Connection::Mysql { conn, .. } => sqlx::raw_sql(MYSQL)
            .fetch_all(conn)
            .await
            .and_then(|rows| rows.iter().map(|row| row.try_get::<String, _>(0)).collect::<Result<Vec<_>, _>>()),
        Connection::Sqlite { conn, .. } => {
            return sqlite::schema(conn).await.map_err(|e| Connection::failure(engine, &e));
        }
    };
    let lines = read.map_err(|e| Connection::failure(engine, &e))?;
    let mut schema = Schema::new(engine.to_string(), Vec::with_capacity(lines.len()));
    for line in lines {
        match line.strip_prefix("dialect ") {
            Some(dialect) => schema.dialect = dialect.to_owned(),
            // A definition that a person wrapped is still one line.
            None => schema.lines.push(one_line(&line)),
        }
    }
    schema.lines.sort_unstable();
    Ok(schema)
}

/// An index that PostgreSQL keeps up to date and does not use.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct InvalidIndex {
    pub name: String,
    pub table: String,
    /// The statement that takes it away.
    pub remedy: String,
}

/// What concurrent builds that failed have left behind; only PostgreSQL knows such a thing.
pub async fn invalid_indexes(conn: &mut Connection) -> Result<Vec<InvalidIndex>, Failure> {
    let Connection::Postgres { conn, .. } = conn else { return Ok(Vec::new()) };
    let quoted = |name: &str| super::quote(Engine::Postgres, name);
    let found = super::postgres::invalid_indexes(conn).await?;
    Ok(found
        .into_iter()
        .map(|(schema, name, table)| InvalidIndex {
            remedy: format!("drop index concurrently {}.{}", quoted(&schema), quoted(&name)),
            name,
            table,
        })
        .collect())
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Everything outside the system's own schemas. Those of `public` go by their bare names.
const POSTGRES: &str = r"
select 'dialect postgres ' || current_setting('server_version_num')::int / 10000
union all
select l from (
  with r as materialized (
    select c.oid, c.relkind, case n.nspname when 'public' then '' else n.nspname || '.' end || c.relname as name
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p') and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
       and c.relname not in ('_sqlx_migrations', 'knex_migrations', 'knex_migrations_lock', '_neo_marker')
  )
  select 'table ' || r.name as l from r
  union all
  select 'column ' || r.name || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
         || case when a.attnotnull then ' not null' else '' end
         || case a.attidentity when '' then '' when 'a' then ' generated always as identity'
            else ' generated by default as identity' end
         || case when a.attgenerated <> '' then ' generated as ' when d.oid is not null then ' default ' else '' end
         || coalesce(pg_get_expr(d.adbin, d.adrelid), '')
    from r join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  union all
  select replace(replace(replace(replace(pg_get_indexdef(i.indexrelid),
           'CREATE UNIQUE INDEX ', 'unique index '), 'CREATE INDEX ', 'index '), ' ON public.', ' on '), ' USING btree ', ' ')
         || case when i.indisvalid then '' else ' invalid' end
    from r join pg_index i on i.indrelid = r.oid
   where not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.conrelid = i.indrelid
                        and k.contype in ('p', 'u', 'x'))
  union all
  select 'constraint ' || k.conname || ' on ' || r.name || ' ' || pg_get_constraintdef(k.oid)
    from r join pg_constraint k on k.conrelid = r.oid and k.contype in ('p', 'u', 'f', 'c', 'x')
) lines";

/// What starts with `/*M!` is read by MariaDB alone: its checks belong to a table, MySQL's to the database.
const MYSQL: &str = r"
select convert(concat(if(version() like '%MariaDB%', 'dialect mariadb ', 'dialect mysql '),
               substring_index(substring_index(version(), '-', 1), '.', 2)) using utf8mb4)
union all
select convert(concat('table ', table_name) using utf8mb4)
  from information_schema.tables
 where table_schema = database() and table_type = 'BASE TABLE'
   and table_name not in ('_sqlx_migrations', 'knex_migrations', 'knex_migrations_lock', '_neo_marker')
union all
select convert(concat('column ', c.table_name, '.', c.column_name, ' ', c.column_type,
       if(c.is_nullable = 'NO', ' not null', ''), ifnull(concat(' default ', c.column_default), ''),
       if(c.extra = '', '', concat(' ', lower(c.extra))), ifnull(concat(' as ', nullif(c.generation_expression, '')), ''))
       using utf8mb4)
  from information_schema.columns c
 where c.table_schema = database()
   and c.table_name not in ('_sqlx_migrations', 'knex_migrations', 'knex_migrations_lock', '_neo_marker')
union all
select convert(concat(if(index_name = 'PRIMARY', 'primary key', concat(if(non_unique = 0, 'unique index ', 'index '), index_name)),
       ' on ', table_name, ' (',
       group_concat(concat(ifnull(column_name, '?'), if(collation = 'D', ' desc', ''), ifnull(concat('(', sub_part, ')'), ''))
                    order by seq_in_index separator ', '), ')',
       if(index_type = 'BTREE', '', concat(' using ', lower(index_type)))) using utf8mb4)
  from information_schema.statistics
 where table_schema = database()
   and table_name not in ('_sqlx_migrations', 'knex_migrations', 'knex_migrations_lock', '_neo_marker')
 group by table_name, index_name, non_unique, index_type
union all
select convert(concat('constraint ', k.constraint_name, ' on ', k.table_name, ' foreign key (',
       group_concat(k.column_name order by k.ordinal_position separator ', '), ') references ', k.referenced_table_name, ' (',
       group_concat(k.referenced_column_name order by k.ordinal_position separator ', '), ')',
       if(r.update_rule in ('RESTRICT', 'NO ACTION'), '', concat(' on update ', lower(r.update_rule))),
       if(r.delete_rule in ('RESTRICT', 'NO ACTION'), '', concat(' on delete ', lower(r.delete_rule)))) using utf8mb4)
  from information_schema.key_column_usage k
  join information_schema.referential_constraints r on r.constraint_schema = k.constraint_schema
   and r.constraint_name = k.constraint_name and r.table_name = k.table_name
 where k.table_schema = database() and r.constraint_schema = database() and k.referenced_table_name is not null
 group by k.constraint_name, k.table_name, k.referenced_table_name, r.update_rule, r.delete_rule
union all
select convert(concat('constraint ', constraint_name, /*M! ' on ', table_name, */ ' check ', check_clause) using utf8mb4)
  from information_schema.check_constraints where constraint_schema = database()";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_says_what_is_there_and_what_is_missing() {
        let norm = ["column contacts.email text", "table contacts"];
        let there = ["index contacts_email_idx on contacts (email)", "table contacts"];
        assert_eq!(
            differences(&norm, &there),
            ["- column contacts.email text", "+ index contacts_email_idx on contacts (email)"]
        );
        assert!(differences(&norm, &norm).is_empty());
    }

    #[test]
    fn a_fingerprint_does_not_know_in_which_order_it_was_asked() {
        let lines = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
        let one = Schema::new("sqlite".into(), lines(&["table a", "table b"]));
        assert_eq!(one.fingerprint(), Schema::new("sqlite".into(), lines(&["table b", "table a"])).fingerprint());
        assert_ne!(one.fingerprint(), Schema::new("postgres 17".into(), lines(&["table a", "table b"])).fingerprint());
    }
}
