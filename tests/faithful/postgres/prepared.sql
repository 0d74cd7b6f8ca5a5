-- faithful: setup base.sql
-- faithful: then ins.sql
§prepare ins (int, text) as insert into a values ($1, $2);
§execute ins (5, 'five;');
§execute ins (6, $$six$$);
§prepare two as select * from a where id = $1;
§execute two (5);
