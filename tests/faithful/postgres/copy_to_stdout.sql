-- faithful: refused copy
create table t (id int);
copy t to stdout;
