-- faithful: setup base.sql
-- faithful: then wanted.sql
§create temporary table wanted_now (id int);
§insert into wanted_now values (5);
§insert into a select id, 'from the temporary' from wanted_now;
