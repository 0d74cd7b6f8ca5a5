-- faithful: refused source
create table t (id int);
source other.sql
