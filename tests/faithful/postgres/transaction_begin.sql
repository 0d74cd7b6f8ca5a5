-- faithful: refused begin in a migration
begin;
create table t (id int);
commit;
