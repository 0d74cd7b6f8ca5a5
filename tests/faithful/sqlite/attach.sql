-- faithful: refused attach
create table t (id int);
attach database ':memory:' as other;
