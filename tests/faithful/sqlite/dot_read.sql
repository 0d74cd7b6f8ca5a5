-- faithful: refused .read
.read other.sql
create table t (id int);
