-- faithful: setup family.sql
-- neo: no-transaction
§pragma foreign_keys = off;
§begin;
§create table parent_new (id integer primary key, v text not null);
§insert into parent_new select * from parent;
§drop table parent;
§alter table parent_new rename to parent;
§pragma foreign_key_check;
§commit;
§pragma foreign_keys = on;
