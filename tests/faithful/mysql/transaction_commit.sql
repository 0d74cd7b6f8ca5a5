-- faithful: refused commit
create table t (id int);
/* here */ commit work;
