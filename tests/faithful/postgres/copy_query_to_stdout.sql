-- faithful: refused copy
create table t (id int);
copy (select 1; ) to stdout;
