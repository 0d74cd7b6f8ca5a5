-- faithful: setup base.sql
-- faithful: then last.sql
§insert into a (v) values ('three'), ('four');
