-- faithful: setup family.sql
-- faithful: then orphan.sql
§pragma foreign_keys=0;
§insert into child values (4, 1);
