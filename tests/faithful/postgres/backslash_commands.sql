-- faithful: refused \set
\set x 1
create table t (id int);
