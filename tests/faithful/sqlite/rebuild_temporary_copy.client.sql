pragma foreign_keys = off;
§create temporary table backup as select * from parent;
§drop table parent;
§create table parent (id integer primary key, v text, w int);
§insert into parent (id, v) select id, v from backup;
§drop table backup;
