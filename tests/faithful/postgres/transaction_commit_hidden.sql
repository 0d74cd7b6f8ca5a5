-- faithful: refused commit
create table t (id int);
/* here */ commit /* it is */;
insert into t values (1);
