//! MySQL and MariaDB: the information schema.

use sqlx::{MySqlConnection, Row as _};

use super::{Schema, one_line};

/// What starts with `/*M!` is read by MariaDB alone: its checks belong to a table, MySQL's to the database. Every table of the
/// information schema is held to this database by a condition of its own: one that follows from another's is not seen, and
/// the server then opens the tables of all databases.
const LINES: &str = r"
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
  join information_schema.referential_constraints r on r.constraint_name = k.constraint_name and r.table_name = k.table_name
 where k.table_schema = database() and r.constraint_schema = database() and k.referenced_table_name is not null
 group by k.constraint_name, k.table_name, k.referenced_table_name, r.update_rule, r.delete_rule
union all
select convert(concat('constraint ', constraint_name, /*M! ' on ', table_name, */ ' check ', check_clause) using utf8mb4)
  from information_schema.check_constraints where constraint_schema = database()";

pub(super) async fn schema(conn: &mut MySqlConnection) -> Result<Schema, sqlx::Error> {
    let mut dialect = String::new();
    let mut lines = Vec::new();
    for row in sqlx::raw_sql(LINES).fetch_all(conn).await? {
        let line: &str = row.try_get(0)?;
        match line.strip_prefix("dialect ") {
            Some(found) => dialect = found.to_owned(),
            // A definition that a person wrapped is still one line.
            None => lines.push(one_line(line)),
        }
    }
    Ok(Schema::new(dialect, lines))
}
