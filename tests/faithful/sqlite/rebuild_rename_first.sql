-- faithful: setup family.sql
§pragma foreign_keys = off;
§pragma legacy_alter_table = on;
§alter table parent rename to parent_old;
§create table parent (id integer primary key, v text, w int);
§insert into parent (id, v) select id, v from parent_old;
§drop table parent_old;
§pragma legacy_alter_table = off;
§pragma foreign_keys = on;
