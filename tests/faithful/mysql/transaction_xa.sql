-- faithful: refused xa
create table t (id int);
xa start 'x';
