-- faithful: setup family.sql
§delete from parent where id = 1;
§delete from tree where id = 2;
