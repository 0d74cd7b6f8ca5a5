-- faithful: setup family.sql
§pragma foreign_keys = off;
§alter table child rename to child_old;
§create table child (id integer primary key, parent int references parent (id) on delete set null, x int);
§insert into child (id, parent) select id, parent from child_old;
§drop table child_old;
§pragma foreign_keys = on;
