-- faithful: refused .
create table t (id int);
.mode csv
insert into t values (1);
