-- faithful: setup family.sql
-- faithful: then orphan.sql
-- neo: no-transaction
§pragma foreign_keys = off;
§insert into child values (4, 1);
§select 1;
