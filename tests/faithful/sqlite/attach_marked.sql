-- faithful: refused attach
-- neo: no-transaction
create table t (id int);
/* here */ attach ':memory:' as other;
