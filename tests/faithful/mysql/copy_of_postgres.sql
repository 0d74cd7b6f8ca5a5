-- faithful: setup base.sql
-- faithful: no-stops it fails by itself
-- faithful: about what only PostgreSQL knows touches nothing
§select 1;
