-- faithful: refused abort
create table t (id int);
abort;
