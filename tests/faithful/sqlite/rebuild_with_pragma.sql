-- faithful: setup family.sql
§pragma foreign_keys = off;
§create table parent_new (id integer primary key, v text not null, w int default 3);
§insert into parent_new (id, v) select id, v from parent;
§drop table parent;
§alter table parent_new rename to parent;
§pragma foreign_keys = on;
