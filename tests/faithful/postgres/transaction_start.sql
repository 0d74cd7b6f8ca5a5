-- faithful: refused start in a migration
create table t (id int);
start transaction;
insert into t values (1);
commit;
