-- faithful: refused prepare transaction
create table t (id int);
prepare transaction 'x';
