-- faithful: about SQLite does it while it explains it
-- faithful: refused pragma writable_schema
create table t (id int);
explain pragma main."writable_schema" = on;
