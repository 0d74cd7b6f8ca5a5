-- faithful: setup family.sql
-- faithful: then orphan.sql
§pragma foreign_keys = off;
§insert into child values (4, 2);
§create table late_child (id integer primary key, late int references late (id));
§insert into late_child values (1, 5);
§create table late (id integer primary key);
§insert into late values (5);
§pragma foreign_keys = on;
