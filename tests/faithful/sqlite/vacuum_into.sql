-- faithful: refused vacuum into
-- neo: no-transaction
create table t (id int);
vacuum main into '/tmp/neo-faithful-copy.db';
