-- faithful: setup family.sql
§create table tree_new (id integer primary key, up int references tree (id) on delete cascade, name text);
§insert into tree_new (id, up) select id, up from tree;
§drop table tree;
§alter table tree_new rename to tree;
