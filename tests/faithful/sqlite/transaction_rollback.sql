-- faithful: refused rollback
create table t (id int);
rollback;
