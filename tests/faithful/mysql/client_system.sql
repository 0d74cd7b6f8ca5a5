-- faithful: refused system
create table t (id int);
system echo hello
