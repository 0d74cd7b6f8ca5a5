-- faithful: refused \g
create table t (id int)\g
insert into t values (1)\g
