-- faithful: refused never released
create table t (id int);
savepoint "x y";
savepoint z;
insert into t values (1);
release [z];
