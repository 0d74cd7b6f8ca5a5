-- faithful: refused detach
create table t (id int);
detach database other;
