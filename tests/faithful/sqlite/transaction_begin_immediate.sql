-- faithful: refused begin in a migration
create table t (id int);
begin immediate transaction;
