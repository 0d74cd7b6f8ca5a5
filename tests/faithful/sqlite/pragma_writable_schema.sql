-- faithful: refused pragma writable_schema
-- neo: no-transaction
create table t (id int);
pragma writable_schema = on;
update sqlite_master set sql = 'CREATE TABLE t (id int, added text)' where name = 't';
pragma writable_schema = off;
