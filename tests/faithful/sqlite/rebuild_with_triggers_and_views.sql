-- faithful: setup family.sql
§create view of_parent as select id, v from parent;
§create trigger child_ai after insert on child begin update parent set v = v || ';' where id = new.parent; end;
§pragma foreign_keys = off;
§drop view of_parent;
§create table "new parent" (id integer primary key, v text);
§insert into "new parent" select * from parent;
§drop trigger child_ai;
§drop table if exists main.parent;
§alter table "new parent" rename to parent;
§create view of_parent as select id, v from parent;
§create trigger child_ai after insert on child begin update parent set v = v || ';' where id = new.parent; end;
§insert into child values (10, 1);
§pragma foreign_keys = on;
