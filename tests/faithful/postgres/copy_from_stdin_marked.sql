-- faithful: refused copy
-- neo: no-transaction
create table t (id int, v text);
copy t (id) from stdin with (format csv);
