-- faithful: refused never ended
-- neo: no-transaction
create table t (id int);
begin;
insert into t values (1);
