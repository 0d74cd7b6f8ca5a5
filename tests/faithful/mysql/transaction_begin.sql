-- faithful: refused begin in a migration
create table t (id int);
begin;
insert into t values (1);
commit;
