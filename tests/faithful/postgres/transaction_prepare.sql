-- faithful: refused prepare in a migration
create table t (id int);
prepare transaction 'x';
