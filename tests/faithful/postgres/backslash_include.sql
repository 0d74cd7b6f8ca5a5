-- faithful: refused \i
create table t (id int);
\i other.sql
