-- faithful: about it fails by itself within a transaction; Neo says what to do
-- faithful: refused vacuum
create table t (id int);
vacuum;
