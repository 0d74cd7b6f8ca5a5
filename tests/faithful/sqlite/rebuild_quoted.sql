-- faithful: setup family.sql
§create table [parent 2] (id integer primary key, v text);
§insert into [parent 2] select * from "parent";
§DROP TABLE IF EXISTS "parent";
§alter table [parent 2] rename to `parent`;
